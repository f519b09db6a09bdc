"""A network that this company has anyway: private subnets behind one NAT gateway."""

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws


@dataclass(frozen=True, kw_only=True)
class OwnNetwork:
    """``private``: zone id to subnet id.  ``ways``: what must be there before traffic passes."""

    vpc_id: pulumi.Output[str]
    private: dict[str, pulumi.Output[str]]
    ways: list[pulumi.Resource]


def make_network(zones: list[str], opts: pulumi.ResourceOptions) -> OwnNetwork:
    """``zones``: ids, such as euw1-az1: names mean another place in every account."""
    tags = {"Name": "own"}

    def after(*resources: pulumi.Resource) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=list(resources)))

    def subnet(name: str, number: int, zone: str) -> aws.ec2.Subnet:
        place: dict[str, Any] = {"cidr_block": f"10.80.{number * 16}.0/20", "availability_zone_id": zone}
        return aws.ec2.Subnet(name, vpc_id=vpc.id, tags=tags, opts=opts, **place)

    vpc = aws.ec2.Vpc("own", cidr_block="10.80.0.0/16", enable_dns_hostnames=True, tags=tags, opts=opts)
    internet = aws.ec2.InternetGateway("own", vpc_id=vpc.id, tags=tags, opts=opts)
    public = subnet("public", 0, zones[0])
    out = aws.ec2.RouteTable("public", vpc_id=vpc.id, tags=tags, opts=opts)
    route = aws.ec2.Route(
        "public", route_table_id=out.id, destination_cidr_block="0.0.0.0/0", gateway_id=internet.id, opts=opts
    )
    aws.ec2.RouteTableAssociation("public", route_table_id=out.id, subnet_id=public.id, opts=opts)
    address = aws.ec2.Eip("nat", domain="vpc", tags=tags, opts=after(internet))
    nat = aws.ec2.NatGateway(
        "nat", subnet_id=public.id, allocation_id=address.allocation_id, tags=tags, opts=after(route)
    )

    table = aws.ec2.RouteTable("private", vpc_id=vpc.id, tags=tags, opts=opts)
    ways: list[pulumi.Resource] = [
        aws.ec2.Route(
            "private", route_table_id=table.id, destination_cidr_block="0.0.0.0/0", nat_gateway_id=nat.id, opts=opts
        )
    ]
    private = {}
    for number, zone in enumerate(zones, 1):
        private[zone] = subnet(f"private-{zone}", number, zone).id
        ways.append(
            aws.ec2.RouteTableAssociation(
                f"private-{zone}", route_table_id=table.id, subnet_id=private[zone], opts=opts
            )
        )
    return OwnNetwork(vpc_id=vpc.id, private=private, ways=ways)
