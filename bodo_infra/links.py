"""What one noun needs to know of another: the same names on every target, from a component or from another stack."""

from dataclasses import dataclass
from typing import Protocol, Self

import pulumi


class CloudConfigOutputs(Protocol):
    """The outputs that every CloudConfig component has."""

    uuid: pulumi.Output[str]
    name: pulumi.Output[str]
    store: pulumi.Output[str]


class WorkspaceOutputs(Protocol):
    """The outputs that every Workspace component has."""

    uuid: pulumi.Output[str]
    name: pulumi.Output[str]
    store: pulumi.Output[str]
    shared_path: pulumi.Output[str]


class StackOutputs(Protocol):
    """Another stack's exports; ``pulumi.StackReference`` is one."""

    def get_output(self, name: pulumi.Input[str], /) -> pulumi.Output[str]:
        """The export of that name."""
        ...


@dataclass(frozen=True, kw_only=True)
class CloudConfigLinks:
    """A cloud-config, as workspaces need it."""

    uuid: pulumi.Input[str]
    name: pulumi.Input[str]
    store: pulumi.Input[str]
    """Where records and logs are kept: a folder on the local target."""

    @classmethod
    def from_component(cls, component: CloudConfigOutputs) -> Self:
        """Links to a component of the same program."""
        return cls(uuid=component.uuid, name=component.name, store=component.store)

    @classmethod
    def from_stack(cls, stack: StackOutputs) -> Self:
        """Links to the cloud-config that another stack has brought up."""
        return cls(uuid=stack.get_output("uuid"), name=stack.get_output("name"), store=stack.get_output("store"))


@dataclass(frozen=True, kw_only=True)
class WorkspaceLinks:
    """A workspace, as clusters and notebooks need it."""

    uuid: pulumi.Input[str]
    name: pulumi.Input[str]
    store: pulumi.Input[str]
    """Where records and logs are kept: a folder on the local target."""
    shared_path: pulumi.Input[str]
    """Folder that every node sees under this path."""

    @classmethod
    def from_component(cls, component: WorkspaceOutputs) -> Self:
        """Links to a component of the same program."""
        return cls(uuid=component.uuid, name=component.name, store=component.store, shared_path=component.shared_path)

    @classmethod
    def from_stack(cls, stack: StackOutputs) -> Self:
        """Links to the workspace that another stack has brought up."""
        return cls(
            uuid=stack.get_output("uuid"),
            name=stack.get_output("name"),
            store=stack.get_output("store"),
            shared_path=stack.get_output("shared_path"),
        )
