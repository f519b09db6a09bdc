"""Outputs that follow from others and from other resources, and what a PUT does beside its own resource."""

import hashlib
from collections.abc import Callable, Mapping

from bodo_infra.plugin.account.arm import tokens as t
from bodo_infra.plugin.account.arm.authorization import SUBSCRIPTION
from bodo_infra.plugin.account.arm.endpoints import RECORDS
from bodo_infra.plugin.account.arm.network import Block, blocks_of
from bodo_infra.plugin.account.arm.settings import TENANT_ID
from bodo_infra.plugin.account.arm.view import ArmView, values_of
from bodo_infra.plugin.account.store import Row
from bodo_infra.plugin.wire_codec import Bag, Value

_SERVICES = ("blob", "dfs", "file", "queue", "table", "web")
FIRST_ADDRESS = 4
"""The first of a subnet that is not Azure's own."""
_MIB_PER_TIB = {"Standard": 16, "Premium": 64, "Ultra": 128}


def derive(token: str, inputs: Bag, outputs: Bag, view: ArmView) -> Bag:
    """Outputs to lay over the others."""
    make = _DERIVED.get(token)
    return make(inputs, outputs, view) if make else {}


def _account(inputs: Bag, outputs: Bag, view: ArmView) -> Bag:
    name = outputs["name"]
    services = ("file",) if inputs.get("kind") == "FileStorage" else _SERVICES
    hosts = {service: f"{service}.core.windows.net" for service in services}
    hosts.update({"web": "z1.web.core.windows.net"} if "web" in services else {})
    sku = str(outputs["sku"]["name"])
    made = {
        "primaryEndpoints": {service: f"https://{name}.{host}/" for service, host in hosts.items()},
        "sku": {**outputs["sku"], "tier": "Premium" if sku.startswith("Premium") else "Standard"},
        **_with_identity(inputs, outputs, view),
    }
    tiered = inputs.get("kind") in ("StorageV2", "BlobStorage")
    return {**made, "accessTier": outputs.get("accessTier") or "Hot"} if tiered else made


def _container_of_files(inputs: Bag, outputs: Bag, view: ArmView) -> Bag:
    account = view.at(view.own_id.partition("/fileServices/")[0], t.STORAGE_ACCOUNT)
    of_files = account is not None and account.inputs.get("kind") == "FileStorage"
    tier = outputs.get("accessTier") or ("Premium" if of_files else "TransactionOptimized")
    nfs = {"rootSquash": outputs.get("rootSquash") or "NoRootSquash"} if outputs["enabledProtocols"] == "NFS" else {}
    return {"accessTier": tier, "shareQuota": outputs.get("shareQuota") or 5120, **nfs}


def _service(inputs: Bag, outputs: Bag, view: ArmView) -> Bag:
    account = view.parent(t.STORAGE_ACCOUNT)
    return {"sku": account.outputs["sku"]} if account else {}


def _assignment(inputs: Bag, outputs: Bag, view: ArmView) -> Bag:
    role = inputs["roleDefinitionId"].rpartition("/")[2]
    full = f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{role}"
    return {"scope": "/" + inputs["scope"].strip("/"), "roleDefinitionId": full}


def _vnet(inputs: Bag, outputs: Bag, view: ArmView) -> Bag:
    inline = inputs.get("subnets")
    if inline is None:
        return {}
    return {"subnets": [{**each, "id": f"{view.own_id}/subnets/{each['name']}"} for each in inline]}


def _subnet(inputs: Bag, outputs: Bag, view: ArmView) -> Bag:
    delegations = [
        {**each, "id": f"{view.own_id}/delegations/{each.get('name')}", "provisioningState": "Succeeded"}
        for each in inputs.get("delegations") or ()
    ]
    return {"delegations": delegations}


def _public_ip(inputs: Bag, outputs: Bag, view: ArmView) -> Bag:
    label = values_of(inputs, "dnsSettings", "domainNameLabel")
    if label is None:
        return {}
    host = f"{label}.{outputs['location']}.cloudapp.azure.com"
    return {"dnsSettings": {**inputs["dnsSettings"], "fqdn": host}}


def _security_group(inputs: Bag, outputs: Bag, view: ArmView) -> Bag:
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


