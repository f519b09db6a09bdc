"""Every EFA type gets a layout within EC2's rules, and every rank a core. Whether EC2 takes it, only EC2 can say."""

from collections import Counter

import pytest

from bodo_infra import catalog
from bodo_infra.errors import InputError
from bodo_infra.plans.efa_layout import (
    CpuOptions,
    check_efa,
    check_subnet,
    efa_cards,
    plan_cpu_options,
    plan_interfaces,
    ranks_per_node,
)

EVERY = catalog.ec2_types()
EFA = [item for item in EVERY if item.max_efa]
PLANS = [(item, plan_interfaces(item, efa="required")) for item in EFA]


def layout(name, efa="auto"):
    return [(item.card, item.device, item.kind) for item in plan_interfaces(catalog.ec2_type(name), efa=efa)]


def breaking(rule):
    """The types whose plan breaks a rule; a list, so that a failure names them all."""
    return [ec2.name for ec2, plan in PLANS if not rule(ec2, plan)]


def test_there_are_hundreds_of_efa_types_to_prove_this_on():
    assert len(EFA) > 260


def test_the_primary_is_device_0_of_card_0_and_carries_addresses():
    assert not breaking(lambda ec2, plan: (plan[0].card, plan[0].device) == (0, 0))
    assert not breaking(lambda ec2, plan: plan[0].kind in ("interface", "efa")), "efa-only has no address"


def test_only_the_primary_has_an_address():
    assert not breaking(lambda ec2, plan: all(item.kind == "efa-only" for item in plan[1:]))


def test_every_efa_that_the_type_has_is_used():
    assert not breaking(lambda ec2, plan: sum(item.has_efa for item in plan) == ec2.max_efa)


def test_a_card_carries_at_most_one_efa_and_only_if_it_takes_one():
    assert not breaking(lambda ec2, plan: max(Counter(i.card for i in plan if i.has_efa).values()) == 1)
    assert not breaking(lambda ec2, plan: all(ec2.cards[item.card].efa for item in plan if item.has_efa))


def test_no_card_carries_more_interfaces_than_it_can():
    def rule(ec2, plan):
        return all(ec2.cards[card].max_interfaces >= count for card, count in Counter(i.card for i in plan).items())

    assert not breaking(rule)


def test_no_two_interfaces_share_a_place_and_devices_count_from_0():
    assert not breaking(lambda ec2, plan: len({(item.card, item.device) for item in plan}) == len(plan))
    assert not breaking(lambda ec2, plan: all(item.device == 0 for item in plan if item.card))
    assert not breaking(lambda ec2, plan: [i.device for i in plan if i.card == 0] in ([0], [0, 1]))


def test_a_single_interface_is_told_to_have_no_public_address_and_several_are_told_nothing():
    assert not breaking(
        lambda ec2, plan: {item.public_address for item in plan} == ({False} if len(plan) == 1 else {None})
    )


def test_off_and_types_without_efa_have_one_ordinary_interface():
    for item in EVERY:
        plans = [plan_interfaces(item, efa="off")] + ([] if item.max_efa else [plan_interfaces(item, efa="auto")])
        for plan in plans:
            assert [(i.card, i.device, i.kind, i.public_address) for i in plan] == [(0, 0, "interface", False)]


def test_auto_is_required_where_the_type_has_efa():
    assert all(plan == plan_interfaces(ec2, efa="auto") for ec2, plan in PLANS)


@pytest.mark.parametrize("name", ["c5n.18xlarge", "hpc6a.48xlarge", "hpc7g.16xlarge", "p5.4xlarge", "i7ie.48xlarge"])
def test_one_efa_is_one_combined_interface(name):
    assert layout(name) == [(0, 0, "efa")]


def test_two_cards_get_an_efa_each_beside_the_address():
    assert layout("hpc7a.96xlarge") == [(0, 0, "interface"), (0, 1, "efa-only"), (1, 0, "efa-only")]


def test_a_card_with_room_for_one_interface_gets_the_combined_kind():
    assert layout("hpc6id.32xlarge") == [(0, 0, "efa"), (1, 0, "efa-only")]


@pytest.mark.parametrize(("name", "efas"), [("p5.48xlarge", 32), ("p5en.48xlarge", 16), ("trn2.48xlarge", 16)])
def test_many_cards_take_one_address(name, efas):
    further = [(card, 0, "efa-only") for card in range(1, efas)]
    assert layout(name) == [(0, 0, "interface"), (0, 1, "efa-only"), *further]


def test_a_card_0_without_efa_stays_ordinary():
    assert layout("p6-b300.48xlarge") == [(0, 0, "interface"), *((card, 0, "efa-only") for card in range(1, 17))]
    assert [card.index for card in efa_cards(catalog.ec2_type("p6-b300.48xlarge"))] == list(range(1, 17))


@pytest.mark.parametrize(
    ("name", "alternative"),
    [
        ("c5n.4xlarge", "Choose c5n.18xlarge or c5n.9xlarge, or set efa to auto."),
        ("t3.micro", "Choose c5n.18xlarge or hpc7a.96xlarge, or set efa to auto."),
        ("t4g.micro", "Choose c7gn.16xlarge or hpc7g.16xlarge, or set efa to auto."),
    ],
)
def test_efa_required_of_a_type_without_names_types_that_have_it(name, alternative):
    with pytest.raises(InputError) as caught:
        plan_interfaces(catalog.ec2_type(name), efa="required", path="bodo:spec.efa")
    expected = f"bodo:spec.efa = required: {name} has no Elastic Fabric Adapter. {alternative}"
    assert str(caught.value) == expected
    assert [str(problem) for problem in caught.value.problems] == [expected]


def test_every_alternative_has_efa():
    for item in EVERY:
        for problem in check_efa(item, efa="required"):
            names = problem.fix.removeprefix("Choose ").partition(",")[0].split(" or ")
            assert all(catalog.ec2_type(name).max_efa for name in names), item.name


def test_several_interfaces_are_refused_in_a_subnet_that_gives_public_addresses():
    ec2 = catalog.ec2_type("hpc7a.96xlarge")
    plan = plan_interfaces(ec2, efa="auto")
    found = check_subnet(ec2, plan, maps_public_addresses=True, path="bodo:spec.network.private_subnet_ids[0]")
    assert "a hpc7a.96xlarge with 3 network interfaces cannot have one" in str(found[0])
    assert not check_subnet(ec2, plan, maps_public_addresses=False, path="")
    assert not check_subnet(ec2, plan_interfaces(ec2, efa="off"), maps_public_addresses=True, path="")


def test_a_node_has_as_many_ranks_as_physical_cores():
    names = ("c5n.18xlarge", "hpc7a.96xlarge", "c7gn.16xlarge", "c5.4xlarge")
    assert [ranks_per_node(catalog.ec2_type(name)) for name in names] == [36, 192, 64, 8]


def test_hyperthreading_is_switched_off_where_it_is_on_and_can_be():
    assert plan_cpu_options(catalog.ec2_type("c5n.18xlarge")) == CpuOptions(core_count=36, threads_per_core=1)
    for name in ("hpc7a.96xlarge", "c7gn.16xlarge", "c5n.metal", "g5.48xlarge", "t2.micro"):
        assert plan_cpu_options(catalog.ec2_type(name)) is None, name


def test_cpu_options_never_cost_a_rank_its_core():
    for item in EVERY:
        options = plan_cpu_options(item)
        if options is None:
            assert item.threads_per_core == 1 or not item.legal_threads_per_core, item.name
        else:
            assert options.core_count == ranks_per_node(item), item.name
            assert options.threads_per_core in item.legal_threads_per_core, item.name
