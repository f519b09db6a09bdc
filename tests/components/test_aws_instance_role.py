"""The instance role: its graph, inputs and outputs, in a preview and in an update; ours, the user's own, and none.

Not proved here: that AWS, or the offline account, takes it (tests/engine/test_aws_instance_role.py).
"""

import json

import pulumi
import pytest

from bodo_infra import tokens
from bodo_infra.aws import CloudConfigLinks, InstanceRole, InstanceRoleArgs
from bodo_infra.component import is_made
from bodo_infra.errors import InputError
from bodo_infra.plugin.account.iam.documents import check
from bodo_infra.plugin.account.iam.grammar import Kind
from bodo_infra.spec import InstanceRoleSpec
from bodo_infra.spec.instance_role import PolicyStatement
from tests.components.recorder import both_modes, record

UUID = "11111111-2222-3333-4444-555555555555"
ROLE, INLINE = "aws:iam/role:Role", "aws:iam/rolePolicy:RolePolicy"
ATTACHMENT, PROFILE = "aws:iam/rolePolicyAttachment:RolePolicyAttachment", "aws:iam/instanceProfile:InstanceProfile"
RANDOM = "random:index/randomUuid:RandomUuid"
IAM = "arn:aws:iam::123456789012"
NODE_POLICY = f"{IAM}:policy/bodo-infra-foundation/{UUID}/bodo-infra-node-{UUID}"
CLOUD_CONFIG = CloudConfigLinks(
    uuid=UUID,
    name="prod",
    store="s3://b?table=t&region=us-east-2",
    region="us-east-2",
    account_id="123456789012",
    bucket="b",
    table="t",
    key_arn="",
    role_arn=f"{IAM}:role/bodo-infra-foundation/{UUID}/deploy",
    external_id="secret",
    boundary_arn=f"{IAM}:policy/bodo-infra-foundation/{UUID}/bodo-infra-boundary-{UUID}",
)
COMPUTED = {
    RANDOM: {"result": "99999999-8888-7777-6666-555555555555"},
    ROLE: {"arn": f"{IAM}:role/bodo-infra/{UUID}/made"},
    PROFILE: {"arn": f"{IAM}:instance-profile/bodo-infra/{UUID}/made"},
}
USERS = f"{IAM}:role/team/etl"
READ = PolicyStatement(actions=("s3:GetObject",), resources=("arn:aws:s3:::data/*",))


def recorded(spec, *, preview=False, roles=(USERS,), account="123456789012", cloud_config=CLOUD_CONFIG):
    """``roles``: those in the account; None: the provider is not configured yet."""
    answers = {
        "aws:index/getCallerIdentity:getCallerIdentity": lambda _: {} if roles is None else {"accountId": account},
        "aws:iam/getRoles:getRoles": lambda asked: {} if roles is None else {**asked, "arns": list(roles), "names": []},
    }
    return record(
        lambda: InstanceRole("etl", InstanceRoleArgs(spec=spec, cloud_config=cloud_config)),
        preview=preview,
        computed=COMPUTED,
        answers=answers,
    )


def types(found):
    return {resource.type for resource in found.resources}


@both_modes
def test_a_role_of_ours_is_made_with_its_statements_the_policy_of_nodes_and_a_profile(preview):
    found = recorded(InstanceRoleSpec(name="etl", statements=(READ,)), preview=preview)

    assert {(each.type, each.name, each.parent) for each in found.resources} == {
        (tokens.AWS_INSTANCE_ROLE, "etl", "project-stack"),
        (RANDOM, "etl-uuid", "etl"),
        (ROLE, "etl-role", "etl"),
        (INLINE, "etl-statements", "etl"),
        (ATTACHMENT, "etl-node-policy", "etl"),
        (PROFILE, "etl-profile", "etl"),
    }
    assert found.of_type(ATTACHMENT).inputs["policyArn"] == NODE_POLICY


def test_a_role_of_ours_has_the_boundary_the_path_and_the_trust_of_machines():
    role = recorded(InstanceRoleSpec(name="etl")).of_type(ROLE).inputs

    assert role["permissionsBoundary"] == CLOUD_CONFIG.boundary_arn
    assert role["path"] == f"/bodo-infra/{UUID}/"
    assert role["name"] == "bodo--etl--node--99999999"
    assert json.loads(role["assumeRolePolicy"])["Statement"][0]["Principal"] == {"Service": "ec2.amazonaws.com"}
    assert check(role["assumeRolePolicy"], Kind.TRUST) == []


