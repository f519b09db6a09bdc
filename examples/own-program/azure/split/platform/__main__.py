"""What the platform team owns: a cloud-config and a workspace. Others build on them by this stack's outputs."""

import pulumi
import pulumi_azure_native as azure_native

from bodo_infra.azure import CloudConfig, CloudConfigArgs, Workspace, WorkspaceArgs
from bodo_infra.spec import AzureSubscription, CloudConfigSpec, ServicePrincipal, WorkspaceSpec

config = pulumi.Config()
location = config.require("location")
known = azure_native.authorization.get_client_config()
subscription = AzureSubscription(
    tenant_id=known.tenant_id,
    subscription_id=known.subscription_id,
    resource_group="platform",
    location=location,
    service_principal=ServicePrincipal(
        application_id=config.require("application-id"), object_id=config.require("object-id")
    ),
)
cloud_config = CloudConfig("data", CloudConfigArgs(spec=CloudConfigSpec(name="data", azure=subscription)))
workspace = Workspace(
    "team",
    WorkspaceArgs(spec=WorkspaceSpec(name="team", region=location), cloud_config=cloud_config.links),
)

for name, output in workspace.outputs().items():
    pulumi.export(name, output)
# Whoever builds on it acts as this service principal, which may change what is in the group and nothing else.
pulumi.export("application_id", cloud_config.application_id)