def _endpoint(inputs: Bag, outputs: Bag, view: ArmView) -> Bag:
    address = _address(values_of(inputs, "subnet", "id"), view.own_id, view)
    connections: list[Bag] = [dict(each) for each in inputs.get("privateLinkServiceConnections") or ()]
    state = {"status": "Approved", "description": "Auto-Approved", "actionsRequired": "None"}
    for each in connections:
        each["id"] = f"{view.own_id}/privateLinkServiceConnections/{each.get('name')}"
        each["provisioningState"] = "Succeeded"
        each["privateLinkServiceConnectionState"] = state
    hosts = [host for each in connections for host in _hosts(each, view)]
    card = inputs.get("customNetworkInterfaceName") or f"{outputs['name']}.nic.{_digest(view.own_id)[:12]}"
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


def _zone_group(inputs: Bag, outputs: Bag, view: ArmView) -> Bag:
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


def _interface(inputs: Bag, outputs: Bag, view: ArmView) -> Bag:
    configurations = []
    for index, each in enumerate(inputs.get("ipConfigurations") or ()):
        place = f"{view.own_id}/ipConfigurations/{each.get('name')}"
        address = each.get("privateIPAddress") or _address(values_of(each, "subnet", "id"), place, view)
        below = {"primary": index == 0, "privateIPAddressVersion": "IPv4", "privateIPAllocationMethod": "Dynamic"}
        configurations.append(
            {**below, **each, "id": place, "privateIPAddress": address, "provisioningState": "Succeeded"}
        )
    return {"ipConfigurations": configurations}


def _record_set(inputs: Bag, outputs: Bag, view: ArmView) -> Bag:
    # The table says {relativeRecordSetName}.{zone}; the apex has the zone's name alone.
    zone = str(inputs["privateZoneName"])
    apex = {"fqdn": f"{zone}."} if inputs.get("relativeRecordSetName") == "@" else {}
    name = RECORDS.get(str(inputs["recordType"]).upper())
    return {**apex, **({name: inputs.get(name)} if name and inputs.get(name) is not None else {})}


def _machine(inputs: Bag, outputs: Bag, view: ArmView) -> Bag:
    derived = _with_identity(inputs, outputs, view)
    disk = values_of(outputs, "storageProfile", "osDisk")
    if isinstance(disk, dict):
        name = disk.get("name") or f"{outputs['name']}_OsDisk_1_{_digest(view.own_id)[:32]}"
        below = {"caching": "ReadWrite", "deleteOption": "Detach", "osType": "Linux", "name": name}
        derived["storageProfile"] = {"dataDisks": [], **outputs["storageProfile"], "osDisk": {**below, **disk}}
    if inputs.get("priority") == "Spot":
        derived["evictionPolicy"] = inputs.get("evictionPolicy") or "Deallocate"
    return derived


def _scale_set(inputs: Bag, outputs: Bag, view: ArmView) -> Bag:
    flexible, zonal = inputs.get("orchestrationMode") == "Flexible", bool(inputs.get("zones"))
    capacity = values_of(inputs, "sku", "capacity") or 0
    profile = {"priority": "Regular", **(outputs.get("virtualMachineProfile") or {})}
    if profile["priority"] == "Spot":
        profile = {"evictionPolicy": "Deallocate", **profile}
    below = {
        "singlePlacementGroup": not flexible and capacity <= 100,
        "platformFaultDomainCount": 1 if flexible or zonal else 5,
        **({} if flexible else {"overprovision": True}),
    }
    if view.before is not None:  # fixed when the set was made
        below = {name: view.before.outputs.get(name, value) for name, value in below.items()}
    return {
        **{name: value for name, value in below.items() if outputs.get(name) is None},
        "virtualMachineProfile": profile,
        "sku": {"tier": "Standard", **(outputs.get("sku") or {})},
        **_with_identity(inputs, outputs, view),
    }


