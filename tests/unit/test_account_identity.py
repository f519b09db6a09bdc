"""Roles that the offline account tells of, inline policies, and keys that services use in the caller's name."""

import json

import pytest

from bodo_infra.errors import InputError
from bodo_infra.plugin.account.iam.requirements import requirements
from bodo_infra.plugin.account.iam.subject import Place
from bodo_infra.plugin.account.invokes import functions_of
from bodo_infra.plugin.account.rules import tokens as t
from tests.account_world import TRUST, World

KEY = "arn:aws:kms:us-east-2:000000000000:key/k"


@pytest.fixture
def world(tmp_path):
    return World.at(tmp_path)


def ask_roles(world, **arguments):
    return functions_of(world.account)["aws:iam/getRoles:getRoles"](arguments)


def test_roles_are_found_by_path_and_pattern(world):
    for name, path in (("etl", "/team/"), ("etl-2", "/team/"), ("etl", "/")):
        world.make(t.ROLE, f"{name}{len(path)}", name=f"{name}{len(path)}", path=path, assumeRolePolicy=TRUST)

    found = ask_roles(world, pathPrefix="/team/", nameRegex="^etl6$")

    assert found["arns"] == ["arn:aws:iam::000000000000:role/team/etl6"]
    assert found["names"] == ["etl6"]
    assert len(ask_roles(world)["arns"]) == 3, "without a pattern it is all of them"


def test_a_role_that_is_not_there_is_an_empty_list_and_no_error(world):
    assert ask_roles(world, nameRegex="^nobody$")["arns"] == []


def test_a_pattern_that_is_none_is_refused(world):
    with pytest.raises(InputError, match="nameRegex"):
        ask_roles(world, nameRegex="(")


def document(size):
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::" + "b" * size}
    return json.dumps({"Version": "2012-10-17", "Statement": statement})


def test_an_inline_policy_may_be_longer_than_a_managed_one(world):
    role = world.make(t.ROLE, name="etl", assumeRolePolicy=TRUST)

    assert world.reasons(t.ROLE_POLICY, role=role.id, policy=document(9000)) == {}
    assert "policy" in world.reasons(t.ROLE_POLICY, role=role.id, policy=document(11000))
    assert "policy" in world.reasons(t.POLICY, policy=document(9000))


@pytest.mark.parametrize(
    ("token", "inputs", "service"),
    [
        pytest.param(t.EFS, {"kmsKeyId": KEY, "encrypted": True}, "elasticfilesystem", id="EFS"),
        pytest.param(t.LUSTRE, {"kmsKeyId": KEY}, "fsx", id="FSx"),
        pytest.param(t.PARAMETER, {"name": "/x", "keyId": KEY}, "ssm", id="SSM"),
        pytest.param(t.TABLE, {"serverSideEncryption": {"kmsKeyArn": KEY}}, "dynamodb", id="DynamoDB"),
    ],
)
def test_a_service_that_uses_a_key_in_the_callers_name_says_so(token, inputs, service):
    place = Place(account="000000000000", region="us-east-2")

    asked = [each for each in requirements(token, "create", inputs, place=place) if each.action.startswith("kms:")]

    assert asked
    assert {each.context["kms:ViaService"] for each in asked} == {f"{service}.us-east-2.amazonaws.com"}


def key_policy(region="us-east-2", groups="arn:aws:logs:us-east-2:000000000000:log-group:/data/*"):
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": f"logs.{region}.amazonaws.com"},
        "Action": "kms:Encrypt*",
        "Resource": "*",
        "Condition": {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": groups}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.mark.parametrize(
    ("policy", "taken"),
    [
        pytest.param(key_policy(), True, id="for these groups"),
        pytest.param(
            key_policy(groups="arn:aws:logs:us-east-2:000000000000:log-group:/other/*"), False, id="for others"
        ),
        pytest.param(key_policy(region="us-west-2"), False, id="for the service of another region"),
        pytest.param(None, False, id="of AWS's own making"),
    ],
)
def test_a_log_group_has_a_key_that_lets_the_service_encrypt_it(world, policy, taken):
    key = world.make(t.KEY, **({"policy": policy} if policy else {}))

    reasons = world.reasons(t.LOG_GROUP, name="/data/flows", kmsKeyId=key.outputs["arn"])

    assert ("kmsKeyId" not in reasons) == taken, reasons


def test_a_key_encrypts_nothing_in_another_region(world):
    key = world.make(t.KEY, policy=key_policy())

    reasons = world.reasons(t.LOG_GROUP, name="/data/flows", kmsKeyId=key.outputs["arn"], region="us-west-2")

    assert "is not in us-west-2" in reasons["kmsKeyId"]
