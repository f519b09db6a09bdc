"""Another network takes the place of a workspace's in one `up`, in the offline account, and the shared files stay.

One stack, brought up once; the tests go on from each other in this order.
"""

import json

import pytest

from bodo_infra.plugin.account.rules import tokens as t
from bodo_infra.testing import OfflineAccount
from tests.engine.account_project import ForeignProject
from tests.engine.workspace_program import FOREIGN, UPSTREAM, WORKSPACES

pytestmark = pytest.mark.engine

OPEN = {"kind": "managed", "zones": ["use2-az1", "use2-az2"], "flow_logs": True}
CLOSED = {"kind": "managed", "zones": ["use2-az2"], "egress": "none"}


class Workspace(ForeignProject):
    """One workspace beside a network of somebody else."""

    def put(self, network):
        self.configure("workspaces", json.dumps({"dev": {"name": "team", "region": "us-east-2", "network": network}}))

    def replace(self, network):
        """Bring up the workspace in another network; returns what was done."""
        (files,) = self.account.resources(t.EFS)
        before = self.account.resource("dev-network-storage").id
        self.put(network)
        outcome = self.up()
        assert self.account.resources(t.EFS) == (files,), "the shared files are what they were"
        assert self.account.resource("dev-network-storage").id != before
        return outcome

    def vpcs_of_mount_targets(self):
        subnets = {row.id: row.inputs["vpcId"] for row in self.account.resources(t.SUBNET)}
        return {subnets[row.inputs["subnetId"]] for row in self.account.resources(t.MOUNT_TARGET)}

    def vpc(self, name):
        return self.account.resource(name, t.VPC)


@pytest.fixture(scope="module")
def project(engine, tmp_path_factory):
    folder = tmp_path_factory.mktemp("replaced")
    with OfflineAccount(folder) as account:
        project = Workspace(engine, account, folder / "program", UPSTREAM + FOREIGN + WORKSPACES)
        project.put(OPEN)
        project.up()
        yield project


def existing(project):
    subnets = [project.account.resource(f"private-{name}", t.SUBNET).id for name in "ab"]
    return {"kind": "existing", "vpc_id": project.vpc("own").id, "private_subnet_ids": subnets}


def test_another_range_is_another_network(project):
    outcome = project.replace({**OPEN, "cidr": "10.50.0.0/16"})

    assert project.vpc("dev-network-vpc").inputs["cidrBlock"] == "10.50.0.0/16"
    assert project.vpcs_of_mount_targets() == {project.vpc("dev-network-vpc").id}
    assert "FileSystem dev-storage-files" not in [name for _, name in outcome.steps]


def test_a_network_of_the_users_own_takes_the_place_of_ours(project):
    project.replace(existing(project))

    assert {row.urn.rpartition("::")[2] for row in project.account.resources(t.VPC)} == {"own", "other"}
    assert project.vpcs_of_mount_targets() == {project.vpc("own").id}


def test_a_closed_network_of_ours_takes_the_place_of_the_users_own(project):
    project.replace({**CLOSED, "cidr": "10.60.0.0/16"})

    assert project.vpcs_of_mount_targets() == {project.vpc("dev-network-vpc").id}


def test_another_range_is_another_closed_network(project):
    project.replace({**CLOSED, "cidr": "10.70.0.0/16"})

    assert project.vpcs_of_mount_targets() == {project.vpc("dev-network-vpc").id}


def test_a_closed_network_of_ours_gives_way_to_the_users_own(project):
    project.replace(existing(project))

    assert project.vpcs_of_mount_targets() == {project.vpc("own").id}


def test_after_all_that_nothing_is_left_to_change(project):
    preview = project.run("preview", "--expect-no-changes")

    assert preview.code == 0, preview.said
    assert project.refresh().steps == []


def test_after_all_that_the_files_are_all_that_destroy_leaves(project):
    outcome = project.run("destroy")

    assert outcome.code == 0, outcome.said
    assert sorted(row.type for row in project.account.resources()) == [t.ACCESS_POINT, t.EFS, t.EFS_POLICY]
