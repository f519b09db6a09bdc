"""The life of aws resources in the offline account: ids, names, outputs, versions, replacement, order of the end.

Not proved here: that the engine agrees (tests/engine/test_account_lifecycle.py).
"""

import json

import pytest

from bodo_infra.errors import InputError, NotFoundError, TransitionError
from bodo_infra.plugin.account.access import DeniedError, Operation
from bodo_infra.plugin.account.rules import tokens as t
from bodo_infra.plugin.handler import Kept, Subject
from bodo_infra.plugin.wire_codec import UNKNOWN
from bodo_infra.plugin.wire_diff import Change
from tests.account_world import TRUST, World

HEX = "[0-9a-f]{17}"


@pytest.fixture
def world(tmp_path):
    return World.at(tmp_path)


@pytest.fixture
def vpc(world):
    return world.make(t.VPC, "net", cidrBlock="10.0.0.0/16")


def test_ids_and_arns_have_the_shapes_of_aws_in_an_account_that_nobody_has(world, vpc):
    role = world.make(t.ROLE, "node", assumeRolePolicy=TRUST)

    assert vpc.id.startswith("vpc-")
    assert len(vpc.id) == 21
    assert vpc.outputs["arn"] == f"arn:aws:ec2:us-east-2:000000000000:vpc/{vpc.id}"
    assert role.id == role.inputs["name"]
    assert role.outputs["arn"] == f"arn:aws:iam::000000000000:role/{role.id}"
    assert "region" not in role.outputs, "IAM is global"


def test_what_the_program_leaves_out_has_the_value_of_aws(vpc):
    assert vpc.outputs["enableDnsSupport"] is True
    assert vpc.outputs["instanceTenancy"] == "default"
    assert vpc.outputs["mainRouteTableId"] == vpc.outputs["defaultRouteTableId"]


def test_a_name_that_is_left_out_is_made_once_and_kept(world):
    first = world.check(t.PLACEMENT_GROUP, "near", strategy="cluster").inputs
    again = world.check(t.PLACEMENT_GROUP, "near", was={**first, "name": "near-0000000"}, strategy="cluster").inputs

    assert first["name"].startswith("near-")
    assert first["__defaults"] == ["name"]
    assert again["name"] == "near-0000000", "another name would replace the group at every update"


def test_a_name_that_comes_out_too_long_is_refused_before_anything_is_made(world):
    failures = world.check(t.ROLE, "n" * 60, assumeRolePolicy=TRUST).failures

    assert "has 68 characters, and may have 64" in failures[0].reason


def test_a_prefix_is_continued_at_creation(world):
    group = world.make(t.PLACEMENT_GROUP, strategy="cluster")
    template = world.make(t.LAUNCH_TEMPLATE, namePrefix="node-", instanceType="c5.large")

    assert group.inputs["name"]
    assert template.outputs["name"].startswith("node-")
    assert len(template.outputs["name"]) == 31


def test_bucket_names_are_made_in_lower_case(world):
    assert world.check(t.BUCKET, "MyData").inputs["bucket"].startswith("mydata-")


def test_default_tags_are_below_those_of_the_resource(tmp_path):
    world = World.at(tmp_path, defaultTags=json.dumps({"tags": {"team": "data", "by": "pulumi"}}))

    vpc = world.make(t.VPC, cidrBlock="10.0.0.0/16", tags={"team": "ops"})

    assert vpc.outputs["tagsAll"] == {"team": "ops", "by": "pulumi"}


def test_the_same_name_twice_is_refused(world):
    world.make(t.PLACEMENT_GROUP, "one", name="near", strategy="cluster")

    with pytest.raises(TransitionError, match="'near' is in the offline account already"):
        world.make(t.PLACEMENT_GROUP, "two", name="near", strategy="cluster")


def test_what_the_program_calls_otherwise_now_is_not_in_its_own_way(world, vpc):
    template = world.make(t.LAUNCH_TEMPLATE, "etl", name="node", instanceType="c5.large")
    subnet = world.make(t.SUBNET, "etl", vpcId=vpc.id, cidrBlock="10.0.0.0/24")

    for token, made in ((t.LAUNCH_TEMPLATE, template), (t.SUBNET, subnet)):
        again = world.check(token, "simulation", was=made.inputs, **made.inputs)
        other = world.check(token, "other", **made.inputs)
        assert again.failures == (), "an alias of the engine: the same thing under another URN"
        assert other.failures != ()


