"""Is a network of the user's own sound for nodes? Facts in, problems out; nothing is read here."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bodo_infra.errors import Problem
from bodo_infra.plans.network_plan import ENDPOINTS

MOST_GROUPS = 5
"""Security groups that an interface can have (Amazon VPC quotas)."""

PUBLIC_FIX = "Name a private subnet, or make it one"


@dataclass(frozen=True, kw_only=True, slots=True)
class Given:
    """An id of the user's.

    ``path``: where it stands, such as ``spec.network.private_subnet_ids[1]``.  ``zone_id``: where a subnet is said to
    be; None when nothing was said.
    """

    path: str
    id: str
    zone_id: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class GivenNetwork:
    """What the user named."""

    vpc: Given
    subnets: Sequence[Given]
    groups: Sequence[Given] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundVpc:
    """``dns_support``, ``dns_hostnames``: its settings of these names."""

    dns_support: bool
    dns_hostnames: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundSubnet:
    """``route_table_id``: its own, or the VPC's main one.  ``default_target``: where 0.0.0.0/0 goes, None: nowhere.

    ``internet_gateway``: the one that any of its routes leads to, None: none does.
    """

    vpc_id: str
    zone_id: str
    gives_public_addresses: bool
    route_table_id: str
    default_target: str | None
    internet_gateway: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundEndpoint:
    """A VPC endpoint. ``route_table_ids``: those that lead to it, if it is a gateway."""

    route_table_ids: Sequence[str] = ()
    private_dns: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundNetwork:
    """What is there, by id. ``groups``: security group to its VPC.  ``endpoints``: by service, such as ``s3``."""

    region: str
    vpc: FoundVpc | None
    subnets: Mapping[str, FoundSubnet]
    groups: Mapping[str, str]
    endpoints: Mapping[str, FoundEndpoint]

    @property
    def has_way_out(self) -> bool:
        """Whether every subnet reaches the internet."""
        return all(subnet.default_target for subnet in self.subnets.values())


def check_existing_network(given: GivenNetwork, found: FoundNetwork) -> list[Problem]:
    """Every reason why nodes could not live there."""
    problems = [*_check_vpc(given.vpc, found), *_check_groups(given, found)]
    zones: dict[str, str] = {}
    for subnet in given.subnets:
        there = found.subnets.get(subnet.id)
        if there is None:
            problems.append(_missing(subnet, "subnet", found.region))
            continue
        problems += _check_place(subnet, there, given.vpc.id)
        problems += _check_privacy(subnet, there)
        problems += _check_way_out(subnet, there, found)
        other = zones.setdefault(there.zone_id, subnet.id)
        if other != subnet.id or sum(item.id == subnet.id for item in given.subnets) > 1:
            rule = f"lies in {there.zone_id}, as another one of the list does; there can be one in a zone"
            problems.append(_problem(subnet, rule, "Name one subnet of each zone"))
    return problems


def _check_vpc(given: Given, found: FoundNetwork) -> Iterator[Problem]:
    if found.vpc is None:
        yield _missing(given, "VPC", found.region)
        return
    for name, has in (("enableDnsSupport", found.vpc.dns_support), ("enableDnsHostnames", found.vpc.dns_hostnames)):
        if not has:
            rule = f"has {name} off; nodes find the shared files and AWS by names"
            yield _problem(given, rule, f"Turn {name} on for this VPC")


def _check_groups(given: GivenNetwork, found: FoundNetwork) -> Iterator[Problem]:
    for group in given.groups:
        vpc = found.groups.get(group.id)
        if vpc is None:
            yield _missing(group, "security group", found.region)
        elif vpc != given.vpc.id:
            yield _problem(group, f"belongs to {vpc}, not to {given.vpc.id}", "Name a security group of the same VPC")
    for group in given.groups[MOST_GROUPS:]:
        yield _problem(group, f"is more than {MOST_GROUPS} groups, which an interface can have", "Name fewer")


def _check_place(given: Given, found: FoundSubnet, vpc_id: str) -> Iterator[Problem]:
    if found.vpc_id != vpc_id:
        yield _problem(given, f"belongs to {found.vpc_id}, not to {vpc_id}", "Name a subnet of the same VPC")
    if given.zone_id is not None and given.zone_id != found.zone_id:
        rule = f"lies in {found.zone_id}, not in {given.zone_id}"
        yield _problem(given, rule, "Give it under the id of its own zone")


def _check_privacy(given: Given, found: FoundSubnet) -> Iterator[Problem]:
    if found.gives_public_addresses:
        rule = "gives machines public addresses (mapPublicIpOnLaunch); nodes have none"
        yield _problem(given, rule, PUBLIC_FIX)
    if found.internet_gateway is not None:
        rule = f"has a route to {found.internet_gateway}, an internet gateway; nodes have no public address to use it"
        yield _problem(given, rule, PUBLIC_FIX)


def _check_way_out(given: Given, found: FoundSubnet, network: FoundNetwork) -> Iterator[Problem]:
    if found.default_target is not None or found.internet_gateway is not None:
        return
    lacking = [
        endpoint.service
        for endpoint in ENDPOINTS
        if not _serves(network.endpoints.get(endpoint.service), found, gateway=endpoint.kind == "Gateway")
    ]
    if lacking:
        rule = f"has no route to 0.0.0.0/0, and no endpoint serves it for {', '.join(lacking)}"
        fix = "Give it a route to a NAT or transit gateway, or those endpoints: interfaces with private DNS"
        yield _problem(given, rule, fix)


def _serves(endpoint: FoundEndpoint | None, subnet: FoundSubnet, *, gateway: bool) -> bool:
    """S3 and DynamoDB may also have interfaces; then names lead to them."""
    if endpoint is None:
        return False
    return endpoint.private_dns or (gateway and subnet.route_table_id in endpoint.route_table_ids)


def _missing(given: Given, what: str, region: str) -> Problem:
    rule = f"is no {what} of this account in {region}"
    return _problem(given, rule, f"Name one of {region}, or set spec.region to the region where it is")


def _problem(given: Given, rule: str, fix: str) -> Problem:
    return Problem(path=given.path, value=given.id, rule=rule, fix=fix)
