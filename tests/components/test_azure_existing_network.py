"""Which VNets of the user's own a workspace takes, and which it refuses and why."""

import pulumi
import pytest

from bodo_infra.azure import Network, NetworkArgs, NetworkLinks
from bodo_infra.errors import InputError
from bodo_infra.spec import ExistingNetwork
from tests.components.azure_rules import broken_rules, of_azure
from tests.components.azure_workspace_parts import (
    OWN,
    OWN_GROUP,
    OWN_SUBNETS,
    OWN_VNET,
    SECURITY_GROUP,
    FakeNetwork,
    scope,
)
from tests.components.recorder import both_modes, record

EXISTING = ExistingNetwork(kind="existing", vpc_id=OWN_VNET, private_subnet_ids=OWN_SUBNETS)
OTHER_SUBSCRIPTION = "11111111-0000-0000-0000-000000000000"


def existing(there=None, preview=False, storage="azure-files", **changed):
    there = there or FakeNetwork()

    def program():
        spec = EXISTING.model_copy(update=changed)
        made.append(Network("net", NetworkArgs(spec=spec, scope=scope(), storage=storage)))

    made = []
    recorded = record(program, preview=preview, answers=there.answers())
    return recorded, made[0]


@both_modes
def test_an_existing_vnet_gets_groups_and_nothing_else(preview):
    recorded, _ = existing(preview=preview)

    assert {resource.type for resource in of_azure(recorded)} == {SECURITY_GROUP}
    assert set(recorded.inputs_of(SECURITY_GROUP)) == {"net-nodes-group", "net-notebooks-group"}
    assert broken_rules(recorded) == []
    outputs = recorded.outputs["net"]
    assert (outputs["vnet_id"], outputs["subnet_id"], outputs["egress"]) == (OWN_VNET, OWN_SUBNETS[0], "nat")


def test_rules_are_of_the_ranges_that_the_subnets_have():
    there = FakeNetwork()
    there.subnets["machines"] |= {"addressPrefix": None, "addressPrefixes": ["10.0.0.0/25", "10.0.9.0/25"]}

    recorded, _ = existing(there)

    rules = recorded.inputs_of(SECURITY_GROUP)["net-nodes-group"]["securityRules"]
    assert rules[0]["sourceAddressPrefixes"] == ["10.0.0.0/25", "10.0.9.0/25"]


def test_https_goes_anywhere_as_the_users_own_endpoints_may_be_anywhere():
    recorded, _ = existing()

    rules = {rule["name"]: rule for rule in recorded.inputs_of(SECURITY_GROUP)["net-nodes-group"]["securityRules"]}
    assert rules["to-internet"]["destinationAddressPrefix"] == "*"


def test_a_group_of_the_users_own_is_that_of_the_nodes():
    recorded, _ = existing(security_group_ids=(OWN_GROUP,))

    assert recorded.outputs["net"]["node_security_group_ids"] == [OWN_GROUP]
    assert set(recorded.inputs_of(SECURITY_GROUP)) == {"net-notebooks-group"}


def placed(network):
    seen = {}
    record(lambda: pulumi.Output.all(**network).apply(seen.update), preview=False)
    return seen


@pytest.mark.parametrize(
    ("subnets", "delegated", "place"),
    [
        (OWN_SUBNETS, False, OWN_SUBNETS[1]),
        (OWN_SUBNETS[:1], False, OWN_SUBNETS[0]),
        (OWN_SUBNETS, True, OWN_SUBNETS[0]),
    ],
    ids=["the second subnet", "that of the nodes when there is one", "not one that is for NetApp alone"],
)
def test_endpoints_go_to(subnets, delegated, place):
    there = FakeNetwork()
    if delegated:
        there.subnets["links"]["delegations"] = [{"serviceName": "Microsoft.NetApp/volumes"}]

    _, network = existing(there, private_subnet_ids=subnets)

    assert placed(network.subnet_ids)["endpoints"] == place


def test_a_volume_goes_to_the_subnet_that_is_for_volumes():
    there = FakeNetwork()
    there.subnets["links"]["delegations"] = [{"serviceName": "Microsoft.NetApp/volumes"}]

    _, network = existing(there, storage="netapp")

    assert placed(network.subnet_ids)["files"] == OWN_SUBNETS[1]


