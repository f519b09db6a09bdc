"""The cluster: its graph, what its nodes are, names, tags and outputs, in a preview and in an update.

Not proved here: that Azure takes it, and what an edit replaces (tests/engine/test_azure_cluster.py); what the boot
script does (tests/unit/test_azure_boot.py).
"""

import base64
import bz2
import hashlib
import subprocess
from dataclasses import replace

import pulumi
import pytest

from bodo_infra import tokens
from bodo_infra.azure import Cluster, ClusterArgs, InstanceRoleLinks, WorkspaceLinks
from bodo_infra.azure.scale_set import nobodys_key
from bodo_infra.boot.package import build_agent_package
from bodo_infra.component import declared_outputs
from bodo_infra.errors import InputError
from bodo_infra.project.consequence import Consequence, Row
from bodo_infra.project.consequences import AZURE_CLUSTER
from bodo_infra.scope import CLOUD_CONFIG_TAG, CLUSTER_TAG, WORKSPACE_TAG
from bodo_infra.spec import ClusterSpec
from tests.components.aws_rules import plain
from tests.components.azure_rules import ASSIGNMENT, SUBSCRIPTION, TENANT, broken_rules, provider_of
from tests.components.recorder import both_modes, record

CLOUD_CONFIG_UUID = "11111111-2222-3333-4444-555555555555"
WORKSPACE_UUID = "66666666-2222-3333-4444-555555555555"
UUID = "99999999-8888-7777-6666-555555555555"
RANDOM = "random:index/randomUuid:RandomUuid"
SCALE_SET = "azure-native:compute:VirtualMachineScaleSet"
PLACEMENT = "azure-native:compute:ProximityPlacementGroup"
IDENTITY = "azure-native:managedidentity:UserAssignedIdentity"
REGION = "westeurope"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/bodo"
NETWORK = f"{GROUP}/providers/Microsoft.Network/virtualNetworks/team"
CONTAINER = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/team/blobServices/default/containers/records"
ROLES = {
    key: f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{index:036}"
    for index, key in enumerate(("node", "fleet", "admins", "developers", "viewers"))
}

WORKSPACE = WorkspaceLinks(
    uuid=WORKSPACE_UUID,
    name="team",
    store="azblob://records?storage_account=team",
    shared_path="/shared",
    region=REGION,
    cloud_config_uuid=CLOUD_CONFIG_UUID,
    tenant_id=TENANT,
    subscription_id=SUBSCRIPTION,
    resource_group="bodo",
    storage_account="team",
    container_id=CONTAINER,
    container="records",
    roles=ROLES,
    egress="nat",
    vnet_id=NETWORK,
    subnet_id=f"{NETWORK}/subnets/nodes",
    node_security_group_ids=[f"{GROUP}/providers/Microsoft.Network/networkSecurityGroups/nodes"],
    notebook_security_group_id=f"{GROUP}/providers/Microsoft.Network/networkSecurityGroups/notebooks",
    vault_id=f"{GROUP}/providers/Microsoft.KeyVault/vaults/team",
    vault="team",
    file_system={"kind": "azure-files", "id": "/files", "host": "f.file.core.windows.net", "export": "/f/shared"},
)
NODE_ROLE = InstanceRoleLinks(
    uuid="77777777-2222-3333-4444-555555555555",
    name="etl-role",
    status="Active",
    reason="",
    identity_id=f"{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/etl",
    client_id="aaaaaaaa-2222-3333-4444-555555555555",
    principal_id="bbbbbbbb-2222-3333-4444-555555555555",
)
MADE = {"clientId": "cccccccc-2222-3333-4444-555555555555", "principalId": "dddddddd-2222-3333-4444-555555555555"}
HPC = "Standard_HB120rs_v3"
ORDINARY = "Standard_D16as_v5"


