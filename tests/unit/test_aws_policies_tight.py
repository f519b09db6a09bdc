"""What the policies of the AWS target refuse: ways up for the cross-account role, and what belongs to others.

The boundary must hold whatever a user's statement says, and still let through what nodes and members are granted.
"""

from dataclasses import replace

import pytest

from bodo_infra.aws.policies.boundary import boundary, is_within
from bodo_infra.aws.policies.flow_logs import flow_logs_policy
from bodo_infra.aws.policies.members import member_policy
from bodo_infra.aws.policies.nodes import node_policy
from bodo_infra.catalog import iam_names as names
from bodo_infra.plugin.account.iam.documents import Policy, parse
from bodo_infra.plugin.account.iam.evaluate import decide
from bodo_infra.plugin.account.iam.grammar import Kind
from bodo_infra.plugin.account.iam.matching import Request
from tests.aws_policies import (
    ACCOUNT,
    DEPLOY,
    KINDS_OF_MEMBERS,
    SCOPE,
    USERS_ROLE,
    UUID,
    WORKSPACE,
    ec2,
    fits,
    is_global,
    may,
    principal,
)

MADE = f"arn:aws:iam::{ACCOUNT}:role/bodo-infra/{UUID}/node"
SELF, ADMIN = DEPLOY.arn, "arn:aws:iam::aws:policy/AdministratorAccess"
BOUNDED = {"iam:PermissionsBoundary": SCOPE.boundary_arn}
NO_BOUNDARY = {"iam:PermissionsBoundary": None}
MINE = f"arn:aws:iam::{ACCOUNT}:policy/bodo-infra/{UUID}/mine"
ON_EC2 = {"iam:PassedToService": "ec2.amazonaws.com"}


WAYS_UP = {
    "a role without the boundary": ("iam:CreateRole", MADE, NO_BOUNDARY),
    "a role with another boundary": ("iam:CreateRole", MADE, {"iam:PermissionsBoundary": MINE}),
    "a role elsewhere": ("iam:CreateRole", f"arn:aws:iam::{ACCOUNT}:role/mine", BOUNDED),
    "a role of another cloud-config": ("iam:CreateRole", f"arn:aws:iam::{ACCOUNT}:role/bodo-infra/other/mine", BOUNDED),
    "taking the boundary away": ("iam:DeleteRolePermissionsBoundary", MADE, BOUNDED),
    "another boundary later": ("iam:PutRolePermissionsBoundary", MADE, {"iam:PermissionsBoundary": MINE}),
    "editing the boundary": ("iam:CreatePolicyVersion", SCOPE.boundary_arn, {}),
    "another version of the boundary": ("iam:SetDefaultPolicyVersion", SCOPE.boundary_arn, {}),
    "deleting the boundary": ("iam:DeletePolicy", SCOPE.boundary_arn, {}),
    "editing what nodes may": ("iam:CreatePolicyVersion", SCOPE.node_policy_arn, {}),
    "a policy of its own": ("iam:CreatePolicy", MINE, {}),
    "administrator": ("iam:AttachRolePolicy", SELF, {**NO_BOUNDARY, "iam:PolicyARN": ADMIN}),
    "its own inline policy": ("iam:PutRolePolicy", SELF, NO_BOUNDARY),
    "taking its policies away": ("iam:DetachRolePolicy", SELF, {**NO_BOUNDARY, "iam:PolicyARN": MINE}),
    "letting others in": ("iam:UpdateAssumeRolePolicy", SELF, {}),
    "deleting itself": ("iam:DeleteRole", SELF, NO_BOUNDARY),
    "administrator for a node": ("iam:AttachRolePolicy", MADE, {**BOUNDED, "iam:PolicyARN": ADMIN}),
    "administrator for a user's role": ("iam:AttachRolePolicy", USERS_ROLE, {**NO_BOUNDARY, "iam:PolicyARN": ADMIN}),
    "writing on a user's role": ("iam:PutRolePolicy", USERS_ROLE, NO_BOUNDARY),
    "changing who a user's role trusts": ("iam:UpdateAssumeRolePolicy", USERS_ROLE, {}),
    "passing a foreign role": ("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/admin", ON_EC2),
    "passing itself": ("iam:PassRole", SELF, ON_EC2),
    "passing a role to another service": ("iam:PassRole", MADE, {"iam:PassedToService": "lambda.amazonaws.com"}),
    "a user": ("iam:CreateUser", f"arn:aws:iam::{ACCOUNT}:user/mine", BOUNDED),
    "keys of a user": ("iam:CreateAccessKey", f"arn:aws:iam::{ACCOUNT}:user/admin", {}),
    "another role": ("sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/admin", {}),
}


