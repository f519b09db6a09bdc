"""Resource ids of Azure: taken apart and put together without loss, and compared as Azure does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bodo_infra.plans.arm_ids import ArmId, lies_within, parse_arm_id, same_id

SUBSCRIPTION = "/subscriptions/11111111-2222-3333-4444-555555555555"
GROUP = f"{SUBSCRIPTION}/resourceGroups/data"
NET = f"{GROUP}/providers/Microsoft.Network/virtualNetworks/net"
WORDS = st.from_regex(r"[A-Za-z0-9_.-]{0,11}[A-Za-z0-9_-]", fullmatch=True)


@st.composite
def ids(draw):
    """Of a subscription, a group, or a thing in it, up to three deep."""
    group = draw(st.none() | WORDS)
    names = tuple(draw(st.lists(WORDS, max_size=3))) if group else ()
    kinds = [draw(WORDS) for _ in names]
    return ArmId(
        subscription=draw(st.uuids().map(str)),
        group=group or "",
        type="/".join(("Microsoft.Network", *kinds)) if names else "",
        names=names,
    )


@given(ids())
def test_an_id_is_read_as_it_is_written(id):
    assert parse_arm_id(str(id)) == id


@given(ids())
def test_a_thing_lies_within_its_parents_and_the_other_way_round_only_at_the_top(id):
    assert lies_within(str(id), str(id.parent))
    assert lies_within(str(id.parent), str(id)) is (id.parent == id)


def test_a_subnet_lies_in_its_network_in_its_group_in_its_subscription():
    subnet = parse_arm_id(f"{NET}/subnets/nodes")

    assert subnet.is_of("microsoft.network/virtualnetworks/subnets")
    assert (subnet.name, str(subnet.parent), str(subnet.parent.parent)) == ("nodes", NET, GROUP)
    assert str(subnet.parent.parent.parent) == SUBSCRIPTION


@pytest.mark.parametrize(
    "text",
    [
        "",
        "net",
        "/subscriptions/",
        f"{GROUP}/",
        f"{NET}/subnets",
        f"{NET}/subnets/..",
        f"{GROUP}/providers/Microsoft.Network/x/../virtualNetworks/net",
        f"{GROUP}/providers/Microsoft.Network/virtualNetworks/%6eet",
        f"{NET}?x=y",
        f"{NET}#x",
        f"{NET} ",
        f"{NET}\n",
        f"{SUBSCRIPTION}/providers/Microsoft.Network/virtualNetworks/net",
        "arn:aws:ec2:us-east-2:000000000000:vpc/vpc-1",
    ],
)
def test_what_is_no_id_of_a_thing_in_a_group_is_not_read(text):
    assert parse_arm_id(text) is None


@pytest.mark.parametrize(
    ("id", "scope", "inside"),
    [
        (NET, NET.upper(), True),
        (f"{NET}/subnets/nodes", f"{NET}/", True),
        (f"{GROUP}-2", GROUP, False),
        (GROUP, NET, False),
    ],
)
def test_neither_case_nor_a_part_of_a_word_decides_what_lies_within(id, scope, inside):
    assert lies_within(id, scope) is inside


def test_ids_are_compared_without_case():
    assert same_id(NET, NET.lower())
    assert not same_id(NET, f"{NET}2")
