"""Rules of virtual networks and what is in them."""

from collections.abc import Iterator
from ipaddress import IPv4Network, IPv6Network, ip_network

from bodo_infra.plugin.account.arm import tokens as t
from bodo_infra.plugin.account.arm.errors import Refusal, bad
from bodo_infra.plugin.account.arm.view import ArmView, values_of
from bodo_infra.plugin.account.store import Row
from bodo_infra.plugin.wire_codec import UNKNOWN, Bag, Value

Block = IPv4Network | IPv6Network
SMALLEST_PREFIX = 29


def check_vnet(inputs: Bag, view: ArmView) -> Iterator[Refusal]:
    """Whole blocks, with room for all subnets."""
    prefixes = values_of(inputs, "addressSpace", "addressPrefixes")
    if prefixes is None and values_of(inputs, "addressSpace", "ipamPoolPrefixAllocations") is None:
        if inputs.get("addressSpace") is not UNKNOWN and UNKNOWN not in (inputs.get("addressSpace") or {}).values():
            text = "The virtual network needs one address prefix or more."
            yield bad("addressSpace", "InvalidRequestFormat", text)
        return
    for prefix in prefixes or ():
        yield from _check_block("addressSpace.addressPrefixes", prefix)
    space = _blocks(prefixes)
    inline = inputs.get("subnets")
    if isinstance(inline, list):
        yield from _check_inline(inline, space)
    elif view.before is not None:
        for subnet in view.store.below(view.own_id):
            if subnet.type == t.SUBNET and not _fits(blocks_of(subnet.inputs), space):
                yield _outside("addressSpace.addressPrefixes", subnet.name or "", view.before.name or "")


def check_subnet(inputs: Bag, view: ArmView) -> Iterator[Refusal]:
    """Inside its network, beside the other subnets."""
    for prefix in _prefixes(inputs):
        yield from _check_block("addressPrefix", prefix)
    blocks = blocks_of(inputs)
    network = view.parent(t.VNET)
    if network is None or not blocks:
        return
    name = str(inputs.get("subnetName"))
    if not _fits(blocks, space_of(network)):
        yield _outside("addressPrefix", name, network.name or "")
    for other in view.siblings(t.SUBNET):
        if any(one.overlaps(two) for one in blocks for two in blocks_of(other.inputs) if one.version == two.version):
            text = (
                f"Subnet '{name}' is not valid because its IP address range overlaps with that of an existing subnet "
            )
            yield bad("addressPrefix", "NetcfgSubnetRangesOverlap", f"{text}in virtual network '{network.name}'.")
    before = view.before
    if before is not None and blocks_of(before.inputs) != blocks and view.store.users_of(before):
        user = view.store.users_of(before)[0].user[1]
        text = f"IP prefix {before.inputs.get('addressPrefix')} on subnet {name} has active allocations of {user}"
        yield bad("addressPrefix", "InUsePrefixCannotBeDeleted", f"{text} and cannot be deleted.")


def blocks_of(subnet: Bag) -> list[Block]:
    """The addresses of a subnet; empty while they are unknown."""
    return _blocks(_prefixes(subnet))


def space_of(network: Row) -> list[Block]:
    """The addresses of a virtual network."""
    return _blocks(values_of(network.inputs, "addressSpace", "addressPrefixes"))


def _check_inline(subnets: list[Value], space: list[Block]) -> Iterator[Refusal]:
    seen: list[Block] = []
    for index, subnet in enumerate(subnets):
        if not isinstance(subnet, dict):
            continue
        where = f"subnets[{index}].addressPrefix"
        for prefix in _prefixes(subnet):
            yield from _check_block(where, prefix)
        blocks = blocks_of(subnet)
        if space and not _fits(blocks, space):
            yield _outside(where, str(subnet.get("name")), "of the same request")
        if any(one.overlaps(two) for one in blocks for two in seen if one.version == two.version):
            text = f"Subnet '{subnet.get('name')}' is not valid because its IP address range overlaps with another one."
            yield bad(where, "NetcfgSubnetRangesOverlap", text)
        seen += blocks


def _check_block(where: str, prefix: Value) -> Iterator[Refusal]:
    if not isinstance(prefix, str):
        return
    block = _block(prefix, strict=False)
    if block is None:
        yield bad(where, "InvalidAddressPrefixFormat", f"Address prefix {prefix} has an invalid format.")
    elif _block(prefix) is None:
        text = f"The address prefix {prefix} has an invalid CIDR notation. For the given prefix length, the address "
        yield bad(where, "InvalidCIDRNotation", f"{text}prefix should be {block}.")
    elif block.version == 4 and block.prefixlen > SMALLEST_PREFIX:
        yield bad(where, "NetcfgInvalidSubnet", f"{prefix} is too small: the smallest block is /{SMALLEST_PREFIX}.")


def _outside(where: str, subnet: str, network: str) -> Refusal:
    text = f"Subnet '{subnet}' is not valid because its IP address range is outside the IP address range of virtual "
    return bad(where, "NetcfgInvalidSubnet", f"{text}network '{network}'.")


def _fits(blocks: list[Block], space: list[Block]) -> bool:
    return all(any(one.version == two.version and one.subnet_of(two) for two in space) for one in blocks)  # type: ignore[arg-type] # of one version


def _prefixes(subnet: Bag) -> list[Value]:
    given = [subnet.get("addressPrefix"), *(values_of(subnet, "addressPrefixes") or ())]
    return [prefix for prefix in given if isinstance(prefix, str)]


def _blocks(prefixes: Value) -> list[Block]:
    found = [_block(prefix) for prefix in prefixes or () if isinstance(prefix, str)]
    return [block for block in found if block is not None]


def _block(prefix: str, *, strict: bool = True) -> Block | None:
    try:
        return ip_network(prefix, strict=strict) if "/" in prefix else None
    except ValueError:
        return None
