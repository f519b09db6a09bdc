"""The cluster: its graph, the layout of its nodes, names, tags and outputs, in a preview and in an update.

Not proved here: that the account takes it, and what an edit replaces (tests/engine/test_aws_cluster.py); what the
boot script does (tests/unit/test_aws_boot.py).
"""

import base64
from dataclasses import replace

import pulumi
import pytest

from bodo_infra import catalog, tokens
from bodo_infra.aws import Cluster, ClusterArgs, InstanceRoleLinks, WorkspaceLinks
from bodo_infra.boot.aws import agent_key
from bodo_infra.boot.package import build_agent_package
from bodo_infra.component import declared_outputs
from bodo_infra.errors import InputError
from bodo_infra.plugin.account.rules.tokens import AUTOSCALING_GROUP as GROUP
from bodo_infra.plugin.account.rules.tokens import INSTANCE_PROFILE as PROFILE
from bodo_infra.plugin.account.rules.tokens import LAUNCH_TEMPLATE as TEMPLATE
from bodo_infra.plugin.account.rules.tokens import PLACEMENT_GROUP as PLACEMENT
from bodo_infra.plugin.account.rules.tokens import ROLE
from bodo_infra.project.consequence import Consequence, Row
from bodo_infra.project.consequences import AWS_CLUSTER
from bodo_infra.scope import CLOUD_CONFIG_TAG, CLUSTER_TAG, WORKSPACE_TAG
from bodo_infra.spec import ClusterSpec
from tests.components.aws_rules import plain, provider_in, without_tags, wrong_inputs
from tests.components.recorder import both_modes, record

CLOUD_CONFIG_UUID = "11111111-2222-3333-4444-555555555555"
WORKSPACE_UUID = "66666666-2222-3333-4444-555555555555"
UUID = "99999999-8888-7777-6666-555555555555"
RANDOM = "random:index/randomUuid:RandomUuid"
OBJECT = "aws:s3/bucketObjectv2:BucketObjectv2"
KEY = "arn:aws:kms:us-east-2:123456789012:key/0000"
REGION = "us-east-2"

WORKSPACE = WorkspaceLinks(
    uuid=WORKSPACE_UUID,
    name="team",
    store="s3://meta?table=records&region=us-east-1",
    shared_path="/shared",
    region=REGION,
    cloud_config_uuid=CLOUD_CONFIG_UUID,
    account_id="123456789012",
    bucket="meta",
    table="records",
    key_arn="",
    boundary_arn=f"arn:aws:iam::123456789012:policy/bodo-infra-foundation/x/bodo-infra-boundary-{CLOUD_CONFIG_UUID}",
    vpc_id="vpc-1",
    subnet_ids={zone: f"subnet-{zone}" for zone in catalog.zones(REGION)},
    egress="nat",
    node_security_group_ids=["sg-1", "sg-2"],
    notebook_security_group_id="sg-3",
    file_system={"kind": "efs", "id": "fs-1", "dns_name": "fs-1.efs", "access_point_id": "fsap-1"},
)
NODE_ROLE = InstanceRoleLinks(
    uuid="77777777-2222-3333-4444-555555555555",
    name="etl-role",
    status="Active",
    reason="",
    role_arn="arn:aws:iam::123456789012:role/etl",
    instance_profile_arn="arn:aws:iam::123456789012:instance-profile/etl",
)
COMPUTED = {
    TEMPLATE: {"latestVersion": 3},
    ROLE: {"arn": "arn:aws:iam::123456789012:role/made"},
    PROFILE: {"arn": "arn:aws:iam::123456789012:instance-profile/made"},
}


def recorded(
    *,
    preview=False,
    workspace=WORKSPACE,
    role=NODE_ROLE,
    name="etl",
    provider=REGION,
    uuid=UUID,
    instance_type="c5n.18xlarge",
    **spec,
):
    """``provider``: its region; None while it is not configured.  ``cluster``: name in the spec."""
    whole = ClusterSpec(name=spec.pop("cluster", "etl"), instance_type=instance_type, **spec)
    args = ClusterArgs(spec=whole, workspace=workspace, instance_role=role)
    answers = provider_in(provider) if provider else dict.fromkeys(provider_in(""), lambda asked: {})
    computed = {**COMPUTED, RANDOM: {"result": uuid}}
    return record(lambda: Cluster(name, args), preview=preview, computed=computed, answers=answers)


