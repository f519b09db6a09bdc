"""The account remembers what providers that assume a role have asked of IAM."""

import json

import pytest

from bodo_infra.errors import InputError
from bodo_infra.plugin.account.access import DeniedError
from bodo_infra.plugin.account.rules import tokens as t
from bodo_infra.plugin.account.session import role_session
from bodo_infra.plugin.account.settings import AssumedRole, Settings
from bodo_infra.plugin.account.store import AccountStore, Asked
from bodo_infra.plugin.account.view import OWNER
from bodo_infra.plugin.handler import Subject
from tests.account_world import World

ROLE = "arn:aws:iam::000000000000:role/deployer"


@pytest.fixture
def owner(tmp_path):
    return World.at(tmp_path)


@pytest.fixture
def deployer(owner, tmp_path):
    _make_role(owner, "deployer", OWNER, ["ec2:*", "sts:AssumeRole"])
    return _as(tmp_path, AssumedRole(arn=ROLE))


def test_a_request_is_told_with_its_role_resource_and_condition_keys(deployer):
    deployer.make(t.VPC, cidrBlock="10.0.0.0/16", tags={"team": "data"})

    asked = {each.action: each for each in _asked(deployer)}

    assert asked["ec2:CreateVpc"].role == ROLE
    assert asked["ec2:CreateVpc"].resource == "arn:aws:ec2:us-east-2:000000000000:vpc/*"
    assert asked["ec2:CreateVpc"].context["aws:RequestTag/team"] == "data"
    assert asked["ec2:CreateVpc"].context["aws:TagKeys"] == ("team",), "several values come back as they were"
    assert all(each.allowed for each in asked.values())


def test_the_same_request_is_told_once(deployer):
    vpc = deployer.make(t.VPC, cidrBlock="10.0.0.0/16")
    deployer.read(vpc)
    before = _asked(deployer)
    deployer.read(vpc)

    assert _asked(deployer) == before
    assert len(set(map(repr, before))) == len(before)


def test_what_was_refused_is_told_though_nothing_has_come_of_it(deployer):
    with pytest.raises(DeniedError, match="dynamodb:CreateTable"):
        deployer.make(t.TABLE, billingMode="PAY_PER_REQUEST", hashKey="k", attributes=[{"name": "k", "type": "S"}])

    (asked,) = _asked(deployer)
    assert (asked.action, asked.allowed) == ("dynamodb:CreateTable", False)


def test_what_failed_for_another_reason_was_asked_all_the_same(deployer):
    with pytest.raises(InputError):
        deployer.handler(t.SUBNET).create(
            Subject(urn="urn:pulumi:dev::test::t::thing"), {"vpcId": "vpc-none", "cidrBlock": "10.0.0.0/24"}
        )

    assert "ec2:CreateSubnet" in {each.action for each in _asked(deployer)}


def test_an_owner_asks_for_nothing(owner):
    owner.make(t.VPC, cidrBlock="10.0.0.0/16")

    assert _asked(owner) == []


def test_a_role_that_takes_another_one_has_asked_for_that(owner, deployer, tmp_path):
    _make_role(owner, "second", ROLE, ["ec2:*"], external_id="of the team")
    second = "arn:aws:iam::000000000000:role/second"

    world = _as(tmp_path, AssumedRole(arn=ROLE), AssumedRole(arn=second, external_id="of the team"))

    assert _asked(world) == [Asked(role=ROLE, action="sts:AssumeRole", resource=second)]
    assert b"of the team" not in str(_asked(world)).encode(), "the external id is a secret"


def test_other_processes_see_what_was_asked(deployer, tmp_path):
    deployer.make(t.VPC, cidrBlock="10.0.0.0/16")

    assert AccountStore(tmp_path / "account.db").asked() == _asked(deployer)


def _asked(world):
    return world.account.store.asked()


def _as(path, *roles):
    world = World.at(path)
    world.account.guard = role_session(world.account.store, Settings(region="us-east-2", assume_roles=roles))
    return world


def _make_role(owner, name, principal, actions, external_id=None):
    statement = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole"}
    if external_id:
        statement["Condition"] = {"StringEquals": {"sts:ExternalId": external_id}}
    trust = json.dumps({"Version": "2012-10-17", "Statement": statement})
    role = owner.make(t.ROLE, name, name=name, assumeRolePolicy=trust)
    allow = {"Effect": "Allow", "Action": actions, "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": allow})
    owner.make(t.ROLE_POLICY, name, role=role.id, policy=policy)
