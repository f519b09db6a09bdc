"""What a VNet of the user's own is like, asked of Azure."""

from collections.abc import Callable
from typing import TypeVar

import pulumi
import pulumi_azure_native as azure_native

from bodo_infra.azure.existing_network import (
    FoundGroup,
    FoundNetwork,
    FoundSubnet,
    FoundVnet,
    GivenNetwork,
)
from bodo_infra.azure.missing import Missing, look_up
from bodo_infra.checks.azure_network import SECURITY_GROUP, SUBNET, VNET
from bodo_infra.plans.arm_ids import ArmId, parse_arm_id

Found = TypeVar("Found")


def read_network(given: GivenNetwork, region: str, options: pulumi.InvokeOptions) -> FoundNetwork | None:
    """What is there of ``given``; None while the provider is not configured: look-ups then answer with nothing."""
    # The SDK types what look-ups answer as never None.
    subscription: str | None = azure_native.authorization.get_client_config(opts=options).subscription_id
    if subscription is None:
        return None
    return FoundNetwork(
        subscription=subscription,
        region=region,
        vnet=_look(_read_vnet, VNET, given.vnet.id, options),
        subnets={subnet.id: _look(_read_subnet, SUBNET, subnet.id, options) for subnet in given.subnets},
        groups={group.id: _look(_read_group, SECURITY_GROUP, group.id, options) for group in given.groups},
    )


def _look(
    read: Callable[[ArmId, pulumi.InvokeOptions], Found], kind: str, id: str, options: pulumi.InvokeOptions
) -> Found | Missing:
    parsed = parse_arm_id(id)
    if parsed is None or not parsed.is_of(kind):
        return "absent"
    return look_up(lambda: read(parsed, options))


def _read_vnet(id: ArmId, options: pulumi.InvokeOptions) -> FoundVnet:
    vnet = azure_native.network.get_virtual_network(
        resource_group_name=id.group, virtual_network_name=id.name, opts=options
    )
    servers = vnet.dhcp_options.dns_servers if vnet.dhcp_options else None
    return FoundVnet(location=vnet.location or "", dns_servers=tuple(servers or ()))


def _read_subnet(id: ArmId, options: pulumi.InvokeOptions) -> FoundSubnet:
    subnet = azure_native.network.get_subnet(
        resource_group_name=id.group, virtual_network_name=id.names[0], subnet_name=id.name, opts=options
    )
    ranges = subnet.address_prefixes or ([subnet.address_prefix] if subnet.address_prefix else [])
    return FoundSubnet(
        ranges=tuple(ranges),
        delegated_to=tuple(each.service_name for each in subnet.delegations or () if each.service_name),
        # Where a route table leads is not asked for: whoever has one knows.
        has_way_out=subnet.nat_gateway is not None or subnet.route_table is not None,
    )


def _read_group(id: ArmId, options: pulumi.InvokeOptions) -> FoundGroup:
    group = azure_native.network.get_network_security_group(
        resource_group_name=id.group, network_security_group_name=id.name, opts=options
    )
    return FoundGroup(location=group.location or "")
