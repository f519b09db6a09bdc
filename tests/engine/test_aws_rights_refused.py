"""What the cross-account role may not do, tried for real: by the real engine, with IAM enforced by the offline account.

A cloud-config, and what stands on it, made while single statements are missing; then a foreign program with its role.
One project; the tests go on from each other in this order.
"""

import json

import pytest

from bodo_infra.aws.policies.trust import nodes_trust
from bodo_infra.errors import StackError
from bodo_infra.plugin.account.rules import tokens as t
from bodo_infra.scope import CLOUD_CONFIG_TAG
from tests.account_world import World
from tests.engine.account_project import ForeignProject
from tests.engine.intruder_program import PROGRAM
from tests.engine.rehearsed_project import RehearsedProject

pytestmark = pytest.mark.engine

ACCOUNT = "000000000000"
HOME = {"name": "data", "aws": {"region": "us-east-2", "account_id": ACCOUNT}}


@pytest.fixture(scope="module")
def project(engine, tmp_path_factory):
    with RehearsedProject.at(tmp_path_factory.mktemp("refused") / "project") as project:
        project.write("home", "cloud-config", HOME)
        project.write("net", "workspace", {"name": "net"}, cloud_config="home")
        project.write("nodes", "instance-role", {"name": "nodes"}, cloud_config="home")
        cluster = {"name": "etl", "instance_type": "c5n.18xlarge"}
        project.write("cluster", "cluster", cluster, workspace="net", instance_role="nodes")
        project.up("home")
        yield project


TAKEN = {
    "network": ("net", "MakeNetwork", "ec2:CreateVpc", f"arn:aws:ec2:us-east-2:{ACCOUNT}:vpc/*"),
    "identity": ("nodes", "MakeBoundedRoles", "iam:CreateRole", f"arn:aws:iam::{ACCOUNT}:role/bodo-infra/"),
    "compute": ("cluster", "MakeGroup", "autoscaling:CreateAutoScalingGroup", "autoScalingGroupName/"),
}


@pytest.mark.parametrize(
    ("area", "stack", "sid", "action", "resource"), [(area, *case) for area, case in TAKEN.items()]
)
def test_without_a_statement_up_says_which_right_which_role_lacks_and_goes_on_when_it_is_back(
    project, area, stack, sid, action, resource
):
    account = project.account
    whole = account.resource(f"home-deploy-{area}", t.POLICY)
    tree = json.loads(whole.inputs["policy"])
    poorer = {**tree, "Statement": [each for each in tree["Statement"] if each["Sid"] != sid]}
    account.drift(whole, policy=json.dumps(poorer))

    with pytest.raises(StackError) as failure:
        project.up(stack)
    account.drift(whole, policy=whole.inputs["policy"])
    finished = project.up(stack)

    said = str(failure.value)
    role = account.resource("home-role", t.ROLE).arn
    assert f"{action} on arn:aws:" in said
    assert resource in said
    assert f"not allowed to {role}" in said
    assert stack in finished


@pytest.fixture(scope="module")
def given(project):
    """What is there of others, and what the intruder knows of the role."""
    account = project.account
    owner = World.at(account.folder)
    role, boundary = account.resource("home-role", t.ROLE), account.resource("home-boundary", t.POLICY)
    uuid = role.inputs["path"].split("/")[2]
    theirs = {CLOUD_CONFIG_TAG: "99999999-2222-3333-4444-555555555555"}
    return {
        "role": role.arn,
        "deploy": role.id,
        "uuid": uuid,
        "made_path": f"/bodo-infra/{uuid}/",
        "foundation_path": role.inputs["path"],
        "boundary": boundary.arn,
        "boundary_name": boundary.inputs["name"],
        "boundary_description": boundary.inputs["description"],
        "vpc": owner.make(t.VPC, "theirs", cidrBlock="10.9.0.0/16", tags=theirs).id,
        "bucket": owner.make(t.BUCKET, "theirs", bucket="of-others", tags=theirs).id,
        "stranger": owner.make(
            t.ROLE, "stranger", name="stranger", path="/team/", assumeRolePolicy=nodes_trust("aws")
        ).id,
    }


@pytest.fixture(scope="module")
def intruder(engine, project, given):
    program = ForeignProject(engine, project.account, project.root / "intruder", PROGRAM)
    program.configure("given", json.dumps(given))
    program.configure("phase", "adopt")
    program.up()
    return program


@pytest.fixture
def external_id(project):
    trust = json.loads(project.account.resource("home-role", t.ROLE).inputs["assumeRolePolicy"])
    return trust["Statement"][0]["Condition"]["StringEquals"]["sts:ExternalId"]


@pytest.mark.parametrize(
    ("external_id", "reason"),
    [(None, "no external id was given"), ("of others", "another external id was given")],
    ids=["none", "a wrong one"],
)
def test_nobody_takes_the_role_without_its_external_id(intruder, given, external_id, reason):
    intruder.configure("phase", "try")
    intruder.configure("external_id", external_id) if external_id else None

    outcome = intruder.run("up")

    assert outcome.code != 0
    assert f"sts:AssumeRole on {given['role']}" in outcome.said
    assert reason in outcome.said


def test_the_role_can_neither_raise_itself_nor_touch_what_is_of_others(project, intruder, given, external_id):
    before = project.account.resources()
    intruder.configure("phase", "try")
    intruder.configure("external_id", external_id)

    outcome = intruder.run("up", "--continue-on-error")

    iam, ec2 = f"arn:aws:iam::{ACCOUNT}", f"arn:aws:ec2:us-east-2:{ACCOUNT}"
    itself = f"{iam}:role{given['foundation_path']}{given['deploy']}"
    refused = {
        "a role without the boundary": f"iam:CreateRole on {iam}:role{given['made_path']}unbounded",
        "a role of another path": f"iam:CreateRole on {iam}:role/elsewhere",
        "a policy of its own": f"iam:PutRolePolicy on {itself}",
        "administrator": f"iam:AttachRolePolicy on {itself}",
        "who may take it": f"iam:UpdateAssumeRolePolicy on {itself}",
        "a managed policy": f"iam:CreatePolicy on {iam}:policy{given['made_path']}own",
        "the boundary": f"iam:ListPolicyVersions on {given['boundary']}",
        "a role that is not registered": f"iam:PassRole on {iam}:role/team/stranger",
        "a role of others": f"iam:UpdateAssumeRolePolicy on {iam}:role/team/stranger",
        "a network of others": f"ec2:CreateTags on {ec2}:vpc/{given['vpc']}",
        "a place in a network of others": f"ec2:CreateSubnet on {ec2}:vpc/{given['vpc']}",
        "a bucket of others": "on arn:aws:s3:::of-others",
    }
    assert outcome.code != 0
    assert [name for name, text in refused.items() if text not in outcome.said] == [], outcome.said
    assert project.account.resources() == before


def test_the_role_can_take_nothing_away_that_is_of_others(project, intruder, given, external_id):
    before = project.account.resources()
    intruder.configure("phase", "gone")
    intruder.configure("external_id", external_id)

    outcome = intruder.run("up", "--continue-on-error")

    assert outcome.code != 0
    assert f"ec2:DeleteVpc on arn:aws:ec2:us-east-2:{ACCOUNT}:vpc/{given['vpc']}" in outcome.said
    assert "s3:DeleteBucket on arn:aws:s3:::of-others" in outcome.said
    assert f"role/team/{given['stranger']}" in outcome.said
    assert given["boundary"] in outcome.said
    assert project.account.resources() == before
