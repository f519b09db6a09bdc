"""Rules of security groups, of the ways out of a network, and of network interfaces."""

from collections.abc import Iterator
from ipaddress import ip_address

from bodo_infra.plugin.account.arm import tokens as t
from bodo_infra.plugin.account.arm.errors import Refusal, bad
from bodo_infra.plugin.account.arm.network import blocks_of
from bodo_infra.plugin.account.arm.view import ArmView, values_of
from bodo_infra.plugin.account.rules.references import Kind
from bodo_infra.plugin.wire_codec import UNKNOWN, Bag, Value

LOWEST_PRIORITY, HIGHEST_PRIORITY = 100, 4096

_PROTOCOLS = ("Tcp", "Udp", "Icmp", "Esp", "Ah", "*")


def check_group(inputs: Bag, view: ArmView) -> Iterator[Refusal]:
    """Each inline rule, and all of them beside each other."""
    taken: dict[tuple[Value, Value], str] = {}
    for index, rule in enumerate(inputs.get("securityRules") or ()):
        if isinstance(rule, dict):
            yield from _check_rule(rule, f"securityRules[{index}].", str(rule.get("name")), taken)


def check_rule(inputs: Bag, view: ArmView) -> Iterator[Refusal]:
    """The rule itself, beside the others of its group."""
    taken = {_place(other.inputs): str(other.name) for other in view.siblings(t.SECURITY_RULE)}
    group = view.parent(t.SECURITY_GROUP)
    name = str(inputs.get("securityRuleName"))
    for rule in (group.inputs.get("securityRules") or ()) if group else ():
        if rule.get("name") != name:
            taken[_place(rule)] = str(rule.get("name"))
    yield from _check_rule(inputs, "", name, taken)


def check_nat_gateway(inputs: Bag, view: ArmView) -> Iterator[Refusal]:
    """The SDK lets the sku be left out, and ARM does not."""
    if inputs.get("sku") is None:
        yield bad("sku", "InvalidRequestFormat", "The sku of a NAT gateway is required: {'name': 'Standard'}.")


def check_public_ip(inputs: Bag, view: ArmView) -> Iterator[Refusal]:
    """Standard and static: Basic ones are not made any more."""
    sku = values_of(inputs, "sku", "name")
    if inputs.get("sku") is not UNKNOWN and (inputs.get("sku") is None or sku == "Basic"):
        text = "Cannot create more than 0 IPv4 Basic SKU public IP addresses for this subscription in this region."
        yield bad("sku.name", "IPv4BasicSkuPublicIpCountLimitReached", text)
    method = inputs.get("publicIPAllocationMethod", "Dynamic")
    if sku == "Standard" and method not in ("Static", UNKNOWN):
        text = "Standard sku publicIp must have AllocationMethod set to Static."
        yield bad("publicIPAllocationMethod", "PublicIPAddressStandardSkuMustBeStatic", text)


def check_interface(inputs: Bag, view: ArmView) -> Iterator[Refusal]:
    """Its address lies in its subnet."""
    for index, configuration in enumerate(inputs.get("ipConfigurations") or ()):
        where = f"ipConfigurations[{index}]"
        address = values_of(configuration, "privateIPAddress")
        if values_of(configuration, "privateIPAllocationMethod") == "Static" and address is None:
            text = "A static IP configuration needs a private IP address."
            yield bad(where, "PrivateIPAddressRequired", text)
        subnet = view.at(values_of(configuration, "subnet", "id"), t.SUBNET)
        blocks = blocks_of(subnet.inputs) if subnet else []
        if isinstance(address, str) and blocks and not any(ip_address(address) in block for block in blocks):
            text = f"Private static IP address {address} does not belong to the range of subnet prefix {blocks[0]}."
            yield bad(f"{where}.privateIPAddress", "PrivateIPAddressNotInSubnet", text)


