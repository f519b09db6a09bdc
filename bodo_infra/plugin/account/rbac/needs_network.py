"""What networks, their gateways, rules, endpoints and private names need."""

from collections.abc import Mapping
from dataclasses import replace

from bodo_infra.plugin.account.rbac.steps import Needs, Step, linked, parent, plain

_NETWORK = "Microsoft.Network"
_GROUPS = f"{_NETWORK}/networkSecurityGroups"
_JOIN_SUBNET = f"{_NETWORK}/virtualNetworks/subnets/join/action"
_JOIN_RULE = f"{_NETWORK}/applicationSecurityGroups/joinNetworkSecurityRule/action"
JOIN_BY_ADDRESS = f"{_NETWORK}/applicationSecurityGroups/joinIpConfiguration/action"


def _subnet_links(prefix: str = "") -> tuple[Step, ...]:
    return (
        linked(f"{_GROUPS}/join/action", f"{prefix}networkSecurityGroup.id"),
        linked(f"{_NETWORK}/natGateways/join/action", f"{prefix}natGateway.id"),
        linked(f"{_NETWORK}/routeTables/join/action", f"{prefix}routeTable.id"),
        linked(f"{_NETWORK}/serviceEndpointPolicies/join/action", f"{prefix}serviceEndpointPolicies.id"),
    )


def interface_links(prefix: str = "") -> tuple[Step, ...]:
    """The rights on what a network interface, or the interfaces of a scale set, refer to."""
    addresses = f"{prefix}ipConfigurations"
    return (
        linked(_JOIN_SUBNET, f"{addresses}.subnet.id"),
        linked(f"{_GROUPS}/join/action", f"{prefix}networkSecurityGroup.id"),
        linked(JOIN_BY_ADDRESS, f"{addresses}.applicationSecurityGroups.id"),
        linked(
            f"{_NETWORK}/loadBalancers/backendAddressPools/join/action",
            f"{addresses}.loadBalancerBackendAddressPools.id",
        ),
        linked(f"{_NETWORK}/publicIPAddresses/join/action", f"{addresses}.publicIPAddress.id"),
    )


_ENDPOINT = plain(
    f"{_NETWORK}/privateEndpoints",
    linked(_JOIN_SUBNET, "subnet.id"),
    linked(JOIN_BY_ADDRESS, "applicationSecurityGroups.id"),
    # A connection that is asked for by hand waits for the target's owner instead.
    linked("{type}/PrivateEndpointConnectionsApproval/action", "privateLinkServiceConnections.privateLinkServiceId"),
)

_ZONE_GROUP = plain(
    f"{_NETWORK}/privateEndpoints/privateDnsZoneGroups",
    linked(f"{_NETWORK}/privateDnsZones/join/action", "privateDnsZoneConfigs.privateDnsZoneId"),
)

TYPES: Mapping[str, Needs] = {
    "azure-native:network:VirtualNetwork": plain(
        f"{_NETWORK}/virtualNetworks",
        *_subnet_links("subnets."),
        linked(f"{_NETWORK}/ddosProtectionPlans/join/action", "ddosProtectionPlan.id"),
    ),
    "azure-native:network:Subnet": plain(f"{_NETWORK}/virtualNetworks/subnets", *_subnet_links()),
    "azure-native:network:NetworkSecurityGroup": plain(
        _GROUPS,
        linked(
            _JOIN_RULE,
            "securityRules.sourceApplicationSecurityGroups.id",
            "securityRules.destinationApplicationSecurityGroups.id",
        ),
    ),
    "azure-native:network:SecurityRule": plain(
        f"{_GROUPS}/securityRules",
        linked(_JOIN_RULE, "sourceApplicationSecurityGroups.id", "destinationApplicationSecurityGroups.id"),
    ),
    "azure-native:network:NatGateway": plain(
        f"{_NETWORK}/natGateways",
        linked(f"{_NETWORK}/publicIPAddresses/join/action", "publicIpAddresses.id"),
        linked(f"{_NETWORK}/publicIPPrefixes/join/action", "publicIpPrefixes.id"),
    ),
    "azure-native:network:PublicIPAddress": plain(
        f"{_NETWORK}/publicIPAddresses", linked(f"{_NETWORK}/publicIPPrefixes/join/action", "publicIPPrefix.id")
    ),
    "azure-native:network:PrivateEndpoint": _ENDPOINT,
    "azure-native:network:PrivateDnsZoneGroup": replace(
        _ZONE_GROUP, write=(*_ZONE_GROUP.write, Step(action=f"{_NETWORK}/privateEndpoints/read", on=parent))
    ),
    "azure-native:network:NetworkInterface": plain(f"{_NETWORK}/networkInterfaces", *interface_links()),
    "azure-native:privatedns:PrivateZone": plain(f"{_NETWORK}/privateDnsZones"),
    # The type of its records is part of the right: ``Microsoft.Network/privateDnsZones/A/write``.
    "azure-native:privatedns:PrivateRecordSet": plain("{type}"),
    "azure-native:privatedns:VirtualNetworkLink": plain(
        f"{_NETWORK}/privateDnsZones/virtualNetworkLinks",
        linked(f"{_NETWORK}/virtualNetworks/join/action", "virtualNetwork.id"),
    ),
}
