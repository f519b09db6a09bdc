"""Addresses, zones and endpoints of a workspace's network, as arithmetic.

The workspace's range is cut into 8 equal slots. A zone's private subnet is the slot of its own number (``use1-az4`` has
slot 4 of 1 to 7), so it keeps its addresses whichever zones come or go; the last slot is cut into 8 again, for the
public subnets of NAT gateways, by the same rule. Other numbers would replace subnets that people work in.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Network, ip_network
from typing import Literal

from bodo_infra import catalog
from bodo_infra.errors import InputError, Problem

Egress = Literal["nat", "nat-per-zone", "none"]

SLOT_BITS = 3
ZONE_NUMBERS = 2**SLOT_BITS - 1  # the last slot is for public subnets; no region has a zone number above 6 (2026-09)

# Amazon VPC user guide, "VPC CIDR blocks" and "Subnet CIDR blocks".
LARGEST_VPC = 16
SMALLEST_SUBNET = 28
RESERVED_ADDRESSES = 5  # in each subnet: network, router, DNS, one for the future, broadcast
FORBIDDEN = tuple(map(IPv4Network, ("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3")))
EVERYWHERE = "0.0.0.0/0"
PRIVATE = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))  # RFC 1918

ZONE_ID = re.compile(rf"[a-z]+\d+-az([1-{ZONE_NUMBERS}])")


@dataclass(frozen=True, kw_only=True, slots=True)
class SubnetPlan:
    """A subnet. ``zone_id``: such as use2-az2.  ``cidr``: its range."""

    zone_id: str
    cidr: str

    @property
    def usable_addresses(self) -> int:
        """Addresses that nodes can have."""
        return IPv4Network(self.cidr).num_addresses - RESERVED_ADDRESSES


@dataclass(frozen=True, kw_only=True, slots=True)
class NetworkPlan:
    """The subnets of a workspace: a private one in each zone, a public one for each NAT gateway."""

    cidr: str
    private: tuple[SubnetPlan, ...]
    public: tuple[SubnetPlan, ...]


def plan_network(
    cidr: str, zone_ids: Sequence[str], *, egress: Egress, region: str | None = None, path: str = "network"
) -> NetworkPlan:
    """The subnets of range ``cidr`` in these zones. ``path``: where ``cidr`` and ``zones`` stand.

    ``region``: where the zones must be; None when it is not known yet. With egress ``nat`` the only NAT gateway is in
    the first zone: a new zone belongs at the end of the list.
    Raises InputError with everything that check_cidr and check_zone_ids find.
    """
    problems = check_cidr(cidr, egress=egress, path=f"{path}.cidr")
    problems += check_zone_ids(zone_ids, region=region, path=f"{path}.zones")
    if problems:
        raise InputError.from_problems(problems)
    *slots, last = IPv4Network(cidr).subnets(prefixlen_diff=SLOT_BITS)
    public_slots = tuple(last.subnets(prefixlen_diff=SLOT_BITS))
    nat_zones = {"none": (), "nat": zone_ids[:1], "nat-per-zone": zone_ids}[egress]
    return NetworkPlan(
        cidr=cidr,
        private=tuple(SubnetPlan(zone_id=zone, cidr=str(slots[_number(zone) - 1])) for zone in zone_ids),
        public=tuple(SubnetPlan(zone_id=zone, cidr=str(public_slots[_number(zone) - 1])) for zone in nat_zones),
    )


def check_cidr(cidr: str, *, egress: Egress, path: str = "network.cidr") -> list[Problem]:
    """What is wrong with a workspace's range: no range, bits behind its prefix, too large, too small, forbidden."""
    network = _network(cidr)
    if network is None:
        rule = "must be an IPv4 range with its length"
        return [Problem(path=path, value=cidr, rule=rule, fix="Use a private one such as 10.30.0.0/16")]
    smallest = _smallest_vpc(egress)
    sound = str(
        IPv4Network((network.network_address, min(max(network.prefixlen, LARGEST_VPC), smallest)), strict=False)
    )
    if network.prefixlen < LARGEST_VPC:
        rule, fix = f"is larger than /{LARGEST_VPC}, the largest range of a VPC", f"Use {sound}"
    elif network.prefixlen > smallest:
        rule = (
            f"is smaller than /{smallest}, which {ZONE_NUMBERS} zones with egress {egress} need so that every subnet "
            f"has at least /{SMALLEST_SUBNET}, the smallest that a VPC has"
        )
        fix = f"Use {sound}"
    elif any(network.overlaps(forbidden) for forbidden in FORBIDDEN):
        rule, fix = "lies in a range that a VPC cannot have", "Use a private one such as 10.30.0.0/16"
    elif str(network) != cidr:
        rule, fix = f"has bits set behind the first {network.prefixlen}", f"Use {network}"
    else:
        return []
    return [Problem(path=path, value=cidr, rule=rule, fix=fix)]


