"""Stacks of the Azure target: from their files to components, each with a provider of its own.

The cloud-config is made by whoever runs `up`. All that stands on it is made by its service principal, whose credential
the environment holds: a secret, a certificate or a token of OpenID Connect, as for any tool on Azure. Without one the
provider would act as whom `az login` has logged in, without a word, so it is asked who it is.
"""

from typing import cast

import pulumi
import pulumi_azure_native

from bodo_infra import azure
from bodo_infra.component import Component
from bodo_infra.errors import InputError
from bodo_infra.project.built import built_spec
from bodo_infra.project.project import Project
from bodo_infra.project.stack_file import StackFile
from bodo_infra.spec import CloudConfigSpec, ClusterSpec, InstanceRoleSpec, WorkspaceSpec
from bodo_infra.spec.cloud_config import AzureSubscription
from bodo_infra.upstream import upstream

PROVIDER = "azure"
"""Name of the provider in every stack; another name would be another provider for all that is there."""


def cloud_config(project: Project, stack: StackFile) -> Component:
    """A cloud-config, made with the rights of whoever runs the program."""
    account = _account(project, stack)
    provider = pulumi_azure_native.Provider(
        PROVIDER, subscription_id=account.subscription_id, tenant_id=account.tenant_id
    )
    args = azure.CloudConfigArgs(spec=cast(CloudConfigSpec, stack.spec))
    return azure.CloudConfig(stack.name, args, pulumi.ResourceOptions(providers=[provider]))


def workspace(project: Project, stack: StackFile) -> Component:
    """A workspace, in the cloud-config's location unless its spec names another."""
    args = azure.WorkspaceArgs(
        spec=cast(WorkspaceSpec, built_spec(project, stack.name)),
        cloud_config=azure.CloudConfigLinks.from_stack(upstream(project, stack, "cloud_config")),
    )
    return azure.Workspace(stack.name, args, _as_principal(project, stack))


def instance_role(project: Project, stack: StackFile) -> Component:
    """An instance role."""
    args = azure.InstanceRoleArgs(
        spec=cast(InstanceRoleSpec, stack.spec),
        cloud_config=azure.CloudConfigLinks.from_stack(upstream(project, stack, "cloud_config")),
    )
    return azure.InstanceRole(stack.name, args, _as_principal(project, stack))


def cluster(project: Project, stack: StackFile) -> Component:
    """A cluster, in its workspace's location."""
    role = None
    if "instance_role" in stack.uses:
        role = azure.InstanceRoleLinks.from_stack(upstream(project, stack, "instance_role"))
    args = azure.ClusterArgs(
        spec=cast(ClusterSpec, stack.spec),
        workspace=azure.WorkspaceLinks.from_stack(upstream(project, stack, "workspace")),
        instance_role=role,
    )
    return azure.Cluster(stack.name, args, _as_principal(project, stack))


def _account(project: Project, stack: StackFile) -> AzureSubscription:
    spec = cast(CloudConfigSpec, project.cloud_config_of(stack.name).spec)
    assert spec.azure is not None
    return spec.azure


def _as_principal(project: Project, stack: StackFile) -> pulumi.ResourceOptions:
    """Let the component and all below it act as the cloud-config's service principal, in this subscription alone."""
    account = _account(project, stack)
    provider = pulumi_azure_native.Provider(
        PROVIDER,
        subscription_id=account.subscription_id,
        tenant_id=account.tenant_id,
        client_id=account.service_principal.application_id,
    )
    _require_principal(account.service_principal.application_id, provider)
    return pulumi.ResourceOptions(providers=[provider])


def _require_principal(application_id: str, provider: pulumi_azure_native.Provider) -> None:
    """Stop the program when the provider acts as somebody else; in a preview it may not know yet."""
    options = pulumi.InvokeOptions(provider=provider)
    caller = pulumi_azure_native.authorization.get_client_config(opts=options).client_id
    if caller and caller.lower() != application_id.lower():
        error = InputError(
            f"this stack is made by the service principal {application_id}, but your credentials are those of {caller}",
            "Give its ARM_CLIENT_SECRET, its ARM_CLIENT_CERTIFICATE_PATH, or ARM_USE_OIDC=true with its token",
        )
        raise pulumi.RunError(str(error))
