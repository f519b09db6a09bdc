"""What `up` would change for the worse in stacks that are there, told before anything happens.

The old specs stand in the state: every component's inputs hold the spec that it was brought up with, and the exports of
a stack the stacks that it stood on.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bodo_infra.driver.state_text import StateText
from bodo_infra.errors import InputError
from bodo_infra.project.built import built_spec
from bodo_infra.project.changes import Change, changed_uses, changes
from bodo_infra.project.consequence import Consequence
from bodo_infra.project.offline import with_offline_account

if TYPE_CHECKING:
    from bodo_infra.driver.stacks import Stacks
    from bodo_infra.project.project import Project


@dataclass(frozen=True, kw_only=True)
class StackChange:
    """A changed field of a stack that is up, by which something is replaced or lost, or which may be refused.

    ``in_the_way``: stacks that are up and use what goes; while they do, it cannot.
    """

    stack: str
    change: Change
    in_the_way: tuple[str, ...] = ()

    def __str__(self) -> str:
        up = f" Up on it: {', '.join(self.in_the_way)}." if self.in_the_way else ""
        return f"{self.stack}: {self.change}{up}"


def find_changes(stacks: "Stacks", names: Iterable[str], *, offline: bool) -> list[StackChange]:
    """What the files of the stacks say now against what they were brought up with; not what is sure to go in place.

    ``names``: the stacks; what they use is looked at, too.  ``offline``: the project is rehearsed.
    """
    project = with_offline_account(stacks.project) if offline else stacks.project
    ordered = [name for level in project.order(names) for name in level]
    found = []
    for name in ordered:
        state = StateText.read(stacks.state(name))
        found += [
            StackChange(stack=name, change=change, in_the_way=_in_the_way(stacks, name, state, change))
            for change in _changes(project, name, state)
            if change.consequence is not Consequence.IN_PLACE
        ]
    return found


def require_free(found: Iterable[StackChange], *, offline: bool) -> None:
    """Raise InputError when what is replaced is in use by other stacks: the cloud would refuse it halfway.

    ``offline``: the project is rehearsed.
    """
    held = [item for item in found if item.in_the_way]
    if held:
        names = " ".join(sorted({name for item in held for name in item.in_the_way}))
        flag = "--offline " if offline else ""
        raise InputError(
            "\n".join(["`up` would replace what other stacks use:", *(f"  {item}" for item in held)]),
            f"Take the change back, or destroy them first: `bodo-infra destroy {flag}{names}`; `up` makes them anew",
        )


def require_consent(found: Iterable[StackChange], *, offline: bool, names: Iterable[str] | None) -> None:
    """Raise InputError when data would be lost. ``names``: of the stacks to bring up; None: all."""
    losses = [str(item) for item in found if item.change.loses_data]
    flags = ("--offline", "--lose-data") if offline else ("--lose-data",)
    if losses:
        raise InputError(
            "\n".join(["`up` would lose data:", *(f"  {loss}" for loss in losses)]),
            f"Take the change back, or agree to it: `bodo-infra up {' '.join((*flags, *(names or ())))}`",
        )


def _changes(project: "Project", name: str, state: StateText) -> tuple[Change, ...]:
    old, stood_on, stack = state.spec, state.uses, project.stack(name)
    if old is None:
        return ()
    uses = changed_uses(stack.kind, stood_on, stack.uses) if stood_on is not None else ()
    return uses + changes(stack.kind, project.target_of(name), old, built_spec(project, name).plain())


def _in_the_way(stacks: "Stacks", name: str, state: StateText, change: Change) -> tuple[str, ...]:
    """Stacks that hold what is to go: those that stand on this one, all or in the places that the change names."""
    if not change.ends_dependents:
        return ()
    zones = _zones(state, change.places)
    found = []
    for other in sorted(stacks.project.with_dependents([name]) - {name}):
        there = StateText.read(stacks.state(other))
        zone = there.outputs.get("zone")
        if there.component and (not zones or zone is None or zone in zones):
            found.append(other)
    return tuple(found)


def _zones(state: StateText, places: Iterable[str]) -> set[str]:
    """Zones, and those of the workspace's subnets."""
    subnets = {id: zone for zone, id in (state.outputs.get("subnet_ids") or {}).items()}
    return {subnets.get(place, place) for place in places}
