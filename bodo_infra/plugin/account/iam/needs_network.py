"""What the network's types need: VPC, subnets, gateways, addresses, routes.

From the calls of the Terraform AWS provider 6.x, which pulumi-aws 7 carries, and the service authorization reference
for what each is checked on. CloudFormation's handlers, the other public list, ask for more (IPAM, encryption controls,
VPC Lattice) and for calls that the provider does not make (UpdateSecurityGroupRuleDescriptions* for changed rules).

The rows of VPCs, addresses, roles, buckets and Auto Scaling groups were compared with the provider's source (2026-11);
of the others the calls are as generally known, and only the actions, resources and keys are checked by a test.
"""

from collections.abc import Mapping

from bodo_infra.plugin.account.iam.steps import (
    Needs,
    Step,
    asks,
    new,
    other,
    own,
    step,
    tag_new,
    tagging,
)
from bodo_infra.plugin.account.iam.subject import Subject

VPC = "aws:ec2/vpc:Vpc"
SUBNET = "aws:ec2/subnet:Subnet"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
TABLE = "aws:ec2/routeTable:RouteTable"
GATEWAY = "aws:ec2/internetGateway:InternetGateway"
EIP = "aws:ec2/eip:Eip"

the_vpc = other("ec2:vpc/{}", "vpcId", VPC)
the_subnet = other("ec2:subnet/{}", "subnetId", SUBNET)
the_table = other("ec2:route-table/{}", "routeTableId", TABLE)

# Set by calls of their own after creation.
_VPC_ATTRIBUTES = ("enableDnsHostnames", "enableDnsSupport", "enableNetworkAddressUsageMetrics")
_SUBNET_ATTRIBUTES = (
    "assignIpv6AddressOnCreation",
    "customerOwnedIpv4Pool",
    "enableDns64",
    "enableResourceNameDnsARecordOnLaunch",
    "mapCustomerOwnedIpOnLaunch",
    "mapPublicIpOnLaunch",
    "privateDnsHostnameTypeOnLaunch",
)


def made(call: str, kind: str) -> Step:
    """The right to tag what ``call`` makes: EC2 asks for it beside the right to make it."""
    return tag_new("ec2:CreateTags", new(f"ec2:{kind}/{{}}"), call)


def tags(kind: str) -> tuple[Step, ...]:
    return tagging("ec2:CreateTags", "ec2:DeleteTags", f"ec2:{kind}/{{}}")


def _differs_from_new_vpc(subject: Subject) -> bool:
    """A new VPC answers DNS queries, gives its machines no names, and counts no addresses."""
    wants_more = any(subject.value(name) for name in ("enableDnsHostnames", "enableNetworkAddressUsageMetrics"))
    return wants_more or subject.value("enableDnsSupport") is False


