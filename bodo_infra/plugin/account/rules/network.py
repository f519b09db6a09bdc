"""Rules of VPCs and what stands in them."""

import ipaddress
from collections.abc import Iterator

from bodo_infra.plugin.account.rules import identity
from bodo_infra.plugin.account.rules import tokens as t
from bodo_infra.plugin.account.view import View
from bodo_infra.plugin.handler import Failure
from bodo_infra.plugin.wire_codec import UNKNOWN, Bag, Value

_SOURCES = ("cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId")
_RULE = ("securityGroupId", *_SOURCES, "ipProtocol", "fromPort", "toPort")
ALL_PROTOCOLS = ("-1", "all")


def check_vpc(inputs: Bag, view: View) -> Iterator[Failure]:
    """A VPC needs addresses."""
    if inputs.get("cidrBlock") is None and inputs.get("ipv4IpamPoolId") is None:
        yield Failure(name="cidrBlock", reason="a VPC needs cidrBlock or ipv4IpamPoolId")


def check_subnet(inputs: Bag, view: View) -> Iterator[Failure]:
    """A subnet is a block inside its VPC that no other subnet has, in a zone that there is."""
    yield from _check_zone(inputs, view)
    block = network(inputs.get("cidrBlock"))
    if block is None:
        return
    if not 16 <= block.prefixlen <= 28:
        yield Failure(name="cidrBlock", reason=f"/{block.prefixlen} is not allowed: it must be between /16 and /28")
    vpc = view.find(t.VPC, inputs.get("vpcId"))
    if vpc is None:
        return
    whole = network(vpc.inputs.get("cidrBlock"))
    if whole is not None and not block.subnet_of(whole):
        yield Failure(name="cidrBlock", reason=f"{block} is not inside {whole}, the block of {vpc.id}")
    for other in view.others(t.SUBNET, vpcId=vpc.id):
        taken = network(other.inputs.get("cidrBlock"))
        if taken is not None and block.overlaps(taken):
            yield Failure(name="cidrBlock", reason=f"{block} overlaps {taken} of {other.id} in the same VPC")


def check_security_group(inputs: Bag, view: View) -> Iterator[Failure]:
    """Names are unique within a VPC; there is no default VPC to fall back to."""
    if inputs.get("vpcId") is None:
        yield Failure(name="vpcId", reason="it is missing, and the offline account has no default VPC")
    if str(inputs.get("name", "")).startswith("sg-"):
        yield Failure(name="name", reason="it must not begin with sg-")
    if inputs.get("description") == "":
        yield Failure(name="description", reason="it must not be empty")
    for other in view.others(t.SECURITY_GROUP, vpcId=inputs.get("vpcId"), name=inputs.get("name")):
        yield Failure(name="name", reason=f"{other.name!r} is taken by {other.id} in the same VPC")
    for direction in ("ingress", "egress"):
        for index, rule in enumerate(_known_list(inputs.get(direction))):
            if rule.get("protocol") in ALL_PROTOCOLS and any(rule.get(port) for port in ("fromPort", "toPort")):
                yield Failure(name=f"{direction}[{index}].fromPort", reason="with protocol -1 both ports must be 0")


def check_group_rule(inputs: Bag, view: View) -> Iterator[Failure]:
    """One kind of source, ports that fit the protocol, and no rule twice."""
    if inputs.get("ipProtocol") in ALL_PROTOCOLS:
        for port in ("fromPort", "toPort"):
            if inputs.get(port) is not None:
                yield Failure(name=port, reason="with ipProtocol -1 it must be left out, or the plan never settles")
    elif str(inputs.get("ipProtocol")) in ("tcp", "udp", "6", "17") and inputs.get("fromPort") is None:
        yield Failure(name="fromPort", reason=f"ipProtocol {inputs['ipProtocol']} needs it")
    first, last = inputs.get("fromPort"), inputs.get("toPort")
    if isinstance(first, int) and isinstance(last, int) and first > last and last != -1:
        yield Failure(name="toPort", reason=f"{last} is below fromPort, {first}")


def check_ingress_rule(inputs: Bag, view: View) -> Iterator[Failure]:
    """As every rule of a group; no such ingress rule is there yet."""
    yield from check_group_rule(inputs, view)
    yield from _check_duplicate(t.INGRESS_RULE, inputs, view)


def check_egress_rule(inputs: Bag, view: View) -> Iterator[Failure]:
    """As every rule of a group; no such egress rule is there yet."""
    yield from check_group_rule(inputs, view)
    yield from _check_duplicate(t.EGRESS_RULE, inputs, view)


def check_internet_gateway(inputs: Bag, view: View) -> Iterator[Failure]:
    """A VPC has one internet gateway."""
    for other in view.others(t.INTERNET_GATEWAY, vpcId=inputs.get("vpcId")):
        yield Failure(name="vpcId", reason=f"{inputs['vpcId']} has an internet gateway already: {other.id}")


