"""The permissions boundary: the most that any role may do which the cross-account role makes.

It grants nothing. Without it, whoever may make roles and write their policies could make an administrator and hand it
to a machine of his own. So it has no IAM, no way into other roles, no settings of the account: what is made for this
very cloud-config, and, for machines alone, data services. Whom a role trusts is not held by a boundary: so a role that
somebody takes from elsewhere reaches the cloud-config's own bucket, table and parameters, and no data beside them. What
a machine reaches is what its role's statements say, also in a bucket of another cloud-config of the account.
A role that needs more is made by the account's owner and registered by its ARN.
"""

from collections.abc import Iterable
from dataclasses import replace

from bodo_infra.aws.policies import storage
from bodo_infra.aws.policies.records import log_groups, parameters
from bodo_infra.aws.policies.statements import Conditions, Scope, Statement, Tag
from bodo_infra.catalog import iam_names
from bodo_infra.catalog.wildcards import matches
from bodo_infra.scope import AGENT_PREFIX, CLOUD_CONFIG_TAG, STATE_PREFIX

ROLES = "InstanceRole, Workspace"

DATA_SERVICES = {
    "athena:*": "queries of data lakes",
    "bedrock:Invoke*": "models that jobs call",
    "cloudwatch:PutMetricData": "metrics of jobs",
    "dynamodb:*": "tables of jobs",
    "ecr:BatchGetImage": "images that jobs pull",
    "ecr:GetAuthorizationToken": "images that jobs pull",
    "ecr:GetDownloadUrlForLayer": "images that jobs pull",
    "firehose:Put*": "streams that jobs write",
    "glue:*": "catalogues of data lakes",
    "kinesis:*": "streams of jobs",
    "kms:Decrypt": "encrypted data",
    "kms:DescribeKey": "encrypted data",
    "kms:Encrypt": "encrypted data",
    "kms:GenerateDataKey*": "encrypted data",
    "lakeformation:GetDataAccess": "data lakes with rights of their own",
    "rds-db:connect": "databases of jobs",
    "redshift-data:*": "warehouses of jobs",
    "redshift:GetClusterCredentials*": "warehouses of jobs",
    "s3:*": "data of jobs",
    "s3tables:*": "tables in S3",
    "secretsmanager:GetSecretValue": "secrets of jobs",
    "sns:Publish": "messages of jobs",
    "sqs:*": "queues of jobs",
    "ssm:GetParameter*": "settings, secrets and images",
    "ssm:UpdateInstanceInformation": "Session Manager has to know that a node is there",
    "ssmmessages:*": "a shell on a node without an open port",
    "sts:GetCallerIdentity": "many programs ask who they are",
}

_AGREED = "whatever a user's statement says"
SETTINGS = dict.fromkeys(
    (
        "glue:*ResourcePolicy",
        "glue:PutData*Settings",
        "kinesis:UpdateAccountSettings",
        "s3:*AccessGrantsInstance*",
        "s3:*StorageLens*",
        "s3:PutAccountPublicAccessBlock",
    ),
    _AGREED,
)
"""What decides for the whole account, in a region or everywhere."""

# Credentials of an instance tell the network that they belong to; others do not.
MACHINE: Conditions = {"Null": {"aws:Ec2InstanceSourceVpc": "false"}}

OWN_SERVICES = ("autoscaling", "ec2", "elasticfilesystem", "fsx")
"""Services in which the boundary allows what is the cloud-config's own."""


def is_within(action: str) -> bool:
    """Whether the boundary allows a machine such an action, or one that the pattern stands for, on anything at all."""
    patterns = (*DATA_SERVICES, *(f"{service}:*" for service in (*OWN_SERVICES, "logs")), "iam:PassRole")
    meant = iam_names.expand(action) or (action,)
    return action == "*" or any(_is_among(each, patterns) and not _is_among(each, SETTINGS) for each in meant)


def _is_among(action: str, patterns: Iterable[str]) -> bool:
    return any(matches(pattern, action, ignore_case=True) for pattern in patterns)


