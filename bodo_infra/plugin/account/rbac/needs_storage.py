"""What storage accounts and what is in them need, key vaults, and volumes of NetApp."""

import re
from collections.abc import Mapping

from bodo_infra.plugin.account.rbac.attributes import Attributes, of_blob, of_list
from bodo_infra.plugin.account.rbac.steps import Needs, Step, Subject, linked, own, plain, uses_identity

_ACCOUNT = "Microsoft.Storage/storageAccounts"
_SECRETS = "Microsoft.KeyVault/vaults/secrets"
_NETAPP = "Microsoft.NetApp/netAppAccounts"
_JOIN_BY_SERVICE = "Microsoft.Network/virtualNetworks/subnets/joinViaServiceEndpoint/action"
_JOIN = "Microsoft.Network/virtualNetworks/subnets/join/action"


_IN_CONTAINER = re.compile(
    r"(/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\.Storage/storageAccounts/[^/]+)"
    r"/blobServices/[^/]+/containers/([^/]+)(?:/blobs/(.+))?",
    re.IGNORECASE,
)


def blob_attributes(id: str, prefix: str | None = None, *, lists: bool = False) -> Attributes:
    """What conditions may ask of a request on the container or blob with this id; empty for another id.

    ``lists``: it lists the container's blobs, those with ``prefix`` if that is not None.
    """
    found = _IN_CONTAINER.fullmatch(id)
    if found is None:
        return {}
    account, container, path = found[1].rpartition("/")[2], found[2], found[3]
    if lists:
        return of_list(account, container, prefix)
    return of_blob(account, container, path) if path else {}


def _account_of(subject: Subject) -> tuple[str, ...]:
    found = _IN_CONTAINER.fullmatch(subject.id)
    return (found[1],) if found else ()


_BY_KEY = (Step(action=f"{_ACCOUNT}/listKeys/action", on=_account_of),)
# The provider goes to the blobs with the account's key, and has no setting for another way:
# https://github.com/pulumi/pulumi-azure-native/issues/2015
_BLOB = Needs(write=_BY_KEY, read=_BY_KEY, delete=_BY_KEY)

# Secrets are made through the management plane and ended through the vault.
_SECRET = Needs(
    write=(Step(action=f"{_SECRETS}/write", on=own),),
    read=(Step(action=f"{_SECRETS}/read", on=own),),
    delete=(Step(action=f"{_SECRETS}/delete", on=own, data=True),),
)

TYPES: Mapping[str, Needs] = {
    "azure-native:storage:StorageAccount": plain(
        _ACCOUNT,
        linked(_JOIN_BY_SERVICE, "networkRuleSet.virtualNetworkRules.virtualNetworkResourceId"),
        uses_identity(),
    ),
    "azure-native:storage:BlobContainer": plain(f"{_ACCOUNT}/blobServices/containers"),
    # It is always there: ending it writes the defaults.
    "azure-native:storage:BlobServiceProperties": plain(f"{_ACCOUNT}/blobServices", delete="write"),
    "azure-native:storage:FileServiceProperties": plain(f"{_ACCOUNT}/fileServices", delete="write"),
    "azure-native:storage:ManagementPolicy": plain(f"{_ACCOUNT}/managementPolicies"),
    "azure-native:storage:FileShare": plain(f"{_ACCOUNT}/fileServices/shares"),
    "azure-native:storage:Blob": _BLOB,
    "azure-native:keyvault:Vault": plain(
        "Microsoft.KeyVault/vaults", linked(_JOIN_BY_SERVICE, "properties.networkAcls.virtualNetworkRules.id")
    ),
    "azure-native:keyvault:Secret": _SECRET,
    "azure-native:netapp:Account": plain(_NETAPP, uses_identity()),
    "azure-native:netapp:CapacityPool": plain(f"{_NETAPP}/capacityPools"),
    "azure-native:netapp:CapacityPoolVolume": plain(f"{_NETAPP}/capacityPools/volumes", linked(_JOIN, "subnetId")),
}
