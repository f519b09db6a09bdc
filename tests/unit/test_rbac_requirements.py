"""Which rights Azure asks for: on the resource itself, then on everything that it refers to."""

import pytest

from bodo_infra.errors import NotFoundError
from bodo_infra.plugin.account.rbac.requirements import TYPES, lookup_requirements, requirements

GROUP = "/subscriptions/s/resourceGroups/demo"


def of(type, *names):
    namespace, *kinds = type.split("/")
    return f"{GROUP}/providers/{namespace}" + "".join(f"/{k}/{n}" for k, n in zip(kinds, names, strict=True))


NET = of("Microsoft.Network/virtualNetworks", "net")
NODES = f"{NET}/subnets/nodes"
RULES = of("Microsoft.Network/networkSecurityGroups", "rules")
NAT = of("Microsoft.Network/natGateways", "nat")
ADDRESS = of("Microsoft.Network/publicIPAddresses", "out")
ZONE = of("Microsoft.Network/privateDnsZones", "privatelink.file.core.windows.net")
ENDPOINT = of("Microsoft.Network/privateEndpoints", "files")
IDENTITY = of("Microsoft.ManagedIdentity/userAssignedIdentities", "nodes")
STORE = of("Microsoft.Storage/storageAccounts", "store")
CONTAINER = f"{STORE}/blobServices/default/containers/records"
VAULT = of("Microsoft.KeyVault/vaults", "vault")
SET = of("Microsoft.Compute/virtualMachineScaleSets", "set")
NEAR = of("Microsoft.Compute/proximityPlacementGroups", "near")
POOL = of("Microsoft.NetApp/netAppAccounts/capacityPools", "files", "pool")


def asked(token, operation, id, **inputs):
    return [(each.action, each.resource) for each in requirements(f"azure-native:{token}", operation, inputs, id=id)]


def linked(token, id, **inputs):
    """What is asked for on other resources when this one is made."""
    found = requirements(f"azure-native:{token}", "create", inputs, id=id)
    return {(each.action, each.resource) for each in found if each.linked_to}


def test_making_and_changing_reads_and_writes_and_ending_deletes():
    kind = "Microsoft.Network/virtualNetworks"

    assert asked("network:VirtualNetwork", "create", NET) == [(f"{kind}/read", NET), (f"{kind}/write", NET)]
    assert asked("network:VirtualNetwork", "update", NET) == [(f"{kind}/read", NET), (f"{kind}/write", NET)]
    assert asked("network:VirtualNetwork", "read", NET) == [(f"{kind}/read", NET)]
    assert asked("network:VirtualNetwork", "delete", NET) == [(f"{kind}/delete", NET)]


