"""A workspace's subnets on Azure never move, never overlap, and always fit; bad ranges are refused with one that would
do."""

from ipaddress import IPv4Network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bodo_infra.errors import InputError
from bodo_infra.plans.azure_network import (
    LARGEST_NETWORK,
    SMALLEST_NETWORK,
    AzureNetworkPlan,
    check_azure_cidr,
    plan_azure_network,
)

few = settings(max_examples=60, deadline=None)

CIDRS = st.builds(
    lambda number, prefix: str(IPv4Network((0x0A000000 | number, prefix), strict=False)),
    st.integers(0, 2**24 - 1),
    st.integers(LARGEST_NETWORK, SMALLEST_NETWORK),
)


def ranges(plan: AzureNetworkPlan) -> dict[str, IPv4Network]:
    subnets = [plan.nodes, plan.endpoints, *([plan.files] if plan.files else [])]
    return {subnet.purpose: IPv4Network(subnet.cidr) for subnet in subnets}


def test_deployed_subnets_keep_their_addresses():
    plan = plan_azure_network("10.30.0.0/16", files=True)

    assert {purpose: str(cidr) for purpose, cidr in ranges(plan).items()} == {
        "nodes": "10.30.0.0/17",
        "endpoints": "10.30.224.0/19",
        "files": "10.30.192.0/19",
    }, "other numbers would replace subnets, and with them every node and endpoint in them"


@few
@given(CIDRS)
def test_a_volume_that_comes_later_moves_nothing(cidr):
    before, after = plan_azure_network(cidr, files=False), plan_azure_network(cidr, files=True)

    assert before.files is None
    assert (before.nodes, before.endpoints) == (after.nodes, after.endpoints)


@few
@given(CIDRS)
def test_subnets_lie_within_the_range_apart_from_each_other_and_are_large_enough(cidr):
    subnets = ranges(plan_azure_network(cidr, files=True))

    assert all(subnet.subnet_of(IPv4Network(cidr)) for subnet in subnets.values())
    assert not any(a.overlaps(b) for a in subnets.values() for b in subnets.values() if a is not b)
    assert subnets["nodes"].num_addresses * 2 == IPv4Network(cidr).num_addresses, "nodes have the largest half"
    assert subnets["files"].prefixlen <= 28, "NetApp asks for a /28"
    assert subnets["endpoints"].prefixlen <= 28


@pytest.mark.parametrize(("cidr", "nodes"), [("10.30.0.0/16", 32768 - 5), ("10.30.0.0/24", 128 - 5)])
def test_five_addresses_of_each_subnet_are_not_for_nodes(cidr, nodes):
    assert plan_azure_network(cidr, files=False).nodes.usable_addresses == nodes


@pytest.mark.parametrize(
    ("cidr", "text"),
    [
        ("10.30.0.0", "must be an IPv4 range with its length. Use a private one such as 10.30.0.0/16."),
        ("10.30.0.0/255.255.0.0", "must be an IPv4 range with its length."),
        ("fd00::/48", "must be an IPv4 range with its length."),
        ("10.300.0.0/16", "must be an IPv4 range with its length."),
        ("10.30.0.0/33", "must be an IPv4 range with its length."),
        ("", "must be an IPv4 range with its length."),
        ("10.30.4.0/16", "has bits set behind the first 16. Use 10.30.0.0/16."),
        ("10.0.0.0/8", "is larger than /16, the largest range of a workspace. Use 10.0.0.0/16."),
        ("10.30.0.128/25", "is smaller than /24, which nodes, private endpoints and shared files need. Use"),
        ("169.254.0.0/16", "holds addresses that a VNet cannot have. Use a private range"),
        ("168.63.0.0/16", "holds addresses that a VNet cannot have."),
        ("224.0.0.0/16", "holds addresses that a VNet cannot have."),
    ],
)
def test_a_bad_range_is_refused_with_one_that_would_do(cidr, text):
    (problem,) = check_azure_cidr(cidr, path="spec.network.cidr")

    assert str(problem).startswith("spec.network.cidr")
    assert text in str(problem)


@few
@given(st.integers(0, 2**32 - 1), st.integers(0, 32))
def test_the_range_that_is_proposed_would_do(number, prefix):
    for problem in check_azure_cidr(f"{IPv4Network(number).network_address}/{prefix}"):
        again = check_azure_cidr(problem.fix.rpartition(" ")[2])
        assert not again or "VNet cannot have" in again[0].rule


def test_what_is_wrong_stops_a_plan():
    with pytest.raises(InputError, match=r"spec\.network\.cidr = 10\.0\.0\.0/8: is larger than /16"):
        plan_azure_network("10.0.0.0/8", files=False, path="spec.network")
