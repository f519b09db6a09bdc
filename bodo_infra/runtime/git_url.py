"""Git addresses as people paste them: the browser's, git's own, with the reference inside or beside. Pure text work."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from bodo_infra.errors import InputError

LOOPBACK = re.compile(r"^(localhost|127(\.\d{1,3}){3}|::1)$")

# Browser pages of a state of the repository: GitHub, Gitea .../tree/REF and .../commit/SHA, GitLab with /-/ before.
# All that follows is taken as the reference: branch names have slashes too.
_BROWSER_PAGE = re.compile(r"^(?P<repository>/.+?)(?:/-)?/(?:tree|commit)/(?P<reference>.+)$")
_SCP_LIKE = re.compile(r"^(?P<user>[A-Za-z0-9_.-]+)@(?P<host>[A-Za-z0-9.-]+):(?P<path>[^:]+)$")
# What git-check-ref-format(1) forbids; ':' and '+' would make it a refspec, '-' in front an option.
_FORBIDDEN_IN_REFERENCE = re.compile(r"^[-+/]|[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|/$|\.lock$")
_FORBIDDEN_IN_URL = re.compile(r"^-|[\x00-\x20\x7f]")

FORMS = "https://host/owner/name, ssh://git@host/path, git@host:path or file:///path"


@dataclass(frozen=True, kw_only=True)
class GitPlace:
    """A repository, and which state of it."""

    url: str
    """As git takes it; holds no password."""
    protocol: str
    """https, http, ssh or file: the only one that git may use for it."""
    host: str
    """Host and port as in the URL; empty for files. A password is told to no other host."""
    reference: str | None
    """Branch, tag, full ref or (abbreviated) commit; None is the default branch."""


def parse_git_url(url: str, reference: str | None = None) -> GitPlace:
    """Read an address and check it. Raises InputError; its text never holds a password that stood in the URL."""
    if _FORBIDDEN_IN_URL.search(url):
        raise InputError(f"source.url = {url!r}: a URL holds no blanks and does not begin with '-'", f"Use {FORMS}")
    place = _parse_scp_like(url) or _parse_url(url)
    if place.reference and reference and place.reference != reference:
        raise InputError(
            f"source.url names {place.reference!r} and source.reference {reference!r}: only one can be meant",
            "Take `/tree/...` out of the URL, or leave the reference out",
        )
    wanted = reference or place.reference
    if wanted is not None and _FORBIDDEN_IN_REFERENCE.search(wanted):
        raise InputError(
            f"source.reference = {wanted!r} cannot be the name of a branch, tag or commit",
            "Give a branch, a tag, a full ref (refs/...) or a commit; none begins with '-'",
        )
    return GitPlace(url=place.url, protocol=place.protocol, host=place.host, reference=wanted)


def _parse_scp_like(url: str) -> GitPlace | None:
    found = None if "://" in url else _SCP_LIKE.match(url)
    return found and GitPlace(url=url, protocol="ssh", host=found["host"], reference=None)


def _parse_url(url: str) -> GitPlace:
    parts = urlsplit(url)
    shown = parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()
    if parts.password is not None or (parts.username and parts.scheme in ("http", "https")):
        # A user name alone is refused as well: access tokens are often written in its place.
        raise InputError(
            f"source.url = {shown}: the URL holds a user name or a password, and URLs end up in logs",
            "Take it out; give `username:` and `password:` (a reference such as env:GIT_TOKEN) instead",
        )
    if parts.scheme == "file":
        return GitPlace(url=shown, protocol="file", host="", reference=None)
    if parts.scheme == "ssh" and parts.hostname:
        return GitPlace(url=url, protocol="ssh", host=parts.netloc.rpartition("@")[2], reference=None)
    if parts.scheme == "http" and not LOOPBACK.match(parts.hostname or ""):
        raise InputError(
            f"source.url = {shown}: plain http sends program and password unencrypted", "Use the https:// address"
        )
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InputError(f"source.url = {shown}: this is no Git address", f"Use {FORMS}")
    page = _BROWSER_PAGE.match(parts.path.rstrip("/"))
    path = page["repository"] if page else parts.path.rstrip("/")
    return GitPlace(
        url=f"{parts.scheme}://{parts.netloc}{path}",
        protocol=parts.scheme,
        host=parts.netloc,
        reference=page["reference"] if page else None,
    )
