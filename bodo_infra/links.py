"""What one noun needs to know of another: the same names on every target, from a component or from another stack."""

from dataclasses import dataclass, fields
from typing import Any, Protocol, Self

import pulumi


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
        """Links to the component that another stack has brought up and exported."""
        return cls(**{field.name: stack.get_output(field.name) for field in fields(cls)})


@dataclass(frozen=True, kw_only=True)
class CloudConfigLinks(Links):
    """A cloud-config, as workspaces need it."""

    uuid: pulumi.Input[str]
    name: pulumi.Input[str]
    store: pulumi.Input[str]
    """Where records and logs are kept: a folder on the local target, ``s3://BUCKET?table=TABLE&region=REGION`` on AWS."""


@dataclass(frozen=True, kw_only=True)
class WorkspaceLinks(Links):
    """A workspace, as clusters and notebooks need it."""

    uuid: pulumi.Input[str]
    name: pulumi.Input[str]
    store: pulumi.Input[str]
    """The store of its cloud-config."""
    shared_path: pulumi.Input[str]
    """Folder that every node sees under this path."""
