"""A company's own program: its data sets and its network, and beside them a workspace and a cluster of bodo_infra."""

import pulumi
import pulumi_azure_native as azure_native
from company import cost_centre
from network import make_network

from bodo_infra.azure import (
    CloudConfig,
    CloudConfigArgs,
    Cluster,
    ClusterArgs,
    InstanceRole,
    InstanceRoleArgs,
    NetworkLinks,
    Workspace,
    WorkspaceArgs,
)
from bodo_infra.spec import (
    AzureSubscription,
    CloudConfigSpec,
    ClusterSpec,
    InstanceRoleSpec,
    ServicePrincipal,
    WorkspaceSpec,
)

BLOB_READER = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"  # Azure's own role "Storage Blob Data Reader", in every tenant

config = pulumi.Config()
location = config.require("platform-location")

# The company's own things are where the default provider puts them, the platform may be in a subscription of its own.
provider = azure_native.Provider("platform", subscription_id=config.get("platform-subscription"))
there = pulumi.ResourceOptions(provider=provider)
known = azure_native.authorization.get_client_config(opts=pulumi.InvokeOptions(provider=provider))

own = azure_native.resources.ResourceGroup("own")
datasets = azure_native.storage.StorageAccount(
    "datasets",
    resource_group_name=own.name,
    kind="StorageV2",
    sku=azure_native.storage.SkuArgs(name="Standard_LRS"),
    allow_shared_key_access=False,
    tags={"content": "open data"},
)
networks = azure_native.resources.ResourceGroup("networks", location=location, opts=there)
network = make_network(networks, location, there)
group = azure_native.resources.ResourceGroup(
    "platform",
    resource_group_name="platform",
    location=location,
    # With the group Azure would delete the records and files in it, which outlive the cloud-config.
    opts=pulumi.ResourceOptions.merge(there, pulumi.ResourceOptions(retain_on_delete=True)),
)

# Components hand both on to everything that they make.
platform = pulumi.ResourceOptions(providers=[provider], transforms=[cost_centre("4711")])


def with_platform(more: pulumi.ResourceOptions) -> pulumi.ResourceOptions:
    return pulumi.ResourceOptions.merge(platform, more)


cloud_config = CloudConfig(
    "data",
    CloudConfigArgs(
        spec=CloudConfigSpec(
            name="data",
            azure=AzureSubscription(
                tenant_id=known.tenant_id,
                subscription_id=known.subscription_id,
                resource_group="platform",
                existing_resource_group=True,
                location=location,
                service_principal=ServicePrincipal(
                    application_id=config.require("application-id"), object_id=config.require("object-id")
                ),
            ),
        ),
        resource_group=group.name,
    ),
    platform,
)
workspace = Workspace(
    "research",
    WorkspaceArgs(
        spec=WorkspaceSpec(name="research", region=location),
        cloud_config=cloud_config.links,
        network=NetworkLinks(vnet_id=network.vnet_id, subnet_ids=[network.machines, network.endpoints]),
    ),
    with_platform(pulumi.ResourceOptions(protect=config.get_bool("protect") is not False)),
)
role = InstanceRole(
    "research", InstanceRoleArgs(spec=InstanceRoleSpec(name="research"), cloud_config=cloud_config.links), platform
)
cluster = Cluster(
    "simulation",
    ClusterArgs(
        spec=ClusterSpec(name="simulation", instance_type="Standard_D64s_v5", nodes=config.require_int("nodes")),
        workspace=workspace.links,
        instance_role=role.links,
    ),
    # It was called "etl" when it was new: it stays the same cluster.
    with_platform(pulumi.ResourceOptions(aliases=[pulumi.Alias(name="etl")])),
)

# The other way round: an output of a component in a resource of the company's own.
subscription = azure_native.authorization.get_client_config().subscription_id
azure_native.authorization.RoleAssignment(
    "nodes-may-read",
    scope=datasets.id,
    principal_id=role.principal_id,
    principal_type="ServicePrincipal",
    role_definition_id=f"/subscriptions/{subscription}/providers/Microsoft.Authorization/roleDefinitions/{BLOB_READER}",
)

pulumi.export("datasets", datasets.name)
pulumi.export("cores", cluster.cores)
pulumi.export("hostfile", cluster.hostfile)
