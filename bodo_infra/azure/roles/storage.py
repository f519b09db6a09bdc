"""What making, changing and removing shared files and the vault needs.

No keys of accounts: whoever has them has all data, past any role. The deployer reaches no data of files and vaults: it
has no data actions on them. It does decide their settings, as whoever makes them must; so it could open a vault to
itself by the older kind of access policies. Azure gives no narrower right than to write a vault.
"""

from bodo_infra.azure.roles.grants import Grant
from bodo_infra.azure.roles.network import GROUP, WORKSPACE


def grants() -> tuple[Grant, ...]:
    """For the deployer."""
    return (_files(), _netapp(), _vaults())


def _files() -> Grant:
    return Grant(
        name="Files",
        component=WORKSPACE,
        where=GROUP,
        actions={
            "Microsoft.Storage/storageAccounts/read": "read the account of files, and that of the container",
            "Microsoft.Storage/storageAccounts/write": "the account of shared files",
            "Microsoft.Storage/storageAccounts/delete": "destroy with delete_data",
            "Microsoft.Storage/storageAccounts/fileServices/shares/read": "read the share",
            "Microsoft.Storage/storageAccounts/fileServices/shares/write": "the share, and its size",
            "Microsoft.Storage/storageAccounts/fileServices/shares/delete": "destroy with delete_data",
        },
    )


def _netapp() -> Grant:
    return Grant(
        name="NetAppFiles",
        component=WORKSPACE,
        where=GROUP,
        actions={
            "Microsoft.NetApp/netAppAccounts/read": "read the account",
            "Microsoft.NetApp/netAppAccounts/write": "files on Azure NetApp Files, by choice",
            "Microsoft.NetApp/netAppAccounts/delete": "destroy with delete_data",
            "Microsoft.NetApp/netAppAccounts/capacityPools/read": "read the pool",
            "Microsoft.NetApp/netAppAccounts/capacityPools/write": "the pool, and its size",
            "Microsoft.NetApp/netAppAccounts/capacityPools/delete": "destroy with delete_data",
            "Microsoft.NetApp/netAppAccounts/capacityPools/volumes/read": "read the volume: its address",
            "Microsoft.NetApp/netAppAccounts/capacityPools/volumes/write": "the volume, and its size",
            "Microsoft.NetApp/netAppAccounts/capacityPools/volumes/delete": "destroy with delete_data",
        },
    )


def _vaults() -> Grant:
    return Grant(
        name="Vaults",
        component=WORKSPACE,
        where=GROUP,
        actions={
            "Microsoft.KeyVault/vaults/read": "read the vault",
            "Microsoft.KeyVault/vaults/write": "the vault of secrets that jobs name",
            "Microsoft.KeyVault/vaults/delete": "destroy",
        },
    )