@pytest.mark.parametrize(("action", "resource", "context"), WAYS_UP.values(), ids=WAYS_UP.keys())
def test_the_cross_account_role_cannot_raise_itself(action, resource, context):
    assert not may(DEPLOY, action, resource, **context)


WAYS_AHEAD = {
    "a bounded role": ("iam:CreateRole", MADE, BOUNDED),
    "its statements": ("iam:PutRolePolicy", MADE, BOUNDED),
    "what nodes need": ("iam:AttachRolePolicy", MADE, {**BOUNDED, "iam:PolicyARN": SCOPE.node_policy_arn}),
    "passing it": ("iam:PassRole", MADE, ON_EC2),
    "what nodes need, on a user's role": (
        "iam:AttachRolePolicy",
        USERS_ROLE,
        {**NO_BOUNDARY, "iam:PolicyARN": SCOPE.node_policy_arn},
    ),
    "passing a user's role": ("iam:PassRole", USERS_ROLE, ON_EC2),
}


@pytest.mark.parametrize(("action", "resource", "context"), WAYS_AHEAD.values(), ids=WAYS_AHEAD.keys())
def test_what_instance_roles_need_it_may_do(action, resource, context):
    assert may(DEPLOY, action, resource, **context)


OURS, THEIRS = {"aws:ResourceTag/bodo-infra:cloud-config": UUID}, {"aws:ResourceTag/bodo-infra:cloud-config": "other"}
WANTS_OURS = {"aws:RequestTag/bodo-infra:cloud-config": UUID, "aws:TagKeys": ("bodo-infra:cloud-config",)}
GROUP = f"arn:aws:autoscaling:us-east-2:{ACCOUNT}:autoScalingGroup:*:autoScalingGroupName/x"
NOT_OURS = {
    "stopping a foreign machine": ("ec2:StopInstances", ec2("instance"), {}),
    "stopping one of another cloud-config": ("ec2:StopInstances", ec2("instance"), THEIRS),
    "deleting a foreign network": ("ec2:DeleteVpc", ec2("vpc"), THEIRS),
    "making a foreign thing ours": ("ec2:CreateTags", ec2("instance"), {**WANTS_OURS, "ec2:CreateAction": None}),
    "opening a foreign group": ("ec2:AuthorizeSecurityGroupIngress", ec2("security-group"), {}),
    "taking our tag away": ("ec2:DeleteTags", ec2("vpc"), {**OURS, "aws:TagKeys": ("bodo-infra:cloud-config",)}),
    "writing another cloud-config's tag": (
        "ec2:CreateTags",
        ec2("vpc"),
        {**OURS, "aws:RequestTag/bodo-infra:cloud-config": "other", "ec2:CreateAction": None},
    ),
    "an untagged network": ("ec2:CreateVpc", ec2("vpc"), {}),
    "untagged machines": ("ec2:RunInstances", ec2("instance"), {"ec2:LaunchTemplate": ec2("launch-template")}),
    "machines without a template": ("ec2:RunInstances", ec2("instance"), {**WANTS_OURS, "ec2:LaunchTemplate": None}),
    "a foreign group of machines": ("autoscaling:DeleteAutoScalingGroup", GROUP, THEIRS),
    "a group in another cloud-config's network": ("ec2:CreateSecurityGroup", ec2("vpc"), THEIRS),
    "a mount target in another cloud-config's subnet": ("ec2:CreateNetworkInterface", ec2("subnet"), THEIRS),
    "nodes in another cloud-config's subnet": (
        "ec2:RunInstances",
        ec2("subnet"),
        {**THEIRS, "ec2:LaunchTemplate": ec2("launch-template")},
    ),
    "another bucket": ("s3:GetObject", "arn:aws:s3:::other/logs/x", {}),
    "another table": ("dynamodb:PutItem", f"arn:aws:dynamodb:us-east-2:{ACCOUNT}:table/other", {}),
    "parameters of others": ("ssm:GetParameter", f"arn:aws:ssm:us-east-2:{ACCOUNT}:parameter/bodo-infra/other/x", {}),
    "the bucket itself": ("s3:DeleteBucket", SCOPE.bucket_arn, {}),
    "the table itself": ("dynamodb:DeleteTable", SCOPE.table_arn, {}),
    "the key by itself": ("kms:Decrypt", SCOPE.key_arn, {"kms:ViaService": None}),
}


