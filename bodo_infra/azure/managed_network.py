"""A workspace's own VNet: a subnet of nodes in all zones, which reach the internet by NAT, or Azure Storage alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_azure_native as azure_native
import pulumi_random as random

from bodo_infra.azure.workspace_scope import WorkspaceScope
from bodo_infra.component import Component
from bodo_infra.plans.azure_network import ENDPOINTS, FILES, NETAPP_VOLUMES, NODES, AzureNetworkPlan, SubnetPlan
from bodo_infra.plans.names import NAT_GATEWAY, PUBLIC_IP, VIRTUAL_NETWORK
from bodo_infra.scope import UUID_CHARACTERS

STORAGE_OF_ALL_REGIONS = "Microsoft.Storage.Global"
"""A service endpoint: nodes reach Azure Storage with their private address, past NAT, which costs by the GB, and also
where there is no NAT. It costs nothing itself. Not a private endpoint: the name of the cloud-config's account could
lead to that of one workspace in a resource group alone."""


@dataclass(frozen=True, kw_only=True)
class ManagedNetworkParts:
    """What other parts of the workspace stand on. ``subnet_ids``: by purpose.  ``ready``: what nodes need in order to
    reach the internet."""

    vnet_id: pulumi.Output[str]
    subnet_ids: Mapping[str, pulumi.Output[str]]
    ready: Sequence[pulumi.Resource]


@dataclass(frozen=True, kw_only=True)
class NetworkWishes:
    """``way_out``: whether nodes reach the internet.  ``endpoints_group_id``: the security group of the endpoints.

    ``keeps_files``: the subnet of files stays when everything else goes, and the VNet with it: a volume that is kept
    stands in it.
    """

    way_out: bool
    endpoints_group_id: pulumi.Input[str]
    keeps_files: bool


def make_managed_network(
    owner: Component, scope: WorkspaceScope, plan: AzureNetworkPlan, wishes: NetworkWishes
) -> ManagedNetworkParts:
    """The VNet with its subnets. Another range is another VNet, by its name, with all that is in it.

    With a subnet for a volume it has a name that is drawn: the volume may be kept, and this VNet with it, when the
    workspace goes on without it or in another range, and comes back to either.
    """
    vnet = azure_native.network.VirtualNetwork(
        owner.child_name("vnet"),
        virtual_network_name=_name(owner, scope, plan),
        resource_group_name=scope.group,
        location=scope.region,
        address_space=azure_native.network.AddressSpaceArgs(address_prefixes=[plan.cidr]),
        tags=scope.tagged("vnet"),
        opts=owner.child_options(retain_on_delete=wishes.keeps_files),
    )
    gateway = _make_gateway(owner, scope) if wishes.way_out else None
    maker = _SubnetMaker(owner=owner, scope=scope, vnet=vnet)
    nodes = maker.subnet(
        plan.nodes,
        nat_gateway=azure_native.network.SubResourceArgs(id=gateway.id) if gateway else None,
        service_endpoints=[
            azure_native.network.ServiceEndpointPropertiesFormatArgs(service=STORAGE_OF_ALL_REGIONS, locations=["*"])
        ],
    )
    endpoints = maker.subnet(
        plan.endpoints,
        after=nodes,
        # Without it groups do not hold for endpoints.
        private_endpoint_network_policies="NetworkSecurityGroupEnabled",
        network_security_group=azure_native.network.NetworkSecurityGroupArgs(id=wishes.endpoints_group_id),
    )
    subnets = {NODES: nodes.id, ENDPOINTS: endpoints.id}
    if plan.files is not None:
        files = maker.subnet(
            plan.files,
            after=endpoints,
            keep=wishes.keeps_files,
            delegations=[azure_native.network.DelegationArgs(name="netapp", service_name=NETAPP_VOLUMES)],
        )
        subnets[FILES] = files.id
    return ManagedNetworkParts(vnet_id=vnet.id, subnet_ids=subnets, ready=[nodes, *([gateway] if gateway else [])])


def _name(owner: Component, scope: WorkspaceScope, plan: AzureNetworkPlan) -> pulumi.Output[str]:
    by_range = plan.cidr.replace(".", "-").replace("/", "-")
    if plan.files is None:
        return scope.cloud_name(VIRTUAL_NETWORK, "vnet", by_range)
    drawn = random.RandomUuid(owner.child_name("uuid"), keepers={"cidr": plan.cidr}, opts=owner.child_options()).result
    return drawn.apply(lambda uuid: scope.cloud_name(VIRTUAL_NETWORK, "vnet", by_range, uuid[:UUID_CHARACTERS]))


@dataclass(frozen=True, kw_only=True)
class _SubnetMaker:
    """Makes the subnets of one VNet."""

    owner: Component
    scope: WorkspaceScope
    vnet: azure_native.network.VirtualNetwork

    def subnet(
        self,
        planned: SubnetPlan,
        *,
        after: pulumi.Resource | None = None,
        keep: bool = False,
        private_endpoint_network_policies: str = "Disabled",
        nat_gateway: azure_native.network.SubResourceArgs | None = None,
        network_security_group: azure_native.network.NetworkSecurityGroupArgs | None = None,
        service_endpoints: Sequence[azure_native.network.ServiceEndpointPropertiesFormatArgs] | None = None,
        delegations: Sequence[azure_native.network.DelegationArgs] | None = None,
    ) -> azure_native.network.Subnet:
        return azure_native.network.Subnet(
            self.owner.child_name(f"{planned.purpose}-subnet"),
            subnet_name=planned.purpose,
            virtual_network_name=self.vnet.name,
            resource_group_name=self.scope.group,
            address_prefix=planned.cidr,
            # Else machines reach the internet by an address that nobody has chosen.
            default_outbound_access=False,
            private_endpoint_network_policies=private_endpoint_network_policies,
            nat_gateway=nat_gateway,
            network_security_group=network_security_group,
            service_endpoints=service_endpoints,
            delegations=delegations,
            # One after the other: Azure changes one subnet of a VNet at a time, and refuses others meanwhile.
            opts=self.owner.child_options(depends_on=[after] if after else [], retain_on_delete=keep),
        )


def _make_gateway(owner: Component, scope: WorkspaceScope) -> azure_native.network.NatGateway:
    """With an address that stays: the only one that the internet sees of a workspace."""
    address = azure_native.network.PublicIPAddress(
        owner.child_name("nat-address"),
        public_ip_address_name=scope.cloud_name(PUBLIC_IP, "nat"),
        resource_group_name=scope.group,
        location=scope.region,
        sku=azure_native.network.PublicIPAddressSkuArgs(name="Standard"),
        public_ip_allocation_method="Static",
        tags=scope.tagged("nat-address"),
        opts=owner.child_options(),
    )
    return azure_native.network.NatGateway(
        owner.child_name("nat"),
        nat_gateway_name=scope.cloud_name(NAT_GATEWAY, "nat"),
        resource_group_name=scope.group,
        location=scope.region,
        sku=azure_native.network.NatGatewaySkuArgs(name="Standard"),
        public_ip_addresses=[azure_native.network.SubResourceArgs(id=address.id)],
        tags=scope.tagged("nat"),
        opts=owner.child_options(),
    )