def template_of(**spec):
    return plain(recorded(**spec).of_type(TEMPLATE).inputs)


def graph(found):
    return {(each.type, each.name, each.parent) for each in found.resources}


@both_modes
def test_a_cluster_is_a_template_and_a_group_of_nodes_with_what_they_need(preview):
    assert graph(recorded(preview=preview)) == {
        (tokens.AWS_CLUSTER, "etl", "project-stack"),
        (RANDOM, "etl-uuid", "etl"),
        (OBJECT, "etl-agent", "etl"),
        (PLACEMENT, "etl-near", "etl"),
        (TEMPLATE, "etl-node", "etl"),
        (GROUP, "etl-nodes", "etl"),
    }


@both_modes
def test_without_an_instance_role_a_cluster_makes_one_of_its_own(preview):
    found = recorded(preview=preview, role=None)

    assert {(tokens.AWS_INSTANCE_ROLE, "etl-role", "etl"), (ROLE, "etl-role-role", "etl-role")} <= graph(found)
    assert plain(found.of_type(ROLE).inputs)["permissionsBoundary"] == WORKSPACE.boundary_arn
    if not preview:
        profile = plain(found.of_type(TEMPLATE).inputs)["iamInstanceProfile"]
        assert profile == {"arn": "arn:aws:iam::123456789012:instance-profile/made"}


@both_modes
@pytest.mark.parametrize("instance_type", ["c5n.18xlarge", "t3.large", "p5.48xlarge", "hpc7g.16xlarge"])
def test_everything_carries_the_tags_of_its_owners_and_fits_the_schema(preview, instance_type):
    region = "us-east-1" if instance_type.startswith("hpc7g") else REGION
    zones = {zone: f"subnet-{zone}" for zone in catalog.zones(region)}
    found = recorded(
        preview=preview,
        role=None,
        instance_type=instance_type,
        provider=region,
        workspace=replace(WORKSPACE, region=region, subnet_ids=zones),
        tags={"team": "data"},
    )

    group = {each["key"]: each["value"] for each in plain(found.of_type(GROUP).inputs)["tags"]}
    assert without_tags(found) == [each.name for each in found.resources if each.type == GROUP]
    assert group[CLOUD_CONFIG_TAG] == CLOUD_CONFIG_UUID, "a group has its tags as a list"
    assert wrong_inputs(found) == []


def test_what_starts_with_a_node_is_tagged_too_with_all_three_owners():
    template = template_of(spot=True, auto_pause_minutes=None)

    by_kind = {each["resourceType"]: each["tags"] for each in template["tagSpecifications"]}
    assert set(by_kind) == {"instance", "volume", "network-interface", "spot-instances-request"}
    owners = {CLOUD_CONFIG_TAG: CLOUD_CONFIG_UUID, WORKSPACE_TAG: WORKSPACE_UUID, CLUSTER_TAG: UUID}
    assert all(owners.items() <= tags.items() for tags in by_kind.values())


LAYOUTS = {
    # type: region, EFAs, interfaces, public address said, threads set, placement group, cores
    "c5n.18xlarge": ("us-east-2", 1, 1, True, 1, True, 36),
    "c6in.32xlarge": ("us-east-2", 2, 3, False, 1, True, 64),
    "hpc6id.32xlarge": ("us-east-2", 2, 2, False, None, True, 64),
    "hpc7a.96xlarge": ("us-east-2", 2, 3, False, None, True, 192),
    "hpc7g.16xlarge": ("us-east-1", 1, 1, True, None, True, 64),
    "p5.48xlarge": ("us-east-2", 32, 33, False, 1, True, 96),
    "p6-b300.48xlarge": ("us-west-2", 16, 17, False, 1, True, 96),
    "m5.4xlarge": ("us-east-2", 0, 1, True, 1, True, 8),
    "t3.large": ("us-east-2", 0, 1, True, 1, False, 1),
}


