"""What working with a cloud-config's bucket, table, parameters and key needs: stacks' state, records, logs, secrets."""

from bodo_infra.aws.policies.statements import Scope, Statement
from bodo_infra.scope import AGENT_PREFIX, NODE_PREFIXES, STATE_PREFIX

NAME = "records"
ALL = "all"


def statements(scope: Scope) -> tuple[Statement, ...]:
    """For whoever deploys and drives everything of the cloud-config."""
    return (
        list_bucket(scope),
        Statement(
            sid="Objects",
            component=ALL,
            why="Only in the cloud-config's own bucket, and only below the prefixes in use.",
            actions={
                "s3:DeleteObject": "unlock a state, remove old logs; a version of it is kept",
                "s3:GetObject": "read states, logs and results",
                "s3:PutObject": "write and lock states, hand jobs over",
            },
            resources=scope.objects(STATE_PREFIX, *NODE_PREFIXES),
        ),
        *agent_packages(scope),
        items(scope),
        *_parameters(scope),
        *_log_groups(scope),
        *(_with_key(scope) if scope.key_arn else ()),
    )


def list_bucket(scope: Scope) -> Statement:
    """Finding objects."""
    return Statement(
        sid="ListBucket",
        component=ALL,
        why="Only the cloud-config's own bucket.",
        actions={"s3:ListBucket": "find states, logs and results, and tell a missing object from a forbidden one"},
        resources=(scope.bucket_arn,),
    )


def agent_packages(scope: Scope) -> tuple[Statement, ...]:
    """Bringing the node agent's package to the bucket, as each cluster does."""
    return (
        Statement(
            sid="FindAgentPackages",
            component="Cluster",
            why="Only the cloud-config's own bucket.",
            actions={"s3:ListBucketVersions": "a package is removed with its versions"},
            resources=(scope.bucket_arn,),
        ),
        Statement(
            sid="AgentPackages",
            component="Cluster",
            why="Only in the cloud-config's own bucket, and only where nodes take the agent from.",
            actions={
                "s3:DeleteObject": "destroy, or a newer package",
                "s3:DeleteObjectVersion": "destroy, or a newer package",
                "s3:GetObject": "read",
                "s3:GetObjectTagging": "read",
                "s3:PutObject": "bring the package",
                "s3:PutObjectTagging": "tags",
            },
            resources=scope.objects(AGENT_PREFIX),
        ),
    )


def items(scope: Scope) -> Statement:
    """Reading and writing records."""
    return Statement(
        sid="Records",
        component=ALL,
        why="Only the cloud-config's own table.",
        actions={
            "dynamodb:DeleteItem": "records of what is gone, marks of jobs that have ended",
            "dynamodb:GetItem": "read a record",
            "dynamodb:PutItem": "write a record, under the condition that nobody else has",
            "dynamodb:Query": "list jobs, clusters and heartbeats",
            "dynamodb:UpdateItem": "renew a lease",
        },
        resources=(scope.table_arn,),
    )


def _parameters(scope: Scope) -> tuple[Statement, ...]:
    return (
        Statement(
            sid="LookAtParameters",
            component="Workspace, Cluster",
            why="SSM lets nobody restrict what is listed; names are listed, no values.",
            actions={"ssm:DescribeParameters": "read the description of a parameter"},
            resources=("*",),
        ),
        Statement(
            sid="Parameters",
            component="Workspace, Cluster",
            why="Only below the cloud-config's own path.",
            actions={
                "ssm:AddTagsToResource": "tags",
                "ssm:DeleteParameter": "destroy",
                "ssm:GetParameter": "read",
                "ssm:ListTagsForResource": "read",
                "ssm:PutParameter": "settings and secrets for nodes",
                "ssm:RemoveTagsFromResource": "tags that a spec no longer has",
            },
            resources=(parameters(scope),),
        ),
    )


def parameters(scope: Scope) -> str:
    """All parameters of the cloud-config, in all regions."""
    return scope.arn("ssm", f"parameter/bodo-infra/{scope.cloud_config_uuid}/*")


def _log_groups(scope: Scope) -> tuple[Statement, ...]:
    return (
        Statement(
            sid="LookAtLogGroups",
            component="Workspace",
            why="The provider asks by a prefix, which the service lets nobody restrict; it changes nothing.",
            actions={"logs:DescribeLogGroups": "read"},
            resources=("*",),
        ),
        Statement(
            sid="LogGroups",
            component="Workspace",
            why="Only below the cloud-config's own path.",
            actions={
                "logs:AssociateKmsKey": "flow logs are encrypted with the key that a cloud-config has since got",
                "logs:CreateLogGroup": "flow logs",
                "logs:DeleteLogGroup": "destroy",
                "logs:DisassociateKmsKey": "the cloud-config has no key any more",
                "logs:ListTagsForResource": "read",
                "logs:PutRetentionPolicy": "flow logs are kept for 30 days",
                "logs:TagResource": "tags",
                "logs:UntagResource": "tags that a spec no longer has",
            },
            resources=(log_groups(scope),),
        ),
    )


def log_groups(scope: Scope) -> str:
    """All log groups of the cloud-config, in all regions."""
    return scope.arn("logs", f"log-group:/bodo-infra/{scope.cloud_config_uuid}/*")


def _with_key(scope: Scope) -> tuple[Statement, ...]:
    return (use_key(scope, "dynamodb", "s3", "ssm"),)


def use_key(scope: Scope, *services: str) -> Statement:
    """Reading and writing what is encrypted with the account's own key."""
    return Statement(
        sid="UseKey",
        component=ALL,
        why="Only the cloud-config's own key, and only through the services that keep its data.",
        actions={
            "kms:Decrypt": "read objects, records and secrets",
            "kms:DescribeKey": "check the key",
            "kms:Encrypt": "write secrets",
            "kms:GenerateDataKey": "write objects",
        },
        resources=(scope.key_arn,),
        conditions={"StringLike": {"kms:ViaService": scope.via(*services)}},
    )