def boundary(scope: Scope) -> tuple[Statement, ...]:
    """For one managed policy with the name ``boundary_name``, below ``scope.foundation_path``."""
    return (
        *_data(),
        _own_records(scope),
        _looks(),
        *_own(scope),
        *_hands_off(scope),
        *_machines_hands_off(scope),
    )


def _data() -> tuple[Statement, ...]:
    return (
        Statement(
            sid="DataServices",
            component=ROLES,
            why="What statements of users may ask for; what is not here cannot be granted. "
            "Only machines: whoever else takes a role that is made here has nothing of it.",
            actions=DATA_SERVICES,
            resources=("*",),
            conditions=MACHINE,
        ),
        Statement(
            sid="DataOfQueries",
            component=ROLES,
            why="What Athena asks in the name of its caller, who is a machine: nobody else may call it.",
            actions={
                "glue:*": "catalogues of data lakes",
                "lakeformation:GetDataAccess": "data lakes with rights of their own",
                "s3:*": "the data itself, and results",
            },
            resources=("*",),
            conditions={"ForAnyValue:StringEquals": {"aws:CalledVia": "athena.amazonaws.com"}},
        ),
        Statement(
            sid="KeysOfServices",
            component=ROLES,
            why="What a service asks in the name of its caller, who may have from it what is encrypted.",
            actions={action: why for action, why in DATA_SERVICES.items() if action.startswith("kms:")},
            resources=("*",),
            conditions={"Null": {"kms:ViaService": "false"}},
        ),
    )


def _own_records(scope: Scope) -> Statement:
    return Statement(
        sid="OwnRecords",
        component=ROLES,
        why="Only the cloud-config's own, and AWS's list of images: for members, who are no machines.",
        actions={
            "dynamodb:*Item": "records",
            "dynamodb:Query": "lists of records",
            "s3:*Object": "states, logs and results",
            "s3:*ObjectTagging": "an agent's package",
            "s3:DeleteObjectVersion": "an agent's package goes with its versions",
            "s3:ListBucket*": "find objects, and versions",
            "ssm:GetParameter*": "settings and secrets, and the newest image",
        },
        resources=(
            scope.bucket_arn,
            *scope.objects(""),
            scope.table_arn,
            parameters(scope),
            f"arn:{scope.partition}:ssm:*::parameter/aws/service/*",
        ),
    )


def _looks() -> Statement:
    return Statement(
        sid="Look",
        component=ROLES,
        why="Listing changes nothing.",
        actions={f"{service}:Describe*": "nodes and members see what there is" for service in (*OWN_SERVICES, "logs")},
        resources=("*",),
    )


