"""What a workspace on Azure registers, in a preview and in an update, and what it refuses.

Not proved here: what becomes of it when it is edited (tests/engine), and its parts (test_azure_network,
test_azure_shared_storage).
"""

import uuid
from dataclasses import fields

import pulumi
import pytest

from bodo_infra.azure import NetworkLinks, WorkspaceLinks
from bodo_infra.azure.workspace import Workspace, WorkspaceArgs
from bodo_infra.component import declared_outputs
from bodo_infra.errors import InputError
from bodo_infra.spec import ExistingNetwork, ManagedNetwork, Members, NetAppStorage, WorkspaceSpec
from tests.components.azure_rules import ASSIGNMENT, broken_rules, of_azure, plain, provider_of
from tests.components.azure_workspace_parts import (
    ACCOUNT,
    CLOUD_CONFIG_UUID,
    COMPUTED,
    CONTAINER_ID,
    ENDPOINT,
    OWN_SUBNETS,
    OWN_VNET,
    REGION,
    ROLES,
    SUBNET,
    UUID,
    VAULT,
    WORKSPACE_UUID,
    ZONE,
    FakeNetwork,
    cloud_config,
)
from tests.components.recorder import both_modes, record

LONG = "Nightly" + "x" * 93
ANN, TEAM, ROBOT = (f"00000000-0000-0000-0000-0000000000a{n}" for n in range(3))
MEMBERS = Members(admins=(ANN,), developers=(f"group:{TEAM}",), viewers=(f"service-principal:{ROBOT}",))
FULL = {"members": MEMBERS, "tags": {"team": "data"}}


def spec(**changed):
    return WorkspaceSpec(**{"name": "team", "region": REGION, **changed})


def made(*specs, preview=False, name="dev", subscription=None, upstream=None, answers=None, **links):
    def program():
        for index, given in enumerate(specs or (spec(),)):
            args = WorkspaceArgs(spec=given, cloud_config=upstream or cloud_config(), **links)
            Workspace(f"{name}{index or ''}", args)

    there = answers or (provider_of(subscription) if subscription else provider_of())
    return record(program, preview=preview, computed=COMPUTED, answers=there)


@both_modes
@pytest.mark.parametrize("name", ["dev", LONG], ids=["short", "long"])
@pytest.mark.parametrize("storage", [None, NetAppStorage(kind="netapp")], ids=["azure-files", "netapp"])
def test_all_is_tagged_placed_and_as_the_sdk_wants_it_with_names_of_any_length(name, preview, storage):
    recorded = made(spec(shared_storage=storage, **FULL), preview=preview, name=name)

    assert broken_rules(recorded) == []
    tags = [plain(resource.inputs).get("tags") for resource in of_azure(recorded)]
    assert all(preview or tag["bodo-infra:workspace"] == WORKSPACE_UUID for tag in tags if tag)


def test_names_that_the_whole_world_shares_fit_their_service():
    recorded = made(spec(name="a" * 40))

    account, vault = recorded.of_type(ACCOUNT).inputs["accountName"], recorded.of_type(VAULT).inputs["vaultName"]
    assert account.isalnum()
    assert account == account.lower()
    assert max(len(account), len(vault)) <= 24
    assert "--" not in vault


@both_modes
def test_outputs_are_what_links_take_and_what_later_stacks_read(preview):
    recorded = made(preview=preview)

    declared = set(recorded.outputs["dev"])
    assert declared == set(declared_outputs(Workspace))
    assert {field.name for field in fields(WorkspaceLinks)} | {"member_role_ids"} == declared


def test_outputs_of_an_update():
    recorded = made(spec(**FULL))

    outputs = recorded.outputs["dev"]
    assert outputs["uuid"] == WORKSPACE_UUID
    assert outputs["cloud_config_uuid"] == CLOUD_CONFIG_UUID
    assert outputs["shared_path"] == "/shared"
    assert outputs["egress"] == "nat"
    assert outputs["subnet_id"] == "dev-network-nodes-subnet-id"
    assert outputs["vault"] == recorded.of_type(VAULT).inputs["vaultName"]
    assert outputs["file_system"]["kind"] == "azure-files"
    assert outputs["roles"] == ROLES
    assert outputs["member_role_ids"] == {kind: ROLES[kind] for kind in ("admins", "developers", "viewers")}


@both_modes
def test_children_stand_below_the_workspace_and_its_parts(preview):
    recorded = made(spec(**FULL), preview=preview)

    parents = {resource.parent for resource in recorded.resources if resource.name != "dev"}
    assert parents == {"dev", "dev-network", "dev-storage"}


def test_two_workspaces_of_one_program_share_no_name():
    recorded = made(spec(), spec())

    assert len({(resource.type, resource.name) for resource in recorded.resources}) == len(recorded.resources)


def test_another_location_or_group_is_another_workspace():
    assert made().inputs_of(UUID)["dev-uuid"]["keepers"] == {"region": REGION, "resource_group": "bodo"}, (
        "Azure moves nothing, and a vault that was deleted keeps its name"
    )


def test_the_vault_opens_by_roles_alone_and_within_the_network_alone():
    properties = made().of_type(VAULT).inputs["properties"]

    assert properties["enableRbacAuthorization"] is True
    assert "accessPolicies" not in properties
    assert properties["publicNetworkAccess"] == "Disabled"
    assert properties["networkAcls"] == {"defaultAction": "Deny", "bypass": "None"}
    assert properties["enablePurgeProtection"] is properties["enableSoftDelete"] is True


