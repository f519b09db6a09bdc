"""What git complains about, in words that name cause and fix."""

import re
from dataclasses import dataclass

from bodo_infra.errors import BodoInfraError, HostError, InputError
from bodo_infra.runtime.git_url import GitPlace


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """Who git says that it is. ``reference``: where the password was found; that is what errors name."""

    username: str
    password: str
    reference: str

    def __repr__(self) -> str:
        return f"Credentials({self.username!r} by {self.reference})"


def explain_git_error(said: str, place: GitPlace, credentials: Credentials | None) -> BodoInfraError:
    """Turn what git wrote to stderr (in English, LC_ALL=C) into an error that names cause and fix."""
    where = f"source.url = {place.url}"
    if "Authentication failed" in said or "could not read Username" in said or "could not read Password" in said:
        if credentials is None:
            return InputError(
                f"{where}: the server asks for a user name and a password, or the repository does not exist",
                "Check the URL; for a private repository give `username:` and `password:` (such as env:GIT_TOKEN)",
            )
        return InputError(
            f"{where}: the server refuses the user name {credentials.username!r} with the password from "
            f"{credentials.reference}",
            "Check both; hosts with two-factor login want an access token in place of the password",
        )
    for pattern, message, fix in _GIT_ERRORS:
        if re.search(pattern, said):
            return InputError(f"{where}: {message}", fix)
    return local_git_error(where, said)


_GIT_ERRORS = (
    (
        r"Could not resolve host",
        "no such host, or no network",
        "Check the host's spelling, and that this machine reaches it",
    ),
    (
        r"Failed to connect|Connection refused|Connection timed out|Couldn't connect",
        "the host does not answer",
        "Check host and port, and that this machine reaches them",
    ),
    (
        r"repository .* not found|does not appear to be a git repository|error: 404|does not exist",
        "there is no repository here",
        "Check the path; some hosts also say so when a private repository is asked for without a password",
    ),
    (r"error: 403", "the server forbids it", "Check that the user may read this repository"),
    (
        r"Permission denied \(publickey|Host key verification failed",
        "ssh was refused",
        "Give this machine's user a key that the host accepts, and the host's key in known_hosts; or use https",
    ),
    (
        r"SSL certificate|certificate verif",
        "the server's certificate is not trusted",
        "Give the file of its authority in GIT_SSL_CAINFO where the cluster was started",
    ),
)


def _last_line(text: str) -> str:
    """The last line that says something."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "no message"


def local_git_error(what: str, said: str) -> HostError:
    """The same for work on this machine alone; ``what`` says which."""
    if "No space left on device" in said:
        return HostError(f"{what}: the disk is full", "Free some space in the workspace's shared files")
    return HostError(f"{what}: git failed: {_last_line(said)}", "The attempt's runner.err has all that git said")
