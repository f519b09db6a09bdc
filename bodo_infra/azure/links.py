"""What nouns need of each other on Azure, beside what they need on every target."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from bodo_infra import links


@dataclass(frozen=True, kw_only=True)
class CloudConfigLinks(links.CloudConfigLinks):
    """A cloud-config. Ids are resource ids (``/subscriptions/...``) unless they say otherwise."""

    region: pulumi.Input[str]
    """Location of the storage account; workspaces may be elsewhere."""
    tenant_id: pulumi.Input[str]
    subscription_id: pulumi.Input[str]
    resource_group: pulumi.Input[str]
    """Name of the group that everything is in."""
    storage_account_id: pulumi.Input[str]
    storage_account: pulumi.Input[str]
    container_id: pulumi.Input[str]
    container: pulumi.Input[str]
    roles: pulumi.Input[Mapping[str, str]]
    """Role definition ids: ours by their keys (``bodo_infra.azure.roles``), grantable ones by Azure's names."""


@dataclass(frozen=True, kw_only=True)
class WorkspaceLinks(links.WorkspaceLinks):
    """A workspace, with what of its cloud-config is needed by clusters."""

    region: pulumi.Input[str]
    """Location of the network and all that is in it."""
    cloud_config_uuid: pulumi.Input[str]
    tenant_id: pulumi.Input[str]
    subscription_id: pulumi.Input[str]
    resource_group: pulumi.Input[str]
    storage_account: pulumi.Input[str]
    container_id: pulumi.Input[str]
    container: pulumi.Input[str]
    roles: pulumi.Input[Mapping[str, str]]
    """As in the cloud-config's links."""
    egress: pulumi.Input[str]
    """``nat``; ``none`` when nodes reach private endpoints and Azure Storage only and install everything from the
    container; ``nat`` for a network of the user's own."""
    vnet_id: pulumi.Input[str]
    subnet_id: pulumi.Input[str]
    """Of the nodes; it spans all zones."""
    node_security_group_ids: pulumi.Input[list[str]]
    """One: a network interface on Azure takes no more."""
    notebook_security_group_id: pulumi.Input[str]
    vault_id: pulumi.Input[str]
    vault: pulumi.Input[str]
    """Name of the key vault, as in secrets that are written ``keyvault:VAULT/NAME``."""
    file_system: pulumi.Input[Mapping[str, str]]
    """``kind`` (azure-files, netapp), ``id``, ``host``, ``export``: it is mounted as ``host:export``."""


@dataclass(frozen=True, kw_only=True)
class InstanceRoleLinks(links.InstanceRoleLinks):
    """An instance role, as clusters need it. All three ids are empty when it is Failed."""

    identity_id: pulumi.Input[str]
    """Resource id of the user-assigned identity."""
    client_id: pulumi.Input[str]
    """What nodes name when they ask for its tokens."""
    principal_id: pulumi.Input[str]
    """Object id that role assignments name."""
