"""The words of the tables of needs: which action is asked for, on which resource, and when.

A ``Target`` turns an operation into the ids that Azure checks: ``own`` (what the operation is about), ``linked`` (what
its properties refer to, which Azure reports as LinkedAuthorizationFailed).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from bodo_infra.plans.arm_ids import ArmId, parse_arm_id
from bodo_infra.plugin.account.rbac.attributes import Attributes
from bodo_infra.plugin.account.rbac.evaluate import Request

Operation = Literal["create", "read", "update", "delete"]
Bag = Mapping[str, Any]

ASSIGN_IDENTITY = "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action"


@dataclass(frozen=True, kw_only=True)
class Subject:
    """One operation on one resource. ``id``: its resource id, also of one that is about to be created.

    ``inputs``: as wanted, under the names of the wire (for delete and read: those it was made with).
    """

    operation: Operation
    id: str
    inputs: Bag

    def ids(self, path: str) -> tuple[str, ...]:
        """What is written at a path such as ``subnets.natGateway.id``; lists on the way are gone through."""
        return tuple(dict.fromkeys(_texts_at(self.inputs, path.split("."))))

    @property
    def group_id(self) -> str:
        """Of the resource group that it lies in."""
        found = parse_arm_id(self.id)
        return str(ArmId(subscription=found.subscription, group=found.group)) if found else "*"


def _texts_at(value: object, path: list[str]) -> Iterator[str]:
    if isinstance(value, list | tuple):
        for each in value:
            yield from _texts_at(each, path)
    elif isinstance(value, Mapping) and path:
        yield from _texts_at(value.get(path[0]), path[1:])
    elif isinstance(value, Mapping):  # identities are a list in programs, and a mapping in what Azure answers
        yield from (str(key) for key in value)
    elif isinstance(value, str) and value and not path:
        yield value


Target = Callable[[Subject], Iterable[str]]


@dataclass(frozen=True, kw_only=True)
class Step:
    """One right that is asked for. ``is_linked``: on what the resource refers to, not on itself.

    ``action``: ``{type}`` in it stands for the type of what it is asked on.
    """

    action: str
    on: Target
    data: bool = False
    is_linked: bool = False
    carry: Callable[[Subject], Attributes] = field(default=lambda _: {})
    only: Callable[[Subject], bool] = field(default=lambda _: True)

    def requests(self, subject: Subject, main: str) -> Iterator[Request]:
        """``main``: the action that linked rights are reported with."""
        if self.only(subject):
            for resource in self.on(subject):
                found = parse_arm_id(resource)
                yield Request(
                    action=self.action.replace("{type}", found.type if found else "*"),
                    resource=resource,
                    data=self.data,
                    attributes=self.carry(subject),
                    linked_to=(main, subject.id) if self.is_linked else None,
                )


@dataclass(frozen=True, kw_only=True)
class Needs:
    """The rights of each operation on a type, in the order of the calls. Making and changing read the resource too."""

    write: tuple[Step, ...]
    read: tuple[Step, ...]
    delete: tuple[Step, ...]

    def steps(self, operation: Operation) -> tuple[Step, ...]:
        """What this operation asks for."""
        if operation == "delete":
            return self.delete
        return self.read if operation == "read" else (*self.read, *self.write)


def own(subject: Subject) -> Iterable[str]:
    """The resource itself."""
    return (subject.id,)


def parent(subject: Subject) -> Iterable[str]:
    """What it lies in."""
    found = parse_arm_id(subject.id)
    return (str(found.parent),) if found else ()


def any_of_group(type: str) -> Target:
    """A resource that Azure will make in the same group, whose name nobody knows: ``Microsoft.Compute/disks``."""
    return lambda subject: (f"{subject.group_id}/providers/{type}/*",)


def linked(action: str, *paths: str) -> Step:
    """A right on whatever the properties at these paths refer to."""
    return Step(
        action=action,
        on=lambda subject: tuple(dict.fromkeys(id for path in paths for id in subject.ids(path))),
        is_linked=True,
    )


def plain(type: str, *links: Step, delete: str = "delete") -> Needs:
    """A type whose rights are ``<type>/read``, ``/write`` and ``/delete`` on itself, and rights on what it names.

    ``delete``: the last word of the right to end it, where it is another one.
    """
    return Needs(
        write=(Step(action=f"{type}/write", on=own), *links),
        read=(Step(action=f"{type}/read", on=own),),
        delete=(Step(action=f"{type}/{delete}", on=own),),
    )


def uses_identity(path: str = "identity.userAssignedIdentities") -> Step:
    """The right to hand a user-assigned identity to a resource."""
    return linked(ASSIGN_IDENTITY, path)
