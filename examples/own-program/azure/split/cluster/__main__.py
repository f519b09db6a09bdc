"""What one team owns: a cluster in the workspace of the platform team, made by the platform's service principal."""

import pulumi
import pulumi_azure_native as azure_native

from bodo_infra.azure import Cluster, ClusterArgs, WorkspaceLinks
from bodo_infra.spec import ClusterSpec

platform = pulumi.StackReference(pulumi.Config().require("platform"))
workspace = WorkspaceLinks.from_stack(platform)
# The principal's credential comes from the environment: ARM_CLIENT_SECRET, a certificate, or OpenID Connect.
provider = azure_native.Provider(
    "platform",
    tenant_id=workspace.tenant_id,
    subscription_id=workspace.subscription_id,
    client_id=platform.get_output("application_id"),
)
cluster = Cluster(
    "weather",
    ClusterArgs(
        spec=ClusterSpec(name="weather", instance_type="Standard_HB120rs_v3", nodes=4, efa="required"),
        workspace=workspace,
    ),
    pulumi.ResourceOptions(providers=[provider]),
)

pulumi.export("cores", cluster.cores)
pulumi.export("hostfile", cluster.hostfile)
