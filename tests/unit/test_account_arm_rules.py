"""What ARM refuses by its rules: networks, storage, vaults, roles, machines, files of NetApp.

Not proved here: what Azure checks beyond them.
"""

import base64

import pytest

from bodo_infra.plugin.account.arm import tokens as t
from bodo_infra.plugin.account.arm.errors import ArmError
from bodo_infra.plugin.account.faults import Fault, FaultError, FaultKind
from bodo_infra.plugin.handler import HalfMadeError, Kept, Subject
from bodo_infra.plugin.wire_codec import UNKNOWN
from tests.arm_world import GROUP, PUBLIC_KEY, SUBSCRIPTION, ArmWorld, scale_set

PRINCIPAL = "8a3d1c52-0000-4000-8000-000000000001"


@pytest.fixture
def world(tmp_path):
    return ArmWorld.at(tmp_path)


@pytest.fixture
def nodes(world):
    world.vnet()
    return world.subnet()


def refused(world, token, **inputs):
    """All that Check says, as one text; the group is given."""
    return "; ".join(world.reasons(token, **{"resourceGroupName": "data", **inputs}).values())


# Networks


@pytest.mark.parametrize(
    ("prefix", "code"),
    [
        ("10.0.0.5/24", "InvalidCIDRNotation"),
        ("10.0.0.0", "InvalidAddressPrefixFormat"),
        ("10.0.9.0/30", "NetcfgInvalidSubnet"),
        ("10.1.0.0/24", "outside the IP address range of virtual network 'net'"),
        ("10.0.0.128/25", "NetcfgSubnetRangesOverlap"),
    ],
    ids=["host bits", "no block", "too small", "outside", "overlap"],
)
def test_a_subnet_is_a_whole_block_inside_its_network_beside_the_others(world, nodes, prefix, code):
    assert code in refused(world, t.SUBNET, virtualNetworkName="net", subnetName="more", addressPrefix=prefix)


def test_a_network_keeps_the_blocks_that_its_subnets_are_in(world, nodes):
    (network,) = world.account.store.of_type(t.VNET)

    with pytest.raises(ArmError, match="NetcfgInvalidSubnet"):
        world.change(_kept(network), addressSpace={"addressPrefixes": ["10.9.0.0/16"]})


def test_the_block_of_a_subnet_that_is_used_does_not_change(world, nodes):
    world.change(nodes, addressPrefix="10.0.0.0/23")
    ip = {"name": "ip", "subnet": {"id": nodes.id}}
    world.put(t.NETWORK_INTERFACE, networkInterfaceName="nic", ipConfigurations=[ip])

    with pytest.raises(ArmError, match="InUsePrefixCannotBeDeleted"):
        world.change(nodes, addressPrefix="10.0.0.0/22")


RULE = {
    "priority": 100,
    "direction": "Inbound",
    "access": "Allow",
    "protocol": "Tcp",
    "sourceAddressPrefix": "*",
    "sourcePortRange": "*",
    "destinationAddressPrefix": "*",
    "destinationPortRange": "22",
}


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"priority": 99}, "SecurityRuleInvalidPriority"),
        ({"protocol": "TCPIP"}, "SecurityRuleParameterContainsUnsupportedValue"),
        ({"sourceAddressPrefixes": ["10.0.0.0/8"]}, "SecurityRuleInvalidAddressPrefix"),
        ({"destinationPortRange": None}, "SecurityRuleInvalidPortRange"),
    ],
    ids=["priority", "protocol", "both forms", "neither form"],
)
def test_a_security_rule_is_one_that_arm_understands(world, changed, code):
    world.put(t.SECURITY_GROUP, networkSecurityGroupName="nodes")
    rule = {name: value for name, value in {**RULE, **changed}.items() if value is not None}

    assert code in refused(world, t.SECURITY_RULE, networkSecurityGroupName="nodes", securityRuleName="ssh", **rule)


