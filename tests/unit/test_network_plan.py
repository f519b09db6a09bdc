"""A workspace's subnets never move, never overlap, and always fit; bad ranges are refused with one that would do."""

from ipaddress import IPv4Network, ip_network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bodo_infra import catalog
from bodo_infra.errors import InputError, NotFoundError
from bodo_infra.plans.network_plan import (
    ENDPOINTS,
    ZONE_NUMBERS,
    check_cidr,
    check_overlap,
    check_zone_ids,
    choose_zone,
    choose_zones,
    plan_network,
)

few = settings(max_examples=60, deadline=None)

EGRESS = st.sampled_from(["nat", "nat-per-zone", "none"])
ZONES = st.lists(st.integers(1, ZONE_NUMBERS).map("use1-az{}".format), min_size=1, unique=True)
CIDRS = st.builds(
    lambda number, prefix: str(IPv4Network((0x0A000000 | number, prefix), strict=False)),
    st.integers(0, 2**24 - 1),
    st.integers(16, 22),
)


def private(plan):
    return {item.zone_id: item.cidr for item in plan.private}


def public(plan):
    return {item.zone_id: item.cidr for item in plan.public}


def test_deployed_subnets_keep_their_addresses():
    plan = plan_network("10.30.0.0/16", ["use2-az2", "use2-az1"], egress="nat-per-zone")
    why = "other numbers would replace subnets, and with them every node and mount target in them"
    assert private(plan) == {"use2-az1": "10.30.0.0/19", "use2-az2": "10.30.32.0/19"}, why
    assert public(plan) == {"use2-az1": "10.30.224.0/22", "use2-az2": "10.30.228.0/22"}, why
    plan = plan_network("10.30.0.0/16", ["use1-az7", "use1-az6"], egress="nat-per-zone")
    assert private(plan) == {"use1-az6": "10.30.160.0/19", "use1-az7": "10.30.192.0/19"}, why
    assert public(plan) == {"use1-az6": "10.30.244.0/22", "use1-az7": "10.30.248.0/22"}, why


@few
@given(CIDRS, ZONES, ZONES, EGRESS, EGRESS)
def test_a_zone_keeps_its_addresses_whatever_else_changes(cidr, before, after, egress, other):
    old, new = plan_network(cidr, before, egress=egress), plan_network(cidr, after, egress=other)
    for of in (private, public):
        assert all(of(new)[zone] == of(old)[zone] for zone in of(old).keys() & of(new).keys())


@few
@given(CIDRS, ZONES, EGRESS)
def test_subnets_lie_within_the_range_apart_from_each_other_and_are_legal(cidr, zones, egress):
    plan = plan_network(cidr, zones, egress=egress)
    subnets = [IPv4Network(item.cidr) for item in plan.private + plan.public]
    assert all(subnet.subnet_of(IPv4Network(cidr)) for subnet in subnets)
    assert not any(a.overlaps(b) for a in subnets for b in subnets if a is not b)
    assert all(16 <= subnet.prefixlen <= 28 for subnet in subnets)
    assert [item.zone_id for item in plan.private] == zones


def test_there_is_a_public_subnet_for_each_nat_gateway():
    zones = ["use2-az3", "use2-az1"]
    assert list(public(plan_network("10.30.0.0/16", zones, egress="none"))) == []
    assert list(public(plan_network("10.30.0.0/16", zones, egress="nat"))) == ["use2-az3"]
    assert list(public(plan_network("10.30.0.0/16", zones, egress="nat-per-zone"))) == zones


def test_a_zone_added_at_the_end_leaves_the_only_nat_gateway_where_it_is():
    before = plan_network("10.30.0.0/16", ["use2-az3"], egress="nat")
    after = plan_network("10.30.0.0/16", ["use2-az3", "use2-az1"], egress="nat")
    assert after.public == before.public


def test_five_addresses_of_each_subnet_are_not_for_nodes():
    assert plan_network("10.30.0.0/16", ["use2-az1"], egress="none").private[0].usable_addresses == 8192 - 5


