"""The service principal has what each type of the Azure target needs, and what the needs' linked things ask for."""

import pytest

from bodo_infra.plugin.account.rbac.evaluate import decide
from bodo_infra.plugin.account.rbac.requirements import TYPES, requirements
from tests.azure_roles import CONTAINER, DEPLOYER, NODE, SUBSCRIPTION, UUID, deployers, role_guid, thing

NET = thing("Microsoft.Network/virtualNetworks", "net")
SUBNET = thing("Microsoft.Network/virtualNetworks/subnets", "net", "nodes")
RULES = thing("Microsoft.Network/networkSecurityGroups", "nodes")
GATEWAY = thing("Microsoft.Network/natGateways", "nat")
ADDRESS = thing("Microsoft.Network/publicIPAddresses", "nat")
FILES = thing("Microsoft.Storage/storageAccounts", "files")
NEAR = thing("Microsoft.Compute/proximityPlacementGroups", "near")
IDENTITY = thing("Microsoft.ManagedIdentity/userAssignedIdentities", "node")
ROLE = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{role_guid('node', UUID)}"
_INTERFACE = {
    "networkSecurityGroup": {"id": RULES},
    "ipConfigurations": [{"subnet": {"id": SUBNET}}],
}
IMAGE = thing("Microsoft.Compute/galleries/images/versions", "ours", "nodes", "1.0.0")
_SET = {
    "identity": {"userAssignedIdentities": [IDENTITY]},
    "virtualMachineProfile": {
        "networkProfile": {"networkInterfaceConfigurations": [_INTERFACE]},
        "storageProfile": {"imageReference": {"id": IMAGE}},
    },
}

MADE = {
    "network:VirtualNetwork": (NET, {}),
    "network:Subnet": (SUBNET, {"natGateway": {"id": GATEWAY}, "networkSecurityGroup": {"id": RULES}}),
    "network:NetworkSecurityGroup": (RULES, {}),
    "network:NatGateway": (GATEWAY, {"publicIpAddresses": [{"id": ADDRESS}]}),
    "network:PublicIPAddress": (ADDRESS, {}),
    "network:PrivateEndpoint": (
        thing("Microsoft.Network/privateEndpoints", "files"),
        {"subnet": {"id": SUBNET}, "privateLinkServiceConnections": [{"privateLinkServiceId": FILES}]},
    ),
    "privatedns:PrivateZone": (thing("Microsoft.Network/privateDnsZones", "x"), {}),
    "privatedns:PrivateRecordSet": (thing("Microsoft.Network/privateDnsZones/A", "x", "@"), {}),
    "privatedns:VirtualNetworkLink": (
        thing("Microsoft.Network/privateDnsZones/virtualNetworkLinks", "x", "net"),
        {"virtualNetwork": {"id": NET}},
    ),
    "storage:StorageAccount": (FILES, {}),
    "storage:FileShare": (
        thing("Microsoft.Storage/storageAccounts/fileServices/shares", "files", "default", "shared"),
        {},
    ),
    "keyvault:Vault": (thing("Microsoft.KeyVault/vaults", "vault"), {}),
    "netapp:Account": (thing("Microsoft.NetApp/netAppAccounts", "a"), {}),
    "netapp:CapacityPool": (thing("Microsoft.NetApp/netAppAccounts/capacityPools", "a", "p"), {}),
    "netapp:CapacityPoolVolume": (
        thing("Microsoft.NetApp/netAppAccounts/capacityPools/volumes", "a", "p", "v"),
        {"subnetId": SUBNET},
    ),
    "managedidentity:UserAssignedIdentity": (IDENTITY, {}),
    "authorization:RoleAssignment": (
        f"{CONTAINER}/providers/Microsoft.Authorization/roleAssignments/x",
        {"scope": CONTAINER, "principalId": NODE, "principalType": "ServicePrincipal", "roleDefinitionId": ROLE},
    ),
    "compute:ProximityPlacementGroup": (NEAR, {}),
    "compute:VirtualMachineScaleSet": (
        thing("Microsoft.Compute/virtualMachineScaleSets", "fleet"),
        {**_SET, "orchestrationMode": "Uniform", "proximityPlacementGroup": {"id": NEAR}},
    ),
}


def refused(requests):
    answers = [decide(DEPLOYER, request, deployers()) for request in requests]
    return [answer.because for answer in answers if not answer.allowed]


@pytest.mark.parametrize("operation", ["create", "read", "update", "delete"])
@pytest.mark.parametrize("token", MADE)
def test_the_service_principal_may_make_read_change_and_remove(token, operation):
    id, inputs = MADE[token]

    assert refused(requirements(f"azure-native:{token}", operation, inputs, id=id)) == []


NOT_FOR_IT = {
    "resources:ResourceGroup",
    "authorization:RoleDefinition",
    "storage:BlobContainer",
    "storage:BlobServiceProperties",
    "storage:ManagementPolicy",
}


@pytest.mark.parametrize("token", sorted(NOT_FOR_IT))
def test_what_the_cloud_config_is_made_of_it_may_not_make(token):
    assert f"azure-native:{token}" in TYPES
    assert refused(requirements(f"azure-native:{token}", "create", {"assignableScopes": [CONTAINER]}, id=CONTAINER))
