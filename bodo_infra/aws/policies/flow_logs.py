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
                "logs:DescribeLogGroups": "find the group",
                "logs:DescribeLogStreams": "find the stream",
                "logs:PutLogEvents": "write",
            },
            resources=(log_groups(scope),),
        ),
    )
