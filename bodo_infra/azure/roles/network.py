"""What making, changing and removing a network needs, and putting things into one."""

from bodo_infra.azure.roles.grants import Grant

WORKSPACE = "Workspace"
GROUP = "the resource group"


def grants() -> tuple[Grant, ...]:
    """For the deployer."""
    return (_networks(), _traffic(), _way_out(), _endpoints(), _names())


def _networks() -> Grant:
    return Grant(
        name="Networks",
        component=WORKSPACE,
        where=GROUP,
        actions={
            "Microsoft.Network/virtualNetworks/read": "read the network, also one of the user's own",
            "Microsoft.Network/virtualNetworks/write": "make it, and change its tags",
            "Microsoft.Network/virtualNetworks/delete": "destroy",
            "Microsoft.Network/virtualNetworks/join/action": "names of private endpoints are known in it",
            "Microsoft.Network/virtualNetworks/subnets/read": "read subnets, also of a network of the user's own",
            "Microsoft.Network/virtualNetworks/subnets/write": "make the subnets of nodes, endpoints and files",
            "Microsoft.Network/virtualNetworks/subnets/delete": "destroy",
            "Microsoft.Network/virtualNetworks/subnets/join/action": "nodes, endpoints and volumes stand in a subnet",
        },
    )


def _traffic() -> Grant:
    return Grant(
        name="Traffic",
        component="Workspace, Cluster",
        where=GROUP,
        actions={
            "Microsoft.Network/networkSecurityGroups/read": "read the groups of nodes and notebooks",
            "Microsoft.Network/networkSecurityGroups/write": "make them, with their rules",
            "Microsoft.Network/networkSecurityGroups/delete": "destroy",
            "Microsoft.Network/networkSecurityGroups/join/action": "interfaces of nodes stand behind a group",
        },
    )


def _way_out() -> Grant:
    return Grant(
        name="WayOut",
        component=WORKSPACE,
        where=GROUP,
        actions={
            "Microsoft.Network/natGateways/read": "read the gateway",
            "Microsoft.Network/natGateways/write": "nodes reach the internet, by choice",
            "Microsoft.Network/natGateways/delete": "destroy, or another egress",
            "Microsoft.Network/natGateways/join/action": "a subnet goes out by the gateway",
            "Microsoft.Network/publicIPAddresses/read": "read the gateway's address",
            "Microsoft.Network/publicIPAddresses/write": "the gateway's address",
            "Microsoft.Network/publicIPAddresses/delete": "destroy, or another egress",
            "Microsoft.Network/publicIPAddresses/join/action": "the gateway takes the address",
        },
    )


def _endpoints() -> Grant:
    return Grant(
        name="Endpoints",
        component=WORKSPACE,
        where=GROUP,
        actions={
            "Microsoft.Network/privateEndpoints/read": "read an endpoint, and wait for it",
            "Microsoft.Network/privateEndpoints/write": "shared files and vault without the internet",
            "Microsoft.Network/privateEndpoints/delete": "destroy, or another egress",
            "Microsoft.Storage/storageAccounts/PrivateEndpointConnectionsApproval/action": "to shared files",
            "Microsoft.KeyVault/vaults/PrivateEndpointConnectionsApproval/action": "to the vault",
        },
    )


def _names() -> Grant:
    return Grant(
        name="Names",
        component=WORKSPACE,
        where=GROUP,
        actions={
            "Microsoft.Network/privateDnsZones/read": "read a zone",
            "Microsoft.Network/privateDnsZones/write": "names of private endpoints",
            "Microsoft.Network/privateDnsZones/delete": "destroy",
            "Microsoft.Network/privateDnsZones/A/read": "read the address behind a name",
            "Microsoft.Network/privateDnsZones/A/write": "the address of an endpoint",
            "Microsoft.Network/privateDnsZones/A/delete": "destroy",
            "Microsoft.Network/privateDnsZones/virtualNetworkLinks/read": "read a link",
            "Microsoft.Network/privateDnsZones/virtualNetworkLinks/write": "the network knows the zone's names",
            "Microsoft.Network/privateDnsZones/virtualNetworkLinks/delete": "destroy",
            # Zones are made and removed in the background, and asked for under types of their own.
            "Microsoft.Network/privateDnsOperationStatuses/read": "wait for a zone or a link",
            "Microsoft.Network/privateDnsOperationResults/read": "wait for a zone or a link to go",
        },
    )
