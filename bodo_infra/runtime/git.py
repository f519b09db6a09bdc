"""A job's program from Git: one folder per repository and commit, made by the plain ``git`` command.

The folder's path and its files' times are the key of Bodo's compile cache, so a second job of the same commit starts
warm. Password and network are used in a new folder only, never in one that a job could have changed.
"""

import os
import re
import shutil
import sys
import tempfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from bodo_infra.errors import HostError, InputError
from bodo_infra.runtime.git_errors import Credentials, explain_git_error, local_git_error
from bodo_infra.runtime.git_url import GitPlace
from bodo_infra.runtime.processes import Output, run_watched

KEPT_CHECKOUTS = 5

FULL_COMMIT = re.compile(r"^[0-9a-f]{40}$")
SHORT_COMMIT = re.compile(r"^[0-9a-f]{4,39}$")

_TEMPORARY = ".new-"
_KEPT_VARIABLES = (
    *("PATH", "TMPDIR", "SSH_AUTH_SOCK", "GIT_SSL_CAINFO", "SSL_CERT_FILE"),
    *("HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "no_proxy"),
)

# Answers git's two questions, and those of one host only: a server may send git elsewhere.
_ASKPASS = """#!/bin/sh
case "$1" in
"Username for "*"//$BODO_INFRA_GIT_HOST'"*) printf '%s\\n' "$BODO_INFRA_GIT_USERNAME" ;;
"Password for "*"@$BODO_INFRA_GIT_HOST'"*) printf '%s\\n' "$BODO_INFRA_GIT_PASSWORD" ;;
*) exit 1 ;;
esac
"""


@dataclass(frozen=True, kw_only=True)
class Checkout:
    """Files of one commit."""

    folder: Path
    commit: str


@dataclass(frozen=True, kw_only=True)
class Git:
    """The ``git`` command of this machine, in an environment that no user's or system's settings change.

    ``scratch``: existing folder for its small files.  ``machine``: environment of this machine.
    ``watch``: called while git works; what it raises stops git.  ``mark``: a variable that its processes carry.
    """

    scratch: Path
    machine: Mapping[str, str]
    watch: Callable[[], None]
    mark: Mapping[str, str]
    grace_s: float

    def check_out(self, place: GitPlace, credentials: Credentials | None, checkouts: Path) -> Checkout:
        """The files of ``place`` in a clean folder under ``checkouts``. Raises InputError and HostError."""
        commit = place.reference if FULL_COMMIT.match(place.reference or "") else None
        if commit is None or not _folder(checkouts, place, commit).exists():
            checkouts.mkdir(parents=True, exist_ok=True)
            commit = self._bring(place, credentials, checkouts)
        folder = _folder(checkouts, place, commit)
        try:
            self._tidy(folder)
        except HostError:
            # A job has broken it, or git was killed in it. Made anew: otherwise this commit could never run again.
            shutil.rmtree(folder, ignore_errors=True)
            self._bring(replace(place, reference=commit), credentials, checkouts)
        os.utime(folder)
        _prune(checkouts, keep=folder)
        return Checkout(folder=folder, commit=commit)

    def _bring(self, place: GitPlace, credentials: Credentials | None, checkouts: Path) -> str:
        remote = _Remote(git=self, place=place, credentials=credentials)
        # Asking first costs one round trip and saves the download when the commit is here already.
        found = remote.resolve(checkouts)
        if found is not None and _folder(checkouts, place, found).exists():
            return found
        _remove_temporaries(checkouts)
        new = Path(tempfile.mkdtemp(dir=checkouts, prefix=_TEMPORARY))
        try:
            commit = remote.fetch(new, found)
            self._fill(new, commit)
            target = _folder(checkouts, place, commit)
            if not target.exists():
                new.rename(target)
        finally:
            shutil.rmtree(new, ignore_errors=True)
        return commit

    def _fill(self, folder: Path, commit: str) -> None:
        self.run(folder, "checkout", "--quiet", "--detach", commit)
        time_s = int(self.run(folder, "show", "--no-patch", "--format=%ct", "HEAD").out.split()[0])
        for name in filter(None, self.run(folder, "ls-files", "-z").out.split("\0")):
            os.utime(folder / name, (time_s, time_s), follow_symlinks=False)
        folder.chmod(0o755)

    def _tidy(self, folder: Path) -> None:
        if not self.run(folder, "status", "--porcelain", "--ignored").out:
            return
        self.run(folder, "clean", "-ffdxq")
        self.run(folder, "reset", "--quiet", "--hard")
        self._fill(folder, "HEAD")

    def run(self, folder: Path, *arguments: str) -> Output:
        """Run git without the network. Raises HostError when it fails: a full disk, a right that is missing."""
        output = self.ask(folder, None, None, *arguments)
        if output.code:
            raise local_git_error(f"git {arguments[0]} in {folder}", output.err)
        return output

    def ask(self, folder: Path, place: GitPlace | None, credentials: Credentials | None, *arguments: str) -> Output:
        """Run git and return what it said, also when it failed. Raises HostError when there is no git."""
        try:
            output = run_watched(
                ("git", *arguments),
                env=self._environment(folder, place, credentials),
                cwd=folder,
                watch=self.watch,
                grace_s=self.grace_s,
            )
        except FileNotFoundError as error:
            raise HostError(
                "the command git is missing on this machine", "Install git, then run the job again"
            ) from error
        if output.code:
            sys.stderr.write(output.err)  # the attempt's runner.err; git itself removes passwords from what it says
        return output

    def _environment(self, folder: Path, place: GitPlace | None, credentials: Credentials | None) -> dict[str, str]:
        env = {name: self.machine[name] for name in _KEPT_VARIABLES if name in self.machine}
        env |= {
            "HOME": str(self.scratch),
            "LC_ALL": "C",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CEILING_DIRECTORIES": str(folder.parent),
            "GIT_ALLOW_PROTOCOL": place.protocol if place else "none",
            "GIT_SSH_COMMAND": "ssh -o BatchMode=yes",
            **self.mark,
        }
        if "SSL_CERT_FILE" in env:
            env.setdefault("GIT_SSL_CAINFO", env["SSL_CERT_FILE"])  # git has a name of its own for it
        if place and place.protocol == "file":
            env["GIT_CONFIG_GLOBAL"] = str(self._trusting_config())
        if place and credentials:
            askpass = self.scratch / "askpass"
            askpass.write_text(_ASKPASS)
            askpass.chmod(0o700)
            env |= {
                "GIT_ASKPASS": str(askpass),
                "BODO_INFRA_GIT_HOST": place.host,
                "BODO_INFRA_GIT_USERNAME": credentials.username,
                "BODO_INFRA_GIT_PASSWORD": credentials.password,
            }
        return env

    def _trusting_config(self) -> Path:
        # Git refuses repositories of another user because of what their settings could run. Here the user has asked to
        # run what is in the repository. Only a file can say so: variables are not handed to the other side.
        config = self.scratch / "gitconfig"
        config.write_text("[safe]\n\tdirectory = *\n")
        return config


@dataclass(frozen=True, kw_only=True)
class _Remote:
    """The repository that a place names, as its server shows it."""

    git: Git
    place: GitPlace
    credentials: Credentials | None

    def resolve(self, cwd: Path) -> str | None:
        """The commit that the reference names now; None when the server lists none: it may still be a commit."""
        wanted = self.place.reference or "HEAD"
        output = self._talk(cwd, "ls-remote", "--quiet", "--", self.place.url, wanted, f"{wanted}^{{}}")
        found = {name: commit for commit, name in (line.split("\t", 1) for line in output.out.splitlines())}
        # The order of gitrevisions(7). "^{}" is the commit behind an annotated tag.
        for name in (wanted, f"refs/{wanted}", f"refs/tags/{wanted}", f"refs/heads/{wanted}"):
            if name in found:
                return found.get(f"{name}^{{}}", found[name])
        if SHORT_COMMIT.match(wanted) or FULL_COMMIT.match(wanted):
            return None
        raise self._no_such_reference()

    def fetch(self, folder: Path, found: str | None) -> str:
        """Bring the reference's commit into the new repository ``folder`` and return it."""
        wanted = self.place.reference or "HEAD"
        self.git.run(folder, "init", "--quiet")
        if found is not None or FULL_COMMIT.match(wanted):
            output = self._try("fetch", folder, "--depth=1", "--no-tags", self.place.url, wanted)
            if output.code == 0:
                return self._commit(folder, "FETCH_HEAD")
            if found is not None:
                raise self._error(output.err)
        # An abbreviated commit, or a server that gives commits by their branch only.
        everything = ("+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*")
        output = self._try("fetch", folder, self.place.url, *everything)
        if output.code:
            raise self._error(output.err)
        return self._commit(folder, wanted)

    def _commit(self, folder: Path, name: str) -> str:
        output = self.git.ask(folder, None, None, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
        if output.code:
            raise self._no_such_reference()
        return output.out.strip()

    def _try(self, verb: str, folder: Path, *arguments: str) -> Output:
        return self.git.ask(folder, self.place, self.credentials, verb, "--quiet", *arguments)

    def _talk(self, cwd: Path, *arguments: str) -> Output:
        output = self.git.ask(cwd, self.place, self.credentials, *arguments)
        if output.code:
            raise self._error(output.err)
        return output

    def _no_such_reference(self) -> InputError:
        if self.place.reference is None:
            return InputError(f"source.url = {self.place.url}: the repository has no commits yet", "Push one to it")
        return InputError(
            f"source.reference = {self.place.reference!r}: {self.place.url} has no such branch, tag or commit",
            "Check its spelling, and that it has been pushed",
        )

    def _error(self, said: str) -> Exception:
        return explain_git_error(said, self.place, self.credentials)


def _folder(checkouts: Path, place: GitPlace, commit: str) -> Path:
    name = re.sub(r"[^A-Za-z0-9_.-]+", "-", place.url.rstrip("/").rpartition("/")[2].removesuffix(".git")).strip(".-")
    # Tells repositories of one name apart for people; what lies in the folder is told by the commit alone.
    return checkouts / f"{name or 'repository'}-{zlib.crc32(place.url.encode()):08x}-{commit}"


def _remove_temporaries(checkouts: Path) -> None:
    # One attempt at a time uses the folder, so whatever is half made was left by one that was killed.
    for left in checkouts.glob(f"{_TEMPORARY}*"):
        shutil.rmtree(left, ignore_errors=True)


def _prune(checkouts: Path, *, keep: Path) -> None:
    used = sorted(
        (path for path in checkouts.iterdir() if re.search(r"-[0-9a-f]{40}$", path.name) and path != keep),
        key=lambda path: path.stat().st_mtime,
        reverse=True,
    )
    for old in used[KEPT_CHECKOUTS - 1 :]:
        shutil.rmtree(old, ignore_errors=True)