def test_one_name_in_two_regions_is_no_conflict(world):
    world.make(t.PLACEMENT_GROUP, "one", name="near", strategy="cluster")

    other = world.make(t.PLACEMENT_GROUP, "two", name="near", strategy="cluster", region="us-west-2")

    assert other.outputs["region"] == "us-west-2"


def test_a_second_put_writes_over_the_first(world):
    bucket = world.make(t.BUCKET, bucket="some-data")
    for status in ("Enabled", "Suspended"):
        world.make(t.BUCKET_SETTINGS[0], status, bucket=bucket.id, versioningConfiguration={"status": status})

    (row,) = world.account.store.of_type(t.BUCKET_SETTINGS[0])
    assert row.inputs["versioningConfiguration"] == {"status": "Suspended"}


@pytest.mark.parametrize("missing", ["vpc-0123456789abcdef0", "somewhere"], ids=["an id", "a name"])
def test_a_reference_that_leads_nowhere_is_refused(world, missing):
    with pytest.raises(InputError, match=f"vpcId: '{missing}' names no Vpc in the offline account"):
        world.make(t.SUBNET, vpcId=missing, cidrBlock="10.0.0.0/24")


def test_an_id_is_looked_up_even_where_no_table_names_it(world, vpc):
    table = world.make(t.ROUTE_TABLE, vpcId=vpc.id)

    with pytest.raises(InputError, match="natGatewayId: 'nat-0123456789abcdef0' is not in the offline account"):
        world.make(
            t.ROUTE,
            routeTableId=table.id,
            destinationCidrBlock="0.0.0.0/0",
            natGatewayId="nat-0123456789abcdef0",
        )


def test_what_aws_makes_with_a_vpc_can_be_named(world, vpc):
    world.make(
        t.ROUTE_TABLE_ASSOCIATION,
        subnetId=world.make(t.SUBNET, vpcId=vpc.id, cidrBlock="10.0.0.0/24").id,
        routeTableId=world.make(t.ROUTE_TABLE, vpcId=vpc.id).id,
    )
    table = vpc.outputs["defaultRouteTableId"]
    world.make(t.VPC_ENDPOINT, vpcId=vpc.id, serviceName="com.amazonaws.us-east-2.s3", routeTableIds=[table])


def test_a_policy_of_aws_can_be_attached(world):
    role = world.make(t.ROLE, "node", assumeRolePolicy=TRUST)
    arn = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"

    attached = world.make(t.ROLE_POLICY_ATTACHMENT, role=role.id, policyArn=arn)

    assert attached.id == f"{role.id}/{arn}"


def test_what_is_in_use_cannot_go(world, vpc):
    subnet = world.make(t.SUBNET, vpcId=vpc.id, cidrBlock="10.0.0.0/24")

    with pytest.raises(TransitionError, match=f"DependencyViolation: {vpc.id} is used by Subnet {subnet.id}"):
        world.delete(vpc)
    world.delete(subnet)
    world.delete(vpc)

    assert world.account.store.all() == []


def test_a_reference_that_was_taken_back_holds_nothing(world, vpc):
    other = world.make(t.VPC, "other", cidrBlock="10.1.0.0/16")
    gateway = world.make(t.INTERNET_GATEWAY, vpcId=vpc.id)

    world.change(gateway, vpcId=other.id)

    world.delete(vpc)


def test_what_is_a_part_goes_with_the_whole(world, vpc):
    nodes = world.make(t.SECURITY_GROUP, "nodes", vpcId=vpc.id)
    files = world.make(t.SECURITY_GROUP, "files", vpcId=vpc.id)
    world.make(t.INGRESS_RULE, "self", securityGroupId=nodes.id, referencedSecurityGroupId=nodes.id, ipProtocol="-1")
    world.make(t.INGRESS_RULE, "in", securityGroupId=files.id, referencedSecurityGroupId=nodes.id, ipProtocol="-1")

    with pytest.raises(TransitionError, match="referencedSecurityGroupId"):
        world.delete(nodes)
    world.delete(files)
    world.delete(nodes)

    assert world.account.store.of_type(t.INGRESS_RULE) == []


