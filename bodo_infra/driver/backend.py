"""Where the state of a project's stacks is: in its own folder, in another one, or in a bucket.

PULUMI_BACKEND_URL decides when it is set, else `backend.url` in Pulumi.yaml, else it is the folder `.bodo-infra` of the
project. All stacks of a project are in one place: references between stacks do not reach into another.
"""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TextIO
from urllib.parse import parse_qs, urlsplit

from bodo_infra.driver.locks import LockHolder, find_locks
from bodo_infra.errors import InputError, LockedError, StackError
from bodo_infra.project.project import PROJECT_FILE, Project, read_backend_url
from bodo_infra.spec.problems import nearest

BACKEND_FOLDER = ".bodo-infra"
"""Folder of the project that keeps the state of its stacks, unless something else is chosen."""
BACKEND_VARIABLE = "PULUMI_BACKEND_URL"
OWN_URL = f"file://./{BACKEND_FOLDER}?create_dir=true"
"""How Pulumi.yaml names that folder."""
SCHEMES = ("file", "s3", "gs", "azblob")
"""Places that can hold the state. Pulumi Cloud cannot: it knows stacks by other names than our references use."""

MOVED_TO = "bodo-infra:moved-to"
"""Tag of a stack whose state was left behind: `<fingerprint of that state> <URL of the place that it is in now>`."""
COPY_OF = "bodo-infra:copy-of"
"""Tag of a stack whose state is a copy that nobody works on yet: `<its fingerprint> <URL of the original's place>`."""

STATE_FOLDER = "state"
"""Where the state is in the bucket or container of a cloud-config; nodes can not read it there."""

Origin = Literal["Pulumi.yaml", "PULUMI_BACKEND_URL", "rehearsal"]


@dataclass(frozen=True, kw_only=True)
class Backend:
    """One place for states. ``url``: as Pulumi takes it, from any folder.  ``folder``: of a place on this machine."""

    url: str
    folder: Path | None = None
    origin: Origin = "Pulumi.yaml"

    @property
    def bucket(self) -> str | None:
        """The S3 bucket that it is in."""
        parts = urlsplit(self.url)
        return parts.netloc if parts.scheme == "s3" else None

    @property
    def container(self) -> tuple[str, str] | None:
        """The storage account and the container on Azure that it is in; the account may be named by the environment."""
        parts = urlsplit(self.url)
        if parts.scheme != "azblob":
            return None
        account = parse_qs(parts.query).get("storage_account", [os.environ.get("AZURE_STORAGE_ACCOUNT", "")])
        return account[0], parts.netloc

    def is_same_place(self, other: "Backend") -> bool:
        """Whether both mean the same states. What else their URLs say of the way there does not count."""
        return self._place == other._place

    def locks(self, project: str, stack: str) -> list[LockHolder]:
        """Who holds the stack, as far as files tell; the locks of other places only the engine can see."""
        return find_locks(self.folder, project, stack) if self.folder else []

    def moved_to(self, project: str, stack: str) -> str | None:
        """Where the state has gone that once was here, as far as files tell."""
        if self.folder is None:
            return None
        try:
            path = self.folder / ".pulumi" / "stacks" / project / f"{stack}.pulumi-tags"
            mark = json.loads(path.read_text(encoding="utf-8"))["tags"][MOVED_TO]
            return str(mark).partition(" ")[2]
        except (OSError, ValueError, KeyError, TypeError):  # no tags, as nearly always
            return None

    def last_failed(self, project: str, stack: str) -> bool:
        """Whether the last operation on the stack failed, as far as files tell."""
        if self.folder is None:
            return False
        history = self.folder / ".pulumi" / "history" / project / stack
        # <stack>-<nanoseconds>.history.json
        newest = max(history.glob("*.history.json"), key=lambda path: path.name, default=None)
        try:
            return newest is not None and json.loads(newest.read_text(encoding="utf-8"))["result"] == "failed"
        except (OSError, ValueError, KeyError, TypeError):
            return False

    @property
    def _place(self) -> tuple[str, ...]:
        if self.folder is not None:
            return ("file", str(self.folder.resolve()))
        parts = urlsplit(self.url)
        endpoint = parse_qs(parts.query).get("endpoint", [""])
        account = self.container[:1] if self.container else ()
        return (parts.scheme, parts.netloc, parts.path.strip("/"), *endpoint, *account)