def recorded(
    *,
    preview=False,
    workspace=WORKSPACE,
    role=NODE_ROLE,
    name="etl",
    subscription=SUBSCRIPTION,
    uuid=UUID,
    instance_type=HPC,
    **spec,
):
    """``subscription``: the provider's; None while it is not configured.  ``cluster``: name in the spec."""
    whole = ClusterSpec(name=spec.pop("cluster", "etl"), instance_type=instance_type, **spec)
    args = ClusterArgs(spec=whole, workspace=workspace, instance_role=role)
    computed = {IDENTITY: MADE, RANDOM: {"result": uuid}, SCALE_SET: _outputs_of_set}
    return record(
        lambda: Cluster(name, args),
        preview=preview,
        computed=computed,
        # Azure takes the identities of a set as a list and tells them as a map.
        existing={} if not preview else {SCALE_SET: {"identity": {"userAssignedIdentities": {}}}},
        answers=provider_of(subscription=subscription),
    )


def _outputs_of_set(inputs):
    return {"name": inputs["vmScaleSetName"], "identity": {"userAssignedIdentities": {}}}


def scale_set(found):
    return plain(found.of_type(SCALE_SET).inputs)


def machine(**spec):
    return scale_set(recorded(**spec))["virtualMachineProfile"]


def script(found):
    return base64.b64decode(scale_set(found)["virtualMachineProfile"]["osProfile"]["customData"]).decode()


def graph(found):
    return {(each.type, each.name, each.parent) for each in found.resources}


@both_modes
def test_a_cluster_is_a_scale_set_that_its_nodes_may_drive(preview):
    common = {
        (tokens.AZURE_CLUSTER, "etl", "project-stack"),
        (RANDOM, "etl-uuid", "etl"),
        (SCALE_SET, "etl-nodes", "etl"),
        (ASSIGNMENT, "etl-fleet", "etl"),
    }

    assert graph(recorded(preview=preview)) == common
    assert graph(recorded(preview=preview, instance_type=ORDINARY)) == {*common, (PLACEMENT, "etl-near", "etl")}
    assert graph(recorded(preview=preview, instance_type=ORDINARY, placement_group=False)) == common


@both_modes
def test_without_an_instance_role_a_cluster_makes_one_of_its_own_that_reads_the_secrets_of_the_workspace(preview):
    found = recorded(preview=preview, role=None)

    assert {
        (tokens.AZURE_INSTANCE_ROLE, "etl-role", "etl"),
        (IDENTITY, "etl-role-identity", "etl-role"),
        (ASSIGNMENT, "etl-secrets", "etl"),
    } <= graph(found)
    secrets = plain(found.inputs_of(ASSIGNMENT)["etl-secrets"])
    assert (secrets["scope"], secrets["roleDefinitionId"]) == (WORKSPACE.vault_id, ROLES["node"])
    if not preview:
        assert secrets["principalId"] == MADE["principalId"]
        assert scale_set(found)["identity"]["userAssignedIdentities"] == ["etl-role-identity-id"]
        assert f"readonly CLIENT_ID={MADE['clientId']}\n" in script(found)


def test_nodes_may_drive_their_own_scale_set_alone():
    fleet = plain(recorded().inputs_of(ASSIGNMENT)["etl-fleet"])

    assert fleet["scope"] == "etl-nodes-id"
    assert fleet["roleDefinitionId"] == ROLES["fleet"]
    assert (fleet["principalId"], fleet["principalType"]) == (NODE_ROLE.principal_id, "ServicePrincipal")


@both_modes
@pytest.mark.parametrize("instance_type", [HPC, ORDINARY, "Standard_F2s_v2", "Standard_HB176rs_v4"])
def test_everything_is_where_it_belongs_carries_the_tags_of_its_owners_and_fits_the_schema(preview, instance_type):
    found = recorded(preview=preview, role=None, instance_type=instance_type, tags={"team": "data"}, spot=True)

    assert broken_rules(found) == []
    if not preview:
        owners = {CLOUD_CONFIG_TAG: CLOUD_CONFIG_UUID, WORKSPACE_TAG: WORKSPACE_UUID, CLUSTER_TAG: UUID, "team": "data"}
        assert owners.items() <= scale_set(found)["tags"].items()


