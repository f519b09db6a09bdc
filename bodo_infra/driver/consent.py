"""What `up` would change for the worse in stacks that are there, told before anything happens.

The old specs stand in the state: every component's inputs hold the spec that it was brought up with.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bodo_infra.errors import InputError
from bodo_infra.project.built import built_spec
from bodo_infra.project.changes import Change, changes
from bodo_infra.project.consequences import Consequence
from bodo_infra.project.offline import with_offline_account

if TYPE_CHECKING:
    from bodo_infra.driver.stacks import Stacks
    from bodo_infra.project.project import Project

Plain = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class StackChange:
    """A changed field of a stack that is up, by which something is replaced or lost."""

    stack: str
    change: Change

    def __str__(self) -> str:
        return f"{self.stack}: {self.change}"


def find_changes(stacks: "Stacks", names: Iterable[str], *, offline: bool) -> list[StackChange]:
    """What the files of the stacks say now against what they were brought up with; only what replaces or loses.

    ``names``: the stacks; what they use is looked at, too.  ``offline``: the project is rehearsed.
    """
    project = with_offline_account(stacks.project) if offline else stacks.project
    ordered = [name for level in project.order(names) for name in level]
    found = []
    for name in ordered:
        state = stacks.state(name)
        old = spec_in_state(state) if state else None
        if old is not None:
            found += [StackChange(stack=name, change=change) for change in _changes(project, name, old)]
    return [item for item in found if item.change.consequence is not Consequence.IN_PLACE]


def require_consent(found: Iterable[StackChange]) -> None:
    """Raise InputError when data would be lost."""
    losses = [str(item) for item in found if item.change.loses_data]
    if losses:
        raise InputError(
            "\n".join(["`up` would lose data:", *(f"  {loss}" for loss in losses)]),
            "Take the change back, or agree to it: `bodo-infra up --lose-data`",
        )


def spec_in_state(state: str) -> Plain | None:
    """The spec of a stack's component in its state, a JSON text as the engine keeps or exports it."""
    content = json.loads(state)
    deployment = content.get("deployment") or (content.get("checkpoint") or {}).get("latest") or {}
    for resource in deployment.get("resources") or ():
        spec = (resource.get("inputs") or {}).get("spec")
        # Components of the component have specs of their own.
        if "::pulumi:pulumi:Stack::" in resource.get("parent", "") and isinstance(spec, Mapping):
            return spec
    return None


def _changes(project: "Project", name: str, old: Plain) -> tuple[Change, ...]:
    return changes(project.stack(name).kind, project.target_of(name), old, built_spec(project, name).plain())