def check_gateway_of_subnet(inputs: Bag, view: ArmView) -> Iterator[Refusal]:
    """A NAT gateway serves subnets of one network only."""
    gateway = view.at(values_of(inputs, "natGateway", "id"), t.NAT_GATEWAY)
    network = view.own_id.rpartition("/subnets/")[0].lower()
    for link in view.store.users_of(gateway) if gateway else ():
        if link.user[0] == t.SUBNET and link.user[1].rpartition("/subnets/")[0].lower() != network:
            code = "NatGatewayCannotBeUsedBySubnetsBelongingToDifferentVirtualNetworks"
            text = f"NAT gateway {gateway.id if gateway else ''} is used by subnet {link.user[1]} of another network."
            yield bad("natGateway.id", code, text)


def check_addresses(inputs: Bag, view: ArmView) -> Iterator[Refusal]:
    """A public address has one user."""
    ids = [values_of(each, "id") for each in inputs.get("publicIpAddresses") or ()]
    ids += [values_of(each, "publicIPAddress", "id") for each in inputs.get("ipConfigurations") or ()]
    for address in filter(None, (view.at(id, t.PUBLIC_IP) for id in ids)):
        for link in view.store.users_of(address):
            if link.kind == Kind.HOLDS.value and link.user[1].lower() != view.own_id.lower():
                text = f"Resource {view.own_id} is referencing public IP address {address.id} that is already "
                yield bad("", "PublicIPAddressInUse", f"{text}allocated to resource {link.user[1]}.")


def _check_rule(rule: Bag, where: str, name: str, taken: dict[tuple[Value, Value], str]) -> Iterator[Refusal]:
    priority = rule.get("priority")
    if isinstance(priority, int) and not LOWEST_PRIORITY <= priority <= HIGHEST_PRIORITY:
        text = f"Security rule has invalid Priority. Value provided: {priority} Allowed range "
        yield bad(f"{where}priority", "SecurityRuleInvalidPriority", f"{text}{LOWEST_PRIORITY}-{HIGHEST_PRIORITY}.")
    if priority is None:
        yield bad(f"{where}priority", "SecurityRuleInvalidPriority", "A security rule needs a priority.")
    for path, legal in (
        ("protocol", _PROTOCOLS),
        ("access", ("Allow", "Deny")),
        ("direction", ("Inbound", "Outbound")),
    ):
        value = rule.get(path)
        if value is not UNKNOWN and str(value).lower() not in {each.lower() for each in legal}:
            text = f"Security rule parameter {path} has an unsupported value '{value}'."
            yield bad(f"{where}{path}", "SecurityRuleParameterContainsUnsupportedValue", text)
    if isinstance(priority, int) and _place(rule) in taken:
        text = (
            f"Security rule {name} conflicts with rule {taken[_place(rule)]}. Rules cannot have the same Priority and "
        )
        yield bad(f"{where}priority", "SecurityRuleConflict", f"{text}Direction.")
    taken[_place(rule)] = name
    for what, code in (
        ("AddressPrefix", "SecurityRuleInvalidAddressPrefix"),
        ("PortRange", "SecurityRuleInvalidPortRange"),
    ):
        for side in ("source", "destination"):
            yield from _check_one(rule, where, f"{side}{what}", code)


def _check_one(rule: Bag, where: str, name: str, code: str) -> Iterator[Refusal]:
    many = f"{name}es" if name.endswith("x") else f"{name}s"
    groups = f"{name.removesuffix('AddressPrefix')}ApplicationSecurityGroups" if name.endswith("x") else ""
    given = [each for each in (name, many, groups) if each and rule.get(each) not in (None, [], "")]
    if len(given) != 1:
        which = " and ".join(given) or "neither"
        text = f"Exactly one of {name} and {many} must be given, and {which} is."
        yield bad(f"{where}{name}", code, text)


def _place(rule: Bag) -> tuple[Value, Value]:
    return str(rule.get("direction")).lower(), rule.get("priority")