@pytest.mark.parametrize(("action", "resource", "context"), NOT_OURS.values(), ids=NOT_OURS.keys())
def test_what_is_not_of_the_cloud_config_stays_as_it_is(action, resource, context):
    assert not may(DEPLOY, action, resource, **context)


def test_a_network_of_the_users_own_may_be_built_in_though_it_carries_no_tag():
    assert may(DEPLOY, "ec2:CreateSecurityGroup", ec2("vpc"))
    assert may(DEPLOY, "ec2:CreateNetworkInterface", ec2("subnet"))
    assert may(DEPLOY, "ec2:RunInstances", ec2("subnet"), **{"ec2:LaunchTemplate": ec2("launch-template")})


ALL = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
BOUNDED_ADMIN = replace(
    principal(limits=boundary(SCOPE), arn=MADE), policies=(Policy(name="all", document=parse(ALL, Kind.IDENTITY)),)
)
ABOVE = {
    "making roles": ("iam:CreateRole", MADE, BOUNDED),
    "changing roles": ("iam:PutRolePolicy", MADE, BOUNDED),
    "taking another role": ("sts:AssumeRole", SELF, {}),
    "editing the boundary": ("iam:CreatePolicyVersion", SCOPE.boundary_arn, {}),
    "passing a foreign role": ("iam:PassRole", SELF, ON_EC2),
    "stopping a foreign machine": ("ec2:StopInstances", ec2("instance"), THEIRS),
    "making a foreign thing ours": ("ec2:CreateTags", ec2("instance"), {**WANTS_OURS, "ec2:CreateAction": None}),
    "untagged machines": ("ec2:RunInstances", ec2("instance"), {"ec2:LaunchTemplate": ec2("launch-template")}),
    "the policy of the bucket": ("s3:PutBucketPolicy", SCOPE.bucket_arn, {}),
    "the table itself": ("dynamodb:DeleteTable", SCOPE.table_arn, {}),
    "copies of the bucket elsewhere": ("s3:PutReplicationConfiguration", SCOPE.bucket_arn, {}),
    "when records go": ("dynamodb:UpdateTimeToLive", SCOPE.table_arn, {}),
}


@pytest.mark.parametrize(("action", "resource", "context"), ABOVE.values(), ids=ABOVE.keys())
def test_a_role_with_the_boundary_stays_below_it_though_a_user_writes_everything(action, resource, context):
    assert not may(BOUNDED_ADMIN, action, resource, **context)


THE_USERS = {
    "objects": ("s3:GetObject", "arn:aws:s3:::data/x"),
    "another cloud-config's state": ("s3:PutObject", "arn:aws:s3:::bodo-other/state/x"),
    "tables": ("dynamodb:PutItem", f"arn:aws:dynamodb:us-east-2:{ACCOUNT}:table/other"),
    "parameters": ("ssm:GetParameter", f"arn:aws:ssm:us-east-2:{ACCOUNT}:parameter/bodo-infra/other/x"),
    "secrets": ("secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:us-east-2:{ACCOUNT}:secret:x"),
    "queries": ("athena:StartQueryExecution", f"arn:aws:athena:us-east-2:{ACCOUNT}:workgroup/x"),
    "keys": ("kms:Decrypt", f"arn:aws:kms:us-east-2:{ACCOUNT}:key/x"),
}
ON_A_MACHINE, ELSEWHERE = {"aws:Ec2InstanceSourceVpc": "vpc-1"}, {"aws:Ec2InstanceSourceVpc": None}