@pytest.mark.parametrize(
    ("cidr", "egress", "text"),
    [
        ("10.30.0.0", "nat", "must be an IPv4 range with its length. Use a private one such as 10.30.0.0/16."),
        ("10.30.0.0/255.255.0.0", "nat", "must be an IPv4 range with its length."),
        ("fd00::/48", "nat", "must be an IPv4 range with its length."),
        ("10.300.0.0/16", "nat", "must be an IPv4 range with its length."),
        ("10.30.0.0/33", "nat", "must be an IPv4 range with its length."),
        ("", "nat", "must be an IPv4 range with its length."),
        ("10.30.4.0/16", "nat", "has bits set behind the first 16. Use 10.30.0.0/16."),
        ("10.0.0.0/8", "nat", "is larger than /16, the largest range of a VPC. Use 10.0.0.0/16."),
        ("10.30.0.128/25", "nat", "is smaller than /22, which 7 zones with egress nat need"),
        ("10.30.0.128/25", "nat", "Use 10.30.0.0/22."),
        ("10.30.0.0/26", "none", "is smaller than /25, which 7 zones with egress none need"),
        ("169.254.0.0/16", "nat", "lies in a range that a VPC cannot have. Use a private one"),
        ("224.0.0.0/16", "nat", "lies in a range that a VPC cannot have."),
    ],
)
def test_a_bad_range_is_refused_with_one_that_would_do(cidr, egress, text):
    found = check_cidr(cidr, egress=egress, path="bodo:spec.network.cidr")
    assert len(found) == 1
    assert str(found[0]).startswith("bodo:spec.network.cidr")
    assert text in str(found[0])


@few
@given(st.integers(0, 2**32 - 1), st.integers(0, 32), EGRESS)
def test_the_range_that_is_proposed_would_do(number, prefix, egress):
    for problem in check_cidr(f"{IPv4Network(number).network_address}/{prefix}", egress=egress):
        proposed = problem.fix.rpartition(" ")[2]
        again = check_cidr(proposed, egress=egress)
        assert not again or "VPC cannot have" in again[0].rule
        assert all(not check_cidr(item.fix.rpartition(" ")[2], egress=egress) for item in again)


def test_the_smallest_ranges_are_taken():
    assert not check_cidr("10.30.0.0/22", egress="nat-per-zone")
    assert not check_cidr("10.30.0.0/25", egress="none")
    assert plan_network("10.30.0.0/25", ["use1-az6"], egress="none").private[0].cidr == "10.30.0.80/28"


@pytest.mark.parametrize(
    ("zones", "text"),
    [
        ([], "network.zones: must name at least one zone"),
        (["us-east-2b"], "network.zones[0] = us-east-2b: is no zone id: region code, -az and 1 to 7"),
        (["usw2-lax1-az1"], "network.zones[0] = usw2-lax1-az1: is no zone id"),
        (["use1-az8"], "network.zones[0] = use1-az8: is no zone id"),
        (["use2-az1", "use2-az2", "use2-az1"], "network.zones[2] = use2-az1: is there twice"),
    ],
)
def test_bad_zones_are_refused(zones, text):
    assert text in str(check_zone_ids(zones)[0])


def test_every_zone_of_the_catalogue_has_a_slot():
    assert not [found for region in catalog.regions() for found in check_zone_ids(catalog.zones(region), region=region)]


def test_a_zone_of_another_region_is_refused_with_those_of_this_one():
    with pytest.raises(InputError) as caught:
        plan_network("10.30.0.0/16", ["use2-az1", "use1-az4"], egress="nat", region="us-east-2")
    assert str(caught.value) == (
        "network.zones[1] = use1-az4: is no zone of us-east-2. Choose among use2-az1, use2-az2, use2-az3."
    )


def test_a_region_newer_than_the_catalogue_is_no_reason_to_refuse():
    assert plan_network("10.30.0.0/16", ["mxc1-az1"], egress="nat", region="mx-central-1").private


def test_everything_wrong_with_a_network_is_said_at_once():
    with pytest.raises(InputError) as caught:
        plan_network("10.0.0.0/8", ["us-east-2a", "us-east-2b"], egress="nat")
    assert [problem.path for problem in caught.value.problems] == [
        "network.cidr",
        "network.zones[0]",
        "network.zones[1]",
    ]


def test_every_clash_is_named_with_a_range_that_is_free():
    others = {"vpc-1 (shared)": "10.30.0.0/20", "vpc-2": "10.0.0.0/16", "office": "10.30.128.0/17", "six": "fd00::/8"}
    found = check_overlap("10.30.0.0/16", others)
    assert [str(item) for item in found] == [
        "network.cidr = 10.30.0.0/16: shares addresses with vpc-1 (shared) (10.30.0.0/20), office (10.30.128.0/17). "
        "Use a free range such as 10.1.0.0/16."
    ]
    assert not check_overlap("10.31.0.0/16", others)


