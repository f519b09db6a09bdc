"""A company's own program: its bucket and its network, and beside them a workspace and a cluster of bodo_infra."""

import json

import pulumi
import pulumi_aws as aws
from company import cost_centre
from network import make_network

from bodo_infra.aws import (
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
from bodo_infra.spec import AwsAccount, CloudConfigSpec, ClusterSpec, InstanceRoleSpec, WorkspaceSpec

config = pulumi.Config()
region = config.require("platform-region")

# The company's own things are in its default region (aws:region), the platform is in another one.
provider = aws.Provider("platform", region=region)
there = pulumi.ResourceOptions(provider=provider)
account = aws.get_caller_identity(opts=pulumi.InvokeOptions(provider=provider)).account_id
datasets = aws.s3.Bucket("datasets", tags={"content": "open data"})
zones = aws.get_availability_zones(opts=pulumi.InvokeOptions(provider=provider)).zone_ids
network = make_network(zones[:2], there)


# Components hand both on to everything that they make.
platform = pulumi.ResourceOptions(providers=[provider], transforms=[cost_centre("4711")])


def with_platform(more: pulumi.ResourceOptions) -> pulumi.ResourceOptions:
    return pulumi.ResourceOptions.merge(platform, more)


cloud_config = CloudConfig(
    "data",
    CloudConfigArgs(spec=CloudConfigSpec(name="data", aws=AwsAccount(region=region, account_id=account))),
    platform,
)
workspace = Workspace(
    "research",
    WorkspaceArgs(
        spec=WorkspaceSpec(name="research", region=region),
        cloud_config=cloud_config.links,
        network=NetworkLinks(vpc_id=network.vpc_id, private_subnet_ids=network.private),
    ),
    with_platform(pulumi.ResourceOptions(protect=config.get_bool("protect") is not False, depends_on=network.ways)),
)
role = InstanceRole(
    "research", InstanceRoleArgs(spec=InstanceRoleSpec(name="research"), cloud_config=cloud_config.links), platform
)
cluster = Cluster(
    "simulation",
    ClusterArgs(
        spec=ClusterSpec(name="simulation", instance_type="c6i.32xlarge", nodes=config.require_int("nodes")),
        workspace=workspace.links,
        instance_role=role.links,
    ),
    # It was called "etl" when it was new: it stays the same cluster.
    with_platform(pulumi.ResourceOptions(aliases=[pulumi.Alias(name="etl")])),
)

# The other way round: an output of a component in a resource of the company's own.
aws.s3.BucketPolicy(
    "datasets",
    bucket=datasets.id,
    policy=pulumi.Output.all(bucket=datasets.arn, role=role.role_arn).apply(
        lambda known: json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": {
                    "Sid": "NodesMayRead",
                    "Effect": "Allow",
                    "Principal": {"AWS": known["role"]},
                    "Action": "s3:GetObject",
                    "Resource": f"{known['bucket']}/*",
                },
            }
        )
    ),
)

pulumi.export("datasets", datasets.bucket)
pulumi.export("cores", cluster.cores)
pulumi.export("hostfile", cluster.hostfile)
