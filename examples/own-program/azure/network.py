"""A network that this company has anyway: a subnet of machines behind a NAT gateway, and one of private endpoints."""

from dataclasses import dataclass

import pulumi
import pulumi_azure_native as azure_native
from pulumi_azure_native import network


@dataclass(frozen=True, kw_only=True)
class OwnNetwork:
    """``machines``, ``endpoints``: ids of subnets."""

    vnet_id: pulumi.Output[str]
    machines: pulumi.Output[str]
    endpoints: pulumi.Output[str]


def make_network(
    group: azure_native.resources.ResourceGroup, location: str, opts: pulumi.ResourceOptions
) -> OwnNetwork:
    """``location``: of the network, whatever the group's is."""
    here = {"resource_group_name": group.name, "location": location, "tags": {"Name": "own"}, "opts": opts}
    vnet = network.VirtualNetwork(
        "own", address_space=network.AddressSpaceArgs(address_prefixes=["10.80.0.0/16"]), **here
    )
    address = network.PublicIPAddress(
        "nat",
        sku=network.PublicIPAddressSkuArgs(name="Standard"),
        public_ip_allocation_method="Static",
        **here,
    )
    gateway = network.NatGateway(
        "nat",
        sku=network.NatGatewaySkuArgs(name="Standard"),
        public_ip_addresses=[network.SubResourceArgs(id=address.id)],
        **here,
    )
    machines = network.Subnet(
        "machines",
        resource_group_name=group.name,
        virtual_network_name=vnet.name,
        address_prefix="10.80.0.0/20",
        default_outbound_access=False,
        nat_gateway=network.SubResourceArgs(id=gateway.id),
        opts=opts,
    )
    endpoints = network.Subnet(
        "endpoints",
        resource_group_name=group.name,
        virtual_network_name=vnet.name,
        address_prefix="10.80.16.0/24",
        default_outbound_access=False,
        # Azure changes one subnet of a VNet at a time, and refuses others meanwhile.
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[machines])),
    )
    return OwnNetwork(vnet_id=vnet.id, machines=machines.id, endpoints=endpoints.id)
