"""Workspaces on AWS live their whole life in the offline account, under the real engine.

One stack, brought up once; the tests go on from each other in this order. Not proved here: that the cloud-config's role
may do all this, and that AWS would have it.
"""

import json

import pytest

from bodo_infra.plugin.account.rules import tokens as t
from bodo_infra.testing import OfflineAccount
from tests.engine.account_project import ForeignProject
from tests.engine.workspace_program import UPSTREAM, WORKSPACES

pytestmark = pytest.mark.engine

LONG = "Nightly" + "x" * 93
SPEC = {
    "name": "team",
    "region": "us-east-2",
    "network": {"kind": "managed", "zones": ["use2-az2", "use2-az1"], "flow_logs": True},
    "members": {"admins": ["arn:aws:iam::000000000000:root"]},
    "tags": {"team": "data"},
}


class Workspaces(ForeignProject):
    """The stack's workspaces by name; ``edit`` changes the spec of the first."""

    def put(self, **workspaces):
        self.specs = workspaces
        self.configure("workspaces", json.dumps(workspaces))

    def edit(self, **changed):
        self.put(**{**self.specs, "dev": {**self.specs["dev"], **changed}})


@pytest.fixture(scope="module")
def project(engine, tmp_path_factory):
    folder = tmp_path_factory.mktemp("workspace")
    with OfflineAccount(folder) as account:
        yield Workspaces(engine, account, folder / "program", UPSTREAM + WORKSPACES)


def test_two_workspaces_of_one_name_come_up_in_one_program_one_of_them_closed_and_with_a_long_name(project):
    closed = {"name": "team", "region": "us-east-2", "network": {"kind": "managed", "egress": "none"}}
    project.put(dev=SPEC, **{LONG: closed})

    made = project.up().did("create")

    assert "NatGateway dev-network-nat-use2-az2" in made
    assert f"VpcEndpoint {LONG}-network-endpoint-ssm" in made
    assert len(project.account.resources(t.NAT_GATEWAY)) == 1
    assert len(project.account.resources(t.EFS)) == 2


def test_nothing_changes_without_a_reason_and_nothing_has_drifted(project):
    preview = project.run("preview", "--expect-no-changes")

    assert preview.code == 0, preview.said
    assert project.refresh().steps == []


def test_a_workspace_that_leaves_the_program_leaves_its_files_and_nothing_else(project):
    project.put(dev=SPEC)

    gone = project.up().did("delete")

    assert f"Vpc {LONG}-network-vpc" in gone
    left = [row for row in project.account.resources() if LONG in row.urn]
    assert sorted(row.type for row in left) == [t.ACCESS_POINT, t.EFS, t.EFS_POLICY], "data is kept, and its protection"
    for row in sorted(left, key=lambda row: row.type == t.EFS):
        project.account.remove(row)


def test_a_zone_more_touches_no_other_subnet(project):
    network = {**SPEC["network"], "zones": ["use2-az2", "use2-az1", "use2-az3"]}
    project.edit(network=network)

    outcome = project.up()

    assert sorted(outcome.did("create")) == [
        "MountTarget dev-storage-mount-use2-az3",
        "Route dev-network-private-use2-az3-internet",
        "RouteTable dev-network-private-use2-az3-routes",
        "RouteTableAssociation dev-network-private-use2-az3-association",
        "Subnet dev-network-private-use2-az3",
    ]
    assert sorted(outcome.did("update")) == [
        "Network dev-network",
        "VpcEndpoint dev-network-endpoint-dynamodb",
        "VpcEndpoint dev-network-endpoint-s3",
        "Workspace dev",
    ]
    assert outcome.did("replace", "delete") == []


def test_another_tag_changes_in_place_what_carries_tags(project):
    project.edit(tags={"team": "ops"})

    outcome = project.up()

    assert {step for step, _ in outcome.steps} == {"update"}
    (vpc,) = project.account.resources(t.VPC)
    assert vpc.inputs["tags"]["team"] == "ops"