def test_a_priority_is_taken_once_in_a_direction_of_a_group(world):
    group = world.put(t.SECURITY_GROUP, networkSecurityGroupName="nodes", securityRules=[{**RULE, "name": "inline"}])
    of_group = {"networkSecurityGroupName": "nodes"}

    assert "conflicts with rule inline" in refused(world, t.SECURITY_RULE, **of_group, securityRuleName="ssh", **RULE)
    outbound = {**RULE, "direction": "Outbound"}
    world.put(t.SECURITY_RULE, "out", **of_group, securityRuleName="out", **outbound)
    assert len(world.look(t.SECURITY_GROUP, resourceGroupName="data", **of_group)["securityRules"]) == 2
    assert group.outputs["defaultSecurityRules"][2]["name"] == "DenyAllInBound"


def test_ways_out_are_standard_and_static(world):
    assert "sku of a NAT gateway is required" in refused(world, t.NAT_GATEWAY, natGatewayName="out")
    assert "Basic SKU" in refused(world, t.PUBLIC_IP, publicIpAddressName="out")
    assert "must have AllocationMethod set to Static" in refused(world, t.PUBLIC_IP, sku={"name": "Standard"})


def _nat(world, name="out"):
    address = world.put(
        t.PUBLIC_IP, name, publicIpAddressName=name, sku={"name": "Standard"}, publicIPAllocationMethod="Static"
    )
    given = {"sku": {"name": "Standard"}, "publicIpAddresses": [{"id": address.id}]}
    return address, world.put(t.NAT_GATEWAY, name, natGatewayName=name, **given)


def test_a_nat_gateway_serves_one_network_and_holds_its_address(world):
    address, gateway = _nat(world)
    for name, prefix in (("net", "10.0.0.0/16"), ("far", "10.1.0.0/16")):
        world.vnet(name, prefix)
    world.subnet(natGateway={"id": gateway.id})

    with pytest.raises(ArmError, match="SubnetsBelongingToDifferentVirtualNetworks"):
        world.subnet("others", "10.1.0.0/24", "far", natGateway={"id": gateway.id})
    with pytest.raises(ArmError, match="PublicIPAddressCannotBeDeleted"):
        world.delete(address)
    with pytest.raises(ArmError, match="InUseNatGatewayCannotBeDeleted"):
        world.delete(gateway)
    with pytest.raises(ArmError, match="PublicIPAddressInUse"):
        world.put(
            t.NAT_GATEWAY,
            "two",
            natGatewayName="two",
            sku={"name": "Standard"},
            publicIpAddresses=[{"id": address.id}],
        )


def _endpoint(subnet, target, group, name="files"):
    connection = {"name": name, "privateLinkServiceId": target.id, "groupIds": [group]}
    return {
        "privateEndpointName": name,
        "subnet": {"id": subnet.id},
        "privateLinkServiceConnections": [connection],
    }


def test_a_private_endpoint_leads_to_a_part_that_its_target_has(world, nodes):
    files = world.storage(kind="FileStorage", sku="Premium_LRS")

    assert "InvalidPrivateLinkGroupId" in refused(world, t.PRIVATE_ENDPOINT, **_endpoint(nodes, files, "blob"))
    made = world.put(t.PRIVATE_ENDPOINT, **_endpoint(nodes, files, "file"))
    (told,) = made.outputs["customDnsConfigs"]
    assert told["fqdn"] == "bodofiles.file.core.windows.net"
    assert told["ipAddresses"][0].startswith("10.0.0.")
    with pytest.raises(ArmError, match="InUseSubnetCannotBeDeleted"):
        world.delete(nodes)
    world.delete(files)