def test_no_range_is_proposed_when_none_is_free():
    others = {"all of 10": "10.0.0.0/8", "172": "172.16.0.0/12", "192": "192.168.0.0/16"}
    assert check_overlap("10.30.0.0/16", others)[0].fix == "Free one of them, or use a smaller range"


@few
@given(CIDRS, st.lists(CIDRS, max_size=5))
def test_the_free_range_is_free(cidr, taken):
    for problem in check_overlap(cidr, dict(zip("abcde", taken, strict=False))):
        free = ip_network(problem.fix.rpartition(" ")[2])
        assert not any(free.overlaps(ip_network(other)) for other in taken)


def test_zones_are_those_that_offer_the_wanted_types():
    assert "use2-az2" in choose_zones("us-east-2", ["hpc7a.96xlarge"])
    assert "use1-az6" in choose_zones("us-east-1", ["hpc7g.16xlarge", "c5n.18xlarge"])


def test_two_zones_come_unless_more_are_asked_for_or_the_region_has_fewer():
    assert len(choose_zones("us-east-2")) == 2
    assert len(choose_zones("us-east-2", ["hpc7a.96xlarge"])) == 2
    assert set(choose_zones("us-west-1", least=6)) == {"usw1-az1", "usw1-az3"}
    assert choose_zones("us-east-2", ["hpc7a.96xlarge"], least=1) == ("use2-az2",)


def test_deployed_zones_stay_first():
    assert choose_zones("us-east-2", keep=["use2-az3", "use2-az1"]) == ("use2-az3", "use2-az1")
    kept = choose_zones("us-east-2", ["hpc7a.96xlarge"], keep=["use2-az3", "use2-az1"])
    assert kept == ("use2-az3", "use2-az1", "use2-az2")


@few
@given(st.sampled_from(catalog.regions()), st.data())
def test_every_wanted_type_finds_a_zone_of_the_workspace(region, data):
    here = [item.name for item in catalog.efa_types() if catalog.zones_offering(item.name, region)]
    wanted = data.draw(st.lists(st.sampled_from(here), max_size=4)) if here else []
    zones = choose_zones(region, wanted)
    assert len(set(zones)) == len(zones) >= 2
    assert set(zones) <= set(catalog.zones(region))
    assert all(choose_zone(name, region, zones) in zones for name in wanted)


def test_a_type_that_the_region_lacks_is_refused_with_the_regions_that_have_it():
    with pytest.raises(InputError) as caught:
        choose_zones("us-west-2", ["hpc7a.96xlarge", "c5n.18xlarge"], path="bodo:spec.instance_type")
    assert str(caught.value) == (
        "bodo:spec.instance_type = hpc7a.96xlarge: is offered in no zone of us-west-2. "
        "Use one of eu-north-1, eu-west-1, eu-west-3, us-east-2, or choose another type."
    )
    with pytest.raises(InputError, match="is offered in no zone of us-west-2"):
        choose_zone("hpc7a.96xlarge", "us-west-2", ["usw2-az1"])
    with pytest.raises(NotFoundError):
        choose_zones("us-west-2", ["hpc7a.95xlarge"])


def test_a_type_outside_the_workspaces_zones_is_refused_with_the_zone_to_add():
    with pytest.raises(InputError) as caught:
        choose_zone("hpc7a.96xlarge", "us-east-2", ["use2-az1", "use2-az3"])
    assert str(caught.value) == (
        "instance_type = hpc7a.96xlarge: is offered in use2-az2, but the workspace has subnets in use2-az1, use2-az3. "
        "Add use2-az2 to the zones of the workspace's network, or choose another type."
    )


def test_without_internet_nodes_reach_what_they_need_and_gateways_where_there_are_gateways():
    assert {item.service for item in ENDPOINTS if item.kind == "Gateway"} == {"s3", "dynamodb"}
    assert {"ec2", "autoscaling", "ssm", "ssmmessages", "sts"} == {
        e.service for e in ENDPOINTS if e.kind == "Interface"
    }
    assert ENDPOINTS[0].service_name("us-east-2") == "com.amazonaws.us-east-2.s3"
    assert all(item.why for item in ENDPOINTS)
