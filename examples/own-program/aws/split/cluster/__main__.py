"""What one team owns: a cluster in the workspace of the platform team, made with the platform's role."""

import pulumi
import pulumi_aws as aws

from bodo_infra.aws import Cluster, ClusterArgs, WorkspaceLinks
from bodo_infra.spec import ClusterSpec

platform = pulumi.StackReference(pulumi.Config().require("platform"))
workspace = WorkspaceLinks.from_stack(platform)
provider = aws.Provider(
    "platform",
    region=workspace.region,
    assume_roles=[
        aws.ProviderAssumeRoleArgs(
            role_arn=platform.get_output("role_arn"),
            external_id=platform.get_output("external_id"),
            session_name="cluster",
        )
    ],
)
cluster = Cluster(
    "weather",
    ClusterArgs(
        spec=ClusterSpec(name="weather", instance_type="hpc7a.96xlarge", nodes=4, efa="required"),
        workspace=workspace,
    ),
    pulumi.ResourceOptions(providers=[provider]),
)

pulumi.export("cores", cluster.cores)
pulumi.export("hostfile", cluster.hostfile)
