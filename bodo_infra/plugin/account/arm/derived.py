"""Outputs that follow from others and from other resources; those of networks are in network_outputs.py."""

from collections.abc import Callable, Mapping

from bodo_infra.plugin.account.arm import network_outputs
from bodo_infra.plugin.account.arm import tokens as t
from bodo_infra.plugin.account.arm.authorization import SUBSCRIPTION
from bodo_infra.plugin.account.arm.network_outputs import address_in, digest
from bodo_infra.plugin.account.arm.settings import OWN_IDENTITY_START, TENANT_ID
from bodo_infra.plugin.account.arm.view import ArmView, values_of
from bodo_infra.plugin.wire_codec import Bag

_SERVICES = ("blob", "dfs", "file", "queue", "table", "web")
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


def _share(inputs: Bag, outputs: Bag, view: ArmView) -> Bag:
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


def _machine(inputs: Bag, outputs: Bag, view: ArmView) -> Bag:
    derived = _with_identity(inputs, outputs, view)
    disk = values_of(outputs, "storageProfile", "osDisk")
    if isinstance(disk, dict):
        name = disk.get("name") or f"{outputs['name']}_OsDisk_1_{digest(view.own_id)[:32]}"
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
        drawn = digest(f"{view.own_id}/{outputs.get('uniqueId') or outputs.get('vmId')}")
        own = f"{OWN_IDENTITY_START}{drawn[:4]}-4{drawn[4:7]}-8{drawn[7:10]}-{drawn[10:22]}"
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
        "ipAddress": address_in(inputs.get("subnetId"), view.own_id, view),
    }
    level = inputs.get("serviceLevel") or (pool.outputs.get("serviceLevel") if pool else "Standard")
    return {
        "name": f"{inputs['accountName']}/{inputs['poolName']}/{inputs['volumeName']}",
        "mountTargets": [target],
        "serviceLevel": level,
        "effectiveNetworkFeatures": outputs["networkFeatures"],
        "actualThroughputMibps": _MIB_PER_TIB.get(str(level), 16) * outputs["usageThreshold"] / 1024**4,
    }


_DERIVED: Mapping[str, Callable[[Bag, Bag, ArmView], Bag]] = {
    t.STORAGE_ACCOUNT: _account,
    t.BLOB_SERVICE: _service,
    t.FILE_SHARE: _share,
    t.ROLE_ASSIGNMENT: _assignment,
    t.VNET: network_outputs.vnet,
    t.SUBNET: network_outputs.subnet,
    t.PUBLIC_IP: network_outputs.public_ip,
    t.SECURITY_GROUP: network_outputs.security_group,
    t.PRIVATE_ENDPOINT: network_outputs.endpoint,
    t.DNS_ZONE_GROUP: network_outputs.zone_group,
    t.NETWORK_INTERFACE: network_outputs.interface,
    t.RECORD_SET: network_outputs.record_set,
    t.VAULT: _vault,
    t.SECRET: _secret,
    t.MACHINE: _machine,
    t.SCALE_SET: _scale_set,
    t.DISK: _disk,
    t.NETAPP_POOL: _pool,
    t.NETAPP_VOLUME: _volume,
}
