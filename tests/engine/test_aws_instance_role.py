"""Instance roles on AWS in the real engine on the offline account, made by the cloud-config's role and its policies.

The first tests go on from each other in this order. Not proved here: that AWS would have it.
"""

import json

import pytest

from bodo_infra.plugin.account.rules import tokens as t
from bodo_infra.testing import FaultKind, OfflineAccount
from tests.account_world import TRUST, World
from tests.engine.account_project import ForeignProject
from tests.engine.rehearsed_project import RehearsedProject

pytestmark = pytest.mark.engine

ARN = "arn:aws:iam::123456789012:role/team/etl"
THERE = ARN.replace("123456789012", "000000000000")
HOME = {"region": "us-east-2", "account_id": "123456789012", "instance_role_arns": [ARN]}
STATEMENT = {"actions": ["s3:GetObject"], "resources": ["arn:aws:s3:::data/*"]}
LONG = "Nightly-" + "x" * 90


@pytest.fixture(scope="module")
def project(engine, tmp_path_factory):
    with RehearsedProject.at(tmp_path_factory.mktemp("role") / "project") as project:
        project.write("home", "cloud-config", {"name": "data", "aws": HOME, "delete_data": True})
        project.write("users", "instance-role", {"name": "users", "role_arn": ARN}, cloud_config="home")
        project.write(LONG, "instance-role", {"name": "ours", "statements": [STATEMENT]}, cloud_config="home")
        yield project


def exports(text):
    """What a stack's state tells other stacks; empty before the first good update."""
    resources = json.loads(text)["checkpoint"]["latest"]["resources"]
    (root,) = [each for each in resources if each["type"] == "pulumi:pulumi:Stack"]
    return root.get("outputs") or {}


def exports_of(project, stack):
    return exports(next((project.root / ".bodo-infra").rglob(f"{stack}.json")).read_text())


def test_a_role_of_ours_comes_up_and_one_that_is_not_there_says_so(project):
    results = {result.stack: result for result in project.platform.up(None)}

    ours, users = exports_of(project, LONG), exports_of(project, "users")
    assert (ours["status"], ours["reason"]) == ("Active", "")
    assert users["status"] == "Failed"
    assert users["reason"].startswith(f"role not found: {THERE}")
    assert users["instance_profile_arn"] == ""
    assert any("role not found" in warning for warning in results["users"].warnings)


def test_what_is_made_is_bounded_and_has_the_policy_of_nodes(project):
    account, uuid = project.account, exports_of(project, "home")["uuid"]
    role = account.resource(f"{LONG}-role")
    attached = account.resource(f"{LONG}-node-policy")

    assert role.inputs["permissionsBoundary"] == exports_of(project, "home")["boundary_arn"]
    assert role.inputs["path"] == f"/bodo-infra/{uuid}/"
    assert attached.inputs["policyArn"] == account.resource("home-node-policy").arn
    assert exports_of(project, LONG)["instance_profile_arn"] == account.resource(f"{LONG}-profile").arn


def test_a_role_that_has_been_made_since_becomes_active(project):
    World.at(project.account.folder).make(t.ROLE, "etl", name="etl", path="/team/", assumeRolePolicy=TRUST)

    made = project.up("users")["users"]

    assert made == [("create", "RolePolicyAttachment users-node-policy"), ("create", "InstanceProfile users-profile")]
    found = exports_of(project, "users")
    assert (found["status"], found["reason"], found["role_arn"]) == ("Active", "", THERE)
    assert project.account.resource("users-profile").inputs["role"] == "etl"


def test_a_changed_description_touches_nothing_and_a_changed_statement_only_the_policy(project):
    spec = {"name": "ours", "description": "reads", "statements": [STATEMENT]}
    project.write(LONG, "instance-role", spec, cloud_config="home")
    described = project.up(LONG)
    changed = {**spec, "statements": [{**STATEMENT, "actions": ["s3:GetObject", "s3:PutObject"]}]}
    project.write(LONG, "instance-role", changed, cloud_config="home")

    assert described.get(LONG, []) == []
    assert project.up(LONG) == {LONG: [("update", f"RolePolicy {LONG}-statements")]}


def test_destroy_leaves_the_users_role_as_it_was(project):
    project.destroy()

    (left,) = project.account.resources()
    assert left.arn == THERE


# A program of somebody else, who has no driver of ours to run it.
PROGRAM = """
import json

import pulumi
import pulumi_aws as aws

from bodo_infra.aws import CloudConfigLinks, InstanceRole, InstanceRoleArgs
from bodo_infra.spec import InstanceRoleSpec

UUID = "6f1a2b3c-0000-4000-8000-000000000001"
allow = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]})
foundation = [
    aws.iam.Policy(name, name=f"bodo-infra-{name}-{UUID}", path=f"/bodo-infra-foundation/{UUID}/", policy=allow)
    for name in ("boundary", "node")
]
upstream = CloudConfigLinks(
    uuid=UUID, name="main", store="s3://data?table=records&region=us-east-2", region="us-east-2",
    account_id="000000000000", bucket="data", table="records", key_arn="", external_id="x",
    role_arn="arn:aws:iam::000000000000:role/x",
    boundary_arn=pulumi.Output.all(*(policy.arn for policy in foundation)).apply(lambda arns: arns[0]),
)
role = InstanceRole("etl", InstanceRoleArgs(spec=InstanceRoleSpec(name="etl"), cloud_config=upstream))
for name, output in role.outputs().items():
    pulumi.export(name, output)
"""


def test_an_engine_that_goes_on_after_errors_tells_that_policies_could_not_be_attached(engine, tmp_path):
    with OfflineAccount(tmp_path) as account:
        project = ForeignProject(engine, account, tmp_path / "program", PROGRAM)
        account.fault(FaultKind.QUOTA, name="etl-node-policy", verb="create")
        outcome = project.run("up", "--continue-on-error")

        assert outcome.code != 0
        assert "quota" in outcome.said
        told = exports(project.state())
        assert told["status"] == "Failed"
        assert told["reason"].startswith("policies could not be attached")
        assert told["instance_profile_arn"] == ""

        assert project.up().did("create") == ["RolePolicyAttachment etl-node-policy", "InstanceProfile etl-profile"]
        assert exports(project.state())["status"] == "Active"
