"""What the network of a workspace registers, and which networks of the user's own it refuses.

Not proved here: what becomes of it when it is edited (tests/engine).
"""

from itertools import product

import pytest

from bodo_infra.aws.network import Network, NetworkArgs, NetworkLinks
from bodo_infra.aws.security_groups import INTERNET, plan_rules
from bodo_infra.errors import InputError
from bodo_infra.plugin.account.rules import tokens as t
from bodo_infra.spec import ExistingNetwork, ManagedNetwork
from tests.components.aws_rules import provider_in, without_tags, wrong_inputs
from tests.components.aws_workspace_parts import GROUP, REGION, SUBNETS, VPC, FakeNetwork, scope
from tests.components.recorder import record

both_modes = pytest.mark.parametrize("preview", [True, False], ids=["preview", "up"])
every_egress = pytest.mark.parametrize("egress", ["nat", "nat-per-zone", "none"])
THREE = ("use2-az1", "use2-az2", "use2-az3")
EXISTING = ExistingNetwork(kind="existing", vpc_id=VPC, private_subnet_ids=SUBNETS, security_group_ids=())


def managed(preview=False, storage="efs", **spec):
    def program():
        Network("net", NetworkArgs(spec=ManagedNetwork(**spec), scope=scope(), storage=storage))

    return record(program, preview=preview, answers=provider_in(REGION))


def existing(there=None, preview=False, **changed):
    there = there or FakeNetwork()

    def program():
        Network("net", NetworkArgs(spec=EXISTING.model_copy(update=changed), scope=scope()))

    return record(program, preview=preview, answers=there.answers())


def of(recorded, type):
    return {resource.name: resource.inputs for resource in recorded.resources if resource.type == type}


@both_modes
@every_egress
@pytest.mark.parametrize("storage", ["efs", "lustre"])
def test_all_is_tagged_and_as_the_sdk_wants_it(preview, egress, storage):
    recorded = managed(preview, storage, egress=egress, flow_logs=True)

    assert without_tags(recorded) == []
    assert wrong_inputs(recorded) == []
    tags = of(recorded, t.VPC)["net-vpc"]["tags"]
    assert tags["team"] == "data"
    assert tags["Name"] == "team-vpc"


@both_modes
@every_egress
def test_nothing_gets_a_public_address_but_nat_gateways(preview, egress):
    recorded = managed(preview, egress=egress, zones=THREE)

    assert {inputs["mapPublicIpOnLaunch"] for inputs in of(recorded, t.SUBNET).values()} == {False}
    assert (
        len(of(recorded, t.EIP)) == len(of(recorded, t.NAT_GATEWAY)) == {"nat": 1, "nat-per-zone": 3, "none": 0}[egress]
    )
    assert len(of(recorded, t.INTERNET_GATEWAY)) == (egress != "none")


@every_egress
def test_traffic_of_s3_and_dynamodb_never_costs_nat_and_a_closed_network_has_all_other_endpoints(egress):
    recorded = managed(egress=egress)

    found = of(recorded, t.VPC_ENDPOINT)
    gateways = [inputs["serviceName"] for inputs in found.values() if inputs["vpcEndpointType"] == "Gateway"]
    interfaces = [inputs for inputs in found.values() if inputs["vpcEndpointType"] == "Interface"]
    assert gateways == [f"com.amazonaws.{REGION}.s3", f"com.amazonaws.{REGION}.dynamodb"]
    assert len(interfaces) == (5 if egress == "none" else 0)
    assert all(inputs["privateDnsEnabled"] and len(inputs["subnetIds"]) == 2 for inputs in interfaces)


def test_a_private_subnet_goes_out_by_the_gateway_of_its_own_zone_where_there_is_one():
    one = of(managed(egress="nat", zones=THREE), t.ROUTE)
    each = of(managed(egress="nat-per-zone", zones=THREE), t.ROUTE)

    for zone in THREE:
        name = f"net-private-{zone}-internet"
        assert one[name]["natGatewayId"] == "net-nat-use2-az1-id"
        assert each[name]["natGatewayId"] == f"net-nat-{zone}-id"


def test_zones_offer_the_types_that_are_wanted():
    recorded = managed(instance_types=("hpc7a.96xlarge",))

    assert "net-private-use2-az2" in of(recorded, t.SUBNET)


def test_a_range_without_room_and_a_zone_of_elsewhere_are_refused_before_anything_is_registered():
    with pytest.raises(InputError) as raised:
        managed(cidr="10.0.0.0/24", zones=("use1-az1",))

    for words in ("spec.network.cidr = 10.0.0.0/24", "spec.network.zones[0] = use1-az1", "is no zone of us-east-2"):
        assert words in str(raised.value)


def test_a_provider_of_another_region_is_refused_before_the_first_child():
    with pytest.raises(InputError, match=r"spec.region = us-east-2: is not eu-west-1"):
        record(lambda: Network("net", NetworkArgs(scope=scope())), preview=False, answers=provider_in("eu-west-1"))


