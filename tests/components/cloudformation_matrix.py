"""Components of the AWS target over a matrix of specs, with everything that AWS would compute in its real shape."""

from dataclasses import replace

from bodo_infra import catalog
from bodo_infra.aws import (
    CloudConfig,
    CloudConfigArgs,
    Cluster,
    ClusterArgs,
    InstanceRole,
    InstanceRoleArgs,
    Workspace,
    WorkspaceArgs,
    WorkspaceLinks,
)
from bodo_infra.spec import (
    AwsAccount,
    CloudConfigSpec,
    ClusterSpec,
    ExistingNetwork,
    InstanceRoleSpec,
    LustreStorage,
    ManagedNetwork,
    Members,
    WorkspaceSpec,
)
from bodo_infra.spec.instance_role import PolicyStatement
from tests.components.aws_rules import provider_in
from tests.components.aws_workspace_parts import (
    BOUNDARY,
    CLOUD_CONFIG_UUID,
    SUBNETS,
    VPC,
    WORKSPACE_UUID,
    FakeNetwork,
    cloud_config,
)
from tests.components.recorder import record

REGION = "us-east-2"
UUID = "99999999-8888-4777-8666-555555555555"
HEX = "0123456789abcdef0"
IAM = "arn:aws:iam::123456789012"
KEY = f"arn:aws:kms:{REGION}:123456789012:key/{UUID}"
ACCOUNT = "123456789012"

COMPUTED = {
    "random:index/randomUuid:RandomUuid": {"result": UUID},
    "random:index/randomPassword:RandomPassword": {"result": "x" * 32},
    "aws:cloudwatch/logGroup:LogGroup": {"arn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/bodo-infra/x"},
    "aws:ec2/eip:Eip": {"allocationId": f"eipalloc-{HEX}"},
    "aws:ec2/launchTemplate:LaunchTemplate": {"latestVersion": 1},
    "aws:ec2/vpcEndpoint:VpcEndpoint": {"prefixListId": f"pl-{HEX}"},
    "aws:efs/fileSystem:FileSystem": {
        "arn": f"arn:aws:elasticfilesystem:{REGION}:{ACCOUNT}:file-system/fs-{HEX}",
        "dnsName": f"fs-{HEX}.efs.{REGION}.amazonaws.com",
    },
    "aws:efs/accessPoint:AccessPoint": {"arn": f"arn:aws:elasticfilesystem:{REGION}:{ACCOUNT}:access-point/fsap-{HEX}"},
    "aws:fsx/lustreFileSystem:LustreFileSystem": {"dnsName": "fs.x", "mountName": "abcdefgh"},
    "aws:iam/instanceProfile:InstanceProfile": {"arn": f"{IAM}:instance-profile/x"},
    "aws:iam/policy:Policy": lambda inputs: {"arn": f"{IAM}:policy{inputs['path']}{inputs['name']}"},
    "aws:iam/role:Role": {"arn": f"{IAM}:role/x"},
    "aws:kms/key:Key": {"arn": KEY},
    "aws:s3/bucket:Bucket": {"arn": "arn:aws:s3:::bodo-data"},
}

LINKS = cloud_config(
    account_id=ACCOUNT,
    role_arn=f"{IAM}:role/deploy",
    boundary_arn=BOUNDARY.replace("000000000000", ACCOUNT),
)
PLACE = WorkspaceLinks(
    uuid=WORKSPACE_UUID,
    name="team",
    store=LINKS.store,
    shared_path="/shared",
    region=REGION,
    cloud_config_uuid=CLOUD_CONFIG_UUID,
    account_id=ACCOUNT,
    bucket="data",
    table="records",
    key_arn="",
    boundary_arn=LINKS.boundary_arn,
    vpc_id=f"vpc-{HEX}",
    subnet_ids={zone: f"subnet-{number:017x}" for number, zone in enumerate(catalog.zones(REGION))},
    egress="nat",
    node_security_group_ids=[f"sg-{HEX}"],
    notebook_security_group_id=f"sg-{HEX[::-1]}",
    file_system={"kind": "efs", "id": f"fs-{HEX}", "dns_name": "fs.x", "access_point_id": f"fsap-{HEX}"},
)


def made(build):
    """Recorded in an update, with a provider in the region that all of it is in."""
    answers = {**FakeNetwork().answers(), **provider_in(REGION, ACCOUNT)}
    return record(build, preview=False, computed=COMPUTED, answers=answers)


def config(**account):
    more = {"delete_data": account.pop("delete_data", False), "tags": {"team": "data"}}
    spec = CloudConfigSpec(name="main", aws=AwsAccount(region=REGION, account_id=ACCOUNT, **account), **more)
    return lambda: made(lambda: CloudConfig("main", CloudConfigArgs(spec=spec)))


def workspace(links=LINKS, **spec):
    whole = WorkspaceSpec(name="team", region=REGION, tags={"team": "data"}, **spec)
    return lambda: made(lambda: Workspace("team", WorkspaceArgs(spec=whole, cloud_config=links)))


def role(**spec):
    whole = InstanceRoleSpec(name="etl", **spec)
    return lambda: made(lambda: InstanceRole("etl", InstanceRoleArgs(spec=whole, cloud_config=LINKS)))


def cluster(instance_type, place=PLACE, **spec):
    whole = ClusterSpec(name="etl", instance_type=instance_type, tags={"team": "data"}, **spec)
    return lambda: made(lambda: Cluster("etl", ClusterArgs(spec=whole, workspace=place)))


MEMBERS = Members(admins=(f"{IAM}:root",), developers=(f"{IAM}:role/dev",), viewers=(f"{IAM}:user/eve",))
EXISTING = ExistingNetwork(kind="existing", vpc_id=VPC, private_subnet_ids=SUBNETS)
STATEMENT = PolicyStatement(actions=("s3:GetObject",), resources=("arn:aws:s3:::open/*",))

MATRIX = {
    "cloud-config": config(),
    "cloud-config with a key": config(customer_key=True, external_id="secret", trusted_principals=(f"{IAM}:user/x",)),
    "cloud-config whose data may go": config(delete_data=True, bucket_name="own-bucket", table_name="own.table"),
    "workspace": workspace(),
    "workspace with all": workspace(
        replace(LINKS, key_arn=KEY), members=MEMBERS, network=ManagedNetwork(egress="nat-per-zone", flow_logs=True)
    ),
    "closed workspace": workspace(network=ManagedNetwork(egress="none"), delete_data=True),
    "workspace with lustre": workspace(shared_storage=LustreStorage(kind="lustre", capacity_gib=2400)),
    "workspace in a network that is there": workspace(network=EXISTING),
    "instance role": role(statements=(STATEMENT,)),
    "cluster": cluster("c5n.18xlarge"),
    "cluster with a key and many cards": cluster("p5.48xlarge", replace(PLACE, key_arn=KEY)),
    "cluster of one thread a core": cluster("hpc7a.96xlarge", nodes=500, efa="required"),
    "cluster of spot nodes": cluster("m6i.4xlarge", spot=True, auto_pause_minutes=None),
    "small cluster": cluster("t3.large", nodes=1, placement_group=False, image_id=f"ami-{HEX}"),
}