def check_zone_ids(zone_ids: Sequence[str], *, region: str | None = None, path: str = "network.zones") -> list[Problem]:
    """What is wrong with a list of zone ids: none at all, no zone ids, the same one twice, one of another region.

    A ``region`` that the catalogue does not have yet is taken on trust.
    """
    known = catalog.zones(region) if region is not None and region in catalog.regions() else None
    if not zone_ids:
        return [Problem(path=path, value="", rule="must name at least one zone", fix="Name two, such as use2-az1")]
    problems = []
    for position, zone in enumerate(zone_ids):
        place = f"{path}[{position}]"
        if ZONE_ID.fullmatch(zone) is None:
            rule = f"is no zone id: region code, -az and 1 to {ZONE_NUMBERS}"
            fix = "Write it such as use2-az2; names such as us-east-2b mean another zone in every account"
            problems.append(Problem(path=place, value=zone, rule=rule, fix=fix))
        elif zone in zone_ids[:position]:
            problems.append(Problem(path=place, value=zone, rule="is there twice", fix="Remove one of them"))
        elif known is not None and zone not in known:
            rule, fix = f"is no zone of {region}", f"Choose among {', '.join(known)}"
            problems.append(Problem(path=place, value=zone, rule=rule, fix=fix))
    return problems


def check_overlap(cidr: str, others: Mapping[str, str], *, path: str = "network.cidr") -> list[Problem]:
    """Every network whose range shares addresses with ``cidr``, in one problem that names a free range.

    ``cidr``: one that check_cidr found nothing wrong with.  ``others``: per network what a person knows it by, and
    its range; IPv6 ranges are passed over.
    """
    network = IPv4Network(cidr)
    networks = {name: ip_network(other, strict=False) for name, other in others.items()}
    ranges = {name: other for name, other in networks.items() if isinstance(other, IPv4Network)}
    clashes = [f"{name} ({other})" for name, other in ranges.items() if network.overlaps(other)]
    if not clashes:
        return []
    free = _free_range(network.prefixlen, tuple(ranges.values()))
    fix = f"Use a free range such as {free}" if free else "Free one of them, or use a smaller range"
    return [Problem(path=path, value=cidr, rule=f"shares addresses with {', '.join(clashes)}", fix=fix)]


def choose_zones(
    region: str, wanted: Sequence[str] = (), *, least: int = 2, keep: Sequence[str] = (), path: str = "instance_type"
) -> tuple[str, ...]:
    """Zone ids for a workspace where clusters of the ``wanted`` types are to live.

    First those to ``keep`` (of what is deployed), then as few as offer every type, then others up to ``least`` (all,
    where the region has fewer), those with the most EFA types first. The same input always gives the same zones.
    Raises InputError for a type that no zone of the region offers, with the regions where it is; NotFoundError for
    unknown types and regions.
    """
    offered = {name: catalog.zones_offering(name, region) for name in wanted}
    problems = [_not_offered(name, region, path) for name, found in offered.items() if not found]
    if problems:
        raise InputError.from_problems(problems)
    efa_types = _efa_types_by_zone(region)
    chosen = list(keep)
    while missing := [found for found in offered.values() if not set(found) & set(chosen)]:
        rank = {zone: (-sum(zone in found for found in missing), -count, zone) for zone, count in efa_types.items()}
        chosen.append(min(rank, key=rank.__getitem__))
    spare = sorted(efa_types.keys() - set(chosen), key=lambda zone: (-efa_types[zone], zone))
    return tuple(chosen + spare[: max(0, least - len(chosen))])


