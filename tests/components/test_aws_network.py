"""What a network that we make registers.

Not proved here: what becomes of it when it is edited (tests/engine).
"""

import pytest

from bodo_infra.aws import Network, NetworkArgs
from bodo_infra.errors import InputError
from bodo_infra.plugin.account.rules import tokens as t
from bodo_infra.spec import ManagedNetwork
from tests.components.aws_rules import provider_in, without_tags, wrong_inputs
from tests.components.aws_workspace_parts import REGION, scope
from tests.components.recorder import both_modes, record

every_egress = pytest.mark.parametrize("egress", ["nat", "nat-per-zone", "none"])
THREE = ("use2-az1", "use2-az2", "use2-az3")


def managed(preview=False, storage="efs", **spec):
    def program():
        Network("net", NetworkArgs(spec=ManagedNetwork(**spec), scope=scope(), storage=storage))

    return record(program, preview=preview, answers=provider_in(REGION))


@both_modes
@every_egress
@pytest.mark.parametrize("storage", ["efs", "lustre"])
def test_all_is_tagged_and_as_the_sdk_wants_it(preview, egress, storage):
    recorded = managed(preview, storage, egress=egress, flow_logs=True)

    assert without_tags(recorded) == []
    assert wrong_inputs(recorded) == []
    tags = recorded.inputs_of(t.VPC)["net-vpc"]["tags"]
    assert tags["team"] == "data"
    assert tags["Name"] == "team-vpc"


@both_modes
@every_egress
def test_nothing_gets_a_public_address_but_nat_gateways(preview, egress):
    recorded = managed(preview, egress=egress, zones=THREE)

    assert {inputs["mapPublicIpOnLaunch"] for inputs in recorded.inputs_of(t.SUBNET).values()} == {False}
    assert (
        len(recorded.inputs_of(t.EIP))
        == len(recorded.inputs_of(t.NAT_GATEWAY))
        == {"nat": 1, "nat-per-zone": 3, "none": 0}[egress]
    )
    assert len(recorded.inputs_of(t.INTERNET_GATEWAY)) == (egress != "none")


@every_egress
def test_traffic_of_s3_and_dynamodb_never_costs_nat_and_a_closed_network_has_all_other_endpoints(egress):
    recorded = managed(egress=egress)

    found = recorded.inputs_of(t.VPC_ENDPOINT)
    gateways = [inputs["serviceName"] for inputs in found.values() if inputs["vpcEndpointType"] == "Gateway"]
    interfaces = [inputs for inputs in found.values() if inputs["vpcEndpointType"] == "Interface"]
    assert gateways == [f"com.amazonaws.{REGION}.s3", f"com.amazonaws.{REGION}.dynamodb"]
    assert len(interfaces) == (5 if egress == "none" else 0)
    assert all(inputs["privateDnsEnabled"] and len(inputs["subnetIds"]) == 2 for inputs in interfaces)


def test_a_private_subnet_goes_out_by_the_gateway_of_its_own_zone_where_there_is_one():
    one = managed(egress="nat", zones=THREE).inputs_of(t.ROUTE)
    each = managed(egress="nat-per-zone", zones=THREE).inputs_of(t.ROUTE)

    for zone in THREE:
        name = f"net-private-{zone}-internet"
        assert one[name]["natGatewayId"] == "net-nat-use2-az1-id"
        assert each[name]["natGatewayId"] == f"net-nat-{zone}-id"


def test_zones_offer_the_types_that_are_wanted():
    recorded = managed(instance_types=("hpc7a.96xlarge",))

    assert "net-private-use2-az2" in recorded.inputs_of(t.SUBNET)


def test_a_range_without_room_and_a_zone_of_elsewhere_are_refused_before_anything_is_registered():
    with pytest.raises(InputError) as raised:
        managed(cidr="10.0.0.0/24", zones=("use1-az1",))

    for words in ("spec.network.cidr = 10.0.0.0/24", "spec.network.zones[0] = use1-az1", "is no zone of us-east-2"):
        assert words in str(raised.value)


def test_a_provider_of_another_region_is_refused_before_the_first_child():
    with pytest.raises(InputError, match=r"spec.region = us-east-2: is not eu-west-1"):
        record(lambda: Network("net", NetworkArgs(scope=scope())), preview=False, answers=provider_in("eu-west-1"))
