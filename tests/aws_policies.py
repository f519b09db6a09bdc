"""What tests of the AWS target's policies share: a scope, its policies, principals that have them."""

from dataclasses import replace

from bodo_infra.aws.policies.boundary import boundary
from bodo_infra.aws.policies.deploy import deploy_policies
from bodo_infra.aws.policies.flow_logs import flow_logs_policy
from bodo_infra.aws.policies.members import member_policy
from bodo_infra.aws.policies.nodes import node_policy
from bodo_infra.aws.policies.statements import Scope, document
from bodo_infra.catalog import iam_names as names
from bodo_infra.plugin.account.iam.documents import Policy, parse
from bodo_infra.plugin.account.iam.evaluate import Principal, decide
from bodo_infra.plugin.account.iam.grammar import Kind
from bodo_infra.plugin.account.iam.matching import Request

ACCOUNT, UUID, WORKSPACE = (
    "123456789012",
    "11111111-2222-3333-4444-555555555555",
    "66666666-7777-8888-9999-000000000000",
)
USERS_ROLE = f"arn:aws:iam::{ACCOUNT}:role/team/etl"
SCOPE = Scope(
    account_id=ACCOUNT,
    region="us-east-2",
    cloud_config_uuid=UUID,
    bucket="bodo-prod",
    table="bodo-prod",
    key_arn=f"arn:aws:kms:us-east-2:{ACCOUNT}:key/k",
    instance_role_arns=(USERS_ROLE,),
)
# The longest that each can be; three roles, as each more takes room.
LONGEST = replace(
    SCOPE,
    partition="aws-us-gov",
    region="us-gov-east-1",
    bucket="b" * 63,
    table="t" * 255,
    key_arn=f"arn:aws-us-gov:kms:us-gov-east-1:{ACCOUNT}:key/{UUID}",
    instance_role_arns=tuple(f"arn:aws-us-gov:iam::{ACCOUNT}:role/{letter * 64}" for letter in "abc"),
)
KINDS_OF_MEMBERS = ("admins", "developers", "viewers")


def managed(scope):
    return {**deploy_policies(scope), "boundary": boundary(scope), "node": node_policy(scope)}


def inline(scope):
    members = {kind: member_policy(scope, WORKSPACE, kind) for kind in KINDS_OF_MEMBERS}
    return {**members, "flow-logs": flow_logs_policy(scope)}


def of_all(scope=SCOPE):
    return {**managed(scope), **inline(scope)}


def fits(arn, form):
    """Whether an ARN with wildcards can stand for one of the form ``arn:${Partition}:ec2:...:vpc/${VpcId}``."""
    service, resource = arn.split(":", 5)[2], arn.split(":", 5)[5]
    wanted_service, wanted = form.split(":", 5)[2], form.split(":", 5)[5]
    if service != wanted_service:
        return False
    heads = wanted.split("${")[0], resource.split("*")[0]
    return heads[0].startswith(heads[1]) or heads[1].startswith(heads[0])


def is_global(key):
    """Keys that AWS gives to every request, and does not list per action."""
    return key.startswith("aws:") and not key.startswith(("aws:RequestTag", "aws:ResourceTag", "aws:TagKeys"))


def principal(*policies, limits=None, arn=f"arn:aws:iam::{ACCOUNT}:role/bodo-infra-foundation/{UUID}/deploy"):
    return Principal(
        arn=arn,
        policies=tuple(
            Policy(name=f"p{number}", document=parse(document(statements), Kind.INLINE))
            for number, statements in enumerate(policies)
        ),
        boundary=Policy(name="boundary", document=parse(document(limits), Kind.BOUNDARY)) if limits else None,
    )


def may(who, action, resource, **context):
    found = {key: value for key, value in context.items() if names.carries(action, key)}
    return decide(who, Request(action=action, resource=resource, context=found)).allowed


def ec2(kind):
    return f"arn:aws:ec2:us-east-2:{ACCOUNT}:{kind}/x"


DEPLOY = principal(*deploy_policies(SCOPE).values())
