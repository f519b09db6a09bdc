"""What the service that writes a network's flow logs may do."""

from bodo_infra.aws.policies.records import log_groups
from bodo_infra.aws.policies.statements import Scope, Statement


def flow_logs_policy(scope: Scope) -> tuple[Statement, ...]:
    """For the role that is handed to the service."""
    return (
        Statement(
            sid="WriteFlowLogs",
            component="Workspace",
            why="Only below the cloud-config's own path.",
            actions={
                "logs:CreateLogStream": "a stream for each interface",
                "logs:DescribeLogStreams": "find the stream",
                "logs:PutLogEvents": "write",
            },
            resources=(log_groups(scope),),
        ),
        Statement(
            sid="FindLogGroup",
            component="Workspace",
            why="The service lets nobody restrict what is listed, and listing changes nothing.",
            actions={"logs:DescribeLogGroups": "find the group"},
            resources=("*",),
        ),
    )
