"""What programs can ask the offline account about networks that are there."""

import pytest

from bodo_infra.errors import NotFoundError
from bodo_infra.plugin.account.iam.requirements import LOOKUPS
from bodo_infra.plugin.account.invokes import ANSWERS, functions_of
from bodo_infra.plugin.account.rules import tokens as t
from tests.account_world import World


@pytest.fixture
def world(tmp_path):
    return World.at(tmp_path)


@pytest.fixture
def vpc(world):
    return world.make(t.VPC, "net", cidrBlock="10.0.0.0/16")


def ask(world, name, /, **arguments):
    return ask_of(world, "ec2", name, **arguments)


def ask_of(world, service, name, /, **arguments):
    return functions_of(world.account)[f"aws:{service}/{name}:{name}"](arguments)


def by(name, *values):
    return [{"name": name, "values": list(values)}]


def test_every_lookup_has_its_rights():
    assert ANSWERS.keys() <= LOOKUPS.keys()


def test_a_list_of_what_is_not_there_is_empty_and_no_error(world, vpc):
    assert ask(world, "getVpcs", filters=by("vpc-id", vpc.id))["ids"] == [vpc.id]
    for name, filter in (("getVpcs", "vpc-id"), ("getSubnets", "subnet-id"), ("getSecurityGroups", "group-id")):
        assert ask(world, name, filters=by(filter, "nothing"))["ids"] == []
    assert ask(world, "getRouteTables", filters=by("association.subnet-id", "subnet-0"))["ids"] == []


def test_a_vpc_of_another_region_is_not_there(world, vpc):
    assert ask(world, "getVpcs", filters=by("vpc-id", vpc.id), region="eu-west-1")["ids"] == []


def test_security_groups_tell_their_vpcs(world, vpc):
    group = world.make(t.SECURITY_GROUP, vpcId=vpc.id)

    found = ask(world, "getSecurityGroups", filters=by("group-id", group.id))

    assert (found["ids"], found["vpcIds"]) == ([group.id], [vpc.id])


@pytest.fixture
def files(world, vpc):
    """An EFS with a mount target, and what that lies in."""
    made = world.make(t.EFS, encrypted=True, tags={"team": "data"})
    subnet = world.make(t.SUBNET, vpcId=vpc.id, cidrBlock="10.0.0.0/24", availabilityZoneId="use2-az1")
    group = world.make(t.SECURITY_GROUP, vpcId=vpc.id)
    world.make(t.MOUNT_TARGET, fileSystemId=made.id, subnetId=subnet.id, securityGroups=[group.id])
    return made, group


def test_an_efs_tells_what_it_is_like_and_one_that_is_not_there_is_an_error_in_the_providers_words(world, files):
    found = ask_of(world, "efs", "getFileSystem", fileSystemId=files[0].id)

    assert (found["arn"], found["encrypted"], found["tags"]) == (files[0].outputs["arn"], True, {"team": "data"})
    assert found["availabilityZoneId"] == ""
    with pytest.raises(NotFoundError, match="no matching EFS file system found"):
        ask_of(world, "efs", "getFileSystem", fileSystemId="fs-01234567")


def test_the_interfaces_of_mount_targets_are_found_by_what_efs_writes_on_them(world, vpc, files):
    efs, group = files
    described = by("description", f"EFS mount target for {efs.id} (*")

    (interface,) = ask(world, "getNetworkInterfaces", filters=described)["ids"]

    found = ask(world, "getNetworkInterface", id=interface)
    assert (found["vpcId"], found["securityGroups"]) == (vpc.id, [group.id])
    others = by("description", "EFS mount target for fs-01234567 (*")
    assert ask(world, "getNetworkInterfaces", filters=others)["ids"] == []


def test_other_interfaces_are_not_known_and_not_made_up(world, vpc):
    with pytest.raises(NotFoundError, match="EFS mount targets only"):
        ask(world, "getNetworkInterfaces", filters=[])


def test_a_vpc_brings_a_main_table_along_that_leads_nowhere(world, vpc):
    wanted = [*by("vpc-id", vpc.id), *by("association.main", "true")]

    (table,) = ask(world, "getRouteTables", filters=wanted)["ids"]

    assert table == vpc.outputs["mainRouteTableId"]
    found = ask(world, "getRouteTable", routeTableId=table)
    assert found["routes"] == []
    assert [item["main"] for item in found["associations"]] == [True]


def test_a_table_tells_its_subnets_and_its_routes_written_in_it_or_beside_it(world, vpc):
    subnet = world.make(t.SUBNET, vpcId=vpc.id, cidrBlock="10.0.0.0/24")
    gateway = world.make(t.INTERNET_GATEWAY, vpcId=vpc.id)
    inside = [{"cidrBlock": "10.9.0.0/16", "gatewayId": gateway.id}]
    table = world.make(t.ROUTE_TABLE, vpcId=vpc.id, routes=inside)
    world.make(t.ROUTE, routeTableId=table.id, destinationCidrBlock="0.0.0.0/0", gatewayId=gateway.id)
    world.make(t.ROUTE_TABLE_ASSOCIATION, routeTableId=table.id, subnetId=subnet.id)

    (id,) = ask(world, "getRouteTables", filters=by("association.subnet-id", subnet.id))["ids"]
    found = ask(world, "getRouteTable", routeTableId=id)

    assert [item["subnetId"] for item in found["associations"]] == [subnet.id]
    assert [(route["cidrBlock"], route["gatewayId"], route["natGatewayId"]) for route in found["routes"]] == [
        ("10.9.0.0/16", gateway.id, ""),
        ("0.0.0.0/0", gateway.id, ""),
    ]
    with pytest.raises(NotFoundError, match="no route table"):
        ask(world, "getRouteTable", routeTableId="rtb-0")


def test_an_endpoint_is_found_by_its_service_or_missed_in_the_providers_words(world, vpc):
    service = "com.amazonaws.us-east-2.s3"
    with pytest.raises(NotFoundError, match="no matching EC2 VPC Endpoint found"):
        ask(world, "getVpcEndpoint", vpcId=vpc.id, serviceName=service)
    made = world.make(t.VPC_ENDPOINT, vpcId=vpc.id, serviceName=service)

    found = ask(world, "getVpcEndpoint", vpcId=vpc.id, serviceName=service)

    assert (found["id"], found["routeTableIds"], found["vpcEndpointType"]) == (made.id, [], "Gateway")
