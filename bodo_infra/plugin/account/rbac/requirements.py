"""What Azure would check before it does what a resource's operation or a lookup asks for.

The tables ``needs_*`` say it per type; here they are put together and asked. Asking how an operation goes on, which the
provider does under ids of Azure's own, needs no right in the group.
"""

from collections.abc import Mapping

from bodo_infra.errors import NotFoundError
from bodo_infra.plugin.account.rbac import needs_compute, needs_identity, needs_network, needs_storage
from bodo_infra.plugin.account.rbac.evaluate import Request
from bodo_infra.plugin.account.rbac.steps import Bag, Needs, Operation, Subject

TYPES: Mapping[str, Needs] = {
    **needs_identity.TYPES,
    **needs_storage.TYPES,
    **needs_network.TYPES,
    **needs_compute.TYPES,
}

# Lookups (Pulumi's invokes): the type that is read, with the argument that names each of its parts. None: Azure asks
# for no right, because it is about the caller.
LOOKUPS: Mapping[str, tuple[str, tuple[str, ...]] | None] = {
    "azure-native:authorization:getClientConfig": None,
    "azure-native:authorization:getClientToken": None,
    "azure-native:resources:getResourceGroup": ("Microsoft.Resources/subscriptions/resourceGroups", ()),
    "azure-native:network:getVirtualNetwork": ("Microsoft.Network/virtualNetworks", ("virtualNetworkName",)),
    "azure-native:network:getSubnet": (
        "Microsoft.Network/virtualNetworks/subnets",
        ("virtualNetworkName", "subnetName"),
    ),
    "azure-native:network:getNetworkSecurityGroup": (
        "Microsoft.Network/networkSecurityGroups",
        ("networkSecurityGroupName",),
    ),
    "azure-native:network:getNatGateway": ("Microsoft.Network/natGateways", ("natGatewayName",)),
    "azure-native:managedidentity:getUserAssignedIdentity": (
        "Microsoft.ManagedIdentity/userAssignedIdentities",
        ("resourceName",),
    ),
    "azure-native:storage:getStorageAccount": ("Microsoft.Storage/storageAccounts", ("accountName",)),
    # There is one service of an account, and the lookup does not name it.
    "azure-native:storage:getFileShare": (
        "Microsoft.Storage/storageAccounts/fileServices/shares",
        ("accountName", "fileServicesName", "shareName"),
    ),
    "azure-native:privatedns:getPrivateZone": ("Microsoft.Network/privateDnsZones", ("privateZoneName",)),
    "azure-native:keyvault:getVault": ("Microsoft.KeyVault/vaults", ("vaultName",)),
    "azure-native:compute:getVirtualMachineScaleSet": (
        "Microsoft.Compute/virtualMachineScaleSets",
        ("vmScaleSetName",),
    ),
}


def requirements(token: str, operation: Operation, inputs: Bag, *, id: str) -> tuple[Request, ...]:
    """What has to be allowed for ``operation`` on a resource, in the order in which Azure asks.

    ``inputs``: as wanted, under the names of the wire (for delete and read: those it was made with).  ``id``: its
    resource id, also of one that is about to be made. Raises NotFoundError for a type without a row.
    """
    needs = TYPES.get(token)
    if needs is None:
        raise NotFoundError(
            f"no rights are known for the resource type {token}", "Use a type that the offline account knows"
        )
    subject = Subject(operation=operation, id=id, inputs=inputs)
    main = needs.write[0].action
    once: dict[tuple[str, str], Request] = {}
    for step in needs.steps(operation):
        for request in step.requests(subject, main):
            # Several properties may refer to the same thing, and the scopes of a role may be where it is defined.
            once.setdefault((request.action, request.resource.lower()), request)
    return tuple(once.values())


def lookup_requirements(token: str, args: Bag, *, subscription: str) -> tuple[Request, ...]:
    """Like ``requirements``, for an invoke such as ``azure-native:network:getVirtualNetwork``.

    ``subscription``: the id of the provider's; names that are not known yet are ``*``.
    """
    if token not in LOOKUPS:
        raise NotFoundError(f"no rights are known for the lookup {token}", "Use one that the offline account knows")
    lookup = LOOKUPS[token]
    if lookup is None:
        return ()
    kind, names = lookup
    group = f"/subscriptions/{subscription}/resourceGroups/{_name(args, 'resourceGroupName')}"
    if not names:
        return (Request(action=f"{kind}/read", resource=group),)
    namespace, *words = kind.split("/")
    path = "".join(f"/{word}/{_name(args, name)}" for word, name in zip(words, names, strict=True))
    return (Request(action=f"{kind}/read", resource=f"{group}/providers/{namespace}{path}"),)


def _name(args: Bag, name: str) -> str:
    value = args.get(name)
    return value if isinstance(value, str) and value else "*"
