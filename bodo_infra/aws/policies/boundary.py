"""The permissions boundary: the most that any role may do which the cross-account role makes.

It grants nothing. Without it, whoever may make roles and write their policies could make an administrator and hand it
to a machine of his own. So it has no IAM, no way into other roles, no account settings: data services, and what is
made for this very cloud-config. A role that needs more is made by the account's owner and registered by its ARN.
"""

from dataclasses import replace

from bodo_infra.aws.policies import storage
from bodo_infra.aws.policies.records import log_groups
from bodo_infra.aws.policies.statements import AGENT_PREFIX, CLOUD_CONFIG_TAG, STATE_PREFIX, Scope, Statement, Tag
from bodo_infra.catalog import iam_names
from bodo_infra.catalog.wildcards import matches

ROLES = "InstanceRole, Workspace"

DATA_SERVICES = {
    "athena:*": "queries of data lakes",
    "bedrock:Invoke*": "models that jobs call",
    "cloudwatch:PutMetricData": "metrics of jobs",
    "dynamodb:*": "tables of jobs, and our records",
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
    "s3:*": "data of jobs, and our logs",
    "s3tables:*": "tables in S3",
    "secretsmanager:GetSecretValue": "secrets of jobs",
    "sns:Publish": "messages of jobs",
    "sqs:*": "queues of jobs",
    "ssm:GetParameter*": "settings, secrets and images",
    "ssm:UpdateInstanceInformation": "Session Manager has to know that a node is there",
    "ssmmessages:*": "a shell on a node without an open port",
    "sts:GetCallerIdentity": "many programs ask who they are",
}


OWN_SERVICES = ("autoscaling", "ec2", "elasticfilesystem", "fsx")
"""Services in which the boundary allows what is the cloud-config's own."""


def is_within(action: str) -> bool:
    """Whether the boundary allows such an action, or one that the pattern stands for, on anything at all."""
    patterns = (*DATA_SERVICES, *(f"{service}:*" for service in (*OWN_SERVICES, "logs")), "iam:PassRole")
    meant = iam_names.expand(action) or (action,)
    return action == "*" or any(matches(pattern, each, ignore_case=True) for pattern in patterns for each in meant)


def boundary(scope: Scope) -> tuple[Statement, ...]:
    """For one managed policy with the name ``boundary_name``, below ``scope.foundation_path``."""
    return (
        Statement(
            sid="DataServices",
            component=ROLES,
            why="What statements of users may ask for; what is not here cannot be granted.",
            actions=DATA_SERVICES,
            resources=("*",),
        ),
        _looks(),
        *_own(scope),
        *_hands_off(scope),
        *_machines_hands_off(scope),
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
                "autoscaling:CreateAutoScalingGroup": "members make clusters",
                "autoscaling:CreateOrUpdateTags": "members make clusters",
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
    agreed = "whatever a user's statement says"
    return (
        Statement(
            sid="KeepRecords",
            component=ROLES,
            why="Bucket and table of the cloud-config stay, with their settings.",
            actions={
                "dynamodb:DeleteTable": agreed,
                "dynamodb:DeleteResourcePolicy": agreed,
                "dynamodb:PutResourcePolicy": agreed,
                "dynamodb:UpdateContinuousBackups": agreed,
                "dynamodb:UpdateTable": agreed,
                "dynamodb:UpdateTimeToLive": agreed,
                "s3:DeleteBucket*": agreed,
                "s3:PutBucket*": agreed,
                "s3:PutEncryptionConfiguration": agreed,
                "s3:PutLifecycleConfiguration": agreed,
            },
            resources=(scope.bucket_arn, *scope.objects(""), scope.table_arn),
            effect="Deny",
        ),
        Statement(
            sid="KeepTags",
            component=ROLES,
            why="The tag says what is whose: it stays with what has it.",
            actions={"autoscaling:DeleteTags": agreed, "ec2:DeleteTags": agreed},
            resources=("*",),
            conditions={"ForAnyValue:StringEquals": {"aws:TagKeys": CLOUD_CONFIG_TAG}},
            effect="Deny",
        ),
    )


def _machines_hands_off(scope: Scope) -> tuple[Statement, ...]:
    """Members write states and agents; jobs on nodes do not, though a user's statement grants all of S3."""
    machine = {"Null": {"aws:Ec2InstanceSourceVpc": "false"}}
    agreed = "whatever a user's statement says"
    return (
        Statement(
            sid="KeepStates",
            component=ROLES,
            why="Whoever writes the state of stacks can have the next `up` do what he likes; it holds secrets, too.",
            actions={"s3:*": agreed},
            resources=scope.objects(STATE_PREFIX),
            conditions=machine,
            effect="Deny",
        ),
        Statement(
            sid="KeepAgents",
            component=ROLES,
            why="Whoever writes what nodes take from there runs on every node of the cloud-config.",
            actions={"s3:DeleteObject*": agreed, "s3:PutObject*": agreed},
            resources=scope.objects(AGENT_PREFIX),
            conditions=machine,
            effect="Deny",
        ),
    )