def asked(action, resource, context):
    told = {"kms:ViaService": None, "aws:CalledVia": None, **context}
    return decide(BOUNDED_ADMIN, Request(action=action, resource=resource, context=told)).allowed


@pytest.mark.parametrize(("action", "resource"), THE_USERS.values(), ids=THE_USERS.keys())
def test_the_users_data_is_reached_by_machines_alone_whomever_a_role_with_the_boundary_trusts(action, resource):
    assert asked(action, resource, ON_A_MACHINE)
    assert not asked(action, resource, ELSEWHERE)


def test_what_a_service_asks_in_a_machines_name_needs_no_machine():
    through_athena = {**ELSEWHERE, "aws:CalledVia": ("athena.amazonaws.com",)}
    through_s3 = {**ELSEWHERE, "kms:ViaService": "s3.us-east-2.amazonaws.com"}

    assert asked("s3:GetObject", "arn:aws:s3:::data/x", through_athena)
    assert asked("kms:Decrypt", f"arn:aws:kms:us-east-2:{ACCOUNT}:key/x", through_s3)


SETTINGS_OF_THE_ACCOUNT = {
    "s3:PutAccountPublicAccessBlock": "*",
    "glue:PutResourcePolicy": f"arn:aws:glue:us-east-2:{ACCOUNT}:catalog",
    "glue:DeleteResourcePolicy": f"arn:aws:glue:us-east-2:{ACCOUNT}:catalog",
    "glue:PutDataCatalogEncryptionSettings": f"arn:aws:glue:us-east-2:{ACCOUNT}:catalog",
    "kinesis:UpdateAccountSettings": "*",
}


@pytest.mark.parametrize(("action", "resource"), SETTINGS_OF_THE_ACCOUNT.items())
def test_settings_of_the_account_are_out_of_reach_and_refused_in_a_spec(action, resource):
    assert not asked(action, resource, ON_A_MACHINE)
    assert not is_within(action)


ALLOWED = ("*", "s3:*", "s3:Put*", "glue:GetTable", "ssm:GetParameter", "ec2:RunInstances")
BEYOND = ("iam:CreateRole", "sts:AssumeRole", "s3:PutAccount*", "glue:*ResourcePolicy", "lambda:*")


def test_an_action_is_within_the_boundary_when_something_of_its_pattern_is():
    assert [each for each in ALLOWED if not is_within(each)] == []
    assert not any(is_within(each) for each in BEYOND)


def granted(statements, vpc):
    """What statements grant, as requests that fulfil their conditions; ``x`` stands for every wildcard.

    ``vpc``: of the machine that asks; None for people and services.
    """
    for statement in statements:
        told = _fulfilling(statement.conditions, vpc)
        for action in statement.actions:
            facts = names.facts_of(action)
            forms = [names.arn_form(action.partition(":")[0], kind) for kind in facts.resources] if facts else []
            context = {key: value for key, value in told.items() if is_global(key) or names.carries(action, key)}
            for resource in statement.resources:
                if resource == "*" or not forms or any(fits(resource, form) for form in forms):
                    concrete = resource if resource == "*" else resource.replace("*", "x")
                    yield statement.sid, Request(action=action, resource=concrete, context=context)