def test_names_of_an_endpoint_are_written_into_the_zone_that_the_network_sees(world, nodes):
    files = world.storage(kind="FileStorage", sku="Premium_LRS")
    world.put(t.PRIVATE_ENDPOINT, **_endpoint(nodes, files, "file"))
    zone_name = "privatelink.file.core.windows.net"
    zone = world.put(t.PRIVATE_ZONE, privateZoneName=zone_name, location="global")
    network = world.account.store.of_type(t.VNET)[0].id
    link = {"privateZoneName": zone_name, "virtualNetwork": {"id": network}, "location": "global"}
    linked = world.put(t.NETWORK_LINK, "link", virtualNetworkLinkName="link", **link)
    config = {"name": "files", "privateDnsZoneId": zone.id}
    group = world.put(t.DNS_ZONE_GROUP, "names", privateEndpointName="files", privateDnsZoneConfigs=[config])

    (record,) = group.outputs["privateDnsZoneConfigs"][0]["recordSets"]
    assert record["fqdn"] == f"bodofiles.{zone_name}"
    assert "Conflict" in refused(world, t.NETWORK_LINK, virtualNetworkLinkName="again", **link)
    assert "MoreThanOne" in refused(
        world, t.DNS_ZONE_GROUP, privateEndpointName="files", privateDnsZoneGroupName="again"
    )
    with pytest.raises(ArmError, match=r"CannotDeleteResource.*virtualNetworkLinks/link"):
        world.delete(zone)
    world.delete(linked)
    world.delete(zone)


# Storage


def test_the_name_of_a_storage_account_is_taken_in_all_of_azure(world):
    world.storage()
    world.make(t.GROUP, "other", resourceGroupName="other")

    named = {"accountName": "bodofiles", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}}
    assert "StorageAccountAlreadyTaken" in refused(world, t.STORAGE_ACCOUNT, **{**named, "resourceGroupName": "other"})


@pytest.mark.parametrize(
    ("account", "share", "code"),
    [
        ({}, {"enabledProtocols": "NFS"}, "needs an account of kind FileStorage"),
        ({"kind": "FileStorage", "sku": "Premium_LRS"}, {"shareQuota": 50}, "100 to 102400 GiB"),
        ({"kind": "FileStorage", "sku": "Premium_LRS"}, {"provisionedIops": 500}, "provisioned v2"),
        ({"kind": "FileStorage", "sku": "Premium_LRS"}, {"rootSquash": "AllSquash"}, "Root squash is for NFS"),
    ],
    ids=["protocol", "quota", "iops", "squash"],
)
def test_a_share_is_one_that_its_account_can_have(world, account, share, code):
    world.storage(**account)

    assert code in refused(world, t.FILE_SHARE, accountName="bodofiles", shareName="shared", **share)


def test_blobs_are_not_kept_where_files_are_and_not_public_where_that_is_off(world):
    world.storage(kind="FileStorage", sku="Premium_LRS")
    world.storage("bodoblobs")

    assert "FeatureNotSupported" in refused(world, t.CONTAINER, accountName="bodofiles", containerName="records")
    public = {"accountName": "bodoblobs", "containerName": "records", "publicAccess": "Blob"}
    assert "PublicAccessNotPermitted" in refused(world, t.CONTAINER, **public)


def test_the_provider_writes_blobs_with_keys_and_says_so_where_there_are_none(world):
    world.storage(allowSharedKeyAccess=False)
    world.put(t.CONTAINER, accountName="bodofiles", containerName="records")

    told = refused(world, t.BLOB, accountName="bodofiles", containerName="records", blobName="a")
    assert "KeyBasedAuthenticationNotPermitted" in told


# Vaults


def test_a_deleted_vault_keeps_its_name_until_it_is_recovered(world):
    vault = world.vault()
    world.delete(vault)

    assert "ConflictError" in refused(world, t.VAULT, vaultName="BODOVAULT", properties=vault.inputs["properties"])
    again = world.vault(createMode="recover")
    assert again.id == vault.id
    assert world.account.store.of_type(t.DELETED_VAULT) == []


def test_the_vaults_of_a_group_that_goes_are_kept_too(world):
    world.vault()

    world.delete(world.group)

    assert [row.type for row in world.account.store.all()] == [t.DELETED_VAULT]


@pytest.mark.parametrize(
    ("properties", "code"),
    [
        ({"enablePurgeProtection": False}, "cannot be set to false"),
        ({"tenantId": PRINCIPAL}, "is not that of the subscription"),
        ({"createMode": "recover"}, "SoftDeletedVaultDoesNotExist"),
    ],
    ids=["purge", "tenant", "nothing to recover"],
)
def test_a_vault_is_one_that_arm_makes(world, properties, code):
    given = {"sku": {"family": "A", "name": "standard"}, "tenantId": "00000000-0000-0000-0000-000000000000"}

    assert code in refused(world, t.VAULT, vaultName="bodovault", properties={**given, **properties})