def test_a_preview_goes_through_while_look_ups_answer_with_nothing():
    recorded = record(
        lambda: Network("net", NetworkArgs(spec=EXISTING, scope=scope())),
        preview=True,
        answers=dict.fromkeys(FakeNetwork().answers(), lambda asked: {}),
    )

    assert set(recorded.inputs_of(SECURITY_GROUP)) == {"net-nodes-group", "net-notebooks-group"}


def nothing(there):
    there.vnets.clear()
    there.subnets.clear()
    there.groups.clear()


def forbidden(there):
    there.forbidden = True


def elsewhere(there):
    there.vnets["hub"]["location"] = "North Europe"
    there.groups["machines"]["location"] = "northeurope"


def other_subscription(there):
    there.subscription = OTHER_SUBSCRIPTION


def own_names(there):
    there.vnets["hub"]["dhcpOptions"] = {"dnsServers": ["10.0.0.4", "10.0.0.5"]}


def delegated(there):
    there.subnets["machines"]["delegations"] = [{"serviceName": "Microsoft.Web/serverFarms"}]


def no_way_out(there):
    del there.subnets["machines"]["natGateway"]


BAD = {
    nothing: [
        f"spec.network.vpc_id = {OWN_VNET}: is no VNet that is there. Name one that is there.",
        f"spec.network.private_subnet_ids[0] = {OWN_SUBNETS[0]}: is no subnet",
        f"spec.network.private_subnet_ids[1] = {OWN_SUBNETS[1]}: is no subnet",
        f"spec.network.security_group_ids[0] = {OWN_GROUP}: is no security group",
    ],
    forbidden: [
        f"spec.network.vpc_id = {OWN_VNET}: may not be read by the service principal",
        "Give it the role Network Contributor on this VNet",
    ],
    elsewhere: [
        f"spec.network.vpc_id = {OWN_VNET}: is in North Europe, not in westeurope",
        "Set spec.region to North Europe, or name a VNet of westeurope",
        f"spec.network.security_group_ids[0] = {OWN_GROUP}: is in northeurope, not in westeurope",
    ],
    other_subscription: [f"is in subscription 00000000-0000-0000-0000-000000000000, and nodes in {OTHER_SUBSCRIPTION}"],
    own_names: ["asks name servers of its own (10.0.0.4, 10.0.0.5)", "Let it use Azure's name server"],
    delegated: ["is for nodes, as the first, but delegated to Microsoft.Web/serverFarms alone. Name a subnet without"],
    no_way_out: ["has no NAT gateway and no route table", "Give it a NAT gateway, or a route table"],
}


@pytest.mark.parametrize(("spoil", "words"), BAD.items(), ids=[spoil.__name__ for spoil in BAD])
def test_a_vnet_that_could_not_hold_nodes_is_refused_before_the_first_child(spoil, words):
    there = FakeNetwork()
    spoil(there)
    refused(there, words, security_group_ids=(OWN_GROUP,))


def refused(there, words, storage="azure-files", **changed):
    seen = []

    def program():
        spec = EXISTING.model_copy(update=changed)
        with pytest.raises(InputError) as raised:
            Network("net", NetworkArgs(spec=spec, scope=scope(), storage=storage))
        seen.append(str(raised.value))

    recorded = record(program, preview=False, answers=there.answers())

    assert [resource.name for resource in recorded.resources] == ["net"]
    for text in words:
        assert text in seen[0]


def test_an_error_of_another_kind_is_not_told_as_a_missing_network():
    there = FakeNetwork()
    answers = there.answers()

    def busy(asked):
        raise RuntimeError('Status=429 Code="TooManyRequests"')

    answers["azure-native:network:getSubnet"] = busy
    with pytest.raises(Exception, match="TooManyRequests"):
        record(lambda: Network("net", NetworkArgs(spec=EXISTING, scope=scope())), preview=False, answers=answers)


def test_a_route_table_is_a_way_out_too():
    there = FakeNetwork()
    no_way_out(there)
    there.subnets["machines"]["routeTable"] = {"id": "firewall"}

    assert existing(there)[0].outputs["net"]["egress"] == "nat"


def test_only_the_subnet_of_the_nodes_needs_a_way_out():
    assert "natGateway" not in FakeNetwork().subnets["links"]
    existing()