def test_a_bucket_with_objects_goes_only_when_forced(world):
    bucket = world.make(t.BUCKET, bucket="some-data")
    world.make(t.BUCKET_OBJECTS[0], bucket=bucket.id, key="a", content="x")

    with pytest.raises(TransitionError, match="DependencyViolation"):
        world.delete(bucket)
    world.delete(world.change(bucket, forceDestroy=True))

    assert world.account.store.all() == []


def test_a_protected_table_does_not_go(world):
    table = world.make(
        t.TABLE,
        billingMode="PAY_PER_REQUEST",
        hashKey="k",
        attributes=[{"name": "k", "type": "S"}],
        deletionProtectionEnabled=True,
    )

    with pytest.raises(TransitionError, match="deletionProtectionEnabled"):
        world.delete(table)


def test_deleting_what_is_gone_is_no_error(world, vpc):
    world.delete(vpc)
    world.delete(vpc)


def test_updating_what_is_gone_says_to_refresh(world, vpc):
    world.delete(vpc)

    with pytest.raises(NotFoundError, match="pulumi refresh"):
        world.change(vpc, tags={"a": "b"})


def test_drift_is_read_and_absence_too(world, vpc):
    row = world.account.store.find(id=vpc.id)[0]

    assert world.read(vpc).inputs == vpc.inputs, "else every refresh would show a change"
    world.account.store.drift(row, enableDnsHostnames=True)
    assert world.read(vpc).inputs["enableDnsHostnames"] is True
    world.account.store.remove(row)
    assert world.read(vpc) is None


def test_an_import_knows_the_inputs_and_finds_other_names_of_a_thing(world, vpc):
    subnet = world.make(t.SUBNET, vpcId=vpc.id, cidrBlock="10.0.0.0/24")
    table = world.make(t.ROUTE_TABLE, vpcId=vpc.id)
    made = world.make(t.ROUTE_TABLE_ASSOCIATION, subnetId=subnet.id, routeTableId=table.id)

    found = world.read(Kept(subject=made.subject, id=f"{subnet.id}/{table.id}", inputs={}, outputs={}))

    assert found.id == made.id
    assert found.inputs == {"subnetId": subnet.id, "routeTableId": table.id}


def test_a_launch_template_counts_its_versions_and_not_its_tags(world):
    template = world.make(t.LAUNCH_TEMPLATE, "node", instanceType="c5.large")

    tagged = world.change(template, tags={"a": "b"})
    changed = world.change(tagged, instanceType="c5.xlarge")

    assert [kept.outputs["latestVersion"] for kept in (template, tagged, changed)] == [1, 1, 2]


def test_an_address_lies_in_its_subnet_and_a_zone_has_its_id(world, vpc):
    subnet = world.make(t.SUBNET, vpcId=vpc.id, cidrBlock="10.0.9.0/28", availabilityZoneId="use2-az2")
    interface = world.make(t.NETWORK_INTERFACE, subnetId=subnet.id)

    assert subnet.outputs["availabilityZone"] == "us-east-2b"
    assert interface.outputs["privateIp"].startswith("10.0.9.")


def test_a_preview_changes_nothing_and_knows_what_it_can(world):
    handler = world.handler(t.VPC)

    outputs = handler.preview_create(Subject(urn="urn:pulumi:dev::test::aws:ec2/vpc:Vpc::net"), {"tags": {"a": "b"}})

    assert outputs["arn"] is UNKNOWN
    assert outputs["tagsAll"] == {"a": "b"}
    assert outputs["region"] == "us-east-2"
    assert world.account.store.all() == []