@pytest.mark.parametrize("instance_type", LAYOUTS)
def test_nodes_have_the_network_and_the_cores_of_their_type(instance_type):
    region, efa, interfaces, says_public, threads, near, cores = LAYOUTS[instance_type]
    zones = {zone: f"subnet-{zone}" for zone in catalog.zones(region)}
    place = replace(WORKSPACE, region=region, subnet_ids=zones)

    found = recorded(instance_type=instance_type, workspace=place, provider=region, nodes=3)

    template = plain(found.of_type(TEMPLATE).inputs)
    cards = template["networkInterfaces"]
    assert len(cards) == interfaces
    assert sum(card["interfaceType"] in ("efa", "efa-only") for card in cards) == efa
    assert {card.get("associatePublicIpAddress") for card in cards} == ({"false"} if says_public else {None})
    assert all(card["securityGroups"] == ["sg-1", "sg-2"] for card in cards)
    assert template.get("cpuOptions", {}).get("threadsPerCore") == threads
    assert bool(template.get("placement")) is near
    assert len([each for each in found.resources if each.type == PLACEMENT]) == near
    assert found.outputs["etl"]["cores"] == 3 * cores
    architecture = catalog.ec2_type(instance_type).architecture
    assert template["imageId"].endswith(f"al2023-ami-kernel-default-{architecture}")


def test_nodes_are_closed_and_encrypted():
    template = template_of(workspace=replace(WORKSPACE, key_arn=KEY))

    assert template["metadataOptions"] == {
        "httpEndpoint": "enabled",
        "httpTokens": "required",
        "httpPutResponseHopLimit": 1,
        "instanceMetadataTags": "enabled",
    }
    assert template["blockDeviceMappings"][0]["ebs"] == {
        "volumeType": "gp3",
        "volumeSize": 64,
        "encrypted": "true",
        "kmsKeyId": KEY,
        "deleteOnTermination": "true",
    }
    assert "keyName" not in template


def test_the_group_has_exactly_n_nodes_in_the_one_zone_that_offers_the_type():
    found = recorded(instance_type="hpc7a.96xlarge", nodes=5)

    group = plain(found.of_type(GROUP).inputs)
    assert (group["minSize"], group["maxSize"], group["desiredCapacity"]) == (5, 5, 5)
    assert group["vpcZoneIdentifiers"] == ["subnet-use2-az2"], "hpc7a is in one zone of the region"
    assert group["launchTemplate"]["version"] == "3"
    assert found.outputs["etl"]["zone"] == "use2-az2"


def test_a_zone_that_the_spec_names_is_kept_to():
    assert plain(recorded(zone="use2-az3").of_type(GROUP).inputs)["vpcZoneIdentifiers"] == ["subnet-use2-az3"]


def test_a_thousand_nodes_are_as_many_resources_as_two():
    assert graph(recorded(nodes=1000)) == graph(recorded(nodes=2))


def test_limits_of_idleness_stand_on_the_group_alone():
    found = recorded(auto_pause_minutes=30)

    tags = {each["key"]: each for each in plain(found.of_type(GROUP).inputs)["tags"]}
    assert tags["bodo-infra:auto-pause-minutes"]["value"] == "30"
    assert tags["bodo-infra:auto-shutdown-minutes"]["value"] == "never"
    assert not tags["bodo-infra:auto-pause-minutes"]["propagateAtLaunch"]


def test_the_boot_script_knows_its_cluster_and_finds_the_agent_where_it_is_put():
    found = recorded(efa="off", bodo_version="2026.2", packages=("xgboost>=2",))

    script = base64.b64decode(plain(found.of_type(TEMPLATE).inputs)["userData"]).decode()
    package = plain(found.of_type(OBJECT).inputs)
    sha256 = build_agent_package().sha256
    assert package["key"] == agent_key(UUID, sha256)
    assert package["region"] == "us-east-1", "the bucket may be elsewhere than the nodes"
    assert f"readonly AGENT_KEY={package['key']}\n" in script
    assert "bodo==2026.2\n" in script
    assert "\nxgboost>=2'" in script
    assert "readonly FABRIC=off\n" in script
    assert f"readonly GROUP={plain(found.of_type(GROUP).inputs)['name']}\n" in script


def test_efa_is_off_for_nodes_of_a_type_that_has_none():
    assert "readonly FABRIC=off\n" in base64.b64decode(template_of(instance_type="m5.4xlarge")["userData"]).decode()


@both_modes
def test_outputs_are_those_that_every_target_has_and_more_of_this_one(preview):
    outputs = recorded(preview=preview).outputs["etl"]

    assert set(outputs) == set(declared_outputs(Cluster))
    assert outputs["cores"] == 72, "known in a preview too"
    assert outputs["store"] == WORKSPACE.store
    if not preview:
        assert outputs["hostfile"] == f"/shared/.hostfile-{UUID}"
        assert outputs["role_arn"] == NODE_ROLE.role_arn