@pytest.mark.parametrize(
    ("token", "id", "inputs", "expected"),
    [
        pytest.param(
            "network:Subnet",
            NODES,
            {"networkSecurityGroup": {"id": RULES}, "natGateway": {"id": NAT}},
            {
                ("Microsoft.Network/networkSecurityGroups/join/action", RULES),
                ("Microsoft.Network/natGateways/join/action", NAT),
            },
            id="subnet",
        ),
        pytest.param(
            "network:VirtualNetwork",
            NET,
            {"subnets": [{"name": "a"}, {"name": "b", "natGateway": {"id": NAT}}]},
            {("Microsoft.Network/natGateways/join/action", NAT)},
            id="subnets within a network",
        ),
        pytest.param(
            "network:NatGateway",
            NAT,
            {"publicIpAddresses": [{"id": ADDRESS}]},
            {("Microsoft.Network/publicIPAddresses/join/action", ADDRESS)},
            id="gateway",
        ),
        pytest.param(
            "network:PrivateEndpoint",
            ENDPOINT,
            {"subnet": {"id": NODES}, "privateLinkServiceConnections": [{"privateLinkServiceId": STORE}]},
            {
                ("Microsoft.Network/virtualNetworks/subnets/join/action", NODES),
                ("Microsoft.Storage/storageAccounts/PrivateEndpointConnectionsApproval/action", STORE),
            },
            id="endpoint of files",
        ),
        pytest.param(
            "network:PrivateEndpoint",
            ENDPOINT,
            {"privateLinkServiceConnections": [{"privateLinkServiceId": VAULT}]},
            {("Microsoft.KeyVault/vaults/PrivateEndpointConnectionsApproval/action", VAULT)},
            id="endpoint of a vault",
        ),
        pytest.param(
            "network:PrivateEndpoint",
            ENDPOINT,
            {"manualPrivateLinkServiceConnections": [{"privateLinkServiceId": VAULT}]},
            set(),
            id="endpoint that waits for approval",
        ),
        pytest.param(
            "network:PrivateDnsZoneGroup",
            f"{ENDPOINT}/privateDnsZoneGroups/default",
            {"privateDnsZoneConfigs": [{"name": "files", "privateDnsZoneId": ZONE}]},
            {("Microsoft.Network/privateDnsZones/join/action", ZONE)},
            id="names of an endpoint",
        ),
        pytest.param(
            "privatedns:VirtualNetworkLink",
            f"{ZONE}/virtualNetworkLinks/net",
            {"virtualNetwork": {"id": NET}},
            {("Microsoft.Network/virtualNetworks/join/action", NET)},
            id="names in a network",
        ),
        pytest.param(
            "network:NetworkInterface",
            of("Microsoft.Network/networkInterfaces", "nic"),
            {
                "networkSecurityGroup": {"id": RULES},
                "ipConfigurations": [{"subnet": {"id": NODES}, "publicIPAddress": {"id": ADDRESS}}],
            },
            {
                ("Microsoft.Network/virtualNetworks/subnets/join/action", NODES),
                ("Microsoft.Network/networkSecurityGroups/join/action", RULES),
                ("Microsoft.Network/publicIPAddresses/join/action", ADDRESS),
            },
            id="interface",
        ),
        pytest.param(
            "storage:StorageAccount",
            STORE,
            {"networkRuleSet": {"virtualNetworkRules": [{"virtualNetworkResourceId": NODES}]}},
            {("Microsoft.Network/virtualNetworks/subnets/joinViaServiceEndpoint/action", NODES)},
            id="account for a subnet",
        ),
        pytest.param(
            "keyvault:Vault",
            VAULT,
            {"properties": {"networkAcls": {"virtualNetworkRules": [{"id": NODES}]}}},
            {("Microsoft.Network/virtualNetworks/subnets/joinViaServiceEndpoint/action", NODES)},
            id="vault for a subnet",
        ),
        pytest.param(
            "netapp:CapacityPoolVolume",
            f"{POOL}/volumes/files",
            {"subnetId": NODES},
            {("Microsoft.Network/virtualNetworks/subnets/join/action", NODES)},
            id="volume",
        ),
        pytest.param(
            "compute:VirtualMachine",
            of("Microsoft.Compute/virtualMachines", "vm"),
            {"networkProfile": {"networkInterfaces": [{"id": "/nic"}]}, "proximityPlacementGroup": {"id": NEAR}},
            {
                ("Microsoft.Network/networkInterfaces/join/action", "/nic"),
                ("Microsoft.Compute/proximityPlacementGroups/write", NEAR),
            },
            id="machine",
        ),
    ],
)
def test_what_a_resource_refers_to_has_to_be_allowed_too(token, id, inputs, expected):
    assert linked(token, id, **inputs) == expected


def scale_set(mode, image, identities):
    interface = {"networkSecurityGroup": {"id": RULES}, "ipConfigurations": [{"subnet": {"id": NODES}}]}
    return {
        "orchestrationMode": mode,
        "identity": {"type": "UserAssigned", "userAssignedIdentities": identities},
        "proximityPlacementGroup": {"id": NEAR},
        "virtualMachineProfile": {
            "storageProfile": {"imageReference": image},
            "networkProfile": {"networkInterfaceConfigurations": [interface, interface]},
        },
    }


@pytest.mark.parametrize("identities", [[IDENTITY], {IDENTITY: {"clientId": "c"}}], ids=["as wanted", "as answered"])
def test_a_scale_set_joins_its_network_and_takes_its_identity(identities):
    inputs = scale_set("Uniform", {"publisher": "almalinux", "offer": "almalinux-hpc"}, identities)

    assert linked("compute:VirtualMachineScaleSet", SET, **inputs) == {
        ("Microsoft.Network/virtualNetworks/subnets/join/action", NODES),
        ("Microsoft.Network/networkSecurityGroups/join/action", RULES),
        ("Microsoft.Compute/proximityPlacementGroups/write", NEAR),
        ("Microsoft.ManagedIdentity/userAssignedIdentities/assign/action", IDENTITY),
    }


def test_only_the_nodes_of_a_flexible_scale_set_are_machines_of_the_group():
    machines = [
        ("Microsoft.Compute/virtualMachines/write", f"{GROUP}/providers/Microsoft.Compute/virtualMachines/*"),
        ("Microsoft.Compute/disks/write", f"{GROUP}/providers/Microsoft.Compute/disks/*"),
    ]
    flexible = asked("compute:VirtualMachineScaleSet", "create", SET, **scale_set("Flexible", {}, []))
    uniform = asked("compute:VirtualMachineScaleSet", "create", SET, **scale_set("Uniform", {}, []))

    assert [each for each in flexible if each not in uniform] == machines


