"""What every node may do, whatever else its role allows: report, keep records, mount shared files, pause a cluster."""

from bodo_infra.aws.policies.records import list_bucket, parameters, use_key
from bodo_infra.aws.policies.statements import Scope, Statement, Tag
from bodo_infra.scope import AGENT_PREFIX, CLOUD_CONFIG_TAG, NODE_PREFIXES

NODE = "nodes"


def node_policy(scope: Scope) -> tuple[Statement, ...]:
    """For one managed policy, made with the cloud-config: its name is ``node_policy_name``, its ARN known to all.

    Instance roles get it whoever made them. The cross-account role can attach it but not change it.
    """
    tag = Tag(key=CLOUD_CONFIG_TAG, value=scope.cloud_config_uuid)
    return (
        *_sessions(scope),
        *_objects(scope),
        _records(scope),
        *_own_cluster(scope, tag),
        _files(scope, tag),
        _parameters(scope),
        *((use_key(scope, "dynamodb", "s3", "ssm"),) if scope.key_arn else ()),
    )


def _sessions(scope: Scope) -> tuple[Statement, ...]:
    # Credentials of an instance tell the network that they belong to; others do not.
    machine = {"Null": {"aws:Ec2InstanceSourceVpc": "false"}}
    return (
        Statement(
            sid="Sessions",
            component=NODE,
            why="The channels of Session Manager are no resources; only machines may open them.",
            actions={
                "ssmmessages:CreateControlChannel": "a shell on a node without an open port",
                "ssmmessages:CreateDataChannel": "a shell on a node without an open port",
                "ssmmessages:OpenControlChannel": "a shell on a node without an open port",
                "ssmmessages:OpenDataChannel": "a shell on a node without an open port",
            },
            resources=("*",),
            conditions=machine,
        ),
        Statement(
            sid="RegisterForSessions",
            component=NODE,
            why="Only machines, for the account's own.",
            actions={"ssm:UpdateInstanceInformation": "Session Manager has to know that the node is there"},
            resources=scope.ec2("instance"),
            conditions=machine,
        ),
    )


def _objects(scope: Scope) -> tuple[Statement, ...]:
    prefixes = tuple(f"{prefix}*" for prefix in (AGENT_PREFIX, *NODE_PREFIXES))
    find = list_bucket(scope)
    return (
        Statement(
            sid="FindObjects",
            component=NODE,
            why="Only the cloud-config's own bucket, and there not the state of stacks.",
            actions=find.actions,
            resources=find.resources,
            conditions={"StringLike": {"s3:prefix": prefixes}},
        ),
        Statement(
            sid="ReadAgent",
            component=NODE,
            why="Read only: whoever could write it would run on every node.",
            actions={"s3:GetObject": "the agent's package"},
            resources=scope.objects(AGENT_PREFIX),
        ),
        Statement(
            sid="NodeObjects",
            component=NODE,
            why="Only below the prefixes of jobs.",
            actions={
                "s3:DeleteObject": "objects of a job that is removed; a version is kept",
                "s3:GetObject": "what a job brings along",
                "s3:PutObject": "logs and results",
            },
            resources=scope.objects(*NODE_PREFIXES),
        ),
    )


def _records(scope: Scope) -> Statement:
    return Statement(
        sid="Records",
        component=NODE,
        why="Only the cloud-config's own table.",
        actions={
            "dynamodb:DeleteItem": "marks of jobs that have ended",
            "dynamodb:GetItem": "the job to run",
            "dynamodb:PutItem": "heartbeats, and the state of jobs and cluster",
            "dynamodb:Query": "the queue, and the other nodes",
            "dynamodb:UpdateItem": "renew the lease of the leader",
        },
        resources=(scope.table_arn,),
    )


def _own_cluster(scope: Scope, tag: Tag) -> tuple[Statement, ...]:
    return (
        Statement(
            sid="LookAtCluster",
            component=NODE,
            why="Neither EC2 nor Auto Scaling lets anybody restrict what is listed, and listing changes nothing.",
            actions={
                "autoscaling:DescribeAutoScalingGroups": "how many nodes there are to be",
                "autoscaling:DescribeAutoScalingInstances": "the group that this node is in",
                "ec2:DescribeAvailabilityZones": "the mount target of this zone",
                "ec2:DescribeInstances": "the addresses of the other nodes",
                "ec2:DescribeTags": "the cluster that this node is in",
            },
            resources=("*",),
        ),
        Statement(
            sid="PauseCluster",
            component=NODE,
            why="Only what carries the cloud-config's tag.",
            actions={
                "autoscaling:SetDesiredCapacity": "an idle cluster is shut down",
                "autoscaling:SuspendProcesses": "an idle cluster is paused: stopped nodes must not be made up for",
                "autoscaling:UpdateAutoScalingGroup": "an idle cluster is shut down: its least size goes to 0",
                "ec2:StopInstances": "an idle cluster is paused",
            },
            resources=(
                scope.arn("autoscaling", "autoScalingGroup:*:autoScalingGroupName/*"),
                *scope.ec2("instance"),
            ),
            conditions=tag.owned,
        ),
    )


def _files(scope: Scope, tag: Tag) -> Statement:
    return Statement(
        sid="SharedFiles",
        component=NODE,
        why="Only file systems that carry the cloud-config's tag.",
        actions={
            "elasticfilesystem:ClientMount": "mount the shared files",
            "elasticfilesystem:ClientWrite": "write them",
            "elasticfilesystem:DescribeMountTargets": "find an address when DNS does not tell it",
        },
        resources=(scope.arn("elasticfilesystem", "file-system/*"),),
        conditions=tag.owned,
    )


def _parameters(scope: Scope) -> Statement:
    return Statement(
        sid="Parameters",
        component=NODE,
        why="Only below the cloud-config's own path, and read only.",
        actions={
            "ssm:GetParameter": "secrets that jobs name",
            "ssm:GetParameters": "secrets that jobs name",
            "ssm:GetParametersByPath": "settings of the cluster",
        },
        resources=(parameters(scope),),
    )
