"""Is a VNet of the user's own sound for nodes? Facts in, problems out; nothing is read here."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bodo_infra.azure.missing import Missing
from bodo_infra.catalog import short_location
from bodo_infra.errors import Problem
from bodo_infra.plans.arm_ids import parse_arm_id, same_id
from bodo_infra.plans.azure_network import NETAPP_VOLUMES

MOST_GROUPS = 1
"""Security groups that a network interface can have."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Given:
    """An id of the user's. ``path``: where it stands, such as ``spec.network.private_subnet_ids[1]``."""

    path: str
    id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class GivenNetwork:
    """What the user named. ``for_netapp``: whether a subnet must be one for NetApp volumes."""

    vnet: Given
    subnets: Sequence[Given]
    groups: Sequence[Given] = ()
    for_netapp: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundVnet:
    """``dns_servers``: its own, in place of Azure's."""

    location: str
    dns_servers: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundSubnet:
    """``delegated_to``: services that it is for alone, such as ``Microsoft.NetApp/volumes``.

    ``has_way_out``: whether it has a NAT gateway, or a route table that leads its traffic somewhere.
    """

    ranges: Sequence[str]
    delegated_to: Sequence[str] = ()
    has_way_out: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundGroup:
    """A security group."""

    location: str


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundNetwork:
    """What is there, by id as it was given. ``subscription``: the provider's."""

    subscription: str
    region: str
    vnet: FoundVnet | Missing
    subnets: Mapping[str, FoundSubnet | Missing]
    groups: Mapping[str, FoundGroup | Missing]

    def ranges(self, subnet_id: str) -> Sequence[str]:
        """Address ranges of a subnet that was found."""
        return self._found(subnet_id).ranges

    def endpoints_subnet(self, subnet_ids: Sequence[str]) -> str:
        """Where private endpoints go: the first behind that of the nodes which is for anything, else with the nodes."""
        nodes, *others = subnet_ids
        return next((id for id in others if not self._found(id).delegated_to), nodes)

    def files_subnet(self, subnet_ids: Sequence[str]) -> str | None:
        """The first for NetApp volumes."""
        return next((id for id in subnet_ids if NETAPP_VOLUMES in self._found(id).delegated_to), None)

    def _found(self, subnet_id: str) -> FoundSubnet:
        found = self.subnets[subnet_id]
        assert isinstance(found, FoundSubnet)  # checked
        return found


def check_existing_network(given: GivenNetwork, found: FoundNetwork) -> list[Problem]:
    """Every reason why nodes could not live there."""
    elsewhere = list(_check_subscription(given.vnet, found))
    if elsewhere:  # look-ups ask the provider's subscription alone
        return elsewhere
    problems = [*_check_vnet(given.vnet, found), *_check_groups(given, found)]
    for index, subnet in enumerate(given.subnets):
        if any(same_id(subnet.id, other.id) for other in given.subnets[:index]):
            problems.append(_problem(subnet, "is there twice", "Name each subnet once"))
        problems += _check_subnet(subnet, given.vnet.id, found, for_nodes=index == 0)
    return [*problems, *_check_netapp(given, found)]


def _check_vnet(given: Given, found: FoundNetwork) -> Iterator[Problem]:
    if not isinstance(found.vnet, FoundVnet):
        yield _missing(given, found.vnet, "VNet")
        return
    if not same_location(found.vnet.location, found.region):
        rule = f"is in {found.vnet.location}, not in {found.region}; nodes and private endpoints must be where it is"
        yield _problem(given, rule, f"Set spec.region to {found.vnet.location}, or name a VNet of {found.region}")
    if found.vnet.dns_servers:
        servers = ", ".join(found.vnet.dns_servers)
        rule = f"asks name servers of its own ({servers}); names of the shared files and the vault are Azure's alone"
        yield _problem(given, rule, "Let it use Azure's name server, or name a VNet that does")


def _check_subscription(given: Given, found: FoundNetwork) -> Iterator[Problem]:
    parsed = parse_arm_id(given.id)
    if parsed is not None and parsed.subscription.lower() != found.subscription.lower():
        rule = f"is in subscription {parsed.subscription}, and nodes in {found.subscription}; they must be in one"
        yield _problem(given, rule, "Name a VNet of the cloud-config's subscription")


def _check_groups(given: GivenNetwork, found: FoundNetwork) -> Iterator[Problem]:
    for group in given.groups:
        there = found.groups[group.id]
        if not isinstance(there, FoundGroup):
            yield _missing(group, there, "security group")
        elif not same_location(there.location, found.region):
            rule = f"is in {there.location}, not in {found.region}; a group must be where the interfaces are"
            yield _problem(group, rule, f"Name a security group of {found.region}")
    for group in given.groups[MOST_GROUPS:]:
        rule = f"is more than {MOST_GROUPS} group, which an interface can have"
        yield _problem(group, rule, "Name one, with all rules")


def _check_subnet(given: Given, vnet_id: str, found: FoundNetwork, *, for_nodes: bool) -> Iterator[Problem]:
    parsed = parse_arm_id(given.id)
    if parsed is not None and not same_id(str(parsed.parent), vnet_id):
        yield _problem(given, f"belongs to {parsed.parent}, not to {vnet_id}", "Name a subnet of the same VNet")
    there = found.subnets[given.id]
    if not isinstance(there, FoundSubnet):
        yield _missing(given, there, "subnet")
        return
    if not for_nodes:
        return
    if there.delegated_to:
        rule = f"is for nodes, as the first, but delegated to {', '.join(there.delegated_to)} alone"
        yield _problem(given, rule, "Name a subnet without a delegation first")
    if not there.has_way_out:
        rule = "has no NAT gateway and no route table, and nodes have no public address: they reach nothing outside"
        yield _problem(given, rule, "Give it a NAT gateway, or a route table that leads to a firewall")


def _check_netapp(given: GivenNetwork, found: FoundNetwork) -> Iterator[Problem]:
    subnets = [found.subnets[subnet.id] for subnet in given.subnets]
    known = [subnet for subnet in subnets if isinstance(subnet, FoundSubnet)]
    if not given.for_netapp or len(known) < len(subnets) or any(NETAPP_VOLUMES in s.delegated_to for s in known):
        return
    path = given.subnets[0].path.rpartition("[")[0]
    rule = f"names no subnet that is delegated to {NETAPP_VOLUMES}, where volumes of NetApp must be"
    yield Problem(path=path, value="", rule=rule, fix="Add such a subnet of the VNet to the list, behind the first")


def same_location(one: str, other: str) -> bool:
    """Azure writes ``West Europe`` and ``westeurope``."""
    return short_location(one) == short_location(other)


def _missing(given: Given, why: Missing, what: str) -> Problem:
    if why == "absent":
        return _problem(given, f"is no {what} that is there", "Name one that is there")
    rule = "may not be read by the service principal, whose rights end with the cloud-config's resource group"
    return _problem(given, rule, "Give it the role Network Contributor on this VNet, or name one of the group")


def _problem(given: Given, rule: str, fix: str) -> Problem:
    return Problem(path=given.path, value=given.id, rule=rule, fix=fix)
