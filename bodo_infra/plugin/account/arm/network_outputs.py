"""Outputs of networks that follow from others and from other resources."""

import hashlib

from bodo_infra.plugin.account.arm import tokens as t
from bodo_infra.plugin.account.arm.endpoints import RECORDS
from bodo_infra.plugin.account.arm.network import Block, blocks_of
from bodo_infra.plugin.account.arm.view import ArmView, values_of
from bodo_infra.plugin.account.store import Row
from bodo_infra.plugin.wire_codec import Bag, Value

FIRST_ADDRESS = 4
"""The first of a subnet that is not Azure's own."""


def vnet(inputs: Bag, outputs: Bag, view: ArmView) -> Bag:
    """Inline subnets have ids."""
    inline = inputs.get("subnets")
    if inline is None:
        return {}
    return {"subnets": [{**each, "id": f"{view.own_id}/subnets/{each['name']}"} for each in inline]}


def subnet(inputs: Bag, outputs: Bag, view: ArmView) -> Bag:
    """What delegations have become."""
    delegations = [
        {**each, "id": f"{view.own_id}/delegations/{each.get('name')}", "provisioningState": "Succeeded"}
        for each in inputs.get("delegations") or ()
    ]
    return {"delegations": delegations}


def public_ip(inputs: Bag, outputs: Bag, view: ArmView) -> Bag:
    """The name that a label leads to."""
    label = values_of(inputs, "dnsSettings", "domainNameLabel")
    if label is None:
        return {}
    host = f"{label}.{outputs['location']}.cloudapp.azure.com"
    return {"dnsSettings": {**inputs["dnsSettings"], "fqdn": host}}


def security_group(inputs: Bag, outputs: Bag, view: ArmView) -> Bag:
    """The rules that every group has."""
    rules = []
    for direction, names in (("Inbound", _INBOUND), ("Outbound", _OUTBOUND)):
        for name, priority, access, source, target in names:
            rules.append(
                {
                    "id": f"{view.own_id}/defaultSecurityRules/{name}",
                    "name": name,
                    "priority": priority,
                    "access": access,
                    "direction": direction,
                    "protocol": "*",
                    "sourceAddressPrefix": source,
                    "sourcePortRange": "*",
                    "destinationAddressPrefix": target,
                    "destinationPortRange": "*",
                    "provisioningState": "Succeeded",
                }
            )
    return {"defaultSecurityRules": rules}


_INBOUND = (
    ("AllowVnetInBound", 65000, "Allow", "VirtualNetwork", "VirtualNetwork"),
    ("AllowAzureLoadBalancerInBound", 65001, "Allow", "AzureLoadBalancer", "*"),
    ("DenyAllInBound", 65500, "Deny", "*", "*"),
)
_OUTBOUND = (
    ("AllowVnetOutBound", 65000, "Allow", "VirtualNetwork", "VirtualNetwork"),
    ("AllowInternetOutBound", 65001, "Allow", "*", "Internet"),
    ("DenyAllOutBound", 65500, "Deny", "*", "*"),
)


def endpoint(inputs: Bag, outputs: Bag, view: ArmView) -> Bag:
    """The connection, its interface, and the names that lead to it."""
    address = address_in(values_of(inputs, "subnet", "id"), view.own_id, view)
    connections: list[Bag] = [dict(each) for each in inputs.get("privateLinkServiceConnections") or ()]
    state = {"status": "Approved", "description": "Auto-Approved", "actionsRequired": "None"}
    for each in connections:
        each["id"] = f"{view.own_id}/privateLinkServiceConnections/{each.get('name')}"
        each["provisioningState"] = "Succeeded"
        each["privateLinkServiceConnectionState"] = state
    hosts = [host for each in connections for host in _hosts(each, view)]
    card = inputs.get("customNetworkInterfaceName") or f"{outputs['name']}.nic.{digest(view.own_id)[:12]}"
    group = view.own_id.partition("/providers/")[0]
    return {
        "privateLinkServiceConnections": connections,
        "networkInterfaces": [{"id": f"{group}/providers/Microsoft.Network/networkInterfaces/{card}"}],
        "customDnsConfigs": [{"fqdn": host, "ipAddresses": [address]} for host in hosts],
    }


def _hosts(connection: Bag, view: ArmView) -> list[str]:
    target = view.at(connection.get("privateLinkServiceId"))
    if target is None:
        return []
    if target.type == t.VAULT:
        return [f"{target.name}.vault.azure.net"]
    return [f"{target.name}.{group}.core.windows.net" for group in connection.get("groupIds") or ()]


def zone_group(inputs: Bag, outputs: Bag, view: ArmView) -> Bag:
    """The records that it has written."""
    endpoint = view.parent(t.PRIVATE_ENDPOINT)
    told = endpoint.outputs["customDnsConfigs"] if endpoint else []
    configs = []
    for config in inputs.get("privateDnsZoneConfigs") or ():
        zone = str(config.get("privateDnsZoneId")).rpartition("/")[2]
        records = [
            {
                "recordType": "A",
                "recordSetName": each["fqdn"].partition(".")[0],
                "fqdn": f"{each['fqdn'].partition('.')[0]}.{zone}",
                "ttl": 10,
                "ipAddresses": each["ipAddresses"],
                "provisioningState": "Succeeded",
            }
            for each in told
        ]
        configs.append({**config, "recordSets": records})
    return {"privateDnsZoneConfigs": configs}


def interface(inputs: Bag, outputs: Bag, view: ArmView) -> Bag:
    """Each configuration, with an address."""
    configurations = []
    for index, each in enumerate(inputs.get("ipConfigurations") or ()):
        place = f"{view.own_id}/ipConfigurations/{each.get('name')}"
        address = each.get("privateIPAddress") or address_in(values_of(each, "subnet", "id"), place, view)
        below = {"primary": index == 0, "privateIPAddressVersion": "IPv4", "privateIPAllocationMethod": "Dynamic"}
        configurations.append(
            {**below, **each, "id": place, "privateIPAddress": address, "provisioningState": "Succeeded"}
        )
    return {"ipConfigurations": configurations}


def record_set(inputs: Bag, outputs: Bag, view: ArmView) -> Bag:
    """The whole name, and the records."""
    # The table says {relativeRecordSetName}.{zone}; the apex has the zone's name alone.
    zone = str(inputs["privateZoneName"])
    apex = {"fqdn": f"{zone}."} if inputs.get("relativeRecordSetName") == "@" else {}
    name = RECORDS.get(str(inputs["recordType"]).upper())
    return {**apex, **({name: inputs.get(name)} if name and inputs.get(name) is not None else {})}


def address_in(subnet: Value, seed: str, view: ArmView) -> str | None:
    """An address of a subnet, drawn from the seed; None while the subnet is not there."""
    row: Row | None = view.at(subnet, t.SUBNET)
    blocks: list[Block] = blocks_of(row.inputs) if row else []
    if not blocks:
        return None
    room = blocks[0].num_addresses - FIRST_ADDRESS - 1
    return str(blocks[0][FIRST_ADDRESS + int(digest(seed), 16) % room])


def digest(seed: str) -> str:
    """64 hexadecimal digits that follow from an id, in whatever case it is written."""
    return hashlib.sha256(seed.lower().encode()).hexdigest()
