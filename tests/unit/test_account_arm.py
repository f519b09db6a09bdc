"""The life of azure-native resources in the offline account: ids, names, outputs, changes, replacement, ends.

Not proved here: that the engine agrees (tests/engine/test_account_azure.py).
"""

import re

import pytest

from bodo_infra.errors import BodoInfraError, NotFoundError, TransitionError
from bodo_infra.plugin.account.access import DeniedError
from bodo_infra.plugin.account.arm import tokens as t
from bodo_infra.plugin.account.arm.account import ArmAccount
from bodo_infra.plugin.account.arm.errors import ArmError
from bodo_infra.plugin.account.arm.lookups import functions_of
from bodo_infra.plugin.account.arm.table import arm_type, arm_types
from bodo_infra.plugin.account.schema import object_schema, type_schema
from bodo_infra.plugin.account.store import AccountStore
from bodo_infra.plugin.handler import Kept, Subject
from bodo_infra.plugin.wire_codec import UNKNOWN
from bodo_infra.plugin.wire_diff import Change
from tests.arm_world import GROUP, SUBSCRIPTION, TENANT, ArmWorld, scale_set


@pytest.fixture
def world(tmp_path):
    return ArmWorld.at(tmp_path)


def test_ids_have_the_shapes_of_arm_in_a_subscription_that_nobody_has(world):
    world.vnet()
    subnet = world.subnet()
    account = world.storage()
    container = world.put(t.CONTAINER, accountName="bodofiles", containerName="records")
    assignment = world.assign("reads", world.identity().outputs["principalId"], account.id)

    assert world.group.id == GROUP
    assert subnet.id == f"{GROUP}/providers/Microsoft.Network/virtualNetworks/net/subnets/nodes"
    assert container.id == f"{account.id}/blobServices/default/containers/records"
    assert assignment.id.startswith(f"{account.id}/providers/Microsoft.Authorization/roleAssignments/")
    assert assignment.outputs["roleDefinitionId"].startswith(f"{SUBSCRIPTION}/providers/")


def test_outputs_are_flat_as_the_sdk_says_and_hold_nothing_of_the_path(world):
    identity = world.identity()

    assert identity.outputs["name"] == "node"
    assert identity.outputs["type"] == "Microsoft.ManagedIdentity/userAssignedIdentities"
    assert identity.outputs["azureApiVersion"] == "2023-01-31"
    assert identity.outputs["location"] == "westeurope"
    assert "resourceGroupName" not in identity.outputs
    assert identity.outputs["principalId"] != identity.outputs["clientId"]


def test_what_the_program_leaves_out_has_the_value_of_arm(world):
    account = world.storage(minimumTlsVersion="TLS1_2", networkRuleSet={"defaultAction": "Deny"})

    assert account.outputs["minimumTlsVersion"] == "TLS1_2"
    assert account.outputs["enableHttpsTrafficOnly"] is True
    assert account.outputs["networkRuleSet"]["defaultAction"] == "Deny"
    assert account.outputs["networkRuleSet"]["bypass"] == "AzureServices", "defaults stand in nested objects, too"
    assert account.outputs["primaryEndpoints"]["blob"] == "https://bodofiles.blob.core.windows.net/"
    assert account.outputs["sku"] == {"name": "Standard_LRS", "tier": "Standard"}