def _own(scope: Scope) -> tuple[Statement, ...]:
    tag = Tag(key=CLOUD_CONFIG_TAG, value=scope.cloud_config_uuid)
    template = {"ArnLike": {"ec2:LaunchTemplate": scope.ec2("launch-template")[0]}}
    return (
        Statement(
            sid="OwnThings",
            component=ROLES,
            why="Only what carries the cloud-config's tag.",
            actions={f"{service}:*": "nodes pause their cluster, members change theirs" for service in OWN_SERVICES},
            resources=("*",),
            conditions=tag.owned,
        ),
        Statement(
            sid="NewThings",
            component=ROLES,
            why="Only with the cloud-config's tag.",
            actions={
                "autoscaling:Create*": "members make clusters",
                "ec2:CreateLaunchTemplate": "members make clusters",
                "ec2:CreatePlacementGroup": "members make clusters",
                "ec2:RunInstances": "members make clusters",
            },
            resources=("*",),
            conditions=tag.requested,
        ),
        replace(storage.last_backup(scope, tag), component=ROLES),
        Statement(
            sid="TagNewThings",
            component=ROLES,
            why="Only in the call that makes the thing: nothing of others can be made ours by a tag.",
            actions={"ec2:CreateTags": "members make clusters"},
            resources=("*",),
            conditions={
                "StringEquals": {
                    **tag.requested["StringEquals"],
                    "ec2:CreateAction": ("CreateLaunchTemplate", "CreatePlacementGroup", "RunInstances"),
                }
            },
        ),
        Statement(
            sid="StartWithinReach",
            component=ROLES,
            why="Images are AWS's or the user's. A network of the user's own has no such tag; others have theirs.",
            actions={"ec2:RunInstances": "members make clusters"},
            resources=(
                f"arn:{scope.partition}:ec2:*::image/*",
                f"arn:{scope.partition}:ec2:*::snapshot/*",
                *scope.ec2("security-group", "subnet"),
            ),
            conditions={**template, **tag.not_of_others},
        ),
        Statement(
            sid="ServiceRoles",
            component=ROLES,
            why="A service makes its own role at its first use in an account, with rights that AWS fixes.",
            actions={"iam:CreateServiceLinkedRole": "members make the first cluster"},
            resources=(scope.iam("role/aws-service-role/*"),),
            conditions={"StringEquals": {"iam:AWSServiceName": ("autoscaling.amazonaws.com", "spot.amazonaws.com")}},
        ),
        Statement(
            sid="PassRoles",
            component=ROLES,
            why="Only roles that have this boundary, or that the cloud-config lists; only to machines.",
            actions={"iam:PassRole": "members make clusters"},
            resources=(scope.made_roles, *scope.instance_role_arns),
            conditions={"StringEquals": {"iam:PassedToService": scope.service("ec2")}},
        ),
        Statement(
            sid="WriteFlowLogs",
            component="Workspace",
            why="Only below the cloud-config's own path.",
            actions={"logs:*": "the role of flow logs writes them"},
            resources=(log_groups(scope),),
        ),
    )


def _hands_off(scope: Scope) -> tuple[Statement, ...]:
    return (
        Statement(
            sid="KeepSettings",
            component=ROLES,
            why="Settings of the account are its owner's.",
            actions=SETTINGS,
            resources=("*",),
            effect="Deny",
        ),
        Statement(
            sid="KeepRecords",
            component=ROLES,
            why="Bucket and table of the cloud-config stay, with their settings.",
            actions={
                "dynamodb:DeleteTable": _AGREED,
                "dynamodb:*ResourcePolicy": _AGREED,
                "dynamodb:UpdateContinuousBackups": _AGREED,
                "dynamodb:UpdateT*": _AGREED,
                "s3:DeleteBucket*": _AGREED,
                "s3:PutBucket*": _AGREED,
                "s3:Put*Configuration": _AGREED,
            },
            resources=(scope.bucket_arn, scope.table_arn),
            effect="Deny",
        ),
        Statement(
            sid="KeepTags",
            component=ROLES,
            why="The tag says what is whose: it stays with what has it.",
            actions={"autoscaling:DeleteTags": _AGREED, "ec2:DeleteTags": _AGREED},
            resources=("*",),
            conditions={"ForAnyValue:StringEquals": {"aws:TagKeys": CLOUD_CONFIG_TAG}},
            effect="Deny",
        ),
    )


def _machines_hands_off(scope: Scope) -> tuple[Statement, ...]:
    """Members write states and agents; jobs on nodes do not, though a user's statement grants all of S3."""
    return (
        Statement(
            sid="KeepStates",
            component=ROLES,
            why="Whoever writes the state of stacks can have the next `up` do what they like; it holds secrets, too.",
            actions={"s3:*": _AGREED},
            resources=scope.objects(STATE_PREFIX),
            conditions=MACHINE,
            effect="Deny",
        ),
        Statement(
            sid="KeepAgents",
            component=ROLES,
            why="Whoever writes what nodes take from there runs on every node of the cloud-config.",
            actions={"s3:DeleteObject*": _AGREED, "s3:PutObject*": _AGREED},
            resources=scope.objects(AGENT_PREFIX),
            conditions=MACHINE,
            effect="Deny",
        ),
    )