def choose_backend(project: Project, environ: Mapping[str, str] = os.environ) -> Backend:
    """Where the state of the project's stacks is."""
    if environ.get(BACKEND_VARIABLE):
        return backend_at(environ[BACKEND_VARIABLE], project.root, origin="PULUMI_BACKEND_URL")
    return backend_at(project.backend_url or OWN_URL, project.root)


def backend_at(url: str, root: Path, *, origin: Origin = "Pulumi.yaml") -> Backend:
    """The place that ``url`` names. ``root``: where relative paths start, so that they mean the same from anywhere."""
    if not url.startswith("file://"):
        return Backend(url=url, origin=origin)
    text, mark, query = url.removeprefix("file://").partition("?")
    folder = _absolute(root / Path(text).expanduser())
    if folder == _absolute(root / BACKEND_FOLDER):  # made by us, for us alone
        return Backend(url=f"file://{folder}", folder=folder, origin=origin)
    return Backend(url=f"file://{folder}{mark}{query}", folder=folder, origin=origin)


def _absolute(path: Path) -> Path:
    """Without following links: the engine is to see the path that people wrote."""
    return Path(os.path.abspath(path))  # noqa: PTH100  # resolve() would follow them


def bucket_url(bucket: str, region: str) -> str:
    """How Pulumi.yaml names the state in the bucket of a cloud-config on AWS."""
    return f"s3://{bucket}/{STATE_FOLDER}?region={region}&awssdk=v2"


def container_url(container: str, account: str) -> str:
    """How Pulumi.yaml names the state in the container of a cloud-config on Azure."""
    return f"azblob://{container}/{STATE_FOLDER}?storage_account={account}"


def check_url(url: str) -> None:
    """Raise InputError when the state cannot be moved to ``url``."""
    parts = urlsplit(url)
    if parts.scheme in ("http", "https"):
        raise InputError(
            f"the state cannot be moved to {parts.scheme}://{parts.hostname}: stacks there have an organization in "
            "their names, by which the stacks of a project do not find each other",
            "Name a bucket (s3://BUCKET/state?region=REGION) or a folder (file:///PATH)",
        )
    if parts.scheme not in SCHEMES:
        near = nearest(parts.scheme, SCHEMES)
        raise InputError(
            f"the state cannot be moved to {parts.scheme}://...: there are {', '.join(SCHEMES)}",
            f"Did you mean {near}?" if near else "Name a bucket (s3://BUCKET/state?region=REGION), say",
        )
    if parts.password is not None or (parts.username is not None and parts.scheme != "file"):
        raise InputError(
            f"the URL {parts.scheme}://{parts.hostname}/... holds a user or a password, which Pulumi.yaml must not",
            "Leave them out: the engine takes credentials from the environment or from a profile (?profile=NAME)",
        )
    if parts.scheme != "file" and not parts.netloc:
        raise InputError(f"{url} names no bucket", f"Write {parts.scheme}://BUCKET/state")


@contextmanager
def working(project: Project, backend: Backend) -> Iterator[None]:
    """Hold the state where it is while stacks are worked on; many may do so at once.

    Raises LockedError while it is being moved, StackError when it has been moved since the project was read.
    """
    with _hold(project.root, fcntl.LOCK_SH, "The state of the stacks is being moved"):
        _require_as_read(project, backend)
        yield


@contextmanager
def moving(project: Project, backend: Backend) -> Iterator[None]:
    """Hold the state for moving it, alone. Errors as ``working``."""
    with _hold(project.root, fcntl.LOCK_EX, "Somebody works on the stacks, or moves their state"):
        _require_as_read(project, backend)
        yield


def _require_as_read(project: Project, backend: Backend) -> None:
    if backend.origin == "Pulumi.yaml" and read_backend_url(project.root) != project.backend_url:
        raise StackError(
            f"{PROJECT_FILE} names another place for the state than when this operation began", "Say it again"
        )


@contextmanager
def _hold(root: Path, kind: int, refusal: str) -> Iterator[None]:
    file = _open_lock(root / BACKEND_FOLDER / "state.lock")
    if file is None:
        yield
        return
    with file:
        try:
            fcntl.flock(file, kind | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise LockedError(refusal, "Wait for it to end, then say it again") from error
        yield


def _open_lock(path: Path) -> TextIO | None:
    """None where nothing can be written: then nobody can move the state either, as that changes Pulumi.yaml."""
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        return path.open("a", encoding="utf-8")
    except OSError:
        return None
