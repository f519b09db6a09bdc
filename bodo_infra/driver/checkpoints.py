"""The states of a project's stacks in one place, read and written through the engine.

What leaves the engine for being written elsewhere stays encrypted. In plain text a state is only ever compared: within
this process, never on a disk, in arguments or in a message.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from bodo_infra.driver.backend import COPY_OF, MOVED_TO, Backend
from bodo_infra.driver.locks import LockHolder, read_locks
from bodo_infra.driver.operations import WRONG_PASSPHRASE, error_lines, locked_error, passphrase_error, probe_lock
from bodo_infra.errors import NotFoundError, StackError
from bodo_infra.redact import redact

Engine = Callable[..., str]
"""``Stacks.engine``."""

TAGS = (COPY_OF, MOVED_TO)
"""In the order in which they count: a copy is made in the place of a state that was left behind."""

# They say when and by what the state was written, and how it is encrypted; not what it is.
_WRAPPING = ("manifest", "secrets_providers")

UNFINISHED = "unfinished"
"""Stands for the fingerprint of a copy that may not be whole."""


@dataclass(frozen=True, kw_only=True)
class Mark:
    """What stands on a state that nobody works on. ``tag``: MOVED_TO or COPY_OF.  ``url``: of the other place.

    ``fingerprint``: of the state when it was marked; UNFINISHED for a copy that may not be whole.
    """

    tag: str
    fingerprint: str
    url: str


class Checkpoints:
    """The states in ``backend``. Errors: StackError, LockedError, HostError, which name the place and the stack."""

    def __init__(self, engine: Engine, project: str, backend: Backend) -> None:
        self.backend = backend
        self._engine = engine
        self._project = project

    def sizes(self) -> dict[str, int]:
        """Number of resources of every stack of the project, by name."""
        listed = json.loads(self._run("list stacks", None, "stack", "ls", "--json"))
        return {stack["name"]: stack.get("resourceCount") or 0 for stack in listed}

    def holders(self, name: str) -> list[LockHolder]:
        """Who holds the stack; see ``Stacks.holders``."""
        if self.backend.folder is not None:
            return self.backend.locks(self._project, name)
        with _readable(self.backend, "look for locks", name):
            return probe_lock(lambda: self._call("stack", "rename", "--stack", name, name))

    def export(self, name: str) -> str:
        """The state as the engine keeps it, its secrets encrypted."""
        return self._run("read the state", name, "stack", "export", "--stack", name)

    def content(self, name: str) -> Mapping[str, Any]:
        """What the state says, its secrets in plain text: equal for two copies, however they are encrypted."""
        text = self._run("read the state", name, "stack", "export", "--show-secrets", "--stack", name)
        deployment = json.loads(text).get("deployment") or {}
        return {key: value for key, value in deployment.items() if key not in _WRAPPING and value}

    def fingerprint(self, name: str) -> str:
        """Of the state in this place: another one as soon as anything is written there."""
        return hashlib.sha256(self.export(name).encode()).hexdigest()[:32]

    def outputs(self, name: str) -> Mapping[str, Any]:
        """The stack's exports, without its secrets. Raises NotFoundError when the place does not know the stack."""
        return dict(json.loads(self._run("read the outputs", name, "stack", "output", "--json", "--stack", name)))

    def create(self, name: str) -> None:
        """Make an empty state, unless there is one."""
        from pulumi.automation.errors import StackAlreadyExistsError

        with _readable(self.backend, "make the state", name), suppress(StackAlreadyExistsError):
            self._call("stack", "init", "--no-select", "--stack", name)

    def write(self, name: str, state: str) -> None:
        """Put in the place of the stack's state what ``export`` has returned elsewhere."""
        self._run("write the state", name, "stack", "import", "--stack", name, given=state)

    def remove(self, name: str) -> None:
        """Forget the stack, whatever its state holds; the engine keeps a backup file. Its stack file stays."""
        self._run("remove the state", name, "stack", "rm", "--force", "--yes", "--preserve-config", "--stack", name)

    def mark(self, name: str) -> Mark | None:
        """What stands on the state; None on one that is worked on, as far as this place knows."""
        tags = json.loads(self._run("read the tags", name, "stack", "tag", "ls", "--json", "--stack", name))
        for tag in TAGS:
            if tag in tags:
                fingerprint, _, url = str(tags[tag]).partition(" ")
                return Mark(tag=tag, fingerprint=fingerprint, url=url)
        return None

    def set_mark(self, name: str, tag: str, other: Backend, *, unfinished: bool = False) -> None:
        """Note what the state is (COPY_OF or MOVED_TO ``other``) and its fingerprint, so that a change of it shows.

        ``unfinished``: what is there now is of no worth.
        """
        fingerprint = UNFINISHED if unfinished else self.fingerprint(name)
        value = f"{fingerprint} {other.url}"
        self._run("mark the state", name, "stack", "tag", "set", tag, value, "--stack", name)

    def remove_mark(self, name: str, tag: str) -> None:
        """Remove one of the marks, if it is there."""
        self._run("unmark the state", name, "stack", "tag", "rm", tag, "--stack", name)

    def _run(self, doing: str, name: str | None, *arguments: str, given: str | None = None) -> str:
        with _readable(self.backend, doing, name):
            return self._call(*arguments, given=given)

    def _call(self, *arguments: str, given: str | None = None) -> str:
        return self._engine(*arguments, backend=self.backend, given=given)


@contextmanager
def _readable(backend: Backend, doing: str, name: str | None) -> Iterator[None]:
    """Turn the SDK's errors into ours."""
    from pulumi.automation import CommandError, ConcurrentUpdateError
    from pulumi.automation.errors import StackNotFoundError

    of = f" of stack {name!r}" if name else ""
    place = redact(backend.url)
    try:
        yield
    except ConcurrentUpdateError as error:
        raise locked_error(name or "", read_locks(str(error))) from error
    except StackNotFoundError as error:
        raise NotFoundError(f"there is no stack {name!r} in {place}", "Bring it up first") from error
    except CommandError as error:
        if WRONG_PASSPHRASE in str(error):
            raise passphrase_error(f"{name!r} in {place}" if name else place) from error
        told = "\n".join(f"  {redact(line)}" for line in error_lines(str(error)))
        raise StackError(
            f"could not {doing}{of} in {place}:\n{told}", "Nothing was lost. Mend the cause, then say it again"
        ) from error
