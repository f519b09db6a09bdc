"""Programs that make workspaces on AWS, beside what a cloud-config would tell. What a test changes is configuration."""

UPSTREAM = """
import json

import pulumi
import pulumi_aws as aws

from bodo_infra.aws import CloudConfigLinks, NetworkLinks, Workspace, WorkspaceArgs
from bodo_infra.errors import BodoInfraError
from bodo_infra.spec import WorkspaceSpec
from bodo_infra.spec.problems import parse_as

config = pulumi.Config()
UUID = "6f1a2b3c-0000-4000-8000-000000000001"
allow_all = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
boundary = aws.iam.Policy(
    "boundary", name=f"bodo-infra-boundary-{UUID}", path=f"/bodo-infra-foundation/{UUID}/", policy=allow_all
)
upstream = CloudConfigLinks(
    uuid=UUID, name="main", store="s3://data?table=records&region=us-east-2", region="us-east-2",
    account_id="000000000000", bucket="data", table="records", key_arn="", external_id="x",
    role_arn="arn:aws:iam::000000000000:role/x", boundary_arn=boundary.arn,
)


def make(name, spec, opts=None, **links):
    try:
        made = Workspace(
            name, WorkspaceArgs(spec=parse_as(WorkspaceSpec, spec), cloud_config=upstream, **links), opts
        )
    except BodoInfraError as error:
        raise pulumi.RunError(str(error)) from None
    for key, output in made.outputs().items():
        pulumi.export(f"{name}:{key}", output)
    return made
"""

WORKSPACES = """
for name, spec in config.require_object("workspaces").items():
    make(name, spec)
"""

# A network of somebody else: what a test spoils is in its configuration.
FOREIGN = """
spoilt = set(config.get_object("spoilt") or ())
vpc = aws.ec2.Vpc(
    "own", cidr_block="10.0.0.0/16", enable_dns_hostnames="names" not in spoilt, enable_dns_support="dns" not in spoilt
)
other = aws.ec2.Vpc("other", cidr_block="10.1.0.0/16")
gateway = aws.ec2.InternetGateway("internet", vpc_id=vpc.id)
public = aws.ec2.Subnet("public", vpc_id=vpc.id, cidr_block="10.0.9.0/24", availability_zone_id="use2-az1")
address = aws.ec2.Eip("nat", domain="vpc", opts=pulumi.ResourceOptions(depends_on=[gateway]))
nat = aws.ec2.NatGateway("nat", subnet_id=public.id, allocation_id=address.id)
ways = {
    "nat": {"nat_gateway_id": nat.id},
    "public": {"gateway_id": gateway.id},
}
table = aws.ec2.RouteTable("private", vpc_id=vpc.id)
routes = []
if "closed" not in spoilt:
    way = ways["public" if "public" in spoilt else "nat"]
    routes.append(aws.ec2.Route("private", route_table_id=table.id, destination_cidr_block="0.0.0.0/0", **way))
zones = {"a": "use2-az1", "b": "use2-az1" if "zones" in spoilt else "use2-az2"}
subnets = {}
for index, (name, zone) in enumerate(zones.items()):
    stray = "stray" in spoilt and name == "b"
    subnets[name] = aws.ec2.Subnet(
        f"private-{name}", vpc_id=other.id if stray else vpc.id, cidr_block=f"10.{int(stray)}.{index}.0/24",
        availability_zone_id=zone, map_public_ip_on_launch="addresses" in spoilt and name == "b",
    )
    if not stray:
        routes.append(
            aws.ec2.RouteTableAssociation(f"private-{name}", route_table_id=table.id, subnet_id=subnets[name].id)
        )
pulumi.export("vpc", vpc.id)
pulumi.export("subnets", [subnet.id for subnet in subnets.values()])
"""

LINKED = """
opts = pulumi.ResourceOptions(depends_on=routes)
if config.get_bool("linked"):
    ids = {zones[name]: subnet.id for name, subnet in subnets.items()}
    links = NetworkLinks(vpc_id=vpc.id, private_subnet_ids=ids)
    make("dev", {"name": "team", "region": "us-east-2"}, opts, network=links)
if config.get_bool("as_role"):
    account = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::000000000000:root"}, "Action": "sts:AssumeRole"}
    role = aws.iam.Role("deploy", assume_role_policy=json.dumps({"Version": "2012-10-17", "Statement": [account]}))
    may = aws.iam.RolePolicy("deploy", role=role.name, policy=allow_all)
    arn = pulumi.Output.all(role.arn, may.id).apply(lambda known: known[0])
    session = aws.ProviderAssumeRoleArgs(role_arn=arn, session_name="test")
    provider = aws.Provider("deploy", region="us-east-2", assume_roles=[session])
    opts = pulumi.ResourceOptions(providers=[provider])
for name, spec in (config.get_object("workspaces") or {}).items():
    make(name, spec, opts)
"""