def _with_identity(inputs: Bag, outputs: Bag, view: ArmView) -> Bag:
    """ARM answers a list of identities with a map that says who they are."""
    given = inputs.get("identity")
    if not isinstance(given, dict):
        return {}
    told: Bag = {"type": given.get("type")}
    rows = [(id, view.at(id, t.IDENTITY)) for id in given.get("userAssignedIdentities") or ()]
    if rows:
        told["userAssignedIdentities"] = {
            id: {"principalId": row.outputs["principalId"], "clientId": row.outputs["clientId"]}
            for id, row in rows
            if row is not None
        }
    if "SystemAssigned" in str(given.get("type")):
        before = view.before.outputs.get("identity") if view.before else None
        drawn = _digest(f"{view.own_id}/{outputs.get('uniqueId') or outputs.get('vmId')}")
        own = f"0ff11e01-{drawn[:4]}-4{drawn[4:7]}-8{drawn[7:10]}-{drawn[10:22]}"
        told |= {"principalId": (before or {}).get("principalId") or own, "tenantId": TENANT_ID}
    return {"identity": told}


def _disk(inputs: Bag, outputs: Bag, view: ArmView) -> Bag:
    name = str(values_of(outputs, "sku", "name") or "Standard_LRS")
    size = outputs.get("diskSizeGB")
    tier = next((word for word in ("Premium", "Ultra") if name.startswith(word)), "Standard")
    told: Bag = {"sku": {**(outputs.get("sku") or {"name": name}), "tier": tier}}
    return {**told, "diskSizeBytes": size * 1024**3} if isinstance(size, int) else told


def _vault(inputs: Bag, outputs: Bag, view: ArmView) -> Bag:
    properties = dict(outputs["properties"])
    if str(properties.get("publicNetworkAccess")).lower() == "enabled":
        properties["publicNetworkAccess"] = "Enabled"
    return {"properties": properties}


def _secret(inputs: Bag, outputs: Bag, view: ArmView) -> Bag:
    vault = view.parent(t.VAULT)
    return {"location": vault.outputs["location"]} if vault else {}


def _pool(inputs: Bag, outputs: Bag, view: ArmView) -> Bag:
    throughput = _MIB_PER_TIB.get(str(outputs.get("serviceLevel")), 16) * outputs["size"] / 1024**4
    return {"name": f"{inputs['accountName']}/{inputs['poolName']}", "totalThroughputMibps": throughput}


def _volume(inputs: Bag, outputs: Bag, view: ArmView) -> Bag:
    pool = view.parent(t.NETAPP_POOL)
    target = {
        "mountTargetId": outputs["networkSiblingSetId"],
        "fileSystemId": outputs["fileSystemId"],
        "ipAddress": _address(inputs.get("subnetId"), view.own_id, view),
    }
    level = inputs.get("serviceLevel") or (pool.outputs.get("serviceLevel") if pool else "Standard")
    return {
        "name": f"{inputs['accountName']}/{inputs['poolName']}/{inputs['volumeName']}",
        "mountTargets": [target],
        "serviceLevel": level,
        "effectiveNetworkFeatures": outputs["networkFeatures"],
        "actualThroughputMibps": _MIB_PER_TIB.get(str(level), 16) * outputs["usageThreshold"] / 1024**4,
    }


def _address(subnet: Value, seed: str, view: ArmView) -> str | None:
    """An address of a subnet, drawn from the seed; None while the subnet is not there."""
    row: Row | None = view.at(subnet, t.SUBNET)
    blocks: list[Block] = blocks_of(row.inputs) if row else []
    if not blocks:
        return None
    room = blocks[0].num_addresses - FIRST_ADDRESS - 1
    return str(blocks[0][FIRST_ADDRESS + int(_digest(seed), 16) % room])


def _digest(seed: str) -> str:
    return hashlib.sha256(seed.lower().encode()).hexdigest()


_DERIVED: Mapping[str, Callable[[Bag, Bag, ArmView], Bag]] = {
    t.STORAGE_ACCOUNT: _account,
    t.BLOB_SERVICE: _service,
    t.FILE_SHARE: _container_of_files,
    t.ROLE_ASSIGNMENT: _assignment,
    t.VNET: _vnet,
    t.SUBNET: _subnet,
    t.PUBLIC_IP: _public_ip,
    t.SECURITY_GROUP: _security_group,
    t.PRIVATE_ENDPOINT: _endpoint,
    t.DNS_ZONE_GROUP: _zone_group,
    t.NETWORK_INTERFACE: _interface,
    t.RECORD_SET: _record_set,
    t.VAULT: _vault,
    t.SECRET: _secret,
    t.MACHINE: _machine,
    t.SCALE_SET: _scale_set,
    t.DISK: _disk,
    t.NETAPP_POOL: _pool,
    t.NETAPP_VOLUME: _volume,
}