def check_nat_gateway(inputs: Bag, view: View) -> Iterator[Failure]:
    """A public one has an address, and a VPC that leads to the internet."""
    if inputs.get("availabilityMode") == "regional":
        return
    if inputs.get("subnetId") is None:
        yield Failure(name="subnetId", reason="a zonal NAT gateway needs it")
    private = inputs.get("connectivityType") == "private"
    if not private and inputs.get("allocationId") is None:
        yield Failure(name="allocationId", reason="a public NAT gateway needs the allocation of an Elastic IP")
    if private and inputs.get("allocationId") is not None:
        yield Failure(name="allocationId", reason="a private NAT gateway cannot have an address")
    subnet = view.find(t.SUBNET, inputs.get("subnetId"))
    if subnet is not None and not private:
        vpc = subnet.inputs.get("vpcId")
        if not any(view.others(t.INTERNET_GATEWAY, vpcId=vpc)):
            reason = f"{vpc} has no internet gateway yet; make the NAT gateway depend on it"
            yield Failure(name="subnetId", reason=reason)
    for other in view.others(t.NAT_GATEWAY, allocationId=inputs.get("allocationId")):
        yield Failure(name="allocationId", reason=f"{inputs['allocationId']} is in use by {other.id}")


def check_route(inputs: Bag, view: View) -> Iterator[Failure]:
    """A table has one route to a destination."""
    for other in view.others(t.ROUTE, routeTableId=inputs.get("routeTableId")):
        destination = next((name for name in _DESTINATIONS if _same(other.inputs, inputs, name)), None)
        if destination:
            table = inputs["routeTableId"]
            yield Failure(name=destination, reason=f"{table} has a route to {inputs[destination]} already")


def check_route_table_association(inputs: Bag, view: View) -> Iterator[Failure]:
    """A subnet has one table, of its own VPC."""
    for other in view.others(t.ROUTE_TABLE_ASSOCIATION, subnetId=inputs.get("subnetId")):
        yield Failure(name="subnetId", reason=f"{inputs['subnetId']} has a route table already: {other.id}")
    table, subnet = view.find(t.ROUTE_TABLE, inputs.get("routeTableId")), view.find(t.SUBNET, inputs.get("subnetId"))
    if table and subnet and table.inputs.get("vpcId") != subnet.inputs.get("vpcId"):
        yield Failure(name="routeTableId", reason=f"{table.id} and {subnet.id} are in different VPCs")


def check_vpc_endpoint(inputs: Bag, view: View) -> Iterator[Failure]:
    """Interfaces stand in subnets, gateways in route tables; private DNS needs the VPC's DNS."""
    yield from identity.check_resource_policy(inputs, view)
    kind = inputs.get("vpcEndpointType", "Gateway")
    wrong = {"Gateway": ("subnetIds", "securityGroupIds"), "Interface": ("routeTableIds",)}.get(kind, ())
    for name in wrong:
        if inputs.get(name):
            yield Failure(name=name, reason=f"an endpoint of type {kind} does not take it")
    vpc = view.find(t.VPC, inputs.get("vpcId"))
    if inputs.get("privateDnsEnabled") is True and vpc is not None:
        for name in ("enableDnsSupport", "enableDnsHostnames"):
            if vpc.outputs.get(name) is not True:
                yield Failure(name="privateDnsEnabled", reason=f"it needs {name} on {vpc.id}")


def network(value: Value) -> ipaddress.IPv4Network | None:
    """The block of addresses of a text; None when it is unknown, or no such block."""
    if not isinstance(value, str):
        return None
    try:
        return ipaddress.IPv4Network(value, strict=False)
    except ValueError:
        return None


_DESTINATIONS = ("destinationCidrBlock", "destinationIpv6CidrBlock", "destinationPrefixListId")


def _check_zone(inputs: Bag, view: View) -> Iterator[Failure]:
    zones = view.zones()
    for name, known in (("availabilityZone", zones.keys()), ("availabilityZoneId", zones.values())):
        value = inputs.get(name)
        if isinstance(value, str) and zones and value not in known:
            yield Failure(name=name, reason=f"{value!r} is no zone of {view.region}: {', '.join(sorted(known))}")


def _check_duplicate(type: str, inputs: Bag, view: View) -> Iterator[Failure]:
    if any(inputs.get(name) is UNKNOWN for name in _RULE):
        return
    for other in view.others(type, securityGroupId=inputs.get("securityGroupId")):
        if all(other.inputs.get(name) == inputs.get(name) for name in _RULE):
            yield Failure(
                name="securityGroupId", reason=f"{inputs['securityGroupId']} has this rule already: {other.id}"
            )


def _same(one: Bag, other: Bag, name: str) -> bool:
    value = one.get(name)
    return value is not None and value is not UNKNOWN and value == other.get(name)


def _known_list(value: Value) -> list[Bag]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
