"""What a network that we make on Azure registers.

Not proved here: what becomes of it when it is edited (tests/engine).
"""

from ipaddress import IPv4Network

import pytest

from bodo_infra.azure import Network, NetworkArgs
from bodo_infra.errors import InputError
from bodo_infra.spec import ManagedNetwork
from tests.components.azure_rules import broken_rules, provider_of
from tests.components.azure_workspace_parts import (
    COMPUTED,
    NAT_GATEWAY,
    PUBLIC_IP,
    SECURITY_GROUP,
    SUBNET,
    UUID,
    VNET,
    scope,
)
from tests.components.recorder import both_modes, record

every_egress = pytest.mark.parametrize("egress", ["nat", "none"])
every_storage = pytest.mark.parametrize("storage", ["azure-files", "netapp"])


def managed(preview=False, storage="azure-files", **spec):
    def program():
        Network("net", NetworkArgs(spec=ManagedNetwork(**spec), scope=scope(), storage=storage))

    return record(program, preview=preview, computed=COMPUTED, answers=provider_of())


@both_modes
@every_egress
@every_storage
def test_all_is_tagged_placed_and_as_the_sdk_wants_it(preview, egress, storage):
    recorded = managed(preview, storage, egress=egress)

    assert broken_rules(recorded) == []
    tags = recorded.of_type(VNET).inputs["tags"]
    assert tags["team"] == "data"
    assert tags["Name"] == "team-vnet"


@both_modes
@every_egress
@every_storage
def test_nothing_has_a_public_address_but_the_nat_gateway(preview, egress, storage):
    recorded = managed(preview, storage, egress=egress)

    subnets = recorded.inputs_of(SUBNET)
    assert {inputs["defaultOutboundAccess"] for inputs in subnets.values()} == {False}, "the hidden way out"
    assert len(recorded.inputs_of(NAT_GATEWAY)) == len(recorded.inputs_of(PUBLIC_IP)) == (egress == "nat")
    assert ["natGateway" in inputs for inputs in subnets.values()] == [
        name == "net-nodes-subnet" and egress == "nat" for name in subnets
    ]


def test_the_gateways_address_is_of_the_kind_that_azure_still_makes():
    address = managed().of_type(PUBLIC_IP).inputs

    assert (address["sku"], address["publicIPAllocationMethod"]) == ({"name": "Standard"}, "Static")


@every_egress
def test_traffic_of_azure_storage_never_costs_nat_and_needs_no_way_out(egress):
    nodes = managed(egress=egress).inputs_of(SUBNET)["net-nodes-subnet"]

    assert nodes["serviceEndpoints"] == [{"service": "Microsoft.Storage.Global", "locations": ["*"]}]


@both_modes
def test_a_volume_has_a_subnet_of_its_own_and_other_files_have_none(preview):
    on_netapp, others = (managed(preview, kind).inputs_of(SUBNET) for kind in ("netapp", "azure-files"))

    assert set(on_netapp) - set(others) == {"net-files-subnet"}
    (delegation,) = on_netapp["net-files-subnet"]["delegations"]
    assert delegation["serviceName"] == "Microsoft.NetApp/volumes"
    assert not any(inputs.get("delegations") for inputs in others.values())


def test_groups_tell_machines_apart_by_the_subnets_of_the_plan():
    recorded = managed(storage="netapp")

    subnets = {inputs["subnetName"]: inputs["addressPrefix"] for inputs in recorded.inputs_of(SUBNET).values()}
    nodes, endpoints = (recorded.inputs_of(SECURITY_GROUP)[f"net-{name}-group"] for name in ("nodes", "endpoints"))
    rules = {rule["name"]: rule for rule in nodes["securityRules"]}
    assert rules["from-nodes"]["sourceAddressPrefixes"] == [subnets["nodes"]]
    assert rules["to-files"]["destinationAddressPrefixes"] == [subnets["files"]]
    assert endpoints["securityRules"][0]["destinationAddressPrefixes"] == [subnets["endpoints"]]


def test_a_rule_names_a_tag_or_ranges_and_one_port_or_several():
    recorded = managed()

    rules = [rule for inputs in recorded.inputs_of(SECURITY_GROUP).values() for rule in inputs["securityRules"]]
    for rule in rules:
        for one, several in (
            ("sourceAddressPrefix", "sourceAddressPrefixes"),
            ("destinationAddressPrefix", "destinationAddressPrefixes"),
            ("destinationPortRange", "destinationPortRanges"),
        ):
            assert (one in rule) != (several in rule), f"{rule['name']}: Azure takes one of {one}, {several}"
        for prefix in rule.get("sourceAddressPrefixes", []):
            assert IPv4Network(prefix)


def test_the_group_of_endpoints_stands_on_their_subnet_and_holds_there():
    endpoints = managed().inputs_of(SUBNET)["net-endpoints-subnet"]

    assert endpoints["networkSecurityGroup"]["id"] == "net-endpoints-group-id"
    assert endpoints["privateEndpointNetworkPolicies"] == "NetworkSecurityGroupEnabled"


def test_another_range_is_another_network_by_its_name():
    names = {managed(cidr=cidr).of_type(VNET).inputs["virtualNetworkName"] for cidr in ("10.30.0.0/16", "10.31.0.0/16")}

    assert len(names) == 2, "subnets with addresses in use never change theirs"


def test_a_network_for_a_volume_is_not_the_one_without_and_when_it_was_kept_is_not_met_again():
    """A kept volume holds its network, by its name, for good."""
    with_volume = managed(storage="netapp")

    assert with_volume.of_type(UUID).inputs["keepers"] == {"cidr": "10.30.0.0/16"}
    names = {recorded.of_type(VNET).inputs["virtualNetworkName"] for recorded in (with_volume, managed())}
    assert len(names) == 2


@both_modes
def test_outputs_are_what_the_workspace_hands_on(preview):
    outputs = managed(preview).outputs["net"]

    assert set(outputs) == {
        "vnet_id",
        "subnet_id",
        "egress",
        "node_security_group_ids",
        "notebook_security_group_id",
        "nodes_ranges",
    }
    assert outputs["egress"] == "nat"
    assert outputs["nodes_ranges"] == ["10.30.0.0/17"]


def test_a_range_without_room_is_refused_before_anything_is_registered():
    with pytest.raises(InputError, match=r"spec\.network\.cidr = 10\.0\.0\.0/26: is smaller than /24"):
        managed(cidr="10.0.0.0/26")