@pytest.mark.parametrize("instance_type", [HPC, ORDINARY])
@pytest.mark.parametrize("zone", [None, "2"])
def test_nodes_are_instances_of_their_set_exactly_as_many_as_asked_and_stay_as_they_started(instance_type, zone):
    nodes = scale_set(recorded(instance_type=instance_type, zone=zone))

    assert nodes["orchestrationMode"] == "Uniform"
    assert nodes["overprovision"] is False
    assert nodes["upgradePolicy"] == {"mode": "Manual"}
    machine = nodes["virtualMachineProfile"]
    assert "networkApiVersion" not in machine["networkProfile"], "what only flexible sets have"
    (interface,) = machine["networkProfile"]["networkInterfaceConfigurations"]
    assert "deleteOption" not in {**machine["storageProfile"]["osDisk"], **interface}


def test_nodes_with_infiniband_are_one_placement_group():
    nodes = scale_set(recorded(nodes=5))

    assert nodes["singlePlacementGroup"] is True
    assert not {"platformFaultDomainCount", "proximityPlacementGroup"} & set(nodes)
    assert nodes["sku"] == {"name": HPC, "tier": "Standard", "capacity": 5}
    assert nodes["virtualMachineProfile"]["storageProfile"]["imageReference"]["offer"] == "almalinux-hpc"
    assert nodes["plan"] == {"publisher": "almalinux", "product": "almalinux-hpc", "name": "9-hpc-gen2"}


@pytest.mark.parametrize("nodes", [2, 1000])
def test_other_nodes_are_of_many_placement_groups_whatever_their_number_and_close_together(nodes):
    found = scale_set(recorded(instance_type=ORDINARY, nodes=nodes))

    assert found["singlePlacementGroup"] is False, "Azure never goes back to one"
    assert found["platformFaultDomainCount"] == 1
    assert found["proximityPlacementGroup"] == {"id": "etl-near-id"}
    assert found["virtualMachineProfile"]["storageProfile"]["imageReference"]["offer"] == "almalinux-x86_64"


@pytest.mark.parametrize("instance_type", [HPC, ORDINARY])
def test_nodes_have_one_interface_with_the_group_of_nodes_and_no_public_address(instance_type):
    network = machine(instance_type=instance_type)["networkProfile"]

    (interface,) = network["networkInterfaceConfigurations"]
    assert interface["networkSecurityGroup"] == {"id": WORKSPACE.node_security_group_ids[0]}
    assert interface["enableAcceleratedNetworking"] is True
    assert interface["enableIPForwarding"] is False
    (address,) = interface["ipConfigurations"]
    assert address["subnet"] == {"id": WORKSPACE.subnet_id}
    assert "publicIPAddressConfiguration" not in address


def test_nobody_can_log_in_as_the_admin(tmp_path):
    system = machine()["osProfile"]

    assert "adminPassword" not in system
    assert system["linuxConfiguration"]["disablePasswordAuthentication"] is True
    (key,) = system["linuxConfiguration"]["ssh"]["publicKeys"]
    assert key == {"path": "/home/bodoadmin/.ssh/authorized_keys", "keyData": nobodys_key(UUID)}
    (tmp_path / "key.pub").write_text(nobodys_key(UUID))
    told = subprocess.run(["ssh-keygen", "-l", "-f", tmp_path / "key.pub"], capture_output=True, text=True)
    assert told.stdout.startswith("256 SHA256:"), told.stderr
    assert told.stdout.strip().endswith("(ED25519)")


def test_spot_nodes_go_when_they_are_taken_back_and_cost_no_more_than_others():
    assert {key: machine(spot=True)[key] for key in ("priority", "evictionPolicy", "billingProfile")} == {
        "priority": "Spot",
        "evictionPolicy": "Delete",
        "billingProfile": {"maxPrice": -1},
    }
    assert machine()["priority"] == "Regular"


