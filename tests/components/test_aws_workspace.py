"""What a workspace on AWS registers, in a preview and in an update, and what it refuses.

Not proved here: what becomes of it when it is edited (tests/engine), and its parts (test_aws_network,
test_aws_shared_storage).
"""

import json
from dataclasses import fields

import pytest

from bodo_infra.aws import NetworkLinks, Workspace, WorkspaceArgs, WorkspaceLinks
from bodo_infra.component import declared_outputs
from bodo_infra.errors import InputError
from bodo_infra.plugin.account.rules import tokens as t
from bodo_infra.spec import ExistingNetwork, LustreStorage, ManagedNetwork, Members, WorkspaceSpec
from tests.components.aws_rules import of_aws, plain, provider_in, without_tags, wrong_inputs
from tests.components.aws_workspace_parts import (
    BOUNDARY,
    CLOUD_CONFIG_UUID,
    COMPUTED,
    REGION,
    SUBNETS,
    VPC,
    WORKSPACE_UUID,
    cloud_config,
)
from tests.components.recorder import both_modes, record

LONG = "Nightly" + "x" * 93
PERSON = "arn:aws:iam::123456789012:user/ann"
FULL = {
    "network": ManagedNetwork(flow_logs=True),
    "members": Members(admins=(PERSON,), developers=(PERSON,), viewers=(PERSON,)),
    "tags": {"team": "data"},
}


def spec(**changed):
    return WorkspaceSpec(**{"name": "team", "region": REGION, **changed})


def made(*specs, preview=False, name="dev", region=REGION, upstream=None, **links):
    def program():
        for index, given in enumerate(specs or (spec(),)):
            args = WorkspaceArgs(spec=given, cloud_config=upstream or cloud_config(), **links)
            Workspace(f"{name}{index or ''}", args)

    return record(program, preview=preview, computed=COMPUTED, answers=provider_in(region))


@both_modes
@pytest.mark.parametrize("name", ["dev", LONG])
def test_all_is_tagged_and_as_the_sdk_wants_it_with_names_of_any_length(name, preview):
    recorded = made(spec(**FULL), preview=preview, name=name)

    assert without_tags(recorded) == []
    assert wrong_inputs(recorded) == []
    tags = [plain(resource.inputs).get("tags") for resource in of_aws(recorded)]
    assert all(preview or tag["bodo-infra:workspace"] == WORKSPACE_UUID for tag in tags if tag)


def test_names_in_the_cloud_fit_their_service_and_are_no_other_workspaces():
    recorded = made(spec(name="a" * 40, **FULL))

    roles = [resource.inputs["name"] for resource in recorded.resources if resource.type == t.ROLE]
    assert len(roles) == len(set(roles)) == 4
    assert all(len(role) <= 64 for role in roles)
    assert len(recorded.of_type(t.EFS).inputs["creationToken"]) <= 64


@both_modes
def test_outputs_are_what_links_take_and_what_later_stacks_read(preview):
    recorded = made(preview=preview)

    declared = set(recorded.outputs["dev"])
    assert declared == set(declared_outputs(Workspace))
    assert {field.name for field in fields(WorkspaceLinks)} | {"member_role_arns"} == declared


def test_outputs_of_an_update():
    outputs = made(spec(**FULL)).outputs["dev"]

    assert outputs["uuid"] == WORKSPACE_UUID
    assert outputs["cloud_config_uuid"] == CLOUD_CONFIG_UUID
    assert outputs["shared_path"] == "/shared"
    assert set(outputs["subnet_ids"]) == {"use2-az1", "use2-az2"}
    assert outputs["egress"] == "nat"
    assert outputs["file_system"]["kind"] == "efs"


@both_modes
def test_children_stand_below_the_workspace_and_its_parts(preview):
    recorded = made(spec(**FULL), preview=preview)

    parents = {resource.parent for resource in recorded.resources if resource.name != "dev"}
    assert parents == {"dev", "dev-network", "dev-storage"}
    names = [resource.name for resource in recorded.resources]
    assert len(names) == len({(resource.type, resource.name) for resource in recorded.resources})


def test_two_workspaces_of_one_program_share_no_name():
    recorded = made(spec(), spec())

    assert len({(resource.type, resource.name) for resource in recorded.resources}) == len(recorded.resources)


def test_roles_of_members_are_bounded_and_trust_whom_the_spec_names():
    recorded = made(spec(**FULL))

    roles = {r.name: r.inputs for r in recorded.resources if r.type == t.ROLE and "flow-logs" not in r.name}
    assert set(roles) == {"dev-admins", "dev-developers", "dev-viewers"}
    for role in roles.values():
        assert role["permissionsBoundary"] == BOUNDARY
        assert role["path"] == f"/bodo-infra/{CLOUD_CONFIG_UUID}/"
        assert json.loads(role["assumeRolePolicy"])["Statement"][0]["Principal"] == {"AWS": PERSON}
    policies = {r.name: r.inputs["policy"] for r in recorded.resources if r.type == t.ROLE_POLICY}
    assert WORKSPACE_UUID in policies["dev-admins-policy"]
    assert "RunInstances" not in policies["dev-viewers-policy"]


def test_nobody_has_a_role_unless_the_spec_names_somebody():
    assert not [resource for resource in made().resources if resource.type == t.ROLE]


def test_the_ports_of_the_storage_follow_its_kind():
    recorded = made(spec(shared_storage=LustreStorage(kind="lustre")))

    ports = {r.inputs.get("fromPort") for r in recorded.resources if r.type == t.INGRESS_RULE}
    assert 988 in ports
    assert 2049 not in ports


BAD = {
    "no region": (spec(region=None), {}, ["spec.region: is missing", "such as us-east-2"]),
    "two networks": (
        spec(network=ManagedNetwork()),
        {"network": NetworkLinks(vpc_id=VPC, private_subnet_ids={"use2-az1": SUBNETS[0]})},
        ["spec.network = managed: stands beside a network that comes by links"],
    ),
    "a range and a zone and a member": (
        spec(
            network=ManagedNetwork(cidr="10.0.0.0/28", zones=("eu-az1",)),
            members=Members(admins=("ann",)),
        ),
        {},
        ["spec.network.cidr = 10.0.0.0/28", "spec.network.zones[0] = eu-az1", "spec.members.admins[0] = ann"],
    ),
    "a type that the region has not": (
        spec(region="us-west-2", network=ManagedNetwork(instance_types=("hpc7a.96xlarge",))),
        {},
        ["spec.network.instance_types[0] = hpc7a.96xlarge", "us-west-2"],
    ),
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

    assert record(program, preview=False).resources == []
    for text in words:
        assert text in seen[0]


def test_a_provider_of_another_region_is_refused_before_the_first_child():
    with pytest.raises(InputError, match=r"spec\.region = us-east-2: is not eu-west-1"):
        made(region="eu-west-1")
