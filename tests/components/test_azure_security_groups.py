"""Who reaches whom in a workspace on Azure: computed from the rules as Azure would, its own rules included.

Not proved here: what reaches an endpoint in a subnet of the user's own, where its group is not ours.
"""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from itertools import product

import pytest

from bodo_infra.azure.security_groups import ANY, INTERNET, LAST_PRIORITY, STORAGE, Rule, plan_rules

SUBNETS = {"nodes": "10.30.0.0/17", "endpoints": "10.30.224.0/19", "files": "10.30.192.0/19"}
NETWORKS = ("10.30.0.0/16", "10.99.0.0/16")  # the VNet, and one that it is peered with: both are VirtualNetwork
NODE, OTHER_NODE, NOTEBOOK = "10.30.0.4", "10.30.1.9", "10.30.0.77"
ENDPOINT, VOLUME, STRANGER, PEER = "10.30.224.4", "10.30.192.4", "10.30.160.4", "10.99.0.4"
BLOB, WORLD = "20.60.1.1", "93.184.216.34"
STORAGE_RANGE = "20.60.0.0/16"

PORTS = (22, 80, 111, 443, 2049, 8888, 8786, 65000)
CASES = list(product(("azure-files", "netapp"), (INTERNET, STORAGE, ANY)))
every_case = pytest.mark.parametrize(("storage", "egress_to"), CASES)


@dataclass(frozen=True)
class Default:
    """A rule that Azure has in every group."""

    direction: str
    source: str
    target: str
    allows: bool


DEFAULTS = (
    Default("Inbound", "VirtualNetwork", "VirtualNetwork", True),
    Default("Inbound", "AzureLoadBalancer", "*", True),
    Default("Inbound", "*", "*", False),
    Default("Outbound", "VirtualNetwork", "VirtualNetwork", True),
    Default("Outbound", "*", "Internet", True),
    Default("Outbound", "*", "*", False),
)


def within(address: str, place: str) -> bool:
    here = IPv4Address(address)
    inside = any(here in IPv4Network(network) for network in NETWORKS)
    if place in SUBNETS:
        return here in IPv4Network(SUBNETS[place])
    return {
        "*": True,
        "VirtualNetwork": inside,
        "Internet": not inside,
        "Storage": here in IPv4Network(STORAGE_RANGE),
        "AzureLoadBalancer": address == "168.63.129.16",
    }[place]


def passes(rules: list[Rule] | None, direction: str, source: str, target: str, port: int) -> bool:
    """Whether a group lets the first packet of a TCP connection pass; None: there is no group, all passes."""
    if rules is None:
        return True
    ours = sorted((rule for rule in rules if rule.direction == direction), key=lambda rule: rule.priority)
    for rule in (*ours, *(rule for rule in DEFAULTS if rule.direction == direction)):
        ports = getattr(rule, "ports", ())
        if within(source, rule.source) and within(target, rule.target) and (not ports or port in ports):
            return rule.allows
    raise AssertionError("the last of Azure's own rules fits everything")


class World:
    """Machines with the groups that they stand behind."""

    def __init__(self, storage, egress_to):
        rules = plan_rules(storage=storage, egress_to=egress_to)
        self.groups = {
            NODE: rules["nodes"],
            OTHER_NODE: rules["nodes"],
            NOTEBOOK: rules["notebooks"],
            ENDPOINT: rules["endpoints"],
        }

    def open_ports(self, source, target):
        return {
            port
            for port in PORTS
            if passes(self.groups.get(source), "Outbound", source, target, port)
            and passes(self.groups.get(target), "Inbound", source, target, port)
        }


@every_case
@pytest.mark.parametrize("source", [WORLD, BLOB, PEER, STRANGER, "168.63.129.16"])
@pytest.mark.parametrize("target", [NODE, NOTEBOOK, ENDPOINT])
def test_nothing_comes_in_from_the_internet_nor_from_the_rest_of_the_network(storage, egress_to, source, target):
    assert World(storage, egress_to).open_ports(source, target) == set()


@every_case
def test_nodes_reach_each_other_on_every_port_and_notebooks_them_by_ssh_alone(storage, egress_to):
    world = World(storage, egress_to)

    assert world.open_ports(NODE, OTHER_NODE) == set(PORTS), "MPI takes any port"
    if egress_to != ANY:
        assert world.open_ports(NOTEBOOK, NODE) == {22}
    assert world.open_ports(NODE, NOTEBOOK) == set()


def test_where_https_may_go_anywhere_notebooks_reach_nodes_by_it_too():
    assert World("azure-files", ANY).open_ports(NOTEBOOK, NODE) == {22, 443}


def test_all_protocols_pass_between_nodes():
    (rule,) = [rule for rule in plan_rules(storage="netapp", egress_to=INTERNET)["nodes"] if rule.name == "from-nodes"]

    assert rule.ports == (), "RDMA is neither TCP nor UDP"


@every_case
@pytest.mark.parametrize("client", [NODE, NOTEBOOK])
def test_shared_files_and_the_vault_are_reached_by_their_own_ports(storage, egress_to, client):
    world = World(storage, egress_to)

    files = {2049} if storage == "azure-files" else set()
    assert world.open_ports(client, ENDPOINT) == {443} | files
    if storage == "netapp" and egress_to != ANY:
        assert world.open_ports(client, VOLUME) == {2049}


@every_case
@pytest.mark.parametrize("client", [NODE, NOTEBOOK])
def test_only_https_goes_out_and_where_there_is_no_way_out_to_azure_storage_alone(storage, egress_to, client):
    world = World(storage, egress_to)

    assert world.open_ports(client, BLOB) == {443}
    assert world.open_ports(client, WORLD) == (set() if egress_to == STORAGE else {443})
    if egress_to != ANY:
        assert world.open_ports(client, PEER) == world.open_ports(client, STRANGER) == set()


@every_case
def test_endpoints_open_no_connections(storage, egress_to):
    world = World(storage, egress_to)

    assert all(world.open_ports(ENDPOINT, target) == set() for target in (NODE, NOTEBOOK, WORLD, PEER))


@every_case
def test_rules_have_names_and_priorities_of_their_own_which_azure_takes(storage, egress_to):
    for rules in plan_rules(storage=storage, egress_to=egress_to).values():
        assert len({rule.name for rule in rules}) == len(rules)
        assert len({(rule.direction, rule.priority) for rule in rules}) == len(rules)
        assert all(100 <= rule.priority <= LAST_PRIORITY for rule in rules)
