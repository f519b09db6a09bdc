"""What a network of the user's own is like, asked of AWS.

Lists are asked for by filter: where there is nothing they are empty, while a single look-up would be an error that
ends the program at the first mistake.
"""

from collections.abc import Mapping, Sequence
from typing import TypedDict

import pulumi
import pulumi_aws as aws

from bodo_infra.aws.existing_network import FoundEndpoint, FoundNetwork, FoundSubnet, FoundVpc, GivenNetwork
from bodo_infra.plans.network_plan import ENDPOINTS, EVERYWHERE

INTERNET_GATEWAY = "igw-"
NO_ENDPOINT = "no matching EC2 VPC Endpoint found"

# Where a route may lead, beside gateway_id.
_TARGETS = (
    "nat_gateway_id",
    "transit_gateway_id",
    "network_interface_id",
    "instance_id",
    "vpc_endpoint_id",
    "vpc_peering_connection_id",
    "core_network_arn",
    "local_gateway_id",
    "carrier_gateway_id",
    "odb_network_arn",
)


class Filter(TypedDict):
    """The form of all filters; the SDK has a type of its own for each look-up."""

    name: str
    values: Sequence[str]


def read_network(given: GivenNetwork, region: str, options: pulumi.InvokeOptions) -> FoundNetwork | None:
    """What is there of ``given``; None while the provider is not configured: look-ups then answer with nothing."""
    # The SDK types what look-ups answer as never None.
    vpcs: Sequence[str] | None = aws.ec2.get_vpcs(filters=[filter_by("vpc-id", given.vpc.id)], opts=options).ids
    if vpcs is None:
        return None
    subnets = _read_subnets([subnet.id for subnet in given.subnets], options)
    closed = any(subnet.default_target is None for subnet in subnets.values())
    return FoundNetwork(
        region=region,
        vpc=_read_vpc(given.vpc.id, options) if vpcs else None,
        subnets=subnets,
        groups=_read_groups([group.id for group in given.groups], options),
        endpoints=_read_endpoints(given.vpc.id, region, options) if vpcs and closed else {},
    )


def _read_vpc(id: str, options: pulumi.InvokeOptions) -> FoundVpc:
    vpc = aws.ec2.get_vpc(id=id, opts=options)
    return FoundVpc(dns_support=vpc.enable_dns_support, dns_hostnames=vpc.enable_dns_hostnames)


def _read_subnets(ids: Sequence[str], options: pulumi.InvokeOptions) -> dict[str, FoundSubnet]:
    present = aws.ec2.get_subnets(filters=[filter_by("subnet-id", *ids)], opts=options).ids
    subnets = {id: aws.ec2.get_subnet(id=id, opts=options) for id in present}
    tables = _read_tables([filter_by("association.subnet-id", *present)], options) if present else {}
    own = {item.subnet_id: table for table in tables.values() for item in table.associations if item.subnet_id}
    others = {subnet.vpc_id for id, subnet in subnets.items() if id not in own}
    main = {vpc: _read_main_table(vpc, options) for vpc in others}
    return {id: _found_subnet(subnet, own.get(id) or main[subnet.vpc_id]) for id, subnet in subnets.items()}


def _read_main_table(vpc_id: str, options: pulumi.InvokeOptions) -> aws.ec2.GetRouteTableResult:
    """What serves subnets without a table of their own."""
    filters = [filter_by("vpc-id", vpc_id), filter_by("association.main", "true")]
    (table,) = _read_tables(filters, options).values()
    return table


def _read_tables(filters: Sequence[Filter], options: pulumi.InvokeOptions) -> dict[str, aws.ec2.GetRouteTableResult]:
    ids = aws.ec2.get_route_tables(filters=filters, opts=options).ids
    return {id: aws.ec2.get_route_table(route_table_id=id, opts=options) for id in ids}


def _found_subnet(subnet: aws.ec2.GetSubnetResult, table: aws.ec2.GetRouteTableResult) -> FoundSubnet:
    gateways = [route.gateway_id for route in table.routes if (route.gateway_id or "").startswith(INTERNET_GATEWAY)]
    targets = [_target(route) for route in table.routes if route.cidr_block == EVERYWHERE]
    return FoundSubnet(
        vpc_id=subnet.vpc_id,
        zone_id=subnet.availability_zone_id,
        gives_public_addresses=subnet.map_public_ip_on_launch,
        route_table_id=table.id,
        default_target=targets[0] if targets else None,
        internet_gateway=gateways[0] if gateways else None,
    )


def _target(route: object) -> str:
    found: list[str] = [value for name in ("gateway_id", *_TARGETS) if (value := getattr(route, name))]
    return found[0] if found else "a target of an unknown kind"


def _read_groups(ids: Sequence[str], options: pulumi.InvokeOptions) -> dict[str, str]:
    if not ids:
        return {}
    found = aws.ec2.get_security_groups(filters=[filter_by("group-id", *ids)], opts=options)
    return dict(zip(found.ids, found.vpc_ids, strict=True))


def _read_endpoints(vpc_id: str, region: str, options: pulumi.InvokeOptions) -> Mapping[str, FoundEndpoint]:
    """Of the services that nodes need; there is no look-up that lists endpoints."""
    found = {endpoint.service: _read_endpoint(vpc_id, endpoint.service_name(region), options) for endpoint in ENDPOINTS}
    return {service: endpoint for service, endpoint in found.items() if endpoint is not None}


def _read_endpoint(vpc_id: str, service_name: str, options: pulumi.InvokeOptions) -> FoundEndpoint | None:
    try:
        found = aws.ec2.get_vpc_endpoint(vpc_id=vpc_id, service_name=service_name, opts=options)
    except Exception as error:  # the SDK raises nothing more precise, for whatever went wrong
        if NO_ENDPOINT in str(error):
            return None
        raise
    return FoundEndpoint(route_table_ids=tuple(found.route_table_ids), private_dns=found.private_dns_enabled)


def filter_by(name: str, *values: str) -> Filter:
    """Whatever has one of the values."""
    return {"name": name, "values": values}
