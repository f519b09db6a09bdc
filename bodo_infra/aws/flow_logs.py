"""A record of a VPC's connections, in a log group of the cloud-config, for 30 days."""

import pulumi
import pulumi_aws as aws

from bodo_infra.aws.policies.flow_logs import flow_logs_policy
from bodo_infra.aws.policies.statements import document
from bodo_infra.aws.policies.trust import flow_logs_trust
from bodo_infra.aws.scope import iam_path, log_group_path
from bodo_infra.aws.workspace_scope import WorkspaceScope
from bodo_infra.component import Component
from bodo_infra.plans.names import IAM_ROLE

KEPT_DAYS = 30


def make_flow_logs(owner: Component, scope: WorkspaceScope, vpc_id: pulumi.Input[str]) -> aws.ec2.FlowLog:
    """Every connection, allowed or not, and the role by which the service writes it down."""
    upstream = scope.cloud_config
    group = aws.cloudwatch.LogGroup(
        owner.child_name("flow-logs"),
        name=pulumi.Output.format("{0}/flow-logs/{1}", log_group_path(upstream.uuid), scope.uuid),
        # A workspace is in the region of its cloud-config's key, or there is none.
        kms_key_id=pulumi.Output.from_input(upstream.key_arn).apply(lambda arn: arn or None),
        retention_in_days=KEPT_DAYS,
        tags=scope.tagged("flow-logs"),
        opts=owner.child_options(),
    )
    role = aws.iam.Role(
        owner.child_name("flow-logs-role"),
        name=scope.cloud_name(IAM_ROLE, "flow-logs"),
        path=iam_path(upstream.uuid),
        assume_role_policy=scope.policies.apply(flow_logs_trust),
        permissions_boundary=upstream.boundary_arn,
        tags=scope.tagged("flow-logs"),
        opts=owner.child_options(),
    )
    policy = aws.iam.RolePolicy(
        owner.child_name("flow-logs-policy"),
        role=role.name,
        policy=scope.policies.apply(lambda tied: document(flow_logs_policy(tied))),
        opts=owner.child_options(),
    )
    return aws.ec2.FlowLog(
        owner.child_name("flow-log"),
        vpc_id=vpc_id,
        traffic_type="ALL",
        log_destination=group.arn,
        iam_role_arn=role.arn,
        tags=scope.tagged("flow-logs"),
        opts=owner.child_options(depends_on=[policy]),
    )