def test_what_a_vault_has_promised_stays(world):
    vault = world.vault(enablePurgeProtection=True, softDeleteRetentionInDays=30)

    with pytest.raises(ArmError, match="softDeleteRetentionInDays"):
        world.change(vault, properties={**vault.inputs["properties"], "softDeleteRetentionInDays": 7})


def test_the_value_of_a_secret_is_not_told(world):
    world.vault()
    secret = world.put(t.SECRET, vaultName="bodovault", secretName="password", properties={"value": "hush"})

    assert "hush" not in str(secret.outputs)
    assert secret.outputs["properties"]["secretUri"] == "https://bodovault.vault.azure.net/secrets/password"


# Roles


def test_an_identity_is_a_service_principal_and_not_a_user(world):
    principal = world.identity().outputs["principalId"]

    with pytest.raises(AssertionError, match="UnmatchedPrincipalType"):
        world.assign("reads", principal, GROUP, principalType="User")
    world.assign("reads", principal, GROUP)


def test_an_identity_that_is_gone_is_no_principal(world):
    identity = world.identity()
    world.delete(identity)

    with pytest.raises(AssertionError, match="PrincipalNotFound"):
        world.assign("reads", identity.outputs["principalId"], GROUP)


def test_a_role_is_assigned_once(world):
    world.assign("reads", PRINCIPAL, GROUP)

    with pytest.raises(AssertionError, match="RoleAssignmentExists"):
        world.assign("again", PRINCIPAL, GROUP.upper().replace("/SUBSCRIPTIONS", "/subscriptions"))


def _role(world, name="node", scope=GROUP, **inputs):
    permission = {"actions": ["Microsoft.Storage/storageAccounts/read"]}
    return world.make(
        t.ROLE_DEFINITION,
        name,
        scope=scope,
        roleName=name,
        assignableScopes=[scope],
        permissions=[permission],
        **inputs,
    )


