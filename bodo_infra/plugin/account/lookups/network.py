"""VPCs and what is in them."""

from collections.abc import Mapping

from bodo_infra.errors import NotFoundError
from bodo_infra.plugin.account.account import Account
from bodo_infra.plugin.account.lookups.answer import Answer
from bodo_infra.plugin.account.lookups.rows import only, select
from bodo_infra.plugin.account.rules.network import network
from bodo_infra.plugin.account.rules.tokens import SECURITY_GROUP, SUBNET, VPC, VPC_ENDPOINT
from bodo_infra.plugin.account.view import View
from bodo_infra.plugin.wire_codec import Bag

_VPC_OUTPUTS = frozenset(
    {
        "arn",
        "cidrBlock",
        "dhcpOptionsId",
        "enableDnsHostnames",
        "enableDnsSupport",
        "enableNetworkAddressUsageMetrics",
        "instanceTenancy",
        "ipv6AssociationId",
        "ipv6CidrBlock",
        "mainRouteTableId",
        "ownerId",
    }
)
_VPC_FILTERS = {"vpc-id": "id", "cidr": "cidrBlock", "cidr-block": "cidrBlock", "owner-id": "ownerId"}
_SUBNET_FILTERS = {
    "subnet-id": "id",
    "vpc-id": "vpcId",
    "availability-zone": "availabilityZone",
    "availabilityZone": "availabilityZone",
    "availability-zone-id": "availabilityZoneId",
    "cidr-block": "cidrBlock",
    "map-public-ip-on-launch": "mapPublicIpOnLaunch",
}
_GROUP_FILTERS = {"group-id": "id", "group-name": "name", "vpc-id": "vpcId"}


def _vpc(account: Account, view: View, arguments: Bag) -> Bag:
    row = only("VPC", select(VPC, view, arguments, ("cidrBlock", "dhcpOptionsId"), _VPC_FILTERS), arguments)
    block = row.outputs.get("cidrBlock")
    association = {"associationId": f"vpc-cidr-assoc-{row.id[4:]}", "cidrBlock": block, "state": "associated"}
    return {
        **{name: value for name, value in row.outputs.items() if name in _VPC_OUTPUTS},
        "id": row.id,
        "state": "available",
        "default": False,
        "cidrBlockAssociations": [association],
        "ipv6CidrBlockAssociations": [],
        "tags": row.outputs.get("tagsAll") or {},
        "region": view.region,
    }


def _subnet(account: Account, view: View, arguments: Bag) -> Bag:
    given = ("cidrBlock", "vpcId", "availabilityZone", "availabilityZoneId")
    row = only("subnet", select(SUBNET, view, arguments, given, _SUBNET_FILTERS), arguments)
    block = network(row.outputs.get("cidrBlock"))
    return {
        **{name: value for name, value in row.outputs.items() if name not in ("tagsAll", "ipv6NetmaskLength")},
        "id": row.id,
        "state": "available",
        "defaultForAz": False,
        "availableIpAddressCount": block.num_addresses - 5 if block else 0,
        "tags": row.outputs.get("tagsAll") or {},
        "region": view.region,
    }


def _subnets(account: Account, view: View, arguments: Bag) -> Bag:
    rows = select(SUBNET, view, arguments, (), _SUBNET_FILTERS)
    return {**arguments, "id": view.region, "region": view.region, "ids": [row.id for row in rows]}


def _vpcs(account: Account, view: View, arguments: Bag) -> Bag:
    rows = select(VPC, view, arguments, (), _VPC_FILTERS)
    return {**arguments, "id": view.region, "region": view.region, "ids": [row.id for row in rows]}


def _security_groups(account: Account, view: View, arguments: Bag) -> Bag:
    rows = select(SECURITY_GROUP, view, arguments, (), _GROUP_FILTERS)
    return {
        **arguments,
        "id": view.region,
        "region": view.region,
        "ids": [row.id for row in rows],
        "arns": [row.arn for row in rows],
        "vpcIds": [row.outputs["vpcId"] for row in rows],
    }


def _vpc_endpoint(account: Account, view: View, arguments: Bag) -> Bag:
    rows = select(VPC_ENDPOINT, view, arguments, ("serviceName", "vpcId"), {})
    if not rows:  # in the provider's words: there is no plural form of this data source, so programs go by them
        raise NotFoundError("no matching EC2 VPC Endpoint found", "Make it in this account first")
    row = only("EC2 VPC Endpoint", rows, arguments)
    told = {name: value for name, value in row.outputs.items() if name not in ("tagsAll", "autoAccept")}
    lists: Bag = {name: told.get(name) or [] for name in ("routeTableIds", "subnetIds", "securityGroupIds")}
    return {**told, **lists, "id": row.id, "tags": row.outputs.get("tagsAll") or {}, "region": view.region}


ANSWERS: Mapping[str, Answer] = {
    "aws:ec2/getVpc:getVpc": _vpc,
    "aws:ec2/getVpcs:getVpcs": _vpcs,
    "aws:ec2/getVpcEndpoint:getVpcEndpoint": _vpc_endpoint,
    "aws:ec2/getSecurityGroups:getSecurityGroups": _security_groups,
    "aws:ec2/getSubnet:getSubnet": _subnet,
    "aws:ec2/getSubnets:getSubnets": _subnets,
}
