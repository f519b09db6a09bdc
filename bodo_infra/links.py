"""What one noun needs to know of another: the same names on every target, from a component or from another stack."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, Protocol, Self

import pulumi

from bodo_infra.errors import InputError, Problem

ACTIVE, FAILED = "Active", "Failed"
"""``status`` of an instance role."""


class StackOutputs(Protocol):
    """Another stack's exports; ``pulumi.StackReference`` is one."""

    def get_output(self, name: pulumi.Input[str], /) -> pulumi.Output[Any]:
        """The export of that name."""
        ...


@dataclass(frozen=True, kw_only=True)
class Links:
    """Outputs of a component, by the component's own names for them."""

    @classmethod
    def from_component(cls, component: pulumi.ComponentResource) -> Self:
        """Links to a component of the same program, which has all of them as outputs."""
        return cls(**{field.name: getattr(component, field.name) for field in fields(cls)})

    @classmethod
    def from_stack(cls, stack: StackOutputs) -> Self:
        """Links to the component that another stack has brought up and exported.

        An export that is not there is an InputError as soon as that is known.
        """
        return cls(**{field.name: stack.get_output(field.name).apply(_exported(field.name)) for field in fields(cls)})


def _exported(name: str) -> Callable[[Any], Any]:
    def found(value: Any) -> Any:  # noqa: ANN401 - of any type
        if value is None:
            raise InputError(
                f"the stack that the links come from exports no {name!r}",
                "Bring that stack up; its program exports what its component has: component.outputs()",
            )
        return value

    return found


@dataclass(frozen=True, kw_only=True)
class CloudConfigLinks(Links):
    """A cloud-config, as workspaces need it."""

    uuid: pulumi.Input[str]
    name: pulumi.Input[str]
    store: pulumi.Input[str]
    """Where records and logs are kept: a folder on the local target; ``s3://BUCKET?table=TABLE&region=REGION`` on AWS,
    ``azblob://CONTAINER?storage_account=ACCOUNT`` on Azure."""


@dataclass(frozen=True, kw_only=True)
class WorkspaceLinks(Links):
    """A workspace, as clusters and notebooks need it."""

    uuid: pulumi.Input[str]
    name: pulumi.Input[str]
    store: pulumi.Input[str]
    """The store of its cloud-config."""
    shared_path: pulumi.Input[str]
    """Folder that every node sees under this path."""


@dataclass(frozen=True, kw_only=True)
class InstanceRoleLinks(Links):
    """An instance role, as clusters in a cloud need it."""

    uuid: pulumi.Input[str]
    name: pulumi.Input[str]
    status: pulumi.Input[str]
    """``Active`` or ``Failed``."""
    reason: pulumi.Input[str]
    """Why it is Failed; empty when it is Active."""


def check_role_status(role: str, status: str, reason: str) -> list[Problem]:
    """An instance role that is Failed: nodes that had it could do nothing. ``role``: its name."""
    if status != FAILED:
        return []
    fix = "Repair it, and bring its stack up again, or choose another role"
    return [Problem(path="instance_role", value=role, rule=f"is {FAILED}: {reason}", fix=fix)]