TYPES: Mapping[str, Needs] = {
    VPC: Needs(
        create=(
            step("ec2:CreateVpc", new("ec2:vpc/{}")),
            made("CreateVpc", "vpc"),
            step("ec2:ModifyVpcAttribute", own("ec2:vpc/{}"), only=_differs_from_new_vpc),
        ),
        # Only the first two are indispensable: without the others the provider warns, and leaves the ids of the main
        # route table and of the default group and network ACL empty.
        read=(
            step("ec2:DescribeVpcAttribute", own("ec2:vpc/{}")),
            *asks(
                "ec2:DescribeVpcs", "ec2:DescribeNetworkAcls", "ec2:DescribeRouteTables", "ec2:DescribeSecurityGroups"
            ),
        ),
        update=(
            step("ec2:ModifyVpcAttribute", own("ec2:vpc/{}"), when=_VPC_ATTRIBUTES),
            step("ec2:ModifyVpcTenancy", own("ec2:vpc/{}"), when=("instanceTenancy",)),
            *tags("vpc"),
        ),
        delete=(step("ec2:DeleteVpc", own("ec2:vpc/{}")), *asks("ec2:DescribeVpcs")),
    ),
    SUBNET: Needs(
        create=(
            step("ec2:CreateSubnet", new("ec2:subnet/{}"), the_vpc),
            made("CreateSubnet", "subnet"),
            step("ec2:ModifySubnetAttribute", own("ec2:subnet/{}"), when=_SUBNET_ATTRIBUTES),
        ),
        read=asks("ec2:DescribeSubnets"),
        update=(
            step("ec2:ModifySubnetAttribute", own("ec2:subnet/{}"), when=_SUBNET_ATTRIBUTES),
            step("ec2:AssociateSubnetCidrBlock", own("ec2:subnet/{}"), when=("ipv6CidrBlock",)),
            step("ec2:DisassociateSubnetCidrBlock", own("ec2:subnet/{}"), when=("ipv6CidrBlock",)),
            *tags("subnet"),
        ),
        # Interfaces that services left behind are looked for, and only then deleted.
        delete=(
            step("ec2:DeleteSubnet", own("ec2:subnet/{}")),
            *asks("ec2:DescribeSubnets", "ec2:DescribeNetworkInterfaces"),
        ),
    ),
    GATEWAY: Needs(
        create=(
            step("ec2:CreateInternetGateway", new("ec2:internet-gateway/{}")),
            made("CreateInternetGateway", "internet-gateway"),
            step("ec2:AttachInternetGateway", own("ec2:internet-gateway/{}"), the_vpc, when=("vpcId",)),
        ),
        read=asks("ec2:DescribeInternetGateways"),
        update=(
            step("ec2:DetachInternetGateway", own("ec2:internet-gateway/{}"), the_vpc, when=("vpcId",)),
            step("ec2:AttachInternetGateway", own("ec2:internet-gateway/{}"), the_vpc, when=("vpcId",)),
            *tags("internet-gateway"),
        ),
        delete=(
            step("ec2:DetachInternetGateway", own("ec2:internet-gateway/{}"), the_vpc, when=("vpcId",)),
            step("ec2:DeleteInternetGateway", own("ec2:internet-gateway/{}")),
            *asks("ec2:DescribeInternetGateways"),
        ),
    ),
    "aws:ec2/internetGatewayAttachment:InternetGatewayAttachment": Needs(
        create=(
            step("ec2:AttachInternetGateway", other("ec2:internet-gateway/{}", "internetGatewayId", GATEWAY), the_vpc),
        ),
        read=asks("ec2:DescribeInternetGateways"),
        delete=(
            step("ec2:DetachInternetGateway", other("ec2:internet-gateway/{}", "internetGatewayId", GATEWAY), the_vpc),
            *asks("ec2:DescribeInternetGateways"),
        ),
    ),
    EIP: Needs(
        create=(
            step("ec2:AllocateAddress", new("ec2:elastic-ip/{}")),
            made("AllocateAddress", "elastic-ip"),
            step("ec2:AssociateAddress", own("ec2:elastic-ip/{}"), when=("instance", "networkInterface")),
        ),
        read=asks("ec2:DescribeAddresses", "ec2:DescribeAddressesAttribute"),
        update=(
            step("ec2:AssociateAddress", own("ec2:elastic-ip/{}"), when=("instance", "networkInterface")),
            step("ec2:DisassociateAddress", own("ec2:elastic-ip/{}"), when=("instance", "networkInterface")),
            *tags("elastic-ip"),
        ),
        delete=(
            step("ec2:DisassociateAddress", own("ec2:elastic-ip/{}"), when=("instance", "networkInterface")),
            step("ec2:ReleaseAddress", own("ec2:elastic-ip/{}")),
            *asks("ec2:DescribeAddresses"),
        ),
    ),
    "aws:ec2/natGateway:NatGateway": Needs(
        create=(
            step(
                "ec2:CreateNatGateway",
                new("ec2:natgateway/{}"),
                the_subnet,
                other("ec2:elastic-ip/{}", "allocationId", EIP),
            ),
            made("CreateNatGateway", "natgateway"),
        ),
        read=asks("ec2:DescribeNatGateways"),
        update=tags("natgateway"),
        delete=(step("ec2:DeleteNatGateway", own("ec2:natgateway/{}")), *asks("ec2:DescribeNatGateways")),
    ),
    TABLE: Needs(
        create=(
            step("ec2:CreateRouteTable", new("ec2:route-table/{}"), the_vpc),
            made("CreateRouteTable", "route-table"),
            step("ec2:CreateRoute", own("ec2:route-table/{}"), when=("routes",)),
        ),
        read=asks("ec2:DescribeRouteTables"),
        update=(
            step("ec2:CreateRoute", own("ec2:route-table/{}"), when=("routes",)),
            step("ec2:ReplaceRoute", own("ec2:route-table/{}"), when=("routes",)),
            step("ec2:DeleteRoute", own("ec2:route-table/{}"), when=("routes",)),
            *tags("route-table"),
        ),
        delete=(step("ec2:DeleteRouteTable", own("ec2:route-table/{}")), *asks("ec2:DescribeRouteTables")),
    ),
    "aws:ec2/route:Route": Needs(
        create=(step("ec2:CreateRoute", the_table),),
        read=asks("ec2:DescribeRouteTables"),
        update=(step("ec2:ReplaceRoute", the_table),),
        delete=(step("ec2:DeleteRoute", the_table), *asks("ec2:DescribeRouteTables")),
    ),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": Needs(
        create=(step("ec2:AssociateRouteTable", the_table, the_subnet),),
        read=asks("ec2:DescribeRouteTables"),
        update=(step("ec2:ReplaceRouteTableAssociation", the_table, the_subnet),),
        delete=(step("ec2:DisassociateRouteTable", the_table, the_subnet), *asks("ec2:DescribeRouteTables")),
    ),
}