@pytest.mark.parametrize(
    ("image", "reference"),
    [
        (f"{GROUP}/providers/Microsoft.Compute/images/mine", "id"),
        ("/CommunityGalleries/mine-1/Images/el9/Versions/latest", "communityGalleryImageId"),
        ("/SharedGalleries/mine-1/Images/el9", "sharedGalleryImageId"),
        ("canonical:ubuntu:server:latest", "publisher"),
    ],
    ids=["id", "community gallery", "shared gallery", "marketplace"],
)
def test_an_image_of_the_users_own_is_named_as_azure_wants_it_without_our_purchase_plan(image, reference):
    nodes = scale_set(recorded(image_id=image))

    assert reference in nodes["virtualMachineProfile"]["storageProfile"]["imageReference"]
    assert "plan" not in nodes


def test_a_zone_that_the_spec_names_is_kept_to_and_none_is_azures_choice():
    named, left = recorded(zone="2"), recorded()

    assert scale_set(named)["zones"] == ["2"]
    assert named.outputs["etl"]["zone"] == "2"
    assert "zones" not in scale_set(left)
    assert left.outputs["etl"]["zone"] == ""


def test_a_thousand_nodes_are_as_many_resources_as_two():
    assert graph(recorded(instance_type=ORDINARY, nodes=1000)) == graph(recorded(instance_type=ORDINARY, nodes=2))


def test_limits_of_idleness_stand_on_the_scale_set():
    tags = scale_set(recorded(auto_pause_minutes=30))["tags"]

    assert tags["bodo-infra:auto-pause-minutes"] == "30"
    assert tags["bodo-infra:auto-shutdown-minutes"] == "never"
    assert scale_set(recorded(spot=True))["tags"]["bodo-infra:auto-pause-minutes"] == "never"


def test_the_boot_script_knows_its_cluster_and_the_agent_comes_with_the_set():
    found = recorded(efa="off", bodo_version="2026.2", packages=("xgboost>=2",))

    text, nodes = script(found), scale_set(found)
    place = f"{GROUP}/providers/Microsoft.Compute/virtualMachineScaleSets/{nodes['vmScaleSetName']}"
    assert f"readonly SCALE_SET_ID={place}\n" in text
    assert f"readonly CLIENT_ID={NODE_ROLE.client_id}\n" in text
    assert "readonly CONTAINER_URL=https://team.blob.core.windows.net/records\n" in text
    assert "bodo==2026.2\n" in text
    assert "\nxgboost>=2'" in text
    assert "readonly FABRIC=off\n" in text
    agent = bz2.decompress(base64.b64decode(nodes["virtualMachineProfile"]["userData"]))
    assert hashlib.sha256(agent).hexdigest() == build_agent_package().sha256
    assert f"readonly AGENT_SHA256={build_agent_package().sha256}\n" in text


def test_nodes_look_for_infiniband_where_their_size_has_it():
    assert "readonly FABRIC=auto\n" in script(recorded())
    assert "readonly FABRIC=required\n" in script(recorded(efa="required"))
    assert "readonly FABRIC=off\n" in script(recorded(instance_type=ORDINARY))


@both_modes
def test_outputs_are_those_that_every_target_has_and_more_of_this_one(preview):
    outputs = recorded(preview=preview, nodes=3).outputs["etl"]

    assert set(outputs) == set(declared_outputs(Cluster))
    assert outputs["cores"] == 360, "known in a preview too"
    assert outputs["store"] == WORKSPACE.store
    assert outputs["identity_id"] == NODE_ROLE.identity_id
    if not preview:
        assert outputs["hostfile"] == f"/shared/.hostfile-{UUID}"
        assert outputs["scale_set_id"] == "etl-nodes-id"


