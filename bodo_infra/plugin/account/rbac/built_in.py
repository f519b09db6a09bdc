"""The permissions of Azure's own roles, as far as they are used here.

https://learn.microsoft.com/azure/role-based-access-control/built-in-roles, read in July 2026. The GUIDs are the same in
every tenant.
"""

from collections.abc import Mapping

from bodo_infra.plugin.account.rbac.permissions import Permission, Role

_CONTAINERS = "Microsoft.Storage/storageAccounts/blobServices/containers"
_DELEGATE = "Microsoft.Storage/storageAccounts/blobServices/generateUserDelegationKey/action"
# What most roles of one service allow besides: to look around in the group, to deploy templates, to open a ticket.
_USUAL = (
    "Microsoft.Authorization/*/read",
    "Microsoft.Insights/alertRules/*",
    "Microsoft.Resources/deployments/*",
    "Microsoft.Resources/subscriptions/resourceGroups/read",
    "Microsoft.Support/*",
)


def _role(guid: str, name: str, permission: Permission) -> Role:
    return Role(guid=guid, name=name, permissions=(permission,))


_ROLES = (
    _role("8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "Owner", Permission(actions=("*",))),
    _role(
        "b24988ac-6180-42a0-ab88-20f7382dd24c",
        "Contributor",
        Permission(
            actions=("*",),
            not_actions=(
                "Microsoft.Authorization/*/Delete",
                "Microsoft.Authorization/*/Write",
                "Microsoft.Authorization/elevateAccess/Action",
                "Microsoft.Blueprint/blueprintAssignments/write",
                "Microsoft.Blueprint/blueprintAssignments/delete",
                "Microsoft.Compute/galleries/share/action",
                "Microsoft.Purview/consents/write",
                "Microsoft.Purview/consents/delete",
                "Microsoft.Resources/deploymentStacks/manageDenySetting/action",
                "Microsoft.Subscription/cancel/action",
                "Microsoft.Subscription/enable/action",
            ),
        ),
    ),
    _role("acdd72a7-3385-48ef-bd42-f606fba81ae7", "Reader", Permission(actions=("*/read",))),
    _role(
        "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
        "User Access Administrator",
        Permission(actions=("*/read", "Microsoft.Authorization/*", "Microsoft.Support/*")),
    ),
    _role(
        "f58310d9-a9f6-439a-9e8d-f62e7b41a168",
        "Role Based Access Control Administrator",
        Permission(
            actions=(
                "Microsoft.Authorization/roleAssignments/write",
                "Microsoft.Authorization/roleAssignments/delete",
                "*/read",
                "Microsoft.Support/*",
            )
        ),
    ),
    _role(
        "4d97b98b-1d4f-4787-a291-c67834d212e7",
        "Network Contributor",
        Permission(actions=(*_USUAL, "Microsoft.Network/*", "Microsoft.ResourceHealth/availabilityStatuses/read")),
    ),
    _role(
        "f1a07417-d97a-45cb-824c-7a7467783830",
        "Managed Identity Operator",
        Permission(
            actions=(
                *_USUAL,
                "Microsoft.ManagedIdentity/userAssignedIdentities/*/read",
                "Microsoft.ManagedIdentity/userAssignedIdentities/*/assign/action",
            )
        ),
    ),
    _role(
        "b7e6dc6d-f1e8-4753-8033-0f276bb0955b",
        "Storage Blob Data Owner",
        Permission(actions=(f"{_CONTAINERS}/*", _DELEGATE), data_actions=(f"{_CONTAINERS}/blobs/*",)),
    ),
    _role(
        "ba92f5b4-2d11-453d-a403-e96b0029c9fe",
        "Storage Blob Data Contributor",
        Permission(
            actions=(f"{_CONTAINERS}/delete", f"{_CONTAINERS}/read", f"{_CONTAINERS}/write", _DELEGATE),
            data_actions=(
                f"{_CONTAINERS}/blobs/delete",
                f"{_CONTAINERS}/blobs/read",
                f"{_CONTAINERS}/blobs/write",
                f"{_CONTAINERS}/blobs/move/action",
                f"{_CONTAINERS}/blobs/add/action",
            ),
        ),
    ),
    _role(
        "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1",
        "Storage Blob Data Reader",
        Permission(actions=(f"{_CONTAINERS}/read", _DELEGATE), data_actions=(f"{_CONTAINERS}/blobs/read",)),
    ),
    _role(
        "4633458b-17de-408a-b874-0445c86b69e6",
        "Key Vault Secrets User",
        Permission(
            data_actions=(
                "Microsoft.KeyVault/vaults/secrets/getSecret/action",
                "Microsoft.KeyVault/vaults/secrets/readMetadata/action",
            )
        ),
    ),
    _role(
        "b86a8fe4-44ce-4948-aee5-eccb2c155cd7",
        "Key Vault Secrets Officer",
        Permission(
            actions=(
                *_USUAL,
                "Microsoft.KeyVault/checkNameAvailability/read",
                "Microsoft.KeyVault/deletedVaults/read",
                "Microsoft.KeyVault/locations/*/read",
                "Microsoft.KeyVault/vaults/*/read",
                "Microsoft.KeyVault/operations/read",
            ),
            data_actions=("Microsoft.KeyVault/vaults/secrets/*",),
        ),
    ),
)

BUILT_IN: Mapping[str, Role] = {role.guid: role for role in _ROLES}
"""By GUID."""
