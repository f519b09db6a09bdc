"""A program with clusters on AWS beside a small network and bucket of its own. What a test changes is configuration."""

PROGRAM = """
import json

import pulumi
import pulumi_aws as aws

from bodo_infra.aws import Cluster, ClusterArgs, InstanceRole, InstanceRoleArgs, CloudConfigLinks, WorkspaceLinks
from bodo_infra.errors import BodoInfraError
from bodo_infra.spec import ClusterSpec, InstanceRoleSpec
from bodo_infra.spec.problems import parse_as

config = pulumi.Config()
UUID = "6f1a2b3c-0000-4000-8000-000000000001"
allow_all = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
policies = {
    kind: aws.iam.Policy(
        kind, name=f"bodo-infra-{kind}-{UUID}", path=f"/bodo-infra-foundation/{UUID}/", policy=allow_all
    )
    for kind in ("boundary", "node")
}
bucket = aws.s3.Bucket("data", bucket="data-of-the-test", region="us-east-1")
vpc = aws.ec2.Vpc("net", cidr_block="10.0.0.0/16", enable_dns_hostnames=True)
subnets = {
    zone: aws.ec2.Subnet(f"net-{zone}", vpc_id=vpc.id, cidr_block=f"10.0.{i}.0/24", availability_zone_id=zone)
    for i, zone in enumerate(("use2-az1", "use2-az2"))
}
nodes = aws.ec2.SecurityGroup("nodes", vpc_id=vpc.id, description="nodes")
shared = aws.efs.FileSystem("files", encrypted=True)
workspace = WorkspaceLinks(
    uuid="6f1a2b3c-0000-4000-8000-000000000002", name="team",
    store=f"s3://data-of-the-test?table=records&region=us-east-1", shared_path="/shared", region="us-east-2",
    cloud_config_uuid=UUID, account_id="000000000000", bucket=bucket.bucket, table="records", key_arn="",
    boundary_arn=pulumi.Output.all(*(p.arn for p in policies.values())).apply(lambda arns: arns[0]), vpc_id=vpc.id,
    subnet_ids={zone: subnet.id for zone, subnet in subnets.items()}, egress="nat",
    node_security_group_ids=[nodes.id], notebook_security_group_id=nodes.id,
    file_system={"kind": "efs", "id": shared.id, "dns_name": shared.dns_name, "access_point_id": "fsap-1"},
)
role = None
if config.get_object("role"):
    upstream = CloudConfigLinks(
        uuid=UUID, name="main", store=workspace.store, region="us-east-1", account_id="000000000000",
        bucket=bucket.bucket, table="records", key_arn="", external_id="x", role_arn="",
        boundary_arn=workspace.boundary_arn,
    )
    spec = parse_as(InstanceRoleSpec, config.get_object("role"))
    role = InstanceRole("own-role", InstanceRoleArgs(spec=spec, cloud_config=upstream)).links
for name, spec in config.require_object("clusters").items():
    try:
        made = Cluster(
            name, ClusterArgs(spec=parse_as(ClusterSpec, spec), workspace=workspace, instance_role=role)
        )
    except BodoInfraError as error:
        raise pulumi.RunError(str(error)) from None
    for key, output in made.outputs().items():
        pulumi.export(f"{name}:{key}", output)
"""
