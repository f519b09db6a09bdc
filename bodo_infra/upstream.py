"""The stack that another one stands on, as seen from a program: its exports, or unknown ones while it is not there."""

from typing import Any

import pulumi

from bodo_infra.component import unknown
from bodo_infra.errors import InputError
from bodo_infra.project.project import Project
from bodo_infra.project.stack_file import StackFile


class Upstream:
    """Exports of another stack of the project.

    A whole new platform can be previewed: a stack that was never brought up has unknown exports then. An update needs
    them, and fails with the command that brings that stack up.
    """

    def __init__(self, project: str, stack: str, kind: str, target: str) -> None:
        # "organization" is what self-managed backends call the one organization that they have.
        self._reference = pulumi.StackReference(f"organization/{project}/{stack}")
        preview = pulumi.runtime.is_dry_run()
        found = pulumi.Output.all(self._reference.get_output("kind"), self._reference.get_output("target"))
        self._is_up: pulumi.Output[bool] = found.apply(
            lambda both: _checked(*both, stack=stack, kind=kind, target=target, preview=preview)
        )

    def get_output(self, name: pulumi.Input[str], /) -> pulumi.Output[Any]:
        """The export of that name: a secret only when it was exported as one."""
        # Not from ``reference.outputs``: one secret among them makes all of them secret, and previews unreadable.
        return pulumi.Output.all(self._is_up, self._reference.get_output(name)).apply(lambda both: both[1])


def upstream(project: Project, stack: StackFile, role: str) -> Upstream:
    """The stack that plays ``role`` for ``stack``."""
    used = project.stack(stack.uses[role])
    return of_stack(project, used)


def of_stack(project: Project, used: StackFile) -> Upstream:
    """A stack as one that stands on it sees it."""
    target = project.target_of(used.name)
    assert target is not None, "nothing takes links from an organization"
    return Upstream(project.name, used.name, used.kind, target)


def _checked(found: str | None, place: str | None, *, stack: str, kind: str, target: str, preview: bool) -> Any:  # noqa: ANN401 - or an Output
    if found is None:
        if preview:
            return unknown()
        error = InputError(f"stack {stack!r} has not been brought up", f"Bring it up first: `bodo-infra up {stack}`")
        raise pulumi.RunError(str(error))
    if (found, place) != (kind, target):
        error = InputError(
            f"stack {stack!r} was brought up as a {found} on target {place}, but its file says {kind} on {target} now",
            f"Bring it up again: `bodo-infra up {stack}`",
        )
        raise pulumi.RunError(str(error))
    return True
