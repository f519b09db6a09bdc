"""A provider that assumes a role in the offline account may do what the role may, and no more."""

import json

import pytest

from bodo_infra.errors import NotFoundError
from bodo_infra.plugin.account.access import DeniedError
from bodo_infra.plugin.account.rules import tokens as t
from bodo_infra.plugin.account.session import role_session
from bodo_infra.plugin.account.settings import AssumedRole, Settings
from bodo_infra.plugin.account.view import OWNER
from tests.account_world import World

EXTERNAL_ID = "of the team"


@pytest.fixture
def owner(tmp_path):
    return World.at(tmp_path)


@pytest.fixture
def role(owner):
    condition = {"StringEquals": {"sts:ExternalId": EXTERNAL_ID}}
    statement = {"Effect": "Allow", "Principal": {"AWS": OWNER}, "Action": "sts:AssumeRole", "Condition": condition}
    trust = {"Version": "2012-10-17", "Statement": statement}
    return owner.make(t.ROLE, "deployer", name="deployer", assumeRolePolicy=json.dumps(trust))


@pytest.fixture
def deployer(owner, role, tmp_path):
    world = World.at(tmp_path)
    world.account.guard = _session(world, role, EXTERNAL_ID)
    return world


def test_a_role_without_policies_may_do_nothing(deployer):
    with pytest.raises(DeniedError, match=r"AccessDenied: .*ec2:CreateVpc"):
        deployer.make(t.VPC, cidrBlock="10.0.0.0/16")

    assert [row.type for row in deployer.account.store.all()] == [t.ROLE]


def test_what_its_policies_allow_it_may_do(owner, role, deployer):
    _allow(owner, role, "ec2:*")

    vpc = deployer.make(t.VPC, cidrBlock="10.0.0.0/16")
    deployer.read(vpc)
    deployer.delete(vpc)

    with pytest.raises(DeniedError, match="dynamodb:CreateTable"):
        deployer.make(t.TABLE, billingMode="PAY_PER_REQUEST", hashKey="k", attributes=[{"name": "k", "type": "S"}])


def test_a_policy_that_is_taken_away_is_missed_at_once(owner, role, deployer):
    policy = _allow(owner, role, "ec2:*")
    deployer.make(t.VPC, "one", cidrBlock="10.0.0.0/16")

    owner.delete(policy)

    with pytest.raises(DeniedError):
        deployer.make(t.VPC, "two", cidrBlock="10.1.0.0/16")


def test_a_provider_works_on_no_machine_of_the_account(owner, role, deployer):
    _allow(owner, role, "ec2:*")
    machine = {"Null": {"aws:Ec2InstanceSourceVpc": "false"}}
    deny = {"Effect": "Deny", "Action": "ec2:*", "Resource": "*", "Condition": machine}
    document = json.dumps({"Version": "2012-10-17", "Statement": deny})
    owner.make(t.ROLE_POLICY, "machines", name="machines", role=role.id, policy=document)

    assert deployer.make(t.VPC, cidrBlock="10.0.0.0/16")


@pytest.mark.parametrize("given", [None, "of others"], ids=["missing", "wrong"])
def test_the_external_id_must_be_that_of_the_trust(owner, role, given):
    with pytest.raises(DeniedError, match="sts:AssumeRole"):
        _session(owner, role, given)


def test_a_role_that_is_not_there_cannot_be_assumed(owner):
    with pytest.raises(NotFoundError, match="cannot be assumed"):
        role_session(owner.account.store, _settings("arn:aws:iam::000000000000:role/other", None))


def test_without_a_role_the_provider_is_the_owner(owner):
    owner.account.guard = role_session(owner.account.store, Settings(region="us-east-2"))

    owner.make(t.VPC, cidrBlock="10.0.0.0/16")


def _session(world, role, external_id):
    return role_session(world.account.store, _settings(role.outputs["arn"], external_id))


def _settings(arn, external_id):
    return Settings(region="us-east-2", assume_roles=(AssumedRole(arn=arn, external_id=external_id),))


def _allow(owner, role, action):
    statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": statement})
    return owner.make(t.ROLE_POLICY, "deploy", role=role.id, policy=policy)