@pytest.mark.parametrize(
    ("type", "names"),
    [
        ("Microsoft.Compute/images", ["nodes"]),
        ("Microsoft.Compute/galleries/images", ["ours", "nodes"]),
        ("Microsoft.Compute/galleries/images/versions", ["ours", "nodes", "1.0.0"]),
    ],
)
def test_an_image_of_the_users_own_has_to_be_readable(type, names):
    image = of(type, *names)
    inputs = scale_set("Uniform", {"id": image}, [])

    assert (f"{type}/read", image) in linked("compute:VirtualMachineScaleSet", SET, **inputs)


def test_linked_rights_say_what_asks_for_them():
    found = requirements("azure-native:network:Subnet", "update", {"natGateway": {"id": NAT}}, id=NODES)

    assert found[-1].linked_to == ("Microsoft.Network/virtualNetworks/subnets/write", NODES)


def test_an_assignment_tells_conditions_what_is_given_to_whom():
    id = f"{STORE}/providers/Microsoft.Authorization/roleAssignments/9"
    inputs = {"roleDefinitionId": "/x/roleDefinitions/AB", "principalId": "me", "principalType": "ServicePrincipal"}
    _, write = requirements("azure-native:authorization:RoleAssignment", "create", inputs, id=id)
    (delete,) = requirements("azure-native:authorization:RoleAssignment", "delete", inputs, id=id)
    carried = {"RoleDefinitionId": ("ab",), "PrincipalId": ("me",), "PrincipalType": ("ServicePrincipal",)}

    assert (write.action, write.resource) == ("Microsoft.Authorization/roleAssignments/write", id)
    assert write.attributes == {f"@Request[Microsoft.Authorization/roleAssignments:{k}]": v for k, v in carried.items()}
    assert delete.attributes == {
        f"@Resource[Microsoft.Authorization/roleAssignments:{k}]": v for k, v in carried.items()
    }


def test_a_role_has_to_be_writable_wherever_it_can_be_assigned():
    id = "/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/9"
    scopes = {"scope": GROUP.lstrip("/"), "assignableScopes": [GROUP, "/subscriptions/s"]}
    here = f"{GROUP}/providers/Microsoft.Authorization/roleDefinitions/9"

    assert asked("authorization:RoleDefinition", "create", id, **scopes) == [
        ("Microsoft.Authorization/roleDefinitions/read", here),
        ("Microsoft.Authorization/roleDefinitions/write", here),
        ("Microsoft.Authorization/roleDefinitions/write", id),
    ]


@pytest.mark.parametrize("operation", ["create", "read", "update", "delete"])
def test_the_providers_blobs_are_reached_with_the_accounts_key(operation):
    assert asked("storage:Blob", operation, f"{CONTAINER}/blobs/agent/package.tar.gz") == [
        ("Microsoft.Storage/storageAccounts/listKeys/action", STORE)
    ]


def test_services_of_an_account_that_are_always_there_end_by_a_write():
    assert asked("storage:BlobServiceProperties", "delete", f"{STORE}/blobServices/default") == [
        ("Microsoft.Storage/storageAccounts/blobServices/write", f"{STORE}/blobServices/default")
    ]


def test_a_secret_is_made_by_management_and_ended_as_data():
    secret = f"{VAULT}/secrets/password"
    found = [
        (each.action.rpartition("/")[2], each.data)
        for operation in ("create", "delete")
        for each in requirements("azure-native:keyvault:Secret", operation, {}, id=secret)
    ]

    assert found == [("read", False), ("write", False), ("delete", True)]


@pytest.mark.parametrize("token", sorted(TYPES))
@pytest.mark.parametrize("operation", ["create", "read", "update", "delete"])
def test_every_operation_of_every_type_asks_for_something(token, operation):
    id = f"{CONTAINER}/blobs/x" if token.endswith(":Blob") else NODES
    found = requirements(token, operation, {}, id=id)

    assert found
    assert all(each.resource.startswith(GROUP) and each.action.startswith("Microsoft.") for each in found)


@pytest.mark.parametrize(
    ("token", "id", "action"),
    [
        ("resources:getResourceGroup", GROUP, "Microsoft.Resources/subscriptions/resourceGroups/read"),
        ("network:getSubnet", NODES, "Microsoft.Network/virtualNetworks/subnets/read"),
        ("keyvault:getVault", VAULT, "Microsoft.KeyVault/vaults/read"),
    ],
)
def test_a_lookup_reads_what_it_names(token, id, action):
    (found,) = lookup_requirements(f"azure-native:{token}", id=id)

    assert (found.action, found.resource) == (action, id)


def test_nobody_needs_a_right_to_learn_who_they_are():
    assert lookup_requirements("azure-native:authorization:getClientConfig", id="") == ()


def test_what_has_no_row_is_refused():
    with pytest.raises(NotFoundError, match="azure-native:web:Site"):
        requirements("azure-native:web:Site", "create", {}, id="/x")
