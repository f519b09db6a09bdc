"""Which networks of the user's own a workspace takes, and which it refuses and why."""

import pytest

from bodo_infra.aws import Network, NetworkArgs, NetworkLinks
from bodo_infra.errors import InputError
from bodo_infra.plugin.account.rules import tokens as t
from bodo_infra.spec import ExistingNetwork
from tests.components.aws_rules import without_tags
from tests.components.aws_workspace_parts import GROUP, REGION, SUBNETS, VPC, FakeNetwork, scope
from tests.components.recorder import both_modes, record

THREE = ("use2-az1", "use2-az2", "use2-az3")
EXISTING = ExistingNetwork(kind="existing", vpc_id=VPC, private_subnet_ids=SUBNETS, security_group_ids=())


def existing(there=None, preview=False, **changed):
    there = there or FakeNetwork()

    def program():
        Network("net", NetworkArgs(spec=EXISTING.model_copy(update=changed), scope=scope()))

    return record(program, preview=preview, answers=there.answers())


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
    assert set(recorded.inputs_of(t.SECURITY_GROUP)) == {"net-notebooks", "net-storage"}
    assert recorded.inputs_of(t.INGRESS_RULE)[f"net-storage-in-{GROUP}-2049"]["referencedSecurityGroupId"] == GROUP


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

    assert set(recorded.inputs_of(t.SECURITY_GROUP)) == {"net-nodes", "net-notebooks", "net-storage"}


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
    assert "net-storage-in-given-0-2049" in recorded.inputs_of(t.INGRESS_RULE)


def test_a_linked_subnet_must_lie_where_its_key_says():
    with pytest.raises(InputError, match=rf"network.private_subnet_ids.use2-az3 = {SUBNETS[1]}: lies in use2-az2"):
        linked(FakeNetwork(), zones=("use2-az1", "use2-az3"))


def test_keys_that_are_no_zones_are_refused_at_once():
    with pytest.raises(InputError, match=r"network.private_subnet_ids\[1\] = us-east-2b: is no zone id"):
        linked(FakeNetwork(), zones=("use2-az1", "us-east-2b"))