def test_a_role_that_is_assigned_does_not_go_and_its_name_is_taken(world):
    role = _role(world)
    assignment = world.assign("has", PRINCIPAL, GROUP, role.id)

    assert role.id.startswith(f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/")
    with pytest.raises(AssertionError, match="RoleDefinitionWithSameNameExists"):
        _role(world, "NODE")
    with pytest.raises(ArmError, match="RoleDefinitionHasAssignments"):
        world.delete(role)
    world.delete(assignment)
    world.delete(role)


@pytest.mark.parametrize("action", ["Microsoft.Storage", "storageAccounts/read", "Microsoft.Storage/accounts/list"])
def test_actions_of_a_role_have_the_form_of_one(world, action):
    permission = {"actions": ["*/read", "Microsoft.Storage/*", action]}
    inputs = {"scope": GROUP, "roleName": "node", "assignableScopes": [GROUP], "permissions": [permission]}

    (reason,) = world.reasons(t.ROLE_DEFINITION, **inputs).values()
    assert f"InvalidActionOrNotAction\" Message=\"'{action}'" in reason


@pytest.mark.parametrize(
    ("inputs", "code"),
    [
        ({"role": f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{PRINCIPAL}"}, "DoesNotExist"),
        ({"scope": f"{GROUP}/providers/Microsoft.Network/virtualNetworks/none"}, "ResourceNotFound"),
    ],
    ids=["role", "scope"],
)
def test_an_assignment_needs_a_role_and_a_scope_that_are_there(world, inputs, code):
    with pytest.raises(ArmError, match=code):
        world.assign("has", PRINCIPAL, **{"scope": GROUP, **inputs})


def test_a_role_is_assigned_where_it_may_be(world):
    world.make(t.GROUP, "other", resourceGroupName="other")
    role = _role(world)

    with pytest.raises(ArmError, match="cannot be assigned at the scope"):
        world.assign("has", PRINCIPAL, f"{SUBSCRIPTION}/resourceGroups/other", role.id)


def test_an_assignment_keeps_its_role_and_changes_its_condition_in_place(world):
    role = _role(world)
    has = world.assign("has", PRINCIPAL, GROUP)

    assert world.replacing(has, roleDefinitionId=role.id) == (frozenset(), False)
    with pytest.raises(ArmError, match="RoleAssignmentUpdateNotPermitted"):
        world.change(has, roleDefinitionId=role.id)
    world.change(has, description="for reading")


# Machines


def test_a_scale_set_of_each_mode_is_made_and_its_identity_is_told(world, nodes):
    node = world.identity()
    identity = {"type": "UserAssigned", "userAssignedIdentities": [node.id]}

    uniform = world.make(t.SCALE_SET, "uniform", **scale_set(nodes, identity=identity))
    flexible = world.make(t.SCALE_SET, "flexible", **scale_set(nodes, mode="Flexible", vmScaleSetName="flexible"))

    assert uniform.outputs["identity"]["userAssignedIdentities"][node.id]["principalId"] == node.outputs["principalId"]
    assert uniform.outputs["singlePlacementGroup"] is True
    assert flexible.outputs["platformFaultDomainCount"] == 1
    with pytest.raises(ArmError, match="InUseSubnetCannotBeDeleted"):
        world.delete(nodes)


def test_who_the_identities_of_a_scale_set_are_is_unknown_in_a_preview(world, nodes):
    identity = {"type": "UserAssigned", "userAssignedIdentities": [world.identity().id]}
    made = world.make(t.SCALE_SET, **scale_set(nodes, identity=identity))
    handler = world.handler(t.SCALE_SET)

    previews = handler.preview_create(made.subject, made.inputs), handler.preview_update(made, made.inputs)

    told = {"type": "UserAssigned", "userAssignedIdentities": UNKNOWN}
    assert [preview["identity"] for preview in previews] == [told, told], "the SDK could not read the list as a map"


OF_IMAGE = {
    "storageProfile": {
        "imageReference": {"id": f"{GROUP}/providers/Microsoft.Compute/images/mine"},
        "osDisk": {"createOption": "FromImage"},
    }
}


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"size": "Standard_Nothing"}, "provided for the VM size is not valid"),
        ({"capacity": 101}, "more than 100, the most of a scale set with a single placement group"),
        ({"size": "Standard_HB120rs_v3", "capacity": 301}, "more than 300"),
        ({"singlePlacementGroup": False, "capacity": 1001}, "the most is 1000"),
        ({"singlePlacementGroup": False, "capacity": 601, "profile": OF_IMAGE}, "more than 600, the most of"),
        ({"upgradePolicy": None}, "'upgradePolicy.mode' is missing"),
        ({"platformFaultDomainCount": 6}, "is not one of 1, 2, 3, 4, 5"),
        ({"mode": "Flexible", "platformFaultDomainCount": None}, "'platformFaultDomainCount' is missing"),
        ({"mode": "Flexible", "singlePlacementGroup": True}, "'singlePlacementGroup' cannot be true"),
        ({"mode": "Flexible", "overprovision": True}, "'overprovision' cannot be true"),
        ({"profile": {"evictionPolicy": "Delete"}}, "allowed for priority 'Spot' alone"),
        ({"profile": {"priority": "Spot", "billingProfile": {"maxPrice": 0}}}, "must be -1 or more than 0"),
        ({"zones": ["9"]}, "InvalidAvailabilityZone"),
        ({"location": "middle-earth"}, "LocationNotAvailableForResourceType"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_scale_set_is_one_that_arm_makes(world, nodes, changed, code):
    inputs = {name: value for name, value in scale_set(nodes, **changed).items() if value is not None}

    assert code in refused(world, t.SCALE_SET, **inputs)


def test_a_scale_set_has_addresses_for_all_its_instances(world):
    world.vnet()
    small = world.subnet("small", "10.0.1.0/28")
    world.make(t.SCALE_SET, "some", **scale_set(small, capacity=8, vmScaleSetName="some"))

    with pytest.raises(ArmError, match=r"SubnetIsFull.*enough capacity for 4 IP addresses"):
        world.make(t.SCALE_SET, "more", **scale_set(small, capacity=4, vmScaleSetName="more"))


@pytest.mark.parametrize(
    ("profile", "code"),
    [
        ({"adminUsername": "root"}, "Admin Username specified is not allowed"),
        ({"customData": "#cloud-config"}, "base 64"),
        ({"customData": base64.b64encode(bytes(65536)).decode()}, "may have 65535"),
        ({"linuxConfiguration": {"disablePasswordAuthentication": True}}, "needs a public key"),
    ],
    ids=["user", "not base64", "too large", "no key"],
)
def test_a_machine_is_logged_into_as_arm_wants_it(world, nodes, profile, code):
    inputs = scale_set(nodes)
    inputs["virtualMachineProfile"]["osProfile"] |= profile

    assert code in refused(world, t.SCALE_SET, **inputs)


@pytest.mark.parametrize(
    ("key", "legal"),
    [(PUBLIC_KEY, True), ("ssh-ed25519 AAAA", False), ("nonsense", False), (f"ssh-rsa {PUBLIC_KEY.split()[1]}", False)],
    ids=["ed25519", "cut", "no key", "another kind"],
)
def test_a_public_key_is_one(world, key, legal):
    assert (refused(world, t.SSH_KEY, sshPublicKeyName="key", publicKey=key) == "") is legal


def test_only_some_of_a_scale_set_changes_in_place(world, nodes):
    made = world.make(t.SCALE_SET, **scale_set(nodes))

    grown = world.change(made, sku={"name": "Standard_D8s_v5", "capacity": 4})
    assert grown.outputs["sku"]["capacity"] == 4
    with pytest.raises(ArmError, match=r"PropertyChangeNotAllowed.*'orchestrationMode'"):
        world.change(made, orchestrationMode="Flexible", platformFaultDomainCount=1)
    with pytest.raises(ArmError, match="'zones' is not allowed"):
        world.change(made, zones=["1"])


def test_members_keep_a_proximity_group(world, nodes):
    near = world.put(t.PROXIMITY_GROUP, proximityPlacementGroupName="near")
    world.make(t.SCALE_SET, **scale_set(nodes, proximityPlacementGroup={"id": near.id}))

    with pytest.raises(ArmError, match="OperationNotAllowed"):
        world.delete(near)


def test_an_interface_belongs_to_one_machine(world, nodes):
    ip = {"name": "ip", "subnet": {"id": nodes.id}}
    card = world.put(t.NETWORK_INTERFACE, networkInterfaceName="nic", ipConfigurations=[ip])
    profile = scale_set(nodes)["virtualMachineProfile"]
    machine = {
        "hardwareProfile": {"vmSize": "Standard_D4s_v5"},
        "networkProfile": {"networkInterfaces": [{"id": card.id}]},
        "osProfile": {
            "computerName": "one",
            **{k: v for k, v in profile["osProfile"].items() if k != "computerNamePrefix"},
        },
        "storageProfile": profile["storageProfile"],
    }
    made = world.put(t.MACHINE, "one", vmName="one", **machine)

    assert made.outputs["storageProfile"]["osDisk"]["deleteOption"] == "Detach", "disks stay, and cost"
    assert "NicInUse" in refused(world, t.MACHINE, vmName="two", **machine)
    with pytest.raises(ArmError, match="NicInUse"):
        world.delete(card)


# NetApp


@pytest.fixture
def pool(world):
    world.put(t.NETAPP_ACCOUNT, accountName="files")
    level = {"serviceLevel": "Premium", "size": 1024**4}
    return world.put(t.NETAPP_POOL, accountName="files", poolName="pool", **level)


def test_volumes_have_a_subnet_of_their_own_and_room_in_their_pool(world, nodes, pool):
    delegation = [{"name": "netapp", "serviceName": "Microsoft.NetApp/volumes"}]
    files = world.subnet("files", "10.0.2.0/28", delegations=delegation)
    path = {"accountName": "files", "poolName": "pool", "volumeName": "shared", "creationToken": "shared"}

    assert "must be delegated" in refused(world, t.NETAPP_VOLUME, **path, subnetId=nodes.id, usageThreshold=1024**4)
    too_large = {"usageThreshold": 2 * 1024**4, "subnetId": files.id}
    assert "PoolSizeTooSmall" in refused(world, t.NETAPP_VOLUME, **path, **too_large)
    made = world.put(t.NETAPP_VOLUME, **path, subnetId=files.id, usageThreshold=1024**4)
    assert made.outputs["name"] == "files/pool/shared"
    assert made.outputs["mountTargets"][0]["ipAddress"].startswith("10.0.2.")
    with pytest.raises(ArmError, match="CannotDeleteResource"):
        world.delete(pool)
    with pytest.raises(ArmError, match="InUseSubnetCannotBeDeleted"):
        world.delete(files)


# Faults


def _wait(world, kind, **given):
    world.account.store.put_fault(Fault(kind=kind, **given).to_json())


@pytest.mark.parametrize(
    ("profile", "code"),
    [({}, "AllocationFailed"), ({"priority": "Spot"}, "OverconstrainedAllocationRequest")],
    ids=["regular", "spot"],
)
def test_a_scale_set_without_capacity_stays_behind_failed_and_comes_right_later(world, nodes, profile, code):
    _wait(world, FaultKind.NO_CAPACITY, instance_type="Standard_D8s_v5", zone="westeurope")
    inputs = scale_set(nodes)
    inputs["virtualMachineProfile"] |= profile

    with pytest.raises(HalfMadeError, match=f'Status=409 Code="{code}"') as failed:
        world.make(t.SCALE_SET, **inputs)
    (row,) = world.account.store.of_type(t.SCALE_SET)
    assert row.outputs["provisioningState"] == failed.value.made.outputs["provisioningState"] == "Failed"
    assert world.change(_kept(row)).outputs["provisioningState"] == "Succeeded"


def test_a_scale_set_of_nothing_needs_no_capacity_and_growth_does(world, nodes):
    _wait(world, FaultKind.NO_CAPACITY)
    made = world.make(t.SCALE_SET, **scale_set(nodes, capacity=0))

    with pytest.raises(HalfMadeError):
        world.change(made, sku={"name": "Standard_D8s_v5", "capacity": 2})


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (FaultKind.QUOTA, "QuotaExceeded"),
        (FaultKind.THROTTLED, "Status=429"),
        (FaultKind.TIMEOUT, "context deadline exceeded"),
    ],
    ids=lambda value: value.value if isinstance(value, FaultKind) else "",
)
def test_faults_speak_as_arm_does_and_nothing_is_made(world, kind, words):
    _wait(world, kind)

    with pytest.raises(FaultError, match=words):
        world.identity()
    assert world.account.store.of_type(t.IDENTITY) == []
    world.identity()