def test_members_and_flow_logs_come_and_go_with_what_is_theirs_alone(project):
    network = {key: value for key, value in project.specs["dev"]["network"].items() if key != "flow_logs"}
    project.edit(network=network, members={"developers": ["arn:aws:iam::000000000000:root"]})

    outcome = project.up()

    assert sorted(outcome.did("create")) == ["Role dev-developers", "RolePolicy dev-developers-policy"]
    assert sorted(outcome.did("delete")) == [
        "FlowLog dev-network-flow-log",
        "LogGroup dev-network-flow-logs",
        "Role dev-admins",
        "Role dev-network-flow-logs-role",
        "RolePolicy dev-admins-policy",
        "RolePolicy dev-network-flow-logs-policy",
    ]
    assert sorted(outcome.did("update", "replace")) == ["Network dev-network", "Workspace dev"]


def test_a_nat_gateway_in_every_zone_turns_the_routes_in_place(project):
    project.edit(network={**project.specs["dev"]["network"], "egress": "nat-per-zone"})

    outcome = project.up()

    assert sorted(name for name in outcome.did("create") if "Nat" in name) == [
        "NatGateway dev-network-nat-use2-az1",
        "NatGateway dev-network-nat-use2-az3",
    ]
    assert sorted(name for name in outcome.did("update") if "Route" in name) == [
        "Route dev-network-private-use2-az1-internet",
        "Route dev-network-private-use2-az3-internet",
    ]
    assert outcome.did("replace", "delete") == []


def test_a_closed_network_has_endpoints_in_place_of_gateways_and_the_same_subnets(project):
    project.edit(network={**project.specs["dev"]["network"], "egress": "none"})

    outcome = project.up()

    assert not any("private" in name and name.startswith("Subnet") for name in outcome.did("replace", "delete"))
    assert project.account.resources(t.NAT_GATEWAY) == project.account.resources(t.INTERNET_GATEWAY) == ()
    assert len(project.account.resources(t.VPC_ENDPOINT)) == 7
    assert not [row for row in project.account.resources(t.EGRESS_RULE) if row.inputs.get("cidrIpv4")]
    assert project.refresh().steps == []


def test_a_provider_of_another_region_is_told_before_anything_is_made(project):
    project.put(dev=project.specs["dev"], other={"name": "far", "region": "eu-west-1"})

    outcome = project.run("preview")

    assert outcome.code != 0
    assert "spec.region = eu-west-1: is not us-east-2, the region of the provider" in outcome.said
    assert "Set it to us-east-2, or give the component a provider of eu-west-1" in outcome.said
    project.put(dev=project.specs["dev"])


def test_a_lustre_in_place_of_an_efs_leaves_the_files_of_the_efs(project):
    project.edit(shared_storage={"kind": "lustre"})

    outcome = project.up()

    assert "LustreFileSystem dev-storage-files" in outcome.did("create")
    assert len(project.account.resources(t.EFS)) == 1, "nobody said that data may go"
    (files,) = project.account.resources(t.LUSTRE)
    assert files.inputs["skipFinalBackup"] is False
    assert project.refresh().steps == []


def test_destroy_leaves_the_files_and_nothing_else(project):
    outcome = project.run("destroy")

    assert outcome.code == 0, outcome.said
    kept = [t.ACCESS_POINT, t.EFS, t.EFS_POLICY, t.LUSTRE_BACKUP]
    assert sorted(row.type for row in project.account.resources()) == kept


def test_data_that_may_go_goes_with_the_workspace(project):
    for row in sorted(project.account.resources(), key=lambda row: row.type == t.EFS):
        project.account.remove(row)
    project.put(dev={"name": "team", "region": "us-east-2", "delete_data": True})
    project.up()

    outcome = project.run("destroy")

    assert outcome.code == 0, outcome.said
    assert project.account.resources() == ()