def test_long_and_odd_names_never_clash_and_fit_each_service():
    long = f"{'Team-X.' * 14}_1"
    limits = {TEMPLATE: 128, GROUP: 255, PLACEMENT: 255}
    both = [recorded(name=long, cluster="a" * 40, uuid=uuid) for uuid in (UUID, UUID.replace("9", "8"))]

    assert [wrong_inputs(found) for found in both] == [[], []]
    names = {kind: [plain(found.of_type(kind).inputs)["name"] for found in both] for kind in limits}
    for kind, (one, other) in names.items():
        assert one != other, kind
        assert max(len(one), len(other)) <= limits[kind], kind


def test_a_spec_that_cannot_be_is_refused_before_anything_is_registered():
    with pytest.raises(InputError, match=r"spec.efa = required: m5.4xlarge has no Elastic Fabric Adapter"):
        Cluster(
            "etl",
            ClusterArgs(spec=ClusterSpec(name="etl", instance_type="m5.4xlarge", efa="required"), workspace=WORKSPACE),
        )


def test_packages_that_do_not_fit_into_user_data_are_refused_with_the_remedy():
    packages = tuple(f"a-rather-long-name-of-a-package-{number}>=1.0" for number in range(100))

    with pytest.raises(InputError, match=r"spec.packages = 100 packages: is \d+ bytes too long"):
        Cluster(
            "etl",
            ClusterArgs(
                spec=ClusterSpec(name="etl", instance_type="m5.4xlarge", packages=packages), workspace=WORKSPACE
            ),
        )


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"provider": "us-west-2"}, "the provider that this component works with is in us-west-2"),
        (
            {"role": replace(NODE_ROLE, status="Failed", reason="role not found: arn:aws:iam::1:role/x")},
            "instance_role = etl-role: is Failed: role not found: arn:aws:iam::1:role/x. Repair it",
        ),
        (
            {"instance_type": "hpc7a.96xlarge", "workspace": replace(WORKSPACE, subnet_ids={"use2-az1": "subnet-1"})},
            "is offered in use2-az2, but the workspace has subnets in use2-az1",
        ),
        ({"zone": "use1-az1"}, "spec.zone = use1-az1"),
        (
            {"workspace": replace(WORKSPACE, egress="none")},
            "its nodes reach nothing outside of us-east-2, and the cloud-config's bucket is in us-east-1",
        ),
    ],
    ids=["provider elsewhere", "failed role", "no zone with the type", "zone elsewhere", "bucket out of reach"],
)  # fmt: skip
def test_what_upstream_makes_impossible_is_said_with_the_remedy(changed, words):
    with pytest.raises(pulumi.RunError) as refused:
        recorded(**changed)

    assert words in str(refused.value)


def test_what_upstream_does_not_know_yet_is_not_refused():
    assert graph(recorded(preview=True, provider=None)) == graph(recorded(preview=True))


CHANGED = {
    "name": "other",
    "description": "of every night",
    "nodes": 3,
    "ranks_per_node": 2,
    "auto_pause_minutes": 5,
    "auto_shutdown_minutes": 500,
    "instance_type": "m6i.32xlarge",
    "bodo_version": "2026.2",
    "zone": "use2-az3",
    "efa": "off",
    "placement_group": False,
    "spot": True,
    "image_id": "ami-0123456789abcdef0",
    "packages": ["xgboost>=2"],
    "tags": {"team": "ops"},
}


def keepers(**changed):
    spec = {"cluster": changed.pop("name", "etl"), **changed}
    return plain(recorded(**spec).of_type(RANDOM).inputs)["keepers"]


@pytest.mark.parametrize("field", AWS_CLUSTER)
def test_what_replaces_nodes_is_what_people_are_told_before_it_happens(field):
    outcome = AWS_CLUSTER[field]
    told = outcome if isinstance(outcome, Row) else outcome({"nodes": 2}, {"nodes": 3})

    replaced = keepers(**{field: CHANGED[field]}) != keepers()

    assert replaced is (told.consequence is Consequence.REPLACED)


def test_a_new_release_of_the_library_replaces_no_cluster():
    kept = keepers()

    assert (kept["bodo_version"], kept["image"], kept["ranks_per_node"]) == ("", "", "")
    assert all(isinstance(value, str) for value in kept.values())
