"""The stack that another one stands on, as seen from a program: its exports, or unknown ones while it is not there."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pulumi

from bodo_infra.errors import InputError
from bodo_infra.project.project import Project
from bodo_infra.project.stack_file import StackFile


class Upstream:
    """Exports of another stack of the project.

    A whole new platform can be previewed: a stack that was never brought up has unknown exports then. An update needs
    them, and fails with the command that brings that stack up.
    """

    def __init__(self, project: str, stack: str, kind: str) -> None:
        # "organization" is what self-managed backends call the one organization that they have.
        reference = pulumi.StackReference(f"organization/{project}/{stack}")
        preview = pulumi.runtime.is_dry_run()
        self._exports: pulumi.Output[Mapping[str, Any]] = reference.outputs.apply(
            lambda exports: _checked(exports, stack=stack, kind=kind, preview=preview)
        )

    def get_output(self, name: pulumi.Input[str], /) -> pulumi.Output[Any]:
        """The export of that name."""
        return pulumi.Output.all(self._exports, name).apply(lambda both: both[0][both[1]])


def upstream(project: Project, stack: StackFile, role: str) -> Upstream:
    """The stack that plays ``role`` for ``stack``."""
    used = project.stack(stack.uses[role])
    return Upstream(project.name, used.name, used.kind)


def _checked(exports: Mapping[str, Any], *, stack: str, kind: str, preview: bool) -> Any:  # noqa: ANN401 - or an Output
    found = exports.get("kind")
    if found is None:
        if preview:
            return _unknown()
        error = InputError(f"stack {stack!r} has not been brought up", f"Bring it up first: `bodo-infra up {stack}`")
        raise pulumi.RunError(str(error))
    if found != kind:
        error = InputError(
            f"stack {stack!r} was brought up as a {found}, but its file says {kind} now",
            f"Bring it up again: `bodo-infra up {stack}`",
        )
        raise pulumi.RunError(str(error))
    return exports


def _unknown() -> pulumi.Output[Any]:
    def settled(value: Any) -> "asyncio.Future[Any]":  # noqa: ANN401 - of any type
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        future.set_result(value)
        return future

    return pulumi.Output(settled(set()), settled(None), settled(False))
