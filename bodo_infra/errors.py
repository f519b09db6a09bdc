"""Every error that this library raises on purpose, sorted by who has to act.

BodoInfraError
├── InputError          the caller: a spec, an argument or a name is wrong
├── NotFoundError       the caller: no such stack, cluster, workspace or job
├── TransitionError     nobody yet: the thing is in a state that forbids this step
├── StackError          the stack: Pulumi could not finish an operation
│   └── LockedError     another operation holds the stack
└── HostError           the machine: a tool, a port, a right or disk space is missing
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

Level = Literal["error", "warning"]
"""``error``: refused.  ``warning``: shown, and done all the same."""


class BodoInfraError(Exception):
    """What went wrong and what to do about it.

    ``message`` names the input, its value and the rule; ``fix`` is one sentence that says what to do.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, fix: str) -> None:
        super().__init__(message, fix)
        self.message = message
        self.fix = fix

    def __str__(self) -> str:
        return f"{self.message}\n  {self.fix}" if self.fix else self.message


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One thing that is wrong with an input.

    ``file``: the file it stands in, None when it came by argument.  ``path``: where, such as ``bodo:spec.nodes``.
    ``value``: what was given, as text (empty when it is missing).  ``rule``: what must hold.  ``fix``: what to do.
    ``level``: a warning refuses nothing.
    """

    path: str
    value: str
    rule: str
    fix: str
    file: str | None = None
    level: Level = "error"

    def __str__(self) -> str:
        where = f"{self.file}: {self.path}" if self.file else self.path
        given = f" = {self.value}" if self.value else ""
        end = "" if self.fix.endswith("?") else "."
        return f"{where}{given}: {self.rule}. {self.fix}{end}"


class InputError(BodoInfraError):
    """The input is refused; nothing has been changed. Holds every problem that was found, not just the first."""

    exit_code = 2

    def __init__(self, message: str, fix: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(message, fix)
        self.problems = tuple(problems)

    @classmethod
    def from_problems(cls, problems: Iterable[Problem]) -> "InputError":
        """One error whose text lists every problem on a line of its own."""
        found = tuple(problems)
        return cls("\n".join(str(problem) for problem in found), "", found)


def raise_problems(problems: Iterable[Problem]) -> None:
    """Raise InputError with all of them, if there are any; warnings are passed over. Comes before the first effect."""
    found = tuple(problem for problem in problems if problem.level == "error")
    if found:
        raise InputError.from_problems(found)


class NotFoundError(InputError):
    """A name or uuid that nothing answers to."""


class TransitionError(BodoInfraError):
    """The thing exists, but its state forbids the step. Nothing has been changed."""

    exit_code = 2


class StackError(BodoInfraError):
    """Pulumi could not finish an operation; what it did finish is in the stack's state, so the next ``up`` goes on."""


class LockedError(StackError):
    """Another operation holds the stack. ``message`` says who, since when."""

    exit_code = 3


class HostError(BodoInfraError):
    """This machine lacks something: a tool, a right, a free port, disk space."""

    exit_code = 3
