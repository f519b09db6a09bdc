"""May this Git source be fetched? Also keeps words that Git would take for options or commands away from it."""

import re
from urllib.parse import urlsplit

from bodo_infra.checks.findings import Finding
from bodo_infra.redact import redact
from bodo_infra.spec.cloud_config import Target
from bodo_infra.spec.job import GitSource

SCHEMES = ("https", "http", "ssh", "file")
# user@host:path, the short form of ssh. The host must not start with a dash: ssh would read an option.
SCP_FORM = re.compile(r"[A-Za-z0-9_.][\w.-]*@[A-Za-z0-9][\w.-]*:(?!//)[^\s]+")
# git check-ref-format(1), as far as it matters here; `@{` and `^` would be read as expressions.
BAD_REFERENCE = re.compile(r"^-|[\x00-\x20~^:?*\[\\\x7f]|\.\.|@\{|//|^/|/$|\.$|\.lock$")
LOOPBACK = ("localhost", "127.0.0.1", "::1")


def check_git_source(source: GitSource, target: Target) -> list[Finding]:
    """Every reason why this repository would not, or must not, be fetched."""
    found = _check_url(source, target)
    if source.reference is not None and (not source.reference or BAD_REFERENCE.search(source.reference)):
        rule = "is no name of a branch, tag or commit"
        fix = "Write the plain name, such as main, v1.2 or a commit id; leave it out for the default branch"
        path = "source.reference"
        found.append(Finding(id="job.git-reference", path=path, value=redact(source.reference), rule=rule, fix=fix))
    return found


def _check_url(source: GitSource, target: Target) -> list[Finding]:
    scheme, user_part, host = _parts(source.url)
    if scheme not in SCHEMES:
        rule = "is no address that Git is allowed to fetch from here"
        fix = "Write https://HOST/PATH, ssh://USER@HOST/PATH or USER@HOST:PATH" + (
            ", or file:///FOLDER for a folder on this machine" if target == "local" else ""
        )
        return [_url_finding("job.git-url", source.url, rule, fix)]
    found = []
    if scheme == "file" and target != "local":
        rule = "names a folder of this machine, which the nodes do not have"
        found.append(_url_finding("job.git-file", source.url, rule, "Push the repository to a server and name that"))
    if (scheme in ("https", "http") and user_part) or ":" in user_part:
        rule = "holds a user name or password, which would be stored and shown"
        fix = "Put the name into username and a reference such as env:GIT_TOKEN into password"
        found.append(_url_finding("job.git-password-in-url", source.url, rule, fix))
    if scheme == "http" and source.password is not None and host not in LOOPBACK:
        rule = "would send the password unencrypted"
        found.append(_url_finding("job.git-plain-http", source.url, rule, "Use https://"))
    return found


def _parts(url: str) -> tuple[str, str, str]:
    """Scheme, what stands before the @, host; an empty scheme when it is no address at all."""
    if url.startswith("-") or any(character.isspace() or not character.isprintable() for character in url):
        return "", "", ""
    if "://" not in url:
        return ("ssh", "", "") if SCP_FORM.fullmatch(url) else ("", "", "")
    try:
        split = urlsplit(url)
        host = split.hostname or ""
    except ValueError:
        return "", "", ""
    misfit = host.startswith("-") or bool(host) == (split.scheme == "file")
    user_part, at, _ = split.netloc.rpartition("@")
    return ("" if misfit else split.scheme.lower()), user_part if at else "", host


def _url_finding(identity: str, url: str, rule: str, fix: str) -> Finding:
    return Finding(id=identity, path="source.url", value=redact(url), rule=rule, fix=fix)