def _fulfilling(conditions, vpc):
    found = {"aws:Ec2InstanceSourceVpc": vpc, "ec2:LaunchTemplate": ec2("launch-template")}
    for operator, pairs in conditions.items():
        for key, value in pairs.items():
            one = value if isinstance(value, str) else value[0]
            found[key] = ("other",) if operator.startswith("ForAllValues") else one.replace("*", "x")
    if "Null" in conditions:
        found["aws:Ec2InstanceSourceVpc"] = vpc
    for tag in ("aws:RequestTag", "aws:ResourceTag"):  # what carries a workspace's tag carries its cloud-config's
        if f"{tag}/bodo-infra:workspace" in found:
            found[f"{tag}/bodo-infra:cloud-config"] = UUID
    return found


@pytest.mark.parametrize(
    ("statements", "vpc"),
    [
        pytest.param(node_policy(SCOPE), "vpc-1", id="nodes"),
        pytest.param(flow_logs_policy(SCOPE), None, id="flow-logs"),
        *(pytest.param(member_policy(SCOPE, WORKSPACE, kind), None, id=kind) for kind in KINDS_OF_MEMBERS),
    ],
)
def test_the_boundary_lets_through_what_nodes_members_and_flow_logs_are_granted(statements, vpc):
    who = principal(statements, limits=boundary(SCOPE), arn=MADE)

    refused = [
        f"{sid}: {answer.because}"
        for sid, each in granted(statements, vpc)
        if not (answer := decide(who, each)).allowed
    ]

    assert refused == []


def test_viewers_change_nothing():
    for statement in member_policy(SCOPE, WORKSPACE, "viewers"):
        for action in statement.actions:
            assert names.facts_of(action).level in "RL" or action == "kms:Decrypt", action


def test_members_of_one_workspace_leave_the_machines_of_another_alone():
    elsewhere = {**OURS, "aws:ResourceTag/bodo-infra:workspace": "other"}
    here = {**OURS, "aws:ResourceTag/bodo-infra:workspace": WORKSPACE}
    for kind in ("admins", "developers"):
        who = principal(member_policy(SCOPE, WORKSPACE, kind), limits=boundary(SCOPE), arn=MADE)
        assert may(who, "ec2:StopInstances", ec2("instance"), **here), kind
        assert not may(who, "ec2:StopInstances", ec2("instance"), **elsewhere), kind


def test_developers_do_not_take_the_network_away():
    here = {**OURS, "aws:ResourceTag/bodo-infra:workspace": WORKSPACE}
    developer, admin = (
        principal(member_policy(SCOPE, WORKSPACE, kind), limits=boundary(SCOPE), arn=MADE)
        for kind in ("developers", "admins")
    )

    assert not may(developer, "ec2:DeleteVpc", ec2("vpc"), **here)
    assert may(admin, "ec2:DeleteVpc", ec2("vpc"), **here)


def test_nodes_reach_neither_the_state_of_stacks_nor_the_agents_package_for_writing():
    node = principal(node_policy(SCOPE), arn=MADE)

    assert may(node, "s3:PutObject", f"{SCOPE.bucket_arn}/logs/x")
    assert may(node, "s3:GetObject", f"{SCOPE.bucket_arn}/agent/x")
    assert not may(node, "s3:PutObject", f"{SCOPE.bucket_arn}/agent/x")
    assert not may(node, "s3:GetObject", f"{SCOPE.bucket_arn}/state/.pulumi/stacks/x.json")


@pytest.mark.parametrize("kind", KINDS_OF_MEMBERS)
def test_members_bring_packages_of_clusters_and_write_nothing_else_that_nodes_take(kind):
    who = principal(member_policy(SCOPE, WORKSPACE, kind), limits=boundary(SCOPE), arn=MADE)

    def writes(key):
        object_ = Request(action="s3:PutObject", resource=f"{SCOPE.bucket_arn}/{key}", context=ELSEWHERE)
        return decide(who, object_).allowed

    assert writes(f"agent/{UUID}/{'0' * 64}.zip") is (kind != "viewers"), "a cluster's nodes know its checksum"
    wheels = ("x.whl", "x-1.zip", f"{UUID}/x.zip", f"x-{UUID}/x-1.zip", "1234-1234-1234-123456789012/x-1.zip")
    assert [key for key in wheels if writes(f"agent/mirror/wheels/{key}") or writes(f"agent/mirror/{key}")] == []
