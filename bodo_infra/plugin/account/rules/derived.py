"""Outputs that follow from other resources: a subnet's zone, an address inside it, the instances of a group."""

import hashlib
from collections.abc import Callable, Mapping

from bodo_infra.plugin.account.rules import tokens as t
from bodo_infra.plugin.account.rules.compute import template_of
from bodo_infra.plugin.account.rules.network import network
from bodo_infra.plugin.account.store import Row
from bodo_infra.plugin.account.view import View
from bodo_infra.plugin.wire_codec import Bag, Value

RESERVED_ADDRESSES = 4
"""AWS keeps the first four addresses of every subnet, and the last one."""


def derive(type: str, inputs: Bag, outputs: Bag, view: View) -> Bag:
    """Outputs to lay over those of the table. Inputs that the program gives are left alone by the caller."""
    make = _DERIVED.get(type)
    return dict(make(inputs, outputs, view)) if make else {}


def changes_version(type: str) -> str | None:
    """The output that counts the versions of a type, where there is one."""
    return {t.LAUNCH_TEMPLATE: "latestVersion", t.PARAMETER: "version"}.get(type)


def address_in(subnet: Row | None, seed: str) -> str | None:
    """An address inside a subnet, drawn from the seed; None without a subnet."""
    block = network(subnet.inputs.get("cidrBlock")) if subnet else None
    if block is None:
        return None
    room = block.num_addresses - RESERVED_ADDRESSES - 1
    return str(block[RESERVED_ADDRESSES + int(_digest(seed), 16) % room])


def _subnet(inputs: Bag, outputs: Bag, view: View) -> Bag:
    zones = view.zones()
    ids = {id: name for name, id in zones.items()}
    name = inputs.get("availabilityZone") or ids.get(inputs.get("availabilityZoneId", ""))
    if name is None:
        # AWS chooses; the choice must not move, so it follows from the block.
        names = sorted(zones) or [f"{view.region}a"]
        name = names[int(_digest(str(inputs.get("cidrBlock"))), 16) % len(names)]
    return {"availabilityZone": name, "availabilityZoneId": zones.get(name, f"offline-{name}")}


def _nat_gateway(inputs: Bag, outputs: Bag, view: View) -> Bag:
    address = view.find(t.EIP, inputs.get("allocationId"))
    return {
        "privateIp": address_in(view.find(t.SUBNET, inputs.get("subnetId")), outputs["networkInterfaceId"]),
        "publicIp": address.outputs.get("publicIp", "") if address else "",
    }


def _endpoint(inputs: Bag, outputs: Bag, view: View) -> Bag:
    subnets = inputs.get("subnetIds") or []
    gateway = inputs.get("vpcEndpointType", "Gateway") == "Gateway"
    service = str(inputs.get("serviceName", "")).rpartition(".")[2]
    name = f"{outputs['id']}-offline0.{service}.{view.region}.vpce.amazonaws.com"
    return {
        "networkInterfaceIds": [f"eni-{_digest(outputs['id'] + subnet)[:17]}" for subnet in subnets],
        "cidrBlocks": ["203.0.113.0/24"] if gateway else [],
        "dnsEntries": [] if gateway else [{"dnsName": name, "hostedZoneId": "ZOFFLINE"}],
    }


def _interface(inputs: Bag, outputs: Bag, view: View) -> Bag:
    given = inputs.get("privateIps") or []
    address = given[0] if given else address_in(view.find(t.SUBNET, inputs.get("subnetId")), outputs["id"])
    return {"privateIp": address, "privateIps": given or [address]}


def _instance(inputs: Bag, outputs: Bag, view: View) -> Bag:
    subnet = view.find(t.SUBNET, inputs.get("subnetId"))
    template = template_of(inputs, view)
    return {
        "privateIp": address_in(subnet, outputs["id"]),
        "availabilityZone": subnet.outputs.get("availabilityZone") if subnet else None,
        "instanceType": template.inputs.get("instanceType") if template else None,
        "ami": template.inputs.get("imageId") if template else None,
    }


def _group(inputs: Bag, outputs: Bag, view: View) -> Bag:
    subnets = [view.find(t.SUBNET, subnet) for subnet in inputs.get("vpcZoneIdentifiers") or []]
    zones = sorted({subnet.outputs["availabilityZone"] for subnet in subnets if subnet})
    template = template_of(inputs, view)
    block = inputs.get("launchTemplate")
    derived: Bag = {"availabilityZones": zones, "desiredCapacity": inputs.get("minSize")}
    if template is not None and isinstance(block, dict):
        both = {"id": template.id, "name": template.name, "version": "$Default"}
        derived["launchTemplate"] = {**both, **{name: value for name, value in block.items() if value is not None}}
    return derived


def _mount_target(inputs: Bag, outputs: Bag, view: View) -> Bag:
    subnet = view.find(t.SUBNET, inputs.get("subnetId"))
    zone = subnet.outputs.get("availabilityZone") if subnet else ""
    return {
        "availabilityZoneName": zone,
        "availabilityZoneId": subnet.outputs.get("availabilityZoneId") if subnet else "",
        "ipAddress": address_in(subnet, outputs["id"]),
        "mountTargetDnsName": f"{zone}.{outputs['dnsName']}",
    }


def _lustre(inputs: Bag, outputs: Bag, view: View) -> Bag:
    subnet = view.find(t.SUBNET, inputs.get("subnetIds"))
    scratch_1 = inputs.get("deploymentType", "SCRATCH_1") == "SCRATCH_1"
    return {
        "vpcId": subnet.inputs.get("vpcId") if subnet else "",
        "networkInterfaceIds": [f"eni-{_digest(outputs['id'])[:17]}"],
        "mountName": "fsx" if scratch_1 else outputs["mountName"],
    }


def _table(inputs: Bag, outputs: Bag, view: View) -> Bag:
    if inputs.get("streamEnabled") is not True:
        return {}
    label = "2026-01-01T00:00:00.000"
    return {"streamLabel": label, "streamArn": f"{outputs['arn']}/stream/{label}"}


def _alias(inputs: Bag, outputs: Bag, view: View) -> Bag:
    key = view.find(t.KEY, inputs.get("targetKeyId"))
    return {"targetKeyArn": key.arn} if key else {}


def _parameter(inputs: Bag, outputs: Bag, view: View) -> Bag:
    # No slash twice: /a/b has the ARN ...:parameter/a/b.
    arn = outputs["arn"].replace(":parameter//", ":parameter/")
    return {"arn": arn, "value": inputs.get("value", inputs.get("insecureValue"))}


def _digest(seed: str) -> str:
    return hashlib.sha256(seed.encode()).hexdigest()


_DERIVED: Mapping[str, Callable[[Bag, Bag, View], Mapping[str, Value]]] = {
    t.SUBNET: _subnet,
    t.NAT_GATEWAY: _nat_gateway,
    t.VPC_ENDPOINT: _endpoint,
    t.NETWORK_INTERFACE: _interface,
    t.INSTANCE: _instance,
    t.AUTOSCALING_GROUP: _group,
    t.MOUNT_TARGET: _mount_target,
    t.LUSTRE: _lustre,
    t.TABLE: _table,
    t.ALIAS: _alias,
    t.PARAMETER: _parameter,
}
