"""Addresses of a workspace's network on Azure, as arithmetic.

The range is cut into 8 equal slots. Nodes have the first four, as one subnet: half is the largest single range that
leaves room for anything else. The last slot is for private endpoints, the one before it for a NetApp volume; it stays
free without one, so that addresses are the same with and without. Slots 5 and 6 are not used. Other numbers would
replace subnets that people work in.
"""

import re
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Final, Literal

from bodo_infra.errors import InputError, Problem

SubnetPurpose = Literal["nodes", "endpoints", "files"]

NODES: Final = "nodes"
ENDPOINTS: Final = "endpoints"
FILES: Final = "files"

SLOT_BITS = 3
LARGEST_NETWORK = 16  # Azure takes more, but what lies in a /8 clashes with every other network
SMALLEST_NETWORK = 24  # a slot is a /27 then; NetApp asks for a /28
NETAPP_VOLUMES: Final = "Microsoft.NetApp/volumes"
"""What a subnet for volumes is delegated to."""
RESERVED_ADDRESSES = 5  # in each subnet: network, router, two for DNS, broadcast

# "Azure Virtual Network FAQ", "What address ranges can I use in my virtual networks?"
FORBIDDEN = tuple(map(IPv4Network, ("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "168.63.129.16/32", "224.0.0.0/3")))


@dataclass(frozen=True, kw_only=True, slots=True)
class SubnetPlan:
    """A subnet, which spans all zones of the location. ``cidr``: its range."""

    purpose: SubnetPurpose
    cidr: str

    @property
    def usable_addresses(self) -> int:
        """Addresses that machines can have."""
        return IPv4Network(self.cidr).num_addresses - RESERVED_ADDRESSES


@dataclass(frozen=True, kw_only=True, slots=True)
class AzureNetworkPlan:
    """The subnets of a workspace. ``files``: None without a NetApp volume."""

    cidr: str
    nodes: SubnetPlan
    endpoints: SubnetPlan
    files: SubnetPlan | None


def plan_azure_network(cidr: str, *, files: bool, path: str = "network") -> AzureNetworkPlan:
    """The subnets of range ``cidr``. ``files``: whether one is for a NetApp volume.  ``path``: where ``cidr`` stands.

    Raises InputError with everything that check_azure_cidr finds.
    """
    problems = check_azure_cidr(cidr, path=f"{path}.cidr")
    if problems:
        raise InputError.from_problems(problems)
    network = IPv4Network(cidr)
    first_half, _ = network.subnets()
    *_, volume, endpoints = network.subnets(prefixlen_diff=SLOT_BITS)
    return AzureNetworkPlan(
        cidr=cidr,
        nodes=SubnetPlan(purpose=NODES, cidr=str(first_half)),
        endpoints=SubnetPlan(purpose=ENDPOINTS, cidr=str(endpoints)),
        files=SubnetPlan(purpose=FILES, cidr=str(volume)) if files else None,
    )


def check_azure_cidr(cidr: str, *, path: str = "network.cidr") -> list[Problem]:
    """What is wrong with a workspace's range: no range, bits behind its prefix, too large, too small, forbidden."""
    network = _network(cidr)
    if network is None:
        rule = "must be an IPv4 range with its length"
        return [Problem(path=path, value=cidr, rule=rule, fix="Use a private one such as 10.30.0.0/16")]
    length = min(max(network.prefixlen, LARGEST_NETWORK), SMALLEST_NETWORK)
    sound = IPv4Network((network.network_address, length), strict=False)
    if network.prefixlen < LARGEST_NETWORK:
        rule, fix = f"is larger than /{LARGEST_NETWORK}, the largest range of a workspace", f"Use {sound}"
    elif network.prefixlen > SMALLEST_NETWORK:
        rule = f"is smaller than /{SMALLEST_NETWORK}, which nodes, private endpoints and shared files need"
        fix = f"Use {sound}"
    elif any(network.overlaps(forbidden) for forbidden in FORBIDDEN):
        rule, fix = "holds addresses that a VNet cannot have", "Use a private range such as 10.30.0.0/16"
    elif str(network) != cidr:
        rule, fix = f"has bits set behind the first {network.prefixlen}", f"Use {network}"
    else:
        return []
    return [Problem(path=path, value=cidr, rule=rule, fix=fix)]


def _network(cidr: str) -> IPv4Network | None:
    """The range, also with bits behind its prefix; None when it is none."""
    if re.fullmatch(r"[\d.]+/\d+", cidr) is None:  # no netmasks, no bare addresses: ipaddress takes both
        return None
    try:
        return IPv4Network(cidr, strict=False)
    except ValueError:
        return None