# The rules of security groups.

CASES = list(product(("efs", "lustre"), (None, ("s3", "dynamodb")), (False, True)))
every_case = pytest.mark.parametrize(("storage", "services", "given"), CASES)


def rules(storage="efs", services=None, given=False):
    return plan_rules(["nodes"], storage=storage, services=services, given=given)


@every_case
def test_nothing_comes_in_from_outside_and_rules_have_names_of_their_own(storage, services, given):
    planned = rules(storage, services, given)

    assert {rule.peer for rule in planned if rule.direction == "in"} <= {"nodes", "notebooks", "storage"}
    assert len({rule.name for rule in planned}) == len(planned)
    assert not [rule for rule in planned if rule.ports is None and (rule.group, rule.peer) != ("nodes", "nodes")]


@every_case
def test_whoever_may_send_is_expected_at_the_other_end(storage, services, given):
    planned = {(rule.group, rule.direction, rule.peer, rule.ports) for rule in rules(storage, services, given)}
    ours = {"notebooks", "storage", "endpoints"} | (set() if given else {"nodes"})

    for group, direction, peer, ports in planned:
        if peer in ours:
            assert (peer, "in" if direction == "out" else "out", group, ports) in planned


@every_case
def test_rules_of_the_users_own_groups_are_the_users(storage, services, given):
    assert ("nodes" in {rule.group for rule in rules(storage, services, given)}) is not given


def test_nodes_reach_each_other_with_all_protocols_both_ways():
    names = {rule.name for rule in rules()}

    assert {"nodes-in-nodes-all", "nodes-out-nodes-all"} <= names, "EFA is neither TCP nor UDP"


def test_ssh_comes_from_notebooks_alone_and_files_from_nodes_and_notebooks_alone():
    planned = rules()

    assert [rule.name for rule in planned if rule.direction == "in" and rule.ports == (22, 22)] == [
        "nodes-in-notebooks-22"
    ]
    storage = [rule.name for rule in planned if rule.group == "storage"]
    assert storage == ["storage-in-nodes-2049", "storage-in-notebooks-2049"], "EFS opens no connections"


def test_a_closed_network_lets_https_out_to_endpoints_alone():
    out = {
        rule.peer for rule in rules(services=("s3", "dynamodb")) if rule.group == "nodes" and rule.ports == (443, 443)
    }

    assert out == {"endpoints", "s3", "dynamodb"}
    assert INTERNET not in {rule.peer for rule in rules(services=())}


def test_lustre_has_its_own_ports_and_talks_back():
    names = {rule.name for rule in rules("lustre")}

    assert {"storage-in-nodes-988", "storage-in-nodes-1018", "storage-out-nodes-988", "storage-in-storage-988"} <= names
    assert not {name for name in names if name.endswith("-2049")}


# Networks of the user's own.


@both_modes
def test_an_existing_network_gets_groups_and_nothing_else(preview):
    recorded = existing(preview=preview)

    types = {resource.type for resource in recorded.resources if resource.type.startswith("aws:")}
    assert types == {t.SECURITY_GROUP, t.INGRESS_RULE, t.EGRESS_RULE}
    assert without_tags(recorded) == []
    assert recorded.outputs["net"]["subnet_ids"] == dict(zip(THREE, SUBNETS, strict=False))
    assert recorded.outputs["net"]["egress"] == "nat"


def test_groups_of_the_users_own_are_those_of_the_nodes():
    recorded = existing(security_group_ids=(GROUP,))

    assert recorded.outputs["net"]["node_security_group_ids"] == [GROUP]
    assert set(of(recorded, t.SECURITY_GROUP)) == {"net-notebooks", "net-storage"}
    assert of(recorded, t.INGRESS_RULE)[f"net-storage-in-{GROUP}-2049"]["referencedSecurityGroupId"] == GROUP


def test_an_existing_network_without_a_way_out_needs_all_endpoints():
    there = FakeNetwork()
    there.close()

    assert existing(there).outputs["net"]["egress"] == "none"


def test_a_subnet_without_a_table_of_its_own_has_the_main_one():
    there = FakeNetwork()
    there.tables = {}
    there.routes = {"rtb-main": [there.route(transitGatewayId="tgw-1")]}

    assert existing(there).outputs["net"]["egress"] == "nat"


def test_a_preview_goes_through_while_look_ups_answer_with_nothing():
    def program():
        Network("net", NetworkArgs(spec=EXISTING, scope=scope()))

    recorded = record(program, preview=True, answers=dict.fromkeys(FakeNetwork().answers(), lambda asked: {}))

    assert set(of(recorded, t.SECURITY_GROUP)) == {"net-nodes", "net-notebooks", "net-storage"}


def without_dns(there):
    there.vpcs[VPC] = {"enableDnsSupport": False, "enableDnsHostnames": False}