def test_netapp_needs_a_subnet_for_volumes():
    words = ["spec.network.private_subnet_ids: names no subnet that is delegated to Microsoft.NetApp/volumes"]
    refused(FakeNetwork(), words, storage="netapp")


BAD_IDS = {
    "names": (
        {"vpc_id": "hub", "private_subnet_ids": ("machines",), "security_group_ids": ("group",)},
        [
            "spec.network.vpc_id = hub: must be a resource id such as /subscriptions/ID/resourceGroups/",
            "spec.network.private_subnet_ids[0] = machines: must be a resource id",
            "spec.network.security_group_ids[0] = group: must be a resource id",
        ],
    ),
    "a subnet for a VNet": ({"vpc_id": OWN_SUBNETS[0]}, ["spec.network.vpc_id = ", "must be a resource id such as"]),
    "two groups": (
        {"security_group_ids": (OWN_GROUP, f"{OWN_GROUP}-2")},
        ["spec.network.security_group_ids = 2 groups: must be one: a network interface takes no more"],
    ),
    "a subnet of another VNet": (
        {"private_subnet_ids": (OWN_SUBNETS[0], f"{OWN}/virtualNetworks/other/subnets/links")},
        ["spec.network.private_subnet_ids[1] = ", "is a subnet of another virtual network"],
    ),
    "a subnet twice, in whatever case": (
        {"private_subnet_ids": (OWN_SUBNETS[0], f"{OWN_VNET}/subnets/MACHINES")},
        ["spec.network.private_subnet_ids[1] = ", "is there twice"],
    ),
}


@pytest.mark.parametrize(("changed", "words"), BAD_IDS.values(), ids=BAD_IDS.keys())
def test_ids_that_are_none_are_refused_before_anything_is_looked_up(changed, words):
    seen = []

    def program():
        with pytest.raises(InputError) as raised:
            Network("net", NetworkArgs(spec=EXISTING.model_copy(update=changed), scope=scope()))
        seen.append(str(raised.value))

    recorded = record(program, preview=False, answers={})

    assert recorded.resources == []
    for text in words:
        assert text in seen[0]


def linked(there, subnets=OWN_SUBNETS, **links):
    def program():
        ids = NetworkLinks(vnet_id=OWN_VNET, subnet_ids=subnets, **links)
        Network("net", NetworkArgs(scope=scope(), links=ids))

    return record(program, preview=False, answers=there.answers())


def test_a_network_of_the_same_program_comes_by_links():
    recorded = linked(FakeNetwork(), security_group_ids=[OWN_GROUP])

    assert recorded.outputs["net"]["subnet_id"] == OWN_SUBNETS[0]
    assert recorded.outputs["net"]["node_security_group_ids"] == [OWN_GROUP]


def test_a_linked_network_is_judged_as_one_of_the_spec():
    there = FakeNetwork()
    no_way_out(there)

    with pytest.raises(InputError, match=r"network\.subnet_ids\[0\] = .*: has no NAT gateway"):
        linked(there)


STRAY = f"{OWN}/virtualNetworks/other/subnets/links"
BAD_LINKS = {
    "a subnet of another VNet": (
        {"subnets": (OWN_SUBNETS[0], STRAY)},
        r"subnet_ids\[1\] = .*: belongs to .*/other, not",
    ),
    "a subnet twice": ({"subnets": OWN_SUBNETS[:1] * 2}, r"subnet_ids\[1\] = .*: is there twice"),
    "two groups": (
        {"security_group_ids": [OWN_GROUP, OWN_GROUP]},
        r"security_group_ids\[1\] = .*: is more than 1 group",
    ),
    "no id": ({"subnets": ("machines",)}, r"subnet_ids\[0\] = machines: is no subnet that is there"),
}


@pytest.mark.parametrize(("links", "words"), BAD_LINKS.values(), ids=BAD_LINKS.keys())
def test_linked_ids_that_do_not_fit_are_refused_as_soon_as_they_are_known(links, words):
    with pytest.raises(InputError, match=words):
        linked(FakeNetwork(), **links)


def test_links_without_a_subnet_are_refused_at_once():
    with pytest.raises(InputError, match=r"network\.subnet_ids: names no subnet"):
        linked(FakeNetwork(), subnets=())
