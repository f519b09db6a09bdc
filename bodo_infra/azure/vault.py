"""The key vault of a workspace: secrets that jobs name as ``keyvault:VAULT/NAME``."""

import pulumi_azure_native as azure_native

from bodo_infra.azure.endpoints import VAULTS, EndpointPlace, Target, make_private_endpoint
from bodo_infra.azure.workspace_scope import WorkspaceScope
from bodo_infra.component import Component
from bodo_infra.plans.names import KEY_VAULT

RETENTION_DAYS = 90
"""How long Azure keeps a vault that was deleted, and its name; the longest that it does."""


def make_vault(owner: Component, scope: WorkspaceScope, place: EndpointPlace) -> azure_native.keyvault.Vault:
    """The vault, which roles alone open, and only within the network.

    When it is deleted Azure keeps it with its secrets for 90 days, which nobody can shorten, and its name as long. The
    name holds the workspace's uuid: a workspace that is made again has another one.
    """
    vault = azure_native.keyvault.Vault(
        owner.child_name("vault"),
        vault_name=scope.cloud_name(KEY_VAULT, "vault"),
        resource_group_name=scope.group,
        location=scope.region,
        properties=azure_native.keyvault.VaultPropertiesArgs(
            sku=azure_native.keyvault.SkuArgs(family="A", name=azure_native.keyvault.SkuName.STANDARD),
            tenant_id=scope.cloud_config.tenant_id,
            enable_rbac_authorization=True,
            enable_soft_delete=True,
            soft_delete_retention_in_days=RETENTION_DAYS,
            enable_purge_protection=True,
            public_network_access="Disabled",
            network_acls=azure_native.keyvault.NetworkRuleSetArgs(default_action="Deny", bypass="None"),
        ),
        tags=scope.tagged("vault"),
        opts=owner.child_options(),
    )
    target = Target(id=vault.id, name=vault.name, service=VAULTS)
    make_private_endpoint(owner, scope, target, place, purpose="vault")
    return vault