@pytest.mark.parametrize(
    ("token", "named", "form"),
    [
        (t.VNET, "virtualNetworkName", r"thing[0-9a-f]{8}"),
        (t.SUBNET, "subnetName", r"thing"),
        (t.ROLE_ASSIGNMENT, "roleAssignmentName", r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    ],
    ids=["random", "copied", "uuid"],
)
def test_a_name_that_is_left_out_is_made_once_and_kept(world, token, named, form):
    first = world.check(token).inputs
    again = world.check(token, was={**first, named: "as-before"}).inputs

    assert re.fullmatch(form, first[named])
    assert again[named] == "as-before", "another name would replace it at every update"
    assert ("__createBeforeDelete" in first) is (form != "thing")


def test_a_location_that_is_left_out_is_that_of_the_provider_else_that_of_the_group(tmp_path):
    world = ArmWorld.at(tmp_path, location="northeurope")
    world.account.settings = type(world.account.settings)()

    assert world.check(t.NAT_GATEWAY, resourceGroupName="data").inputs["location"] == "northeurope"
    assert world.check(t.NAT_GATEWAY, resourceGroupName=UNKNOWN).inputs["location"] is UNKNOWN


def test_a_name_that_arm_does_not_take_is_refused_in_its_words(world):
    sku = {"name": "Standard_LRS"}
    account = world.reasons(t.STORAGE_ACCOUNT, resourceGroupName="data", accountName="Data-1", kind="Storage", sku=sku)
    properties = {"sku": {"family": "A", "name": "standard"}, "tenantId": TENANT}
    vault = world.reasons(t.VAULT, resourceGroupName="data", vaultName="v" * 25, properties=properties)

    assert 'Status=400 Code="AccountNameInvalid"' in account["accountName"]
    assert 'Code="VaultNameNotValid"' in vault["vaultName"]
    assert "it has 25 characters, and must have 3 to 24" in vault["vaultName"]


@pytest.mark.parametrize(
    ("location", "refused"),
    [("westeurope", False), ("West Europe", False), ("middle-earth", True), ("global", True)],
)
def test_a_region_is_one_that_there_is(world, location, refused):
    reasons = world.reasons(t.NAT_GATEWAY, resourceGroupName="data", sku={"name": "Standard"}, location=location)

    assert ("LocationNotAvailableForResourceType" in str(reasons)) is refused


def test_a_group_says_where_it_is_when_the_provider_does_not(tmp_path):
    world = ArmWorld.at(tmp_path)
    world.account.settings = type(world.account.settings)()

    assert 'Code="LocationRequired"' in world.reasons(t.GROUP, resourceGroupName="more")["location"]


def test_a_zone_of_names_is_in_no_region(world):
    inputs = {"resourceGroupName": "data", "privateZoneName": "privatelink.file.core.windows.net"}

    assert 'Code="LocationNotAvailableForResourceType"' in world.reasons(t.PRIVATE_ZONE, **inputs)["location"]
    assert world.reasons(t.PRIVATE_ZONE, **inputs, location="Global") == {}


def test_the_group_and_the_outer_resource_must_be_there(world):
    with pytest.raises(NotFoundError, match=r"ResourceGroupNotFound.*Resource group 'nowhere' could not be found"):
        world.make(t.IDENTITY, resourceGroupName="nowhere", location="westeurope")
    with pytest.raises(NotFoundError, match='Status=404 Code="ParentResourceNotFound"'):
        world.subnet()


def test_what_is_there_already_is_not_made_again(world):
    world.vnet()

    with pytest.raises(TransitionError, match=r"cannot create already existing resource '/subscriptions/.*/net'"):
        world.vnet()


def test_what_is_always_there_is_made_as_often_as_one_likes(world):
    world.storage()
    for days in (7, 14):
        policy = {"enabled": True, "days": days}
        named = {"accountName": "bodofiles", "blobServicesName": "default"}
        made = world.put(t.BLOB_SERVICE, str(days), **named, deleteRetentionPolicy=policy)

    assert world.row(made).inputs["deleteRetentionPolicy"]["days"] == 14


def test_a_service_under_another_name_than_default_is_refused(world):
    assert "HttpResourceNotFound" in str(world.reasons(t.BLOB_SERVICE, resourceGroupName="data", accountName="x"))


def test_an_id_in_the_body_must_lead_somewhere(world):
    world.vnet()

    with pytest.raises(ArmError, match=r'networkSecurityGroup.id: Status=400 Code="InvalidResourceReference"'):
        world.subnet(networkSecurityGroup={"id": f"{GROUP}/providers/Microsoft.Network/networkSecurityGroups/none"})


def test_an_id_is_found_in_whatever_case_it_is_written(world):
    world.vnet()
    group = world.put(t.SECURITY_GROUP, networkSecurityGroupName="nodes")

    world.subnet(networkSecurityGroup={"id": group.id.upper().replace("/SUBSCRIPTIONS/", "/subscriptions/")})


def test_what_a_network_uses_is_in_its_region(world):
    world.vnet()
    group = world.put(t.SECURITY_GROUP, networkSecurityGroupName="nodes", location="northeurope")

    with pytest.raises(ArmError, match="both resources are in the same region"):
        world.subnet(networkSecurityGroup={"id": group.id})


def test_another_subscription_is_not_looked_into(world):
    elsewhere = "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/x/providers/Microsoft.Network"
    world.vnet()

    world.subnet(networkSecurityGroup={"id": f"{elsewhere}/networkSecurityGroups/y"})


def test_images_of_the_users_own_are_not_looked_for(world):
    image = f"{GROUP}/providers/Microsoft.Compute/galleries/ours/images/nodes"
    world.vnet()
    profile = {"storageProfile": {"imageReference": {"id": image}, "osDisk": {"createOption": "FromImage"}}}

    world.make(t.SCALE_SET, **scale_set(world.subnet(), profile=profile))


def test_what_is_in_use_does_not_go_and_says_who_uses_it(world):
    network = world.vnet()
    group = world.put(t.SECURITY_GROUP, networkSecurityGroupName="nodes")
    subnet = world.subnet(networkSecurityGroup={"id": group.id})
    ip = {"name": "ip", "subnet": {"id": subnet.id}}
    card = world.put(t.NETWORK_INTERFACE, networkInterfaceName="nic", ipConfigurations=[ip])

    for kept, code in (
        (group, "InUseNetworkSecurityGroupCannotBeDeleted"),
        (subnet, "InUseSubnetCannotBeDeleted"),
        (network, "InUseSubnetCannotBeDeleted"),
    ):
        with pytest.raises(ArmError, match=code):
            world.delete(kept)
    for kept in (card, subnet, group, network):
        world.delete(kept)
    assert [row.id for row in world.account.store.all()] == [GROUP]


def test_a_group_takes_everything_in_it_along_what_is_assigned_there_too(world):
    world.vnet()
    world.subnet()
    world.assign("reads", world.identity().outputs["principalId"], GROUP)

    world.delete(world.group)

    assert world.account.store.all() == []


def test_what_others_outside_a_group_use_keeps_the_group(world):
    world.make(t.GROUP, "other", resourceGroupName="other")
    world.vnet()
    subnet = world.subnet()
    ip = {"name": "ip", "subnet": {"id": subnet.id}}
    world.make(t.NETWORK_INTERFACE, resourceGroupName="other", networkInterfaceName="nic", ipConfigurations=[ip])

    with pytest.raises(ArmError, match="InUseSubnetCannotBeDeleted"):
        world.delete(world.group)


def test_deleting_what_is_gone_is_no_error_and_an_update_makes_it_anew(world):
    identity = world.identity()
    world.delete(identity)
    world.delete(identity)

    again = world.change(identity, tags={"a": "b"})

    assert again.outputs["principalId"] != identity.outputs["principalId"], "a new identity is another principal"
    assert world.row(identity) is not None


def test_an_update_puts_the_whole_body_and_keeps_what_arm_has_made_up(world):
    identity = world.put(t.IDENTITY, resourceName="node", tags={"a": "b"})

    changed = world.change(identity, tags={"c": "d"})

    assert changed.outputs["tags"] == {"c": "d"}
    assert changed.outputs["principalId"] == identity.outputs["principalId"]


def test_a_change_of_place_or_name_replaces_and_drawn_names_let_the_new_one_come_first(world):
    drawn = world.put(t.VNET, addressSpace={"addressPrefixes": ["10.0.0.0/16"]})
    chosen = world.vnet("chosen")

    for kept, first in ((drawn, False), (chosen, True)):
        assert world.replacing(kept, location="northeurope") == (frozenset({"location"}), first)
        assert world.replacing(kept, location="West Europe") == (frozenset(), False), "the same place"
        assert world.replacing(kept, tags={"a": "b"}) == (frozenset(), False)


def test_saying_what_is_so_already_replaces_nothing(world):
    address = world.put(
        t.PUBLIC_IP, publicIpAddressName="out", sku={"name": "Standard"}, publicIPAllocationMethod="Static"
    )

    assert world.replacing(address, publicIPAddressVersion="IPv4") == (frozenset(), False)
    assert world.replacing(address, publicIPAddressVersion="IPv6")[0] == {"publicIPAddressVersion"}


def test_what_the_provider_plans_as_update_and_arm_refuses_is_refused(world):
    group = world.put(t.SECURITY_GROUP, networkSecurityGroupName="nodes")
    account = world.storage()

    assert world.replacing(group, location="northeurope") == (frozenset(), False)
    with pytest.raises(ArmError, match=r"already exists in location 'westeurope'.*created in location 'northeurope'"):
        world.change(group, location="northeurope")
    with pytest.raises(ArmError, match="AccountPropertyCannotBeUpdated"):
        world.change(account, kind="BlockBlobStorage")
    with pytest.raises(ArmError, match="cannot be changed from Standard_LRS to Premium_LRS"):
        world.change(account, sku={"name": "Premium_LRS"})
    world.change(account, sku={"name": "Standard_ZRS"})


def test_inline_subnets_are_the_complete_list_and_have_ids_of_their_own(world):
    inline = [{"name": "one", "addressPrefix": "10.0.0.0/24"}, {"name": "two", "addressPrefix": "10.0.1.0/24"}]
    network = world.vnet(subnets=inline)
    one = f"{network.id}/subnets/one"
    ip = {"name": "ip", "subnet": {"id": one}}
    world.put(t.NETWORK_INTERFACE, networkInterfaceName="nic", ipConfigurations=[ip])

    assert network.outputs["subnets"][0]["id"] == one
    with pytest.raises(ArmError, match="InUseSubnetCannotBeDeleted"):
        world.change(network, subnets=inline[1:])
    world.change(network, subnets=inline[:1])

    assert [row.name for row in world.account.store.of_type(t.SUBNET)] == ["one"]


def test_subnets_that_a_network_does_not_speak_of_stay(world):
    network = world.vnet()
    world.subnet()

    changed = world.change(network, tags={"a": "b"})

    assert changed.outputs["subnets"] == [], "as the provider's first state has it"
    assert len(world.account.store.of_type(t.SUBNET)) == 1
    (seen,) = world.look(t.VNET, resourceGroupName="data", virtualNetworkName="net")["subnets"]
    assert seen["addressPrefix"] == "10.0.0.0/24", "whoever asks ARM is told"


def test_drift_is_read_and_absence_too(world):
    network = world.vnet()
    assert world.read(network).inputs == network.inputs, "else every refresh would show a change"

    world.account.store.drift(world.row(network), tags={"by": "hand"})
    assert world.read(network).inputs["tags"] == {"by": "hand"}
    world.account.store.remove(world.row(network))
    assert world.read(network) is None


def test_an_import_knows_the_inputs_and_not_what_the_provider_keeps_for_itself(world):
    made = world.put(t.VNET, addressSpace={"addressPrefixes": ["10.0.0.0/16"]})

    found = world.read(Kept(subject=Subject(urn=made.subject.urn), id=made.id.lower(), inputs={}, outputs={}))

    assert found.id == made.id
    assert "__createBeforeDelete" not in found.inputs
    assert found.inputs["addressSpace"] == {"addressPrefixes": ["10.0.0.0/16"]}


def test_a_preview_knows_what_the_provider_knows(world):
    identity = world.identity()
    handler = world.handler(t.IDENTITY)

    made = handler.preview_create(identity.subject, identity.inputs)
    changed = handler.preview_update(identity, identity.inputs)

    assert made["principalId"] is made["name"] is UNKNOWN
    assert changed["name"] == "node"
    assert changed["principalId"] is UNKNOWN


def test_group_names_have_no_case(world):
    identity = world.identity()

    assert world.handler(t.IDENTITY).diff(identity, {**identity.inputs, "resourceGroupName": "DATA"}) == {}
    assert world.handler(t.IDENTITY).diff(identity, {**identity.inputs, "tags": {}}) == {"tags": Change.ADD}


def test_a_typo_is_told_with_the_nearest_name(world):
    reasons = world.reasons(t.VNET, resourceGroupName="data", addressSpace={"addressPrefix": ["10.0.0.0/16"]})

    assert "did you mean addressPrefixes?" in reasons["addressSpace.addressPrefix"]


@pytest.mark.parametrize("name", ["subscriptionId", "tenantId"])
def test_a_real_subscription_is_refused(tmp_path, name):
    account = ArmAccount(store=AccountStore(tmp_path / "account.db"))

    (failure,) = account.check_config({name: "12345678-1234-1234-1234-123456789012"}).failures

    assert failure.name == name
    assert "nothing of 12345678-" in failure.reason


def test_who_acts_is_told(world):
    client = "8a3d1c52-0000-4000-8000-000000000001"
    token = "azure-native:authorization:getClientConfig"
    assert functions_of(world.account)[token]({})["clientId"] == ""
    assert functions_of(world.as_principal(client).account)[token]({})["objectId"] == client


def test_what_is_looked_up_and_not_there_is_said_in_arms_words(world):
    with pytest.raises(NotFoundError, match=r'Status=404 Code="ResourceNotFound".*virtualNetworks/net'):
        world.look(t.VNET, resourceGroupName="data", virtualNetworkName="net")
    with pytest.raises(NotFoundError, match='Code="ResourceGroupNotFound"'):
        world.look(t.VNET, resourceGroupName="nowhere", virtualNetworkName="net")
    with pytest.raises(BodoInfraError, match="there is no nam"):
        world.look(t.GROUP, resourceGroupName="data", nam="data")


@pytest.mark.parametrize("token", [token for token in arm_types() if token != t.BLOB])
def test_whoever_has_no_right_looks_nothing_up(world, token):
    stranger = world.as_principal("8a3d1c52-0000-4000-8000-000000000001")
    named = {name: "x" for name in re.findall(r"\{(\w+)\}", arm_type(token).id) if name != "subscription"}

    with pytest.raises(DeniedError, match="/read"):
        stranger.look(token, **{**named, **({"scope": GROUP} if "scope" in named else {})})


@pytest.mark.parametrize("token", arm_types())
def test_every_path_of_the_table_is_one_of_the_schema(token):
    rules = arm_type(token)
    paths = [*rules.replaces, *rules.rejects, *rules.limits, *rules.sets, *rules.sublists, *rules.not_read_back]
    known = {*type_schema(token).inputs}

    assert rules.name.input in known
    assert [path for path in paths if not _exists(token, path.partition(".*")[0])] == []
    told = {name for name in rules.outputs if name not in type_schema(token).outputs}
    assert told == set(), "an output that the SDK does not have reaches no program"


def _exists(token, path):
    properties = type_schema(token).inputs
    for name in path.split("."):
        if name not in properties:
            return False
        code = properties[name].type
        while isinstance(code, dict):
            code = code.get("list") or code.get("map") or (code.get("oneOf") or [None])[0]
        properties = object_schema(code[1:]) if isinstance(code, str) and code.startswith("#") else {}
    return True


def test_an_unknown_type_is_refused_with_the_nearest_one(world):
    with pytest.raises(NotFoundError, match="azure-native:network:VirtualNetwork"):
        world.handler("azure-native:network:VirtualNetworks")
