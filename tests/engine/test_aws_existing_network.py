"""Workspaces on AWS in a network of the user's own, in the offline account, under the real engine.

One stack; the tests go on from each other in this order.
"""

import json

import pytest

from bodo_infra.plugin.account.rules import tokens as t
from bodo_infra.testing import OfflineAccount
from tests.engine.account_project import ForeignProject
from tests.engine.workspace_program import FOREIGN, LINKED, UPSTREAM

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def project(engine, tmp_path_factory):
    folder = tmp_path_factory.mktemp("existing")
    with OfflineAccount(folder) as account:
        yield ForeignProject(engine, account, folder / "program", UPSTREAM + FOREIGN + LINKED)


def use_existing(project, **changed):
    """A workspace in the network that is there, named by its ids."""
    account = project.account
    network = {
        "kind": "existing",
        "vpc_id": account.resource("own", t.VPC).id,
        "private_subnet_ids": [account.resource(f"private-{name}", t.SUBNET).id for name in "ab"],
        **changed,
    }
    spec = {"name": "team", "region": "us-east-2", "network": network}
    project.configure("workspaces", json.dumps({"dev": spec}))


def test_a_program_previews_and_makes_a_network_and_the_workspace_in_it_at_once(project):
    project.configure("linked", "true")

    preview = project.run("preview")
    made = project.up().did("create")

    assert preview.code == 0, preview.said
    targets = [name for name in made if name.startswith("MountTarget")]
    assert sorted(targets) == ["MountTarget dev-storage-mount-use2-az1", "MountTarget dev-storage-mount-use2-az2"]
    assert made.index("RouteTableAssociation private-a") < made.index("SecurityGroup dev-network-nodes")
    unchanged = project.run("preview", "--expect-no-changes")
    assert unchanged.code == 0, unchanged.said


def test_a_network_that_comes_by_links_is_judged_when_it_is_there(project):
    project.account.drift(project.account.resource("private-b", t.SUBNET), mapPublicIpOnLaunch=True)

    outcome = project.run("preview")

    assert outcome.code != 0
    assert "network.private_subnet_ids.use2-az2 = subnet-" in outcome.said
    assert "gives machines public addresses (mapPublicIpOnLaunch)" in outcome.said
    project.refresh()  # what was changed by hand
    project.configure("linked", None)
    project.up()
    assert not [row for row in project.account.resources(t.SUBNET) if row.outputs["mapPublicIpOnLaunch"]]


def test_a_preview_goes_through_while_the_role_of_the_provider_is_not_there_yet(project):
    project.configure("as_role", "true")
    use_existing(project)

    preview = project.run("preview")
    made = project.up().did("create")

    assert preview.code == 0, preview.said
    assert len([name for name in preview.did("create") if name.startswith("MountTarget")]) == 2
    assert len([name for name in made if name.startswith("MountTarget")]) == 2
    assert not [name for name in made if name.startswith(("Vpc", "Subnet", "NatGateway"))]
    unchanged = project.run("preview", "--expect-no-changes")
    assert unchanged.code == 0, unchanged.said


def test_a_network_that_nodes_could_not_live_in_is_refused_with_everything_at_once(project):
    account = project.account
    account.drift(account.resource("own", t.VPC), enableDnsHostnames=False)
    account.remove(account.resource("private", t.ROUTE))
    stray = account.resource("public", t.SUBNET).id
    subnets = [account.resource("private-a", t.SUBNET).id, stray, "subnet-00000000"]
    use_existing(project, private_subnet_ids=subnets, security_group_ids=["sg-00000000"])

    outcome = project.run("preview")

    assert outcome.code != 0
    for words in (
        "spec.network.vpc_id = vpc-",
        "has enableDnsHostnames off",
        "spec.network.private_subnet_ids[0] = subnet-",
        "no endpoint serves it for s3, dynamodb, ec2, autoscaling, ssm, ssmmessages, sts",
        "lies in use2-az1, as another one of the list does",
        "spec.network.private_subnet_ids[2] = subnet-00000000: is no subnet of this account in us-east-2",
        "spec.network.security_group_ids[0] = sg-00000000: is no security group of this account in us-east-2",
    ):
        assert words in outcome.said
    assert "Traceback" not in outcome.said


def test_destroy_takes_the_workspace_and_leaves_its_files(project):
    project.run("refresh")

    outcome = project.run("destroy")

    assert outcome.code == 0, outcome.said
    assert sorted({row.type for row in project.account.resources()}) == [t.ACCESS_POINT, t.EFS, t.EFS_POLICY]
