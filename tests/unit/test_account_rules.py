"""What AWS would refuse and the schema would not: one case a rule, each with the place and the reason.

Not proved here: that there are no further rules.
"""

import base64
import json

import pytest

from bodo_infra.plugin.account.rules import tokens as t
from tests.account_world import TRUST, World

ALARM = {"comparisonOperator": "GreaterThanThreshold", "evaluationPeriods": 1}
TABLE = {"hashKey": "k", "attributes": [{"name": "k", "type": "S"}]}
SCHEDULE = {
    "flexibleTimeWindow": {"mode": "OFF"},
    "target": {"arn": "arn:aws:scheduler:::aws-sdk:ec2:stopInstances", "roleArn": "arn:aws:iam::123456789012:role/x"},
}
LUSTRE = {"subnetIds": "subnet-1", "deploymentType": "PERSISTENT_2", "perUnitStorageThroughput": 250}
EFA = {"interfaceType": "efa"}

# Without anything else in the account.
ALONE = {
    "vpc too large": (t.VPC, {"cidrBlock": "10.0.0.0/8"}, "cidrBlock", "between /16 and /28"),
    "vpc without addresses": (t.VPC, {}, "cidrBlock", "needs cidrBlock or ipv4IpamPoolId"),
    "host bits": (t.VPC, {"cidrBlock": "10.0.0.1/16"}, "cidrBlock", "host bits set; the block is 10.0.0.0/16"),
    "two that exclude each other": (
        t.VPC,
        {"cidrBlock": "10.0.0.0/16", "ipv4NetmaskLength": 20, "ipv4IpamPoolId": "p"},
        "ipv4NetmaskLength",
        "together with cidrBlock",
    ),
    "zone of another region": (
        t.SUBNET,
        {"vpcId": "vpc-1", "cidrBlock": "10.0.0.0/24", "availabilityZone": "us-east-1a"},
        "availabilityZone",
        "no zone of us-east-2",
    ),
    "default vpc": (t.SECURITY_GROUP, {}, "vpcId", "has no default VPC"),
    "two sources": (
        t.INGRESS_RULE,
        {"securityGroupId": "sg-1", "ipProtocol": "tcp", "fromPort": 1, "toPort": 1, "cidrIpv4": "10.0.0.0/8",
         "referencedSecurityGroupId": "sg-1"},
        "referencedSecurityGroupId",
        "exactly one of",
    ),
    "ports of all protocols": (
        t.INGRESS_RULE,
        {"securityGroupId": "sg-1", "ipProtocol": "-1", "fromPort": 0, "cidrIpv4": "10.0.0.0/8"},
        "fromPort",
        "must be left out",
    ),
    "ports in the wrong order": (
        t.EGRESS_RULE,
        {"securityGroupId": "sg-1", "ipProtocol": "tcp", "fromPort": 443, "toPort": 80, "cidrIpv4": "10.0.0.0/8"},
        "toPort",
        "below fromPort",
    ),
    "nat without an address": (t.NAT_GATEWAY, {"subnetId": "subnet-1"}, "allocationId", "needs the allocation"),
    "endpoint in the wrong place": (
        t.VPC_ENDPOINT,
        {"vpcId": "vpc-1", "serviceName": "s", "subnetIds": ["subnet-1"]},
        "subnetIds",
        "type Gateway does not take it",
    ),
    "partitions of a cluster": (
        t.PLACEMENT_GROUP, {"strategy": "cluster", "partitionCount": 2}, "partitionCount", "strategy partition only"
    ),
    "unknown strategy": (t.PLACEMENT_GROUP, {"strategy": "cluser"}, "strategy", "one of cluster, partition, spread"),
    "unknown instance type": (t.LAUNCH_TEMPLATE, {"instanceType": "c5n.18xlarg"}, "instanceType", "is no EC2 type"),
    "efa without cards": (
        t.LAUNCH_TEMPLATE,
        {"instanceType": "t3.micro", "networkInterfaces": [EFA]},
        "networkInterfaces[0].interfaceType",
        "t3.micro has no EFA",
    ),
    "no such interface": (
        t.LAUNCH_TEMPLATE,
        {"networkInterfaces": [{"interfaceType": "efaa"}]},
        "networkInterfaces[0].interfaceType",
        "one of efa, efa-only, interface",
    ),
    "no such card": (
        t.LAUNCH_TEMPLATE,
        {"instanceType": "c5n.18xlarge", "networkInterfaces": [{**EFA, "networkCardIndex": 3}]},
        "networkInterfaces[0].networkCardIndex",
        "has no network card 3",
    ),
    "public address on several": (
        t.LAUNCH_TEMPLATE,
        {"instanceType": "c5n.18xlarge", "networkInterfaces": [EFA, {"associatePublicIpAddress": "true"}]},
        "networkInterfaces[1].associatePublicIpAddress",
        "several interfaces",
    ),
    "groups in two places": (
        t.LAUNCH_TEMPLATE,
        {"networkInterfaces": [EFA], "vpcSecurityGroupIds": ["sg-1"]},
        "vpcSecurityGroupIds",
        "into each interface",
    ),
    "cpu options of hpc": (
        t.LAUNCH_TEMPLATE,
        {"instanceType": "hpc7a.96xlarge", "cpuOptions": {"threadsPerCore": 2}},
        "cpuOptions.threadsPerCore",
        "takes no CPU options",
    ),
    "spot of hpc": (
        t.LAUNCH_TEMPLATE,
        {"instanceType": "hpc7a.96xlarge", "instanceMarketOptions": {"marketType": "spot"}},
        "instanceMarketOptions.marketType",
        "cannot be had as spot",
    ),
    "user data in clear": (t.LAUNCH_TEMPLATE, {"userData": "#!/bin/sh"}, "userData", "must be base64"),
    "user data too long": (
        t.LAUNCH_TEMPLATE,
        {"userData": base64.b64encode(bytes(16385)).decode()},
        "userData",
        "16385 bytes, and may have 16384",
    ),
    "sizes of a group": (
        t.AUTOSCALING_GROUP,
        {"minSize": 2, "maxSize": 1, "vpcZoneIdentifiers": ["subnet-1"], "launchTemplate": {"id": "lt-1"}},
        "maxSize",
        "below minSize",
    ),
    "group without a template": (
        t.AUTOSCALING_GROUP,
        {"minSize": 1, "maxSize": 1, "vpcZoneIdentifiers": ["subnet-1"]},
        "launchConfiguration",
        "exactly one of",
    ),
    "role name": (t.ROLE, {"name": "n" * 65, "assumeRolePolicy": TRUST}, "name", "65 characters, and may have 64"),
    "role path": (t.ROLE, {"path": "bodo", "assumeRolePolicy": TRUST}, "path", "begin and end with a slash"),
    "broken trust": (t.ROLE, {"assumeRolePolicy": "{"}, "assumeRolePolicy", "is not JSON"),
    "session too long": (
        t.ROLE, {"assumeRolePolicy": TRUST, "maxSessionDuration": 50000}, "maxSessionDuration", "the most is 43200"
    ),
    "policy too long": (
        t.POLICY,
        {"policy": json.dumps({"Statement": {"Effect": "Allow", "Action": ["s3:GetObject"] * 500, "Resource": "*"}})},
        "policy",
        "may have 6144 characters",
    ),
    "action that does not exist": (
        t.POLICY,
        {"policy": json.dumps({"Statement": {"Effect": "Allow", "Action": "s3:GetObjekt", "Resource": "*"}})},
        "policy",
        "s3:GetObject",
    ),
    "bucket policy for nobody": (
        t.BUCKET_POLICY,
        {"bucket": "b", "policy": json.dumps({"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}})},
        "policy",
        "Principal",
    ),
    "bucket name": (t.BUCKET, {"bucket": "Bad_Name"}, "bucket", "3 to 63 lower-case letters"),
    "bucket address": (t.BUCKET, {"bucket": "10.0.0.1"}, "bucket", "3 to 63 lower-case letters"),
    "versioning": (
        t.BUCKET_SETTINGS[0],
        {"bucket": "b", "versioningConfiguration": {"status": "On"}},
        "versioningConfiguration.status",
        "one of Enabled, Suspended, Disabled",
    ),
    "lifecycle without rules": (t.BUCKET_SETTINGS[3], {"bucket": "b", "rules": []}, "rules", "1 item(s) or more"),
    "key that is not declared": (
        t.TABLE,
        {"billingMode": "PAY_PER_REQUEST", "hashKey": "id", "attributes": [{"name": "k", "type": "S"}]},
        "hashKey",
        "'id' is not among attributes",
    ),
    "attribute without a key": (
        t.TABLE,
        {"billingMode": "PAY_PER_REQUEST", "hashKey": "k", "attributes": [{"name": n, "type": "S"} for n in "ka"]},
        "attributes",
        "'a' is used by no key",
    ),
    "capacity on demand": (
        t.TABLE, {**TABLE, "billingMode": "PAY_PER_REQUEST", "readCapacity": 5}, "readCapacity", "left out"
    ),
    "capacity that is missing": (t.TABLE, TABLE, "writeCapacity", "PROVISIONED (the default) needs it"),
    "lustre size": (t.LUSTRE, {**LUSTRE, "storageCapacity": 1300}, "storageCapacity", "multiple of 2400"),
    "lustre throughput": (
        t.LUSTRE,
        {**LUSTRE, "storageCapacity": 1200, "perUnitStorageThroughput": 200},
        "perUnitStorageThroughput",
        "takes 125, 250, 500, 1000",
    ),
    "lustre deployment": (
        t.LUSTRE,
        {"subnetIds": "s", "storageCapacity": 1200, "deploymentType": "PERSISTENT_3"},
        "deploymentType",
        "PERSISTENT_2",
    ),
    "key without encryption": (
        t.EFS, {"kmsKeyId": "arn:aws:kms:us-east-2:123456789012:key/x"}, "kmsKeyId", "encrypted: true"
    ),
    "retention": (t.LOG_GROUP, {"retentionInDays": 31}, "retentionInDays", "it must be one of 0, 1, 3"),
    "alarm period": (t.METRIC_ALARM, {**ALARM, "period": 45}, "period", "multiple of 60"),
    "schedule expression": (
        t.SCHEDULE, {**SCHEDULE, "scheduleExpression": "every day"}, "scheduleExpression", "must be of the form"
    ),
    "cron of five fields": (
        t.SCHEDULE, {**SCHEDULE, "scheduleExpression": "cron(0 12 * * ?)"}, "scheduleExpression", "six fields"
    ),
    "parameter path": (t.PARAMETER, {"name": "a/b", "type": "String", "value": "x"}, "name", "must begin with one"),
    "two values": (
        t.PARAMETER, {"type": "String", "value": "x", "insecureValue": "y"}, "insecureValue", "exactly one of"
    ),
    "tag of aws": (t.VPC, {"cidrBlock": "10.0.0.0/16", "tags": {"aws:x": "y"}}, "tags", "not begin with aws:"),
}  # fmt: skip


@pytest.fixture
def world(tmp_path):
    return World.at(tmp_path)


@pytest.mark.parametrize(("token", "inputs", "path", "reason"), ALONE.values(), ids=ALONE)
def test_it_is_refused_with_its_path_and_reason(world, token, inputs, path, reason):
    told = world.reasons(token, **inputs)

    assert reason in told.get(path, ""), told


@pytest.fixture
def vpc(world):
    return world.make(t.VPC, cidrBlock="10.0.0.0/16")


@pytest.fixture
def subnet(world, vpc):
    return world.make(t.SUBNET, vpcId=vpc.id, cidrBlock="10.0.0.0/24", availabilityZoneId="use2-az1")


@pytest.mark.parametrize(
    ("block", "reason"),
    [("10.1.0.0/24", "not inside 10.0.0.0/16"), ("10.0.0.128/25", "overlaps 10.0.0.0/24")],
    ids=["outside", "overlap"],
)
def test_a_subnet_has_a_block_of_its_own_inside_the_vpc(world, vpc, subnet, block, reason):
    told = {f.name: f.reason for f in world.check(t.SUBNET, "second", vpcId=vpc.id, cidrBlock=block).failures}

    assert reason in told["cidrBlock"]


def test_a_subnet_does_not_overlap_itself(world, subnet):
    assert world.check(t.SUBNET, was=subnet.inputs, **{**subnet.inputs, "tags": {"a": "b"}}).failures == ()


def test_a_vpc_has_one_internet_gateway(world, vpc):
    world.make(t.INTERNET_GATEWAY, vpcId=vpc.id)

    assert "has an internet gateway already" in _second(world, t.INTERNET_GATEWAY, vpcId=vpc.id)["vpcId"]


def test_a_nat_gateway_needs_the_way_to_the_internet_first(world, vpc, subnet):
    address = world.make(t.EIP)
    inputs = {"subnetId": subnet.id, "allocationId": address.id}

    assert "has no internet gateway yet" in _second(world, t.NAT_GATEWAY, **inputs)["subnetId"]
    world.make(t.INTERNET_GATEWAY, vpcId=vpc.id)
    made = world.make(t.NAT_GATEWAY, **inputs)

    assert made.outputs["publicIp"] == address.outputs["publicIp"]
    assert "is in use by" in _second(world, t.NAT_GATEWAY, **inputs)["allocationId"]


def test_a_group_name_is_taken_within_one_vpc_only(world, vpc):
    other = world.make(t.VPC, "other", cidrBlock="10.1.0.0/16")
    world.make(t.SECURITY_GROUP, vpcId=vpc.id, name="nodes")

    assert "is taken by" in _second(world, t.SECURITY_GROUP, vpcId=vpc.id, name="nodes")["name"]
    assert _second(world, t.SECURITY_GROUP, vpcId=other.id, name="nodes") == {}


def test_a_rule_of_a_group_is_there_once(world, vpc):
    group = world.make(t.SECURITY_GROUP, vpcId=vpc.id)
    rule = {"securityGroupId": group.id, "cidrIpv4": "10.0.0.0/8", "ipProtocol": "-1"}
    world.make(t.INGRESS_RULE, **rule)

    assert "has this rule already" in _second(world, t.INGRESS_RULE, **rule)["securityGroupId"]
    assert _second(world, t.EGRESS_RULE, **rule) == {}


def test_a_route_table_has_one_route_to_a_place(world, vpc):
    table = world.make(t.ROUTE_TABLE, vpcId=vpc.id)
    gateway = world.make(t.INTERNET_GATEWAY, vpcId=vpc.id)
    route = {"routeTableId": table.id, "destinationCidrBlock": "0.0.0.0/0", "gatewayId": gateway.id}
    world.make(t.ROUTE, **route)

    assert "has a route to 0.0.0.0/0 already" in _second(world, t.ROUTE, **route)["destinationCidrBlock"]


def test_private_dns_needs_that_of_the_vpc(world, vpc):
    told = world.reasons(
        t.VPC_ENDPOINT, vpcId=vpc.id, serviceName="s", vpcEndpointType="Interface", privateDnsEnabled=True
    )

    assert "needs enableDnsHostnames" in told["privateDnsEnabled"]


def test_a_type_must_be_offered_in_the_zone_of_the_subnet(world, subnet):
    template = world.make(t.LAUNCH_TEMPLATE, instanceType="hpc7a.96xlarge")
    told = world.reasons(
        t.AUTOSCALING_GROUP,
        minSize=0,
        maxSize=2,
        vpcZoneIdentifiers=[subnet.id],
        launchTemplate={"id": template.id},
    )

    assert "not offered in use2-az1" in told["vpcZoneIdentifiers[0]"]
    assert "use2-az2" in told["vpcZoneIdentifiers[0]"], "the fix is to choose that zone"


def test_a_file_system_has_one_mount_target_in_a_zone(world, vpc, subnet):
    files = world.make(t.EFS)
    beside = world.make(t.SUBNET, "b", vpcId=vpc.id, cidrBlock="10.0.1.0/24", availabilityZoneId="use2-az1")
    world.make(t.MOUNT_TARGET, fileSystemId=files.id, subnetId=subnet.id)

    told = _second(world, t.MOUNT_TARGET, fileSystemId=files.id, subnetId=beside.id)
    assert "a zone has one mount target" in told["subnetId"]


def _second(world, token, **inputs):
    return {failure.name: failure.reason for failure in world.check(token, "second", **inputs).failures}
