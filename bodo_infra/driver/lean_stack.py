"""A stack of the automation API that asks the engine only what we need to know.

The SDK surrounds every operation with `stack select`, `stack output` (twice) and `stack history`: four more starts of
the engine, as long as a small operation itself. Every operation names its stack, and its events tell the changes.
"""

from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pulumi.automation import LocalWorkspace, OutputMap, Stack, UpdateSummary
from pulumi.automation.errors import StackAlreadyExistsError, StackNotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable


class LeanStack(Stack):
    """See ``Stack``. The results of its operations have no outputs and an empty summary."""

    def __init__(self, name: str, workspace: LocalWorkspace) -> None:
        # Not calling the base: all that it does besides is to select the stack.
        self.name = name
        self.workspace = workspace

    def outputs(self) -> OutputMap:
        """Nothing: what a stack exports is read by the stacks that stand on it."""
        return {}

    def info(self, show_secrets: bool = True) -> UpdateSummary:
        """Nothing that is not in the events."""
        return UpdateSummary(
            kind="", start_time=datetime.now(UTC), message="", environment={}, config={}, result="succeeded"
        )

    def created_when_missing(self, operate: "Callable[[], object]") -> None:
        """Run ``operate``; when the backend does not know the stack yet, create it and run it again."""
        try:
            operate()
        except StackNotFoundError:
            with suppress(StackAlreadyExistsError):  # somebody else was faster
                self.workspace.create_stack(self.name)
            operate()
