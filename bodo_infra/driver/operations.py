"""One operation on one stack through the automation API: run it, report its steps, turn failures into our errors."""

import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from bodo_infra.driver.locks import LockHolder, read_locks
from bodo_infra.driver.remedies import with_remedy
from bodo_infra.driver.results import StackResult, Step, Verb
from bodo_infra.errors import HostError, LockedError, StackError

if TYPE_CHECKING:
    from pulumi.automation.events import EngineEvent, StepEventMetadata

    from bodo_infra.driver.lean_stack import LeanStack

Report = Callable[[Step], None]
"""Told of every step as it starts. Called from other threads."""

_SILENT = frozenset({"same", "read", "refresh", "discard"})
_COLOUR = re.compile(r"<\{%.*?%\}>")
WRONG_PASSPHRASE = "incorrect passphrase"
"""What the engine says of secrets that it cannot read."""
_DISK_FULL = ("the disk is full", "o space left on device")  # our words; those of the system and of the engine
# What Pulumi needs for itself.
_INNER_TYPES = ("pulumi:pulumi:Stack", "pulumi:providers:")
# What the engine says besides the cause.
_NOISE = re.compile(
    r"^((update|preview|refresh|destroy) failed|an unhandled error occurred: the program ended .*)$",
    re.IGNORECASE | re.DOTALL,
)


class Listener:
    """Keeps what the engine says during one operation. It is called from threads of the SDK, and only appends.

    ``steps``: in the order in which they began.  ``errors``, ``warnings``: each once, without colours and without the
    engine's own last words.  ``changes``: operation -> number of resources, known at the end.
    """

    def __init__(self, stack: str, report: Report) -> None:
        self.steps: list[Step] = []
        self.errors: list[str] = []
        self.warnings: list[str] = []
        self.changes: dict[str, int] = {}
        self._stack = stack
        self._report = report

    def __call__(self, event: "EngineEvent") -> None:
        if event.resource_pre_event:
            metadata = event.resource_pre_event.metadata
            step = Step(
                stack=self._stack,
                operation=_operation(metadata),
                type=metadata.type,
                name=metadata.urn.rpartition("::")[2],
                id=(metadata.old.id or "") if metadata.old else "",
            )
            if step.operation not in _SILENT and not step.type.startswith(_INNER_TYPES):
                self.steps.append(step)
                self._report(step)
        elif event.summary_event:
            counted = {_word(operation): number for operation, number in event.summary_event.resource_changes.items()}
            kept = sum(step.operation == "retain" for step in self.steps)
            counted |= {"delete": counted.get("delete", 0) - kept, "retain": kept}
            self.changes = {
                operation: number for operation, number in counted.items() if number and operation not in _SILENT
            }
        elif event.diagnostic_event and event.diagnostic_event.severity in ("error", "warning"):
            severity = event.diagnostic_event.severity
            text = _COLOUR.sub("", event.diagnostic_event.message).removeprefix(f"{severity}: ").strip()
            said = self.errors if severity == "error" else self.warnings
            if text and not _NOISE.match(text):
                told = _about(event.diagnostic_event.urn or "", text)
                said += [told] if told not in said else []


def _operation(metadata: "StepEventMetadata") -> str:
    """The engine calls it a delete, too, when it forgets a resource that is to stay."""
    operation = _word(metadata.op)
    stays = metadata.old is not None and metadata.old.retain_on_delete
    return {"delete": "retain", "delete-replaced": "retain-replaced"}.get(operation, operation) if stays else operation


def _about(urn: str, text: str) -> str:
    """The text with the name of the resource that it is about, unless it names that itself or is about the stack."""
    name = urn.rpartition("::")[2]
    if not name or "pulumi:pulumi:Stack" in urn or name in text:
        return text
    return f"{name}: {text}"


def _word(operation: object) -> str:
    """The SDK names operations by an enum in one event and by plain text in the other."""
    return str(getattr(operation, "value", operation))