def test_statements_become_a_policy_as_they_were_written():
    deny = PolicyStatement(effect="Deny", actions=("s3:DeleteObject",), resources=("*",))

    policy = recorded(InstanceRoleSpec(name="etl", statements=(READ, deny))).of_type(INLINE).inputs["policy"]

    assert json.loads(policy)["Statement"] == [
        {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::data/*"]},
        {"Effect": "Deny", "Action": ["s3:DeleteObject"], "Resource": ["*"]},
    ]
    assert check(policy, Kind.INLINE) == []


def test_all_that_can_carry_tags_carries_those_of_the_cloud_config():
    found = recorded(InstanceRoleSpec(name="etl", statements=(READ,), tags={"team": "data"}))

    for token in (ROLE, PROFILE):
        tags = found.of_type(token).inputs["tags"]
        assert tags["bodo-infra:cloud-config"] == UUID
        assert tags["team"] == "data"


@both_modes
def test_a_role_of_the_users_own_gets_the_policy_of_nodes_and_a_profile_of_ours(preview):
    found = recorded(InstanceRoleSpec(name="etl", role_arn=USERS), preview=preview)

    assert types(found) == {tokens.AWS_INSTANCE_ROLE, RANDOM, ATTACHMENT, PROFILE}
    assert found.of_type(ATTACHMENT).inputs["role"] == "etl"
    assert found.of_type(PROFILE).inputs["role"] == "etl"
    assert found.outputs["etl"]["status"] == "Active"
    assert found.outputs["etl"]["role_arn"] == USERS


@both_modes
def test_a_role_that_is_not_there_is_failed_with_the_reason_and_nothing_is_made_for_it(preview):
    found = recorded(InstanceRoleSpec(name="etl", role_arn=USERS), preview=preview, roles=[f"{IAM}:role/etl"])

    assert types(found) == {tokens.AWS_INSTANCE_ROLE, RANDOM}
    outputs = found.outputs["etl"]
    assert outputs["status"] == "Failed"
    assert outputs["reason"].startswith(f"role not found: {USERS}")
    assert outputs["instance_profile_arn"] == ""


def test_the_preview_of_a_whole_new_platform_takes_the_role_for_present():
    found = recorded(InstanceRoleSpec(name="etl", role_arn=USERS), preview=True, roles=None)

    assert PROFILE in types(found)
    assert found.outputs["etl"]["status"] == "Active"


def test_a_role_of_another_account_than_the_providers_is_refused_before_any_child():
    spec = InstanceRoleSpec(name="etl", role_arn="arn:aws:iam::999999999999:role/etl")

    with pytest.raises(InputError, match=r"spec\.role_arn.*999999999999"):
        recorded(spec)


def test_a_role_of_another_account_than_the_cloud_configs_is_refused():
    with pytest.raises(InputError, match=r"spec\.role_arn.*123456789012"):
        recorded(
            InstanceRoleSpec(name="etl", role_arn=USERS),
            cloud_config=CloudConfigLinks(**{**vars(CLOUD_CONFIG), "account_id": "999999999999"}),
        )


def identity(how):
    """The id of a resource that could be made or not, as one version of the SDK or another has it."""

    async def value():
        return "" if how == "unknown" else "etl-id"

    async def is_known():
        if how == "faulted":
            raise RuntimeError("it could not be registered")
        return how == "known"

    return pulumi.Output(set(), value(), is_known())


@pytest.mark.parametrize(
    ("how", "preview", "made"),
    [
        ("faulted", False, False),
        ("unknown", False, False),
        ("known", False, True),
        ("unknown", True, True),
        ("known", True, True),
    ],
)
def test_what_could_not_be_made_is_told_by_a_faulted_id_or_by_one_that_stays_unknown_in_an_update(how, preview, made):
    told = []

    def program():
        pulumi.Output.from_input(is_made(identity(how))).apply(told.append)

    record(program, preview=preview)
    assert told == [made]


def test_what_is_no_arn_of_a_role_is_refused_before_anything_is_registered():
    with pytest.raises(InputError, match=r"spec\.role_arn = etl"):
        recorded(InstanceRoleSpec(name="etl", role_arn="etl"))


def test_a_statement_that_the_boundary_would_never_allow_is_refused():
    statement = PolicyStatement(actions=("s3:GetObject", "iam:CreateUser"), resources=("*",))

    with pytest.raises(InputError, match=r"spec\.statements\[0\]\.actions\[1\] = iam:CreateUser") as raised:
        recorded(InstanceRoleSpec(name="etl", statements=(statement,)))
    assert "role_arn" in str(raised.value)


def test_a_denial_may_name_any_action():
    statement = PolicyStatement(effect="Deny", actions=("iam:*",), resources=("*",))

    assert INLINE in types(recorded(InstanceRoleSpec(name="etl", statements=(statement,))))


def test_two_instance_roles_of_one_name_have_different_names_in_the_account():
    first = recorded(InstanceRoleSpec(name="x" * 40)).of_type(ROLE).inputs["name"]
    another = {**COMPUTED, RANDOM: {"result": "00000000-8888-7777-6666-555555555555"}}
    other = record(
        lambda: InstanceRole(
            "Etl" * 33, InstanceRoleArgs(spec=InstanceRoleSpec(name="x" * 40), cloud_config=CLOUD_CONFIG)
        ),
        preview=False,
        computed=another,
    )

    assert len(first) <= 64
    assert other.of_type(ROLE).inputs["name"] != first