def test_the_vault_and_the_files_answer_at_endpoints_of_their_own():
    recorded = made()

    parts = {
        name: each["privateLinkServiceConnections"][0]["groupIds"]
        for name, each in recorded.inputs_of(ENDPOINT).items()
    }
    assert parts == {"dev-vault-endpoint": ["vault"], "dev-storage-files-endpoint": ["file"]}
    vault = recorded.of_type(VAULT).inputs["vaultName"]
    assert recorded.inputs_of(ZONE)["dev-vault-zone"]["privateZoneName"] == f"{vault}.privatelink.vaultcore.azure.net"


def assignments(recorded):
    """By member and place: role and kind of principal."""
    found = {}
    for each in recorded.inputs_of(ASSIGNMENT).values():
        key = (each["principalId"], each["scope"])
        found[key] = (each["roleDefinitionId"].rpartition("/")[2], each["principalType"])
    return found


def test_members_get_the_role_of_their_kind_on_what_is_the_workspaces_own_and_on_the_container():
    recorded = made(spec(**FULL))

    places = ("dev-network-vnet-id", "dev-vault-id", "dev-storage-account-id", CONTAINER_ID)
    kinds = {ANN: ("admins", "User"), TEAM: ("developers", "Group"), ROBOT: ("viewers", "ServicePrincipal")}
    assert assignments(recorded) == {(id, place): kind for id, kind in kinds.items() for place in places}


def test_the_container_is_open_to_members_by_path_and_only_there_a_condition_stands():
    recorded = made(spec(**FULL))

    conditions = {name: each.get("condition") for name, each in recorded.inputs_of(ASSIGNMENT).items()}
    assert {name for name, condition in conditions.items() if condition} == {
        f"dev-{kind}-{id}-container" for kind, id in (("admins", ANN), ("developers", TEAM), ("viewers", ROBOT))
    }
    viewer, developer = (conditions[f"dev-{kind}-container"] for kind in (f"viewers-{ROBOT}", f"developers-{TEAM}"))
    assert "'state/'" in developer
    assert "'state/'" not in viewer, "states hold secrets"
    assert "'agent/'" not in developer, "whoever writes the agent runs on every node"


def test_assignments_have_names_that_follow_from_what_they_say():
    once, again = (
        {name: each["roleAssignmentName"] for name, each in made(spec(**FULL)).inputs_of(ASSIGNMENT).items()}
        for _ in range(2)
    )

    assert once == again
    assert len(set(map(uuid.UUID, once.values()))) == len(once)


def test_nobody_has_a_role_unless_the_spec_names_somebody():
    recorded = made()

    assert not recorded.inputs_of(ASSIGNMENT)
    assert recorded.outputs["dev"]["member_role_ids"] == {}


def test_a_network_of_the_users_own_stays_the_users():
    own = ExistingNetwork(kind="existing", vpc_id=OWN_VNET, private_subnet_ids=OWN_SUBNETS)

    recorded = made(spec(network=own, **FULL), answers=FakeNetwork().answers())

    assert broken_rules(recorded) == []
    assert not recorded.inputs_of(SUBNET)
    assert OWN_VNET not in {place for _, place in assignments(recorded)}
    assert {each["subnet"]["id"] for each in recorded.inputs_of(ENDPOINT).values()} == {OWN_SUBNETS[1]}


BAD = {
    "no region": (spec(region=None), {}, ["spec.region: is missing", "such as westeurope"]),
    "two networks": (
        spec(network=ManagedNetwork()),
        {"network": NetworkLinks(vnet_id=OWN_VNET, subnet_ids=OWN_SUBNETS)},
        ["spec.network = managed: stands beside a network that comes by links"],
    ),
    "a range, zones, flow logs and a member": (
        spec(
            network=ManagedNetwork(cidr="10.0.0.0/28", zones=("1",), flow_logs=True), members=Members(admins=("ann",))
        ),
        {},
        ["spec.network.cidr = 10.0.0.0/28", "spec.network.zones = 1", "flow_logs", "spec.members.admins[0] = ann"],
    ),
    "a gateway per zone": (spec(network=ManagedNetwork(egress="nat-per-zone")), {}, ["nat-per-zone: cannot be made"]),
    "names for ids": (
        spec(network=ExistingNetwork(kind="existing", vpc_id="main", private_subnet_ids=("a",))),
        {},
        ["spec.network.vpc_id = main", "spec.network.private_subnet_ids[0] = a"],
    ),
}


@pytest.mark.parametrize(("given", "links", "words"), BAD.values(), ids=BAD.keys())
def test_what_is_wrong_is_told_at_once_before_anything_is_registered(given, links, words):
    seen = []

    def program():
        with pytest.raises(InputError) as raised:
            Workspace("dev", WorkspaceArgs(spec=given, cloud_config=cloud_config(), **links))
        seen.append(str(raised.value))

    assert record(program, preview=False, answers={}).resources == []
    for text in words:
        assert text in seen[0]


@both_modes
def test_a_provider_of_another_subscription_is_refused_before_anything_is_made(preview):
    other = "11111111-0000-0000-0000-000000000000"

    with pytest.raises(pulumi.RunError, match=f"the provider works in {other}"):
        made(spec(**FULL), subscription=other, preview=preview)


def test_a_network_that_could_not_hold_nodes_is_refused_before_anything_is_made():
    there = FakeNetwork()
    there.vnets.clear()
    own = ExistingNetwork(kind="existing", vpc_id=OWN_VNET, private_subnet_ids=OWN_SUBNETS)

    with pytest.raises(InputError, match=r"spec\.network\.vpc_id = .*: is no VNet that is there"):
        made(spec(network=own), answers=there.answers())