def choose_zone(name: str, region: str, among: Sequence[str], *, path: str = "instance_type") -> str:
    """The first of the zones ``among`` (those of the workspace) that offers type ``name``.

    Raises InputError when none does; the text says which zones do. NotFoundError for unknown types and regions.
    """
    offering = catalog.zones_offering(name, region)
    if not offering:
        raise InputError.from_problems([_not_offered(name, region, path)])
    for zone in among:
        if zone in offering:
            return zone
    rule = f"is offered in {', '.join(offering)}, but the workspace has subnets in {', '.join(among)}"
    fix = f"Add {offering[0]} to the zones of the workspace's network, or choose another type"
    raise InputError.from_problems([Problem(path=path, value=name, rule=rule, fix=fix)])


@dataclass(frozen=True, kw_only=True, slots=True)
class Endpoint:
    """A private way to a service. ``kind``: as EC2 calls it.  ``why``: what a node needs it for."""

    service: str
    kind: Literal["Gateway", "Interface"]
    why: str

    def service_name(self, region: str) -> str:
        """``com.amazonaws.us-east-2.s3``."""
        return f"com.amazonaws.{region}.{self.service}"


# What nodes need when there is no way to the internet. Gateways cost nothing, interfaces by the hour and zone, so the
# list is short. Sources: "AWS services that integrate with AWS PrivateLink", "Gateway endpoints" (VPC user guide),
# "Improve security by using VPC endpoints for Systems Manager".  Left out on purpose:
# ec2messages: only older agents use it, and regions opened since 2024 do not have it ("ec2messages, ssmmessages, and
#   other API operations", Systems Manager user guide).
# elasticfilesystem: its API alone; files travel through the mount targets.   fsx: the same.
# kms: S3, SSM and EBS use keys by themselves.   logs: job logs go to the bucket.   secretsmanager: secrets are in SSM.
ENDPOINTS = (
    Endpoint(service="s3", kind="Gateway", why="the agent's package, job logs and results, Amazon Linux packages"),
    Endpoint(service="dynamodb", kind="Gateway", why="records of clusters and jobs, leases"),
    Endpoint(service="ec2", kind="Interface", why="the addresses of the other nodes; stop and start on pause, resume"),
    Endpoint(service="autoscaling", kind="Interface", why="pause, resume, scale and shut down"),
    Endpoint(service="ssm", kind="Interface", why="secrets and image parameters; registration with Session Manager"),
    Endpoint(service="ssmmessages", kind="Interface", why="shells and commands without SSH from outside"),
    Endpoint(service="sts", kind="Interface", why="jobs and the agent that ask who they are or assume a role"),
)


def _network(cidr: str) -> IPv4Network | None:
    """The range, also with bits behind its prefix; None when it is none."""
    if re.fullmatch(r"[\d.]+/\d+", cidr) is None:  # no netmasks, no bare addresses: ipaddress takes both
        return None
    try:
        return IPv4Network(cidr, strict=False)
    except ValueError:
        return None


def _smallest_vpc(egress: Egress) -> int:
    """The longest prefix that leaves every subnet at least SMALLEST_SUBNET."""
    return SMALLEST_SUBNET - (SLOT_BITS if egress == "none" else 2 * SLOT_BITS)


def _number(zone_id: str) -> int:
    """4 of use1-az4."""
    return int(zone_id.rpartition("-az")[2])


def _free_range(prefix: int, taken: Sequence[IPv4Network]) -> IPv4Network | None:
    """The first private range of that length that none of ``taken`` touches."""
    for block in PRIVATE:
        if block.prefixlen > prefix or any(block.subnet_of(other) for other in taken):
            continue
        for candidate in block.subnets(new_prefix=prefix):
            if not any(candidate.overlaps(other) for other in taken):
                return candidate
    return None


@cache
def _efa_types_by_zone(region: str) -> Mapping[str, int]:
    """How many EFA types each zone of the region offers: new and large types come to some zones only."""
    counts = dict.fromkeys(catalog.zones(region), 0)
    for item in catalog.efa_types():
        for zone in catalog.zones_offering(item.name, region):
            counts[zone] += 1
    return counts


def _not_offered(name: str, region: str, path: str) -> Problem:
    where = ", ".join(catalog.regions_offering(name))
    rule = f"is offered in no zone of {region}"
    return Problem(path=path, value=name, rule=rule, fix=f"Use one of {where}, or choose another type")