def run_verb(
    stack: "LeanStack", verb: Verb, report: Report, *, refresh: bool = False, keep_going: bool = False
) -> StackResult:
    """Do ``verb`` to the stack. For ``up`` only: ``refresh``: look at the real things first.  ``keep_going``: after a
    failure make what does not depend on it, and export what is known; the operation fails all the same.

    Raises LockedError when another operation holds the stack, StackError when Pulumi could not finish; what it did
    finish is saved, and the next run goes on from there.
    """
    listener = Listener(stack.name, report)
    started = time.monotonic()
    with readable_errors(stack.name, verb.value, listener.errors):
        _call(stack, verb, listener, refresh=refresh, keep_going=keep_going)
    return StackResult(
        stack=stack.name,
        verb=verb,
        changes=listener.changes,
        steps=tuple(listener.steps),
        warnings=tuple(listener.warnings),
        seconds=time.monotonic() - started,
    )


@contextmanager
def readable_errors(stack: str, doing: str, reasons: Sequence[str] = ()) -> Iterator[None]:
    """Turn the SDK's errors into ours. ``reasons``: what the engine has said by then, better than its last words."""
    from pulumi.automation import CommandError, ConcurrentUpdateError

    try:
        yield
    except ConcurrentUpdateError as error:
        raise locked_error(stack, read_locks(str(error))) from error
    except CommandError as error:
        raise _stack_error(stack, doing, reasons, str(error)) from error


def _call(stack: "LeanStack", verb: Verb, listener: Listener, *, refresh: bool, keep_going: bool) -> None:
    common: dict[str, Any] = {"on_event": listener, "color": "never", "suppress_progress": True}
    if verb is Verb.UP:
        stack.created_when_missing(lambda: stack.up(refresh=refresh, continue_on_error=keep_going, **common))
    elif verb is Verb.PREVIEW:
        stack.created_when_missing(lambda: stack.preview(**common))
    elif verb is Verb.REFRESH:
        stack.refresh(**common)
    else:
        stack.destroy(**common)


def locked_error(stack: str, holders: list[LockHolder]) -> LockedError:
    """The error that says who holds the stack, since when, and how to free it."""
    who = "; ".join(str(holder) for holder in holders) or "another operation"
    if holders and all(holder.is_gone() for holder in holders):
        fix = f"That process is gone: `bodo-infra unlock {stack}`"
    else:
        fix = f"Wait for it to end. If that process is gone: `bodo-infra unlock {stack}`"
    return LockedError(f"stack {stack!r} is locked by {who}", fix)


def passphrase_error(where: str) -> HostError:
    """The error for secrets that were written with another passphrase. ``where``: whose secrets, or of which place."""
    return HostError(
        f"{where}: the secrets were written with another passphrase",
        "Set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE to the one that made them",
    )


def probe_lock(rename: Callable[[], object]) -> list[LockHolder]:
    """Who holds a stack of a backend whose locks only the engine can see. Raises the SDK's errors.

    ``rename``: gives the stack the name that it has, which the engine refuses, and changes nothing; but it wants the
    lock before it looks.
    """
    from pulumi.automation import ConcurrentUpdateError
    from pulumi.automation.errors import StackAlreadyExistsError

    try:
        with suppress(StackAlreadyExistsError):
            rename()
    except ConcurrentUpdateError as error:
        return read_locks(str(error))
    return []


def _stack_error(stack: str, doing: str, reasons: Sequence[str], text: str) -> StackError | HostError:
    if WRONG_PASSPHRASE in text:
        return passphrase_error(f"stack {stack!r}")
    told = "\n".join(f"  {with_remedy(reason)}" for reason in reasons or error_lines(text))
    # Not the stack's fault, so that scripts may tell the two apart.
    is_full = any(words in told for words in _DISK_FULL)
    kind = HostError if is_full else StackError
    # On a full disk the engine may not have written it down.
    kept = "" if doing == "preview" or is_full else "What was finished is kept. "
    return kind(
        f"{doing} of stack {stack!r} did not finish:\n{told}",
        f"{kept}Mend the cause, then say it again: `bodo-infra {doing} {stack}`",
    )


def error_lines(text: str) -> list[str]:
    """What the engine says is wrong; its last lines when it names nothing as an error."""
    lines = [line.strip() for line in text.splitlines()]
    errors = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]
    return [line for line in errors if not _NOISE.match(line)] or [line for line in lines if line][-5:]
