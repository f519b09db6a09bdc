"""Who may do what in an account as it stands, and what a test kit says to a folder that holds no program."""

import json

import pytest

from bodo_infra.errors import InputError, NotFoundError
from bodo_infra.plugin.account.iam.matching import UnsupportedPolicyError
from bodo_infra.plugin.account.rules import tokens as t
from bodo_infra.testing import OfflineAccount
from tests.account_world import TRUST, World
from tests.arm_world import GROUP, ArmWorld

ARN = "arn:aws:iam::000000000000:role"


@pytest.fixture
def account(tmp_path):
    with OfflineAccount(tmp_path) as account:
        yield account


@pytest.fixture
def world(account):
    return World.at(account.folder)


def document(action, resource="*", **more):
    statement = {"Effect": "Allow", "Action": action, "Resource": resource, **more}
    return json.dumps({"Version": "2012-10-17", "Statement": statement})


def role(world, name, action, resource="*", boundary=None, **more):
    limit = {"permissionsBoundary": boundary} if boundary else {}
    world.make(t.ROLE, name, name=name, assumeRolePolicy=TRUST, **limit)
    world.make(t.ROLE_POLICY, name, name=name, role=name, policy=document(action, resource, **more))


def names(answers):
    return [answer.principal.rpartition("/")[2] for answer in answers]


def test_those_that_may_are_told_by_their_policies_boundaries_and_the_buckets_own(account, world):
    limit = world.make(t.POLICY, "limit", name="limit", policy=document("s3:Get*"))
    role(world, "writer", "s3:*")
    role(world, "reader", "s3:GetObject")
    role(world, "bounded", "s3:*", boundary=limit.outputs["arn"])
    role(world, "named", "s3:ListBucket")
    bucket = world.make(t.BUCKET, "data", bucket="data-of-the-test")
    named = document("s3:PutObject", "arn:aws:s3:::data-of-the-test/in/*", Principal={"AWS": f"{ARN}/named"})
    world.make(t.BUCKET_POLICY, "data", bucket=bucket.id, policy=named)
    data = account.resource("data", t.BUCKET)

    assert names(account.who_can("s3:PutObject", data)) == ["writer"]
    assert names(account.who_can("s3:PutObject", f"{data.arn}/in/a.parquet")) == ["named", "writer"]
    assert names(account.who_can("s3:GetObject", data)) == ["bounded", "reader", "writer"]
    assert "the permissions boundary" in account.ask(f"{ARN}/bounded", "s3:PutObject", data).because


def test_a_bucket_is_itself_where_the_action_is_not_about_objects(account, world):
    role(world, "lister", "s3:ListBucket", "arn:aws:s3:::data-of-the-test")
    world.make(t.BUCKET, "data", bucket="data-of-the-test")

    assert names(account.who_can("s3:ListBucket", account.resource("data"))) == ["lister"]


def test_tags_and_region_of_a_resource_are_told(account, world):
    tagged = {"Condition": {"StringEquals": {"aws:ResourceTag/team": "data", "aws:RequestedRegion": "us-east-2"}}}
    role(world, "team", "ec2:*", **tagged)
    for name, team in (("ours", "data"), ("theirs", "ops")):
        world.make(t.VPC, name, cidrBlock="10.0.0.0/16", tags={"team": team})

    assert names(account.who_can("ec2:DeleteVpc", account.resource("ours"))) == ["team"]
    assert account.who_can("ec2:DeleteVpc", account.resource("theirs")) == ()


def test_what_a_policy_asks_for_beyond_has_to_be_said(account, world):
    at_home = {"Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}
    role(world, "home", "s3:GetObject", **at_home)
    world.make(t.BUCKET, "data", bucket="data-of-the-test")
    data = account.resource("data")

    with pytest.raises(UnsupportedPolicyError, match="aws:SourceIp"):
        account.who_can("s3:GetObject", data)
    assert names(account.who_can("s3:GetObject", data, {"aws:SourceIp": "10.1.2.3"})) == ["home"]
    assert account.who_can("s3:GetObject", data, {"aws:SourceIp": None}) == ()


def test_a_role_that_is_not_there_has_no_rights_to_ask_for(account):
    with pytest.raises(NotFoundError, match=rf"the role {ARN}/nobody is not in the account"):
        account.ask(f"{ARN}/nobody", "s3:GetObject", "*")


def test_a_folder_without_a_program_is_told(account, tmp_path):
    with pytest.raises(InputError, match=r"holds no Pulumi program: there is no Pulumi.yaml"):
        account.stack(tmp_path)


def test_the_kit_is_a_fixture_of_pytest(offline_account):
    assert offline_account.resources() == ()


def test_questions_about_azure_are_asked_in_its_words(tmp_path):
    with OfflineAccount(tmp_path) as account:
        world = ArmWorld.at(tmp_path)
        node = world.identity()
        world.assign("reads", node.outputs["principalId"], GROUP)
        read = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read"
        blob = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/a/blobServices/default/containers/b/blobs/c"

        assert [may.principal for may in account.who_can(read, blob, data=True)] == [node.outputs["principalId"]]
        assert account.ask(node.outputs["clientId"], read, blob, data=True).allowed
        assert not account.ask(account.resource("node"), read.replace("/read", "/delete"), blob, data=True).allowed
