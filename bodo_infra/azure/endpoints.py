"""Private endpoints: addresses in a workspace's network at which its vault and its shared files answer.

Their public names lead there by a private DNS zone. Usual is one zone for all endpoints of a service, such as
``privatelink.file.core.windows.net``. Of that name there can be one in a resource group, and one that a network looks
into: two workspaces in a group would clash, and so would a workspace in a network of the user's own that has such a
zone already. So each endpoint has a zone of its own, named by the one host that it is for, with one record at its top:
names of other accounts are looked up as before, as the longest zone that fits a name decides.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_azure_native as azure_native

from bodo_infra.azure.workspace_scope import WorkspaceScope
from bodo_infra.component import Component
from bodo_infra.plans.names import PRIVATE_DNS_LINK, PRIVATE_ENDPOINT

RECORD_TTL_S = 60  # short: another endpoint has another address


@dataclass(frozen=True, kw_only=True, slots=True)
class Service:
    """What can be reached privately. ``part``: what Azure calls it (groupId).  ``private_zone``: where Azure points
    public names of things that have a private endpoint ("Azure Private Endpoint private DNS zone values")."""

    part: str
    private_zone: str


FILE_SHARES: Final = Service(part="file", private_zone="privatelink.file.core.windows.net")
VAULTS: Final = Service(part="vault", private_zone="privatelink.vaultcore.azure.net")


@dataclass(frozen=True, kw_only=True)
class Target:
    """The thing behind an endpoint. ``name``: the first word of its host name."""

    id: pulumi.Input[str]
    name: pulumi.Input[str]
    service: Service


@dataclass(frozen=True, kw_only=True)
class EndpointPlace:
    """Where endpoints stand, and the network that knows their names. ``after``: endpoints that come before."""

    vnet_id: pulumi.Input[str]
    subnet_id: pulumi.Input[str]
    after: Sequence[pulumi.Resource] = ()


def make_private_endpoint(
    owner: Component, scope: WorkspaceScope, target: Target, place: EndpointPlace, *, purpose: str
) -> list[pulumi.Resource]:
    """What must be there before the target can be reached. ``purpose``: names the children; it stays."""
    connection = azure_native.network.PrivateLinkServiceConnectionArgs(
        name=target.service.part, private_link_service_id=target.id, group_ids=[target.service.part]
    )
    endpoint = azure_native.network.PrivateEndpoint(
        owner.child_name(f"{purpose}-endpoint"),
        private_endpoint_name=_endpoint_name(scope, target, purpose),
        resource_group_name=scope.group,
        location=scope.region,
        # Not SubnetArgs, which would send settings of a new subnet along.
        subnet={"id": place.subnet_id},
        private_link_service_connections=[connection],
        tags=scope.tagged(f"{purpose}-endpoint"),
        # Azure refuses another target; the provider would try it as an update. And it changes a subnet for one
        # endpoint at a time.
        opts=owner.child_options(replace_on_changes=["privateLinkServiceConnections"], depends_on=place.after),
    )
    zone = azure_native.privatedns.PrivateZone(
        owner.child_name(f"{purpose}-zone"),
        private_zone_name=pulumi.Output.from_input(target.name).apply(lambda name: zone_name(name, target.service)),
        resource_group_name=scope.group,
        location="global",
        tags=scope.tagged(f"{purpose}-zone"),
        opts=owner.child_options(),
    )
    link = azure_native.privatedns.VirtualNetworkLink(
        owner.child_name(f"{purpose}-zone-link"),
        virtual_network_link_name=scope.cloud_name(PRIVATE_DNS_LINK, purpose),
        private_zone_name=zone.name,
        resource_group_name=scope.group,
        location="global",
        virtual_network=azure_native.privatedns.SubResourceArgs(id=place.vnet_id),
        registration_enabled=False,
        tags=scope.tagged(f"{purpose}-zone-link"),
        # As with the endpoint: a link never leads to another network.
        opts=owner.child_options(replace_on_changes=["virtualNetwork"]),
    )
    record = azure_native.privatedns.PrivateRecordSet(
        owner.child_name(f"{purpose}-zone-record"),
        relative_record_set_name="@",
        record_type="A",
        private_zone_name=zone.name,
        resource_group_name=scope.group,
        ttl=RECORD_TTL_S,
        a_records=[azure_native.privatedns.ARecordArgs(ipv4_address=_address(endpoint))],
        opts=owner.child_options(),
    )
    return [endpoint, link, record]


def _endpoint_name(scope: WorkspaceScope, target: Target, purpose: str) -> pulumi.Output[str]:
    """By the target, too: an endpoint of another one is made before the old one goes."""

    def named(name: str) -> pulumi.Output[str]:
        return scope.cloud_name(PRIVATE_ENDPOINT, purpose, name)

    return pulumi.Output.from_input(target.name).apply(named)


def zone_name(target: str, service: Service) -> str:
    """Of the private zone in which the name of a thing ends. ``target``: the first word of its host name."""
    return f"{target}.{service.private_zone}"


def _address(endpoint: azure_native.network.PrivateEndpoint) -> pulumi.Output[str]:
    """Of the endpoint in its subnet. Azure tells it here as long as no group of zones writes records by itself."""

    def first(configs: Sequence[Any] | None) -> str:
        (config,) = configs or ()  # one for the one part of the one service
        return str(config.ip_addresses[0])

    return endpoint.custom_dns_configs.apply(first)
