"""What members of a workspace may do: on the workspace's own network, vault and account of files, and on blobs.

All that is deployed is made by the service principal, whoever runs `up`. So members need no right to make clusters:
what they have themselves is for looking, for secrets, and for the state of stacks. The container is the cloud-config's,
so jobs and records of its other workspaces can be read, too; and all who deploy trust each other across it, as whoever
writes a state can have the next `up` do what they like.
"""

from bodo_infra.azure.roles import records
from bodo_infra.azure.roles.grants import Grant

MEMBERS = "members"
OWN = "the workspace's network, vault and account of files"
BY_PATH = f"{records.CONTAINER}, with a condition by path"


def viewers() -> tuple[Grant, ...]:
    """Looking at what there is, and at jobs."""
    return (_looks(), records.views())


def developers() -> tuple[Grant, ...]:
    """Jobs, the state of stacks, and which secrets there are."""
    return (_looks(), _names_of_secrets(), records.works(MEMBERS, BY_PATH))


def admins() -> tuple[Grant, ...]:
    """All of that, secrets themselves, and changing what the workspace has."""
    return (*developers(), _secrets(), _administers())


def _looks() -> Grant:
    return Grant(
        name="Look",
        component=MEMBERS,
        where=OWN,
        actions={
            "Microsoft.Network/virtualNetworks/read": "the network",
            "Microsoft.Network/virtualNetworks/subnets/read": "its subnets",
            "Microsoft.KeyVault/vaults/read": "the vault, without its secrets",
            "Microsoft.Storage/storageAccounts/read": "the account of files, without its keys",
            "Microsoft.Storage/storageAccounts/fileServices/shares/read": "the share: its size",
        },
    )


def _names_of_secrets() -> Grant:
    return Grant(
        name="NamesOfSecrets",
        component=MEMBERS,
        where=OWN,
        data_actions={"Microsoft.KeyVault/vaults/secrets/readMetadata/action": "jobs name secrets"},
    )


def _secrets() -> Grant:
    return Grant(
        name="Secrets",
        component=MEMBERS,
        where=OWN,
        data_actions={
            "Microsoft.KeyVault/vaults/secrets/getSecret/action": "look whether a secret is the right one",
            "Microsoft.KeyVault/vaults/secrets/setSecret/action": "write what jobs name",
            "Microsoft.KeyVault/vaults/secrets/delete": "a secret that is no longer needed",
        },
    )


def _administers() -> Grant:
    return Grant(
        name="Administer",
        component=MEMBERS,
        where=OWN,
        actions={
            "Microsoft.Network/virtualNetworks/write": "set the network right by hand",
            "Microsoft.Network/virtualNetworks/delete": "remove what a stack has left",
            "Microsoft.Network/virtualNetworks/subnets/write": "set a subnet right by hand",
            "Microsoft.Network/virtualNetworks/subnets/delete": "remove what a stack has left",
            "Microsoft.Network/virtualNetworks/subnets/join/action": "a machine of their own beside the nodes",
            "Microsoft.KeyVault/vaults/write": "open the vault to a machine of their own",
            "Microsoft.KeyVault/vaults/delete": "remove what a stack has left",
            "Microsoft.Storage/storageAccounts/write": "open the files to a machine of their own",
            "Microsoft.Storage/storageAccounts/delete": "remove files that a stack has left",
            "Microsoft.Storage/storageAccounts/fileServices/shares/write": "the size of the share",
            "Microsoft.Storage/storageAccounts/fileServices/shares/delete": "remove files that a stack has left",
        },
    )