def test_the_order_of_a_set_and_of_a_policy_is_no_change(world):
    policy = {"Statement": [{"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "*"}]}
    other = {"Statement": {"Resource": ["*"], "Effect": "Allow", "Action": ["s3:PutObject", "s3:GetObject"]}}
    made = world.make(t.POLICY, "p", policy=json.dumps(policy))

    assert world.handler(t.POLICY).diff(made, {**made.inputs, "policy": json.dumps(other)}) == {}
    denied = json.dumps(policy).replace("Allow", "Deny")
    assert world.handler(t.POLICY).diff(made, {**made.inputs, "policy": denied}) == {"policy": Change.UPDATE}


def test_replacement_follows_the_table_the_conditions_and_the_rule_of_names(world, vpc):
    group = world.make(t.SECURITY_GROUP, "nodes", vpcId=vpc.id)
    rule = world.make(t.INGRESS_RULE, securityGroupId=group.id, cidrIpv4="10.0.0.0/8", ipProtocol="-1")
    fixed = world.make(t.PLACEMENT_GROUP, "near", name="near", strategy="cluster")
    automatic = world.make(t.PLACEMENT_GROUP, "auto", strategy="cluster")
    attached = Kept(
        subject=Subject(urn=f"a::b::{t.ROLE_POLICY_ATTACHMENT}::c"), id="x", inputs={"role": "a"}, outputs={}
    )

    assert world.replacing(vpc, cidrBlock="10.1.0.0/16") == ({"cidrBlock"}, False)
    assert world.replacing(vpc, tags={"a": "b"}) == (frozenset(), False)
    assert world.replacing(vpc, region="us-east-2") == (frozenset(), False), "it is the provider's own"
    assert world.replacing(vpc, region="us-west-2") == ({"region"}, False)
    assert world.replacing(rule, cidrIpv4="10.0.0.0/16") == (frozenset(), False), "the same kind of source"
    assert world.replacing(rule, cidrIpv4=None, referencedSecurityGroupId=group.id)[0] >= {"referencedSecurityGroupId"}
    assert world.replacing(fixed, strategy="spread") == ({"strategy"}, True), "two cannot have one name"
    assert world.replacing(fixed, name="other") == ({"name"}, False)
    assert world.replacing(automatic, strategy="spread") == ({"strategy"}, False)
    assert world.replacing(attached, role="b") == ({"role"}, True)


def test_nothing_is_left_of_a_creation_that_was_refused(world, vpc):
    subject = Subject(urn="urn:pulumi:dev::test::aws:ec2/subnet:Subnet::far")
    with pytest.raises(InputError, match="is not inside"):
        world.handler(t.SUBNET).create(subject, {"vpcId": vpc.id, "cidrBlock": "10.9.0.0/24"})

    assert [row.type for row in world.account.store.all()] == [t.VPC]


def test_every_operation_asks_the_guard_before_anything_happens(tmp_path, vpc, world):
    asked: list[Operation] = []

    def deny(operation):
        asked.append(operation)
        raise DeniedError(f"not allowed to {operation.verb} {operation.token}", "Ask for more")

    world.account.guard = deny
    for call in (
        lambda: world.make(t.VPC, "second", cidrBlock="10.0.0.0/16"),
        lambda: world.read(vpc),
        lambda: world.change(vpc, tags={"a": "b"}),
        lambda: world.delete(vpc),
    ):
        with pytest.raises(DeniedError):
            call()

    assert [operation.verb for operation in asked] == ["create", "read", "update", "delete"]
    assert asked[0].outputs["arn"].endswith(f"vpc/{asked[0].id}"), "the ARN that it would have"
    assert asked[2].old_inputs == vpc.inputs
    assert world.account.store.all()[0].inputs == vpc.inputs


def test_a_role_that_is_not_there_cannot_be_assumed(world, tmp_path):
    role = world.make(t.ROLE, "deployer", name="deployer", assumeRolePolicy=TRUST)

    World.at(tmp_path, assumeRoles=json.dumps([{"roleArn": role.outputs["arn"], "externalId": "x"}]))
    with pytest.raises(NotFoundError, match="role/other cannot be assumed"):
        World.at(tmp_path, assumeRoles=json.dumps([{"roleArn": role.outputs["arn"].replace("deployer", "other")}]))


def test_a_configuration_is_judged_before_it_is_used(world, monkeypatch):
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)

    def told(**config):
        return {failure.name: failure.reason for failure in world.account.check_config(config).failures}

    assert "pulumi config set aws:region" in told()["region"]
    assert "no region of AWS" in told(region="us-east-9")["region"]
    assert "did you mean region?" in told(region="us-east-1", regoin="x")["regoin"]
    assert told(region=UNKNOWN) == {}, "a region may come from another resource"
    assert told(region="us-east-1", defaultTags='{"tag": {}}') == {
        "defaultTags.tag": "there is no such property; did you mean tags?"
    }