def test_the_quota_of_machines_is_told_as_one_of_cores(world, nodes):
    _wait(world, FaultKind.QUOTA)

    with pytest.raises(FaultError, match=r"OperationNotAllowed.*Total Regional Cores quota"):
        world.make(t.SCALE_SET, **scale_set(nodes))


def test_a_role_that_was_assigned_lately_does_not_work_at_once_but_for_the_owner(world):
    world.assign(
        "all", PRINCIPAL, GROUP, f"{SUBSCRIPTION}/providers/x/roleDefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
    )
    _wait(world, FaultKind.LATE_RIGHTS, times=2)
    deployer = world.as_principal(PRINCIPAL)

    world.identity("owned")
    for _ in range(2):
        with pytest.raises(FaultError, match=r'Status=403 Code="AuthorizationFailed".*refresh your credentials'):
            deployer.identity()
    deployer.identity()


def test_half_made_is_finished_by_the_next_update(world):
    _wait(world, FaultKind.HALF_MADE)

    with pytest.raises(HalfMadeError):
        world.vnet()
    (row,) = world.account.store.of_type(t.VNET)
    assert row.outputs["provisioningState"] == "Failed"
    assert world.change(_kept(row)).outputs["provisioningState"] == "Succeeded"


def _kept(row):
    return Kept(subject=Subject(urn=row.urn), id=row.id, inputs=row.inputs, outputs=row.outputs)
