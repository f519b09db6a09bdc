"""Stacks of the AWS target: from their files to components, each with a provider of its own.

The cloud-config is made by whoever runs `up`. All that stands on it assumes the cloud-config's role: the stack file
says so once, by the cloud-config that it uses, and every child obeys.
"""

from typing import cast

import pulumi
import pulumi_aws

from bodo_infra import aws
from bodo_infra.component import Component
from bodo_infra.project.built import built_spec, region_of
from bodo_infra.project.project import Project
from bodo_infra.project.stack_file import StackFile
from bodo_infra.spec import CloudConfigSpec, ClusterSpec, InstanceRoleSpec, WorkspaceSpec
from bodo_infra.spec.cloud_config import AwsAccount
from bodo_infra.upstream import of_stack, upstream

PROVIDER = "aws"
"""Name of the provider in every stack; another name would be another provider for all that is there."""

SESSION_NAME_LIMIT = 64  # STS API reference, AssumeRole, RoleSessionName


def cloud_config(project: Project, stack: StackFile) -> Component:
    """A cloud-config, made with the rights of whoever runs the program."""
    spec = cast(CloudConfigSpec, stack.spec)
    account = _account(project, stack)
    provider = pulumi_aws.Provider(PROVIDER, region=account.region, allowed_account_ids=[account.account_id])
    return aws.CloudConfig(stack.name, aws.CloudConfigArgs(spec=spec), pulumi.ResourceOptions(providers=[provider]))


def workspace(project: Project, stack: StackFile) -> Component:
    """A workspace, in the cloud-config's region unless its spec names another."""
    links = aws.CloudConfigLinks.from_stack(upstream(project, stack, "cloud_config"))
    args = aws.WorkspaceArgs(spec=cast(WorkspaceSpec, built_spec(project, stack.name)), cloud_config=links)
    return aws.Workspace(stack.name, args, _as_role(project, stack, links))


def instance_role(project: Project, stack: StackFile) -> Component:
    """An instance role."""
    links = aws.CloudConfigLinks.from_stack(upstream(project, stack, "cloud_config"))
    args = aws.InstanceRoleArgs(spec=cast(InstanceRoleSpec, stack.spec), cloud_config=links)
    return aws.InstanceRole(stack.name, args, _as_role(project, stack, links))


def cluster(project: Project, stack: StackFile) -> Component:
    """A cluster, in its workspace's region."""
    links = aws.CloudConfigLinks.from_stack(of_stack(project, project.cloud_config_of(stack.name)))
    role = None
    if "instance_role" in stack.uses:
        role = aws.InstanceRoleLinks.from_stack(upstream(project, stack, "instance_role"))
    args = aws.ClusterArgs(
        spec=cast(ClusterSpec, stack.spec),
        workspace=aws.WorkspaceLinks.from_stack(upstream(project, stack, "workspace")),
        instance_role=role,
    )
    return aws.Cluster(stack.name, args, _as_role(project, stack, links))


def _account(project: Project, stack: StackFile) -> AwsAccount:
    spec = cast(CloudConfigSpec, project.cloud_config_of(stack.name).spec)
    assert spec.aws is not None
    return spec.aws


def _as_role(project: Project, stack: StackFile, links: aws.CloudConfigLinks) -> pulumi.ResourceOptions:
    """Let the component and all below it act as the cloud-config's role, in this account or not at all."""
    role = pulumi_aws.ProviderAssumeRoleArgs(
        role_arn=links.role_arn,
        external_id=links.external_id,
        session_name=f"bodo-infra-{stack.name}"[:SESSION_NAME_LIMIT],
    )
    account_id = _account(project, stack).account_id
    region = region_of(project, stack.name)
    provider = pulumi_aws.Provider(PROVIDER, region=region, allowed_account_ids=[account_id], assume_roles=[role])
    return pulumi.ResourceOptions(providers=[provider])
