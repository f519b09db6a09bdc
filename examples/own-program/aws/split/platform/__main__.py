"""What the platform team owns: a cloud-config and a workspace. Others build on them by this stack's outputs."""

import pulumi
import pulumi_aws as aws

from bodo_infra.aws import CloudConfig, CloudConfigArgs, Workspace, WorkspaceArgs
from bodo_infra.spec import AwsAccount, CloudConfigSpec, ManagedNetwork, WorkspaceSpec

region = aws.get_region().region
account = AwsAccount(region=region, account_id=aws.get_caller_identity().account_id)
cloud_config = CloudConfig("data", CloudConfigArgs(spec=CloudConfigSpec(name="data", aws=account)))
workspace = Workspace(
    "team",
    WorkspaceArgs(
        spec=WorkspaceSpec(name="team", region=region, network=ManagedNetwork(instance_types=("hpc7a.96xlarge",))),
        cloud_config=cloud_config.links,
    ),
)

for name, output in workspace.outputs().items():
    pulumi.export(name, output)
# Whoever builds on the workspace acts as this role, which may change what belongs to the cloud-config and nothing else.
pulumi.export("role_arn", cloud_config.role_arn)
pulumi.export("external_id", cloud_config.external_id)