def test_long_and_odd_names_never_clash_and_fit_each_service():
    long = f"{'Team-X.' * 14}_1"
    both = [
        recorded(name=long, cluster="a" * 40, uuid=uuid, instance_type=ORDINARY)
        for uuid in (UUID, UUID.replace("9", "8"))
    ]

    assert [broken_rules(found) for found in both] == [[], []]
    names = {
        "set": ([scale_set(found)["vmScaleSetName"] for found in both], 64),
        "placement": ([plain(found.of_type(PLACEMENT).inputs)["proximityPlacementGroupName"] for found in both], 80),
        "host": ([scale_set(found)["virtualMachineProfile"]["osProfile"]["computerNamePrefix"] for found in both], 15),
    }
    for kind, ((one, other), limit) in names.items():
        assert one != other, kind
        assert max(len(one), len(other)) <= limit, kind


def test_a_spec_that_cannot_be_is_refused_before_anything_is_registered():
    spec = ClusterSpec(name="etl", instance_type=ORDINARY, efa="required")

    with pytest.raises(InputError, match=rf"spec.efa = required: {ORDINARY} has no InfiniBand"):
        Cluster("etl", ClusterArgs(spec=spec, workspace=WORKSPACE))


def test_packages_that_do_not_fit_into_custom_data_are_refused_with_the_remedy():
    spec = ClusterSpec(
        name="etl", instance_type=ORDINARY, packages=tuple(f"a-package-{number}>=1.0" for number in range(4000))
    )

    with pytest.raises(InputError, match=r"spec.packages = 4000 packages: is \d+ bytes too long"):
        Cluster("etl", ClusterArgs(spec=spec, workspace=WORKSPACE))


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"subscription": "1" * 8}, "the provider that this component works with is in 11111111"),
        (
            {"role": replace(NODE_ROLE, status="Failed", reason="identity not found: /x", identity_id="")},
            "instance_role = etl-role: is Failed: identity not found: /x. Repair it",
        ),
        ({"zone": "1", "workspace": replace(WORKSPACE, region="westus")}, "spec.zone = 1: westus has no zones"),
    ],
    ids=["provider elsewhere", "failed role", "location without zones"],
)
def test_what_upstream_makes_impossible_is_said_with_the_remedy(changed, words):
    with pytest.raises(pulumi.RunError) as refused:
        recorded(**changed)

    assert words in str(refused.value)


def test_what_upstream_does_not_know_yet_is_not_refused():
    assert graph(recorded(preview=True, subscription=None)) == graph(recorded(preview=True))


CHANGED = {
    "name": "other",
    "description": "of every night",
    "nodes": 3,
    "ranks_per_node": 2,
    "auto_pause_minutes": 5,
    "auto_shutdown_minutes": 500,
    "instance_type": "Standard_D32as_v5",
    "bodo_version": "2026.2",
    "zone": "3",
    "efa": "off",
    "placement_group": False,
    "spot": True,
    "image_id": "a:b:c:latest",
    "packages": ["xgboost>=2"],
    "tags": {"team": "ops"},
}


def keepers(**changed):
    spec = {"cluster": changed.pop("name", "etl"), "instance_type": ORDINARY, **changed}
    return plain(recorded(**spec).of_type(RANDOM).inputs)["keepers"]


@pytest.mark.parametrize("field", AZURE_CLUSTER)
def test_what_replaces_nodes_is_what_people_are_told_before_it_happens(field):
    outcome = AZURE_CLUSTER[field]
    told = outcome if isinstance(outcome, Row) else outcome({"nodes": 2}, {"nodes": 3})

    replaced = keepers(**{field: CHANGED[field]}) != keepers()

    assert replaced is (told.consequence is Consequence.REPLACED)


def test_a_new_release_of_the_library_replaces_no_cluster():
    kept = keepers()

    assert (kept["bodo_version"], kept["image"], kept["ranks_per_node"]) == ("", "", "")
    assert all(isinstance(value, str) for value in kept.values())