def elsewhere(there):
    there.vpcs, there.subnets, there.groups = {}, {}, {}


def public_addresses(there):
    there.subnets[SUBNETS[1]]["mapPublicIpOnLaunch"] = True


def internet_gateway(there):
    there.routes["rtb-1"] = [there.route(gatewayId="igw-1")]


def strays(there):
    there.subnets[SUBNETS[0]]["vpcId"] = "vpc-2"
    there.groups[GROUP] = "vpc-2"


def same_zone(there):
    there.subnets[SUBNETS[1]]["availabilityZoneId"] = "use2-az1"


def no_way_out(there):
    there.routes["rtb-1"] = []


def half_closed(there):
    there.close()
    del there.endpoints[f"com.amazonaws.{REGION}.ssm"]
    there.endpoints[f"com.amazonaws.{REGION}.s3"]["routeTableIds"] = ["rtb-2"]
    there.endpoints[f"com.amazonaws.{REGION}.sts"]["privateDnsEnabled"] = False


BAD = {
    without_dns: [
        f"spec.network.vpc_id = {VPC}: has enableDnsSupport off",
        "enableDnsHostnames off; nodes find the shared files and AWS by names. Turn enableDnsHostnames on for this VPC",
    ],
    elsewhere: [
        f"spec.network.vpc_id = {VPC}: is no VPC of this account in us-east-2. Name one of us-east-2, or set",
        f"spec.network.private_subnet_ids[0] = {SUBNETS[0]}: is no subnet",
        f"spec.network.private_subnet_ids[1] = {SUBNETS[1]}: is no subnet",
        f"spec.network.security_group_ids[0] = {GROUP}: is no security group",
    ],
    public_addresses: [
        f"spec.network.private_subnet_ids[1] = {SUBNETS[1]}: gives machines public addresses (mapPublicIpOnLaunch)"
    ],
    internet_gateway: [
        f"spec.network.private_subnet_ids[0] = {SUBNETS[0]}: has a route to igw-1",
        f"spec.network.private_subnet_ids[1] = {SUBNETS[1]}: has a route to igw-1",
    ],
    strays: [
        f"spec.network.private_subnet_ids[0] = {SUBNETS[0]}: belongs to vpc-2, not to {VPC}. Name a subnet",
        f"spec.network.security_group_ids[0] = {GROUP}: belongs to vpc-2, not to {VPC}. Name a security group",
    ],
    same_zone: [f"spec.network.private_subnet_ids[1] = {SUBNETS[1]}: lies in use2-az1, as another one of the list"],
    no_way_out: ["no endpoint serves it for s3, dynamodb, ec2, autoscaling, ssm, ssmmessages, sts. Give it a route"],
    half_closed: ["has no route to 0.0.0.0/0, and no endpoint serves it for s3, ssm, sts. Give it a route"],
}


@pytest.mark.parametrize(("spoil", "words"), BAD.items(), ids=[spoil.__name__ for spoil in BAD])
def test_a_network_that_could_not_hold_nodes_is_refused_before_the_first_child(spoil, words):
    there = FakeNetwork()
    spoil(there)
    seen = []

    def program():
        with pytest.raises(InputError) as raised:
            Network(
                "net", NetworkArgs(spec=EXISTING.model_copy(update={"security_group_ids": (GROUP,)}), scope=scope())
            )
        seen.append(str(raised.value))

    recorded = record(program, preview=False, answers=there.answers())

    assert [resource.name for resource in recorded.resources] == ["net"]
    for text in words:
        assert text in seen[0]


def linked(there, zones=THREE[:2], **links):
    def program():
        ids = NetworkLinks(vpc_id=VPC, private_subnet_ids=dict(zip(zones, SUBNETS, strict=True)), **links)
        Network("net", NetworkArgs(scope=scope(), links=ids))

    return record(program, preview=False, answers=there.answers())


def test_a_network_of_the_same_program_comes_by_links():
    recorded = linked(FakeNetwork(), security_group_ids=[GROUP])

    assert recorded.outputs["net"]["subnet_ids"] == dict(zip(THREE, SUBNETS, strict=False))
    assert recorded.outputs["net"]["node_security_group_ids"] == [GROUP]
    assert "net-storage-in-given-0-2049" in of(recorded, t.INGRESS_RULE)


def test_a_linked_subnet_must_lie_where_its_key_says():
    with pytest.raises(InputError, match=rf"network.private_subnet_ids.use2-az3 = {SUBNETS[1]}: lies in use2-az2"):
        linked(FakeNetwork(), zones=("use2-az1", "use2-az3"))


def test_keys_that_are_no_zones_are_refused_at_once():
    with pytest.raises(InputError, match=r"network.private_subnet_ids\[1\] = us-east-2b: is no zone id"):
        linked(FakeNetwork(), zones=("use2-az1", "us-east-2b"))
