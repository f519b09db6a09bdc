"""What AWS would check: every row of the tables against the service authorization reference, and the telling cases."""

import re

import pytest

from bodo_infra.catalog import iam_names as names
from bodo_infra.errors import NotFoundError
from bodo_infra.plugin.account.iam.arns import wrong_in_arn
from bodo_infra.plugin.account.iam.requirements import LOOKUPS, TYPES, lookup_requirements, requirements
from bodo_infra.plugin.account.iam.subject import Place

PLACE = Place(account="000000000000", region="us-east-2")
ACCOUNT = "arn:aws:ec2:us-east-2:000000000000"
ROLE_ARN = "arn:aws:iam::000000000000:role/bodo/etl"
TAGS = {"bodo": "etl"}

TEMPLATE = {
    "id": "lt-1",
    "imageId": "ami-1",
    "instanceType": "c5n.18xlarge",
    "keyName": "etl",
    "iamInstanceProfile": {"arn": "arn:aws:iam::000000000000:instance-profile/etl"},
    "networkInterfaces": [{"subnetId": "subnet-1", "securityGroups": ["sg-1"], "interfaceType": "efa"}],
    "placement": {"groupName": "near"},
    "tagSpecifications": [{"resourceType": "instance", "tags": TAGS}],
    "tags": TAGS,
}
ACCOUNT_HOLDS = {
    ("aws:ec2/launchTemplate:LaunchTemplate", "lt-1"): TEMPLATE,
    ("aws:iam/instanceProfile:InstanceProfile", "arn:aws:iam::000000000000:instance-profile/etl"): {"role": "etl"},
    ("aws:iam/role:Role", "etl"): {
        "arn": ROLE_ARN,
        "permissionsBoundary": "arn:aws:iam::000000000000:policy/boundary",
        "tags": TAGS,
    },
    ("aws:ec2/vpc:Vpc", "vpc-1"): {"id": "vpc-1", "tags": {"workspace": "one"}},
    ("aws:ec2/subnet:Subnet", "subnet-1"): {"id": "subnet-1", "vpcId": "vpc-1", "tags": TAGS},
    ("aws:ec2/securityGroup:SecurityGroup", "sg-1"): {"id": "sg-1", "vpcId": "vpc-1", "tags": TAGS},
    ("aws:ec2/routeTable:RouteTable", "rtb-1"): {"id": "rtb-1", "vpcId": "vpc-1", "tags": TAGS},
}

OPERATIONS = ("create", "read", "update", "delete")

# One bag with a value for every property that some row asks for.
GIVEN = {
    "allocationId": "eipalloc-1",
    "assumeRolePolicy": "{}",
    "awsServiceName": "autoscaling.amazonaws.com",
    "bucket": "demo-bucket",
    "egress": [{}],
    "enableDnsHostnames": True,
    "enableKeyRotation": True,
    "enabledMetrics": ["GroupTotalInstances"],
    "fileSystemId": "fs-1",
    "forceDestroy": True,
    "forceDetachPolicies": True,
    "iamInstanceProfile": "arn:aws:iam::000000000000:instance-profile/etl",
    "iamRoleArn": ROLE_ARN,
    "ingress": [{}],
    "internetGatewayId": "igw-1",
    "key": "logs/a.txt",
    "keyId": "alias-free-key",
    "keyName": "etl",
    "kmsKeyId": "11111111-2222-3333-4444-555555555555",
    "launchTemplate": {"id": "lt-1", "version": "1"},
    "lifecyclePolicies": [{}],
    "mapPublicIpOnLaunch": True,
    "name": "etl",
    "path": "/bodo/",
    "permissionsBoundary": "arn:aws:iam::000000000000:policy/boundary",
    "pointInTimeRecovery": {"enabled": True},
    "policy": "{}",
    "policyArn": "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore",
    "protection": {},
    "retentionInDays": 30,
    "role": "etl",
    "routeTableId": "rtb-1",
    "routeTableIds": ["rtb-1"],
    "routes": [{}],
    "securityGroupId": "sg-1",
    "securityGroupIds": ["sg-1"],
    "securityGroups": ["sg-1"],
    "serverSideEncryption": {"kmsKeyArn": "arn:aws:kms:us-east-2:000000000000:key/1"},
    "finalBackupTags": {"team": "data"},
    "skipFinalBackup": False,
    "subnetId": "subnet-1",
    "subnetIds": ["subnet-1"],
    "suspendedProcesses": ["AZRebalance"],
    "tags": TAGS,
    "targetKeyId": "11111111-2222-3333-4444-555555555555",
    "ttl": {"enabled": True},
    "type": "ingress",
    "vpcId": "vpc-1",
    "vpcZoneIdentifiers": ["subnet-1"],
}
IDS = {"aws:kms/alias:Alias": "alias/etl"}
NAMES = {"aws:kms/alias:Alias": "alias/etl", "aws:ssm/parameter:Parameter": "/bodo/etl"}


def look(token, key):
    return ACCOUNT_HOLDS.get((token, key))


def needs(token, operation, inputs=None, **more):
    return requirements(token, operation, GIVEN if inputs is None else inputs, place=PLACE, look=look, **more)


def actions(found):
    return [request.action for request in found]


def asked(found, action):
    return {request.resource: request.context for request in found if request.action == action}


def everything_of(token, operation):
    """All calls of an operation, with every property given, and for an update every one of them changed."""
    inputs = {**GIVEN, "name": NAMES.get(token, GIVEN["name"])}
    outputs = None if operation == "create" else {**inputs, "id": IDS.get(token, "x-1")}
    old = {"tags": {"was": "here"}} if operation == "update" else None
    return requirements(token, operation, inputs, place=PLACE, outputs=outputs, old=old, look=look)


def fits(form, resource):
    """Whether an ARN is of the reference's form; its variables stand for anything, but for whole parts of it."""
    pattern = re.sub(r"\\\$\\\{[^}]*\\\}", ".*", re.escape(form))
    return re.fullmatch(pattern, resource) is not None


@pytest.mark.parametrize("token", TYPES)
def test_every_action_exists_and_is_asked_on_a_resource_that_it_takes(token):
    for request in [request for operation in OPERATIONS for request in everything_of(token, operation)]:
        facts = names.facts_of(request.action)
        assert facts is not None, f"{request.action} is no action of AWS"
        service = request.action.partition(":")[0]
        if request.resource == "*":
            assert not facts.resources, f"{request.action} could be asked on {facts.resources}"
        else:
            assert wrong_in_arn(request.resource) is None
            assert any(fits(names.arn_form(service, kind), request.resource) for kind in facts.resources), (
                f"{request.action} takes {facts.resources}, not {request.resource}"
            )


@pytest.mark.parametrize("token", TYPES)
def test_what_is_made_can_be_read_and_deleted(token):
    for operation in ("create", "read", "delete"):
        assert everything_of(token, operation), f"nothing is asked to {operation} a {token}"


@pytest.mark.parametrize("token", LOOKUPS)
def test_lookups_ask_for_actions_that_exist(token):
    for request in lookup_requirements(token, {"name": "/aws/service/x"}, place=PLACE):
        assert names.is_known_action(request.action)


def test_what_belongs_to_one_tag_is_asked_of_the_vpc_and_what_is_made_tells_its_own():
    subnet = asked(needs("aws:ec2/subnet:Subnet", "create"), "ec2:CreateSubnet")

    assert subnet[f"{ACCOUNT}:subnet/*"]["aws:RequestTag/bodo"] == "etl"
    assert subnet[f"{ACCOUNT}:vpc/vpc-1"]["aws:ResourceTag/workspace"] == "one"
    assert "aws:RequestTag/bodo" not in subnet[f"{ACCOUNT}:vpc/vpc-1"], "AWS tells the new tags of what it makes only"


def test_making_with_tags_asks_for_the_right_to_tag_and_names_the_creating_call():
    found = asked(needs("aws:ec2/vpc:Vpc", "create"), "ec2:CreateTags")

    assert found[f"{ACCOUNT}:vpc/*"]["ec2:CreateAction"] == "CreateVpc"
    assert found[f"{ACCOUNT}:vpc/*"]["aws:TagKeys"] == ("bodo",)


def test_making_without_tags_asks_for_no_right_to_tag():
    assert "ec2:CreateTags" not in actions(needs("aws:ec2/vpc:Vpc", "create", {"cidrBlock": "10.0.0.0/16"}))


def test_attributes_of_a_vpc_are_asked_for_only_when_they_are_set():
    assert "ec2:ModifyVpcAttribute" not in actions(needs("aws:ec2/vpc:Vpc", "create", {"cidrBlock": "10.0.0.0/16"}))
    assert "ec2:ModifyVpcAttribute" not in actions(needs("aws:ec2/vpc:Vpc", "create", {"enableDnsSupport": True}))
    assert "ec2:ModifyVpcAttribute" in actions(needs("aws:ec2/vpc:Vpc", "create", {"enableDnsSupport": False}))
    assert "ec2:ModifyVpcAttribute" in actions(needs("aws:ec2/vpc:Vpc", "create", {"enableDnsHostnames": True}))


def test_an_update_of_tags_alone_changes_nothing_else():
    now = {"id": "vpc-1", "tags": {"a": "1", "b": "2"}}
    found = needs("aws:ec2/vpc:Vpc", "update", {"tags": {"a": "3"}}, outputs=now, old={"tags": now["tags"]})

    writes = {request.action: request.context for request in found if "Describe" not in request.action}
    assert set(writes) == {"ec2:CreateTags", "ec2:DeleteTags"}
    assert writes["ec2:CreateTags"]["aws:RequestTag/a"] == "3"
    assert writes["ec2:CreateTags"]["aws:ResourceTag/a"] == "1"
    assert writes["ec2:DeleteTags"]["aws:TagKeys"] == ("b",)


def test_a_change_that_is_none_only_reads():
    same = {"cidrBlock": "10.0.0.0/16", "tags": TAGS}

    found = actions(needs("aws:ec2/vpc:Vpc", "update", same, outputs={"id": "vpc-1", **same}, old=same))

    assert all("Describe" in action for action in found)


def test_deleting_asks_on_the_resource_itself_with_its_tags():
    found = asked(needs("aws:ec2/vpc:Vpc", "delete", {}, outputs={"id": "vpc-1", "tagsAll": TAGS}), "ec2:DeleteVpc")

    assert found == {
        f"{ACCOUNT}:vpc/vpc-1": {
            "aws:RequestedRegion": "us-east-2",
            "aws:ResourceTag/bodo": "etl",
            "ec2:ResourceTag/bodo": "etl",
        }
    }


def test_rules_of_a_security_group_tell_the_vpc_of_the_group():
    rule = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"

    found = asked(needs(rule, "create"), "ec2:AuthorizeSecurityGroupIngress")

    assert found[f"{ACCOUNT}:security-group/sg-1"]["ec2:Vpc"] == f"{ACCOUNT}:vpc/vpc-1"


def test_a_role_is_made_under_its_path_with_its_boundary():
    found = asked(needs("aws:iam/role:Role", "create"), "iam:CreateRole")

    (resource, context), *_ = found.items()
    assert resource == ROLE_ARN
    assert context["iam:PermissionsBoundary"] == "arn:aws:iam::000000000000:policy/boundary"
    assert context["aws:RequestedRegion"] == "us-east-1", "IAM has no regions and counts as this one"


def test_a_role_without_a_boundary_tells_that_it_has_none():
    found = asked(needs("aws:iam/role:Role", "create", {"name": "etl"}), "iam:CreateRole")

    assert found["arn:aws:iam::000000000000:role/etl"]["iam:PermissionsBoundary"] is None


def test_a_policy_put_on_a_role_tells_the_boundary_of_the_role():
    attachment = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"

    found = asked(needs(attachment, "create"), "iam:AttachRolePolicy")[ROLE_ARN]

    assert found["iam:PermissionsBoundary"] == "arn:aws:iam::000000000000:policy/boundary"
    assert found["iam:PolicyARN"] == GIVEN["policyArn"]


def test_a_boundary_taken_away_is_a_right_of_its_own():
    found = needs("aws:iam/role:Role", "update", {}, outputs={"arn": ROLE_ARN}, old={"permissionsBoundary": "arn:x"})

    assert "iam:DeleteRolePermissionsBoundary" in actions(found)
    assert "iam:PutRolePermissionsBoundary" not in actions(found)


@pytest.mark.parametrize(
    ("token", "service"),
    [
        pytest.param("aws:iam/instanceProfile:InstanceProfile", "ec2.amazonaws.com", id="put into a profile"),
        pytest.param("aws:autoscaling/group:Group", "ec2.amazonaws.com", id="through template and profile of a group"),
        pytest.param("aws:ec2/instance:Instance", "ec2.amazonaws.com", id="through the profile of an instance"),
        pytest.param("aws:ec2/flowLog:FlowLog", "vpc-flow-logs.amazonaws.com", id="to flow logs"),
    ],
)
def test_a_role_that_is_handed_over_has_to_be_passed(token, service):
    found = asked(needs(token, "create"), "iam:PassRole")

    assert {arn: context["iam:PassedToService"] for arn, context in found.items()} == {ROLE_ARN: service}


def test_a_launch_template_passes_no_role_yet():
    found = actions(needs("aws:ec2/launchTemplate:LaunchTemplate", "create", TEMPLATE))

    assert "iam:PassRole" not in found, "AWS asks whoever starts machines from it"


def test_a_group_asks_for_the_start_of_all_that_its_template_says():
    group = {"name": "etl", "launchTemplate": {"id": "lt-1", "version": "3"}, "vpcZoneIdentifiers": ["subnet-1"]}

    found = asked(needs("aws:autoscaling/group:Group", "create", group), "ec2:RunInstances")

    assert set(found) == {
        "arn:aws:ec2:us-east-2::image/ami-1",
        *(f"{ACCOUNT}:{kind}/*" for kind in ("instance", "volume", "network-interface")),
        *(f"{ACCOUNT}:{rest}" for rest in ("subnet/subnet-1", "security-group/sg-1", "key-pair/etl")),
        *(f"{ACCOUNT}:{rest}" for rest in ("placement-group/near", "launch-template/lt-1")),
    }
    assert found[f"{ACCOUNT}:instance/*"]["ec2:InstanceType"] == "c5n.18xlarge"
    assert found[f"{ACCOUNT}:instance/*"]["aws:RequestTag/bodo"] == "etl"
    assert found[f"{ACCOUNT}:instance/*"]["ec2:LaunchTemplate"] == f"{ACCOUNT}:launch-template/lt-1"


@pytest.mark.parametrize(
    ("image", "parameter"),
    [
        ("resolve:ssm:/aws/service/al2023", "arn:aws:ssm:us-east-2::parameter/aws/service/al2023"),
        ("resolve:ssm:/team/image:3", "arn:aws:ssm:us-east-2:000000000000:parameter/team/image"),
    ],
    ids=["of AWS", "of the account, by version"],
)
def test_whoever_starts_from_a_parameter_has_to_have_the_right_to_read_it(image, parameter):
    found = needs("aws:ec2/instance:Instance", "create", {"ami": image})

    assert list(asked(found, "ssm:GetParameters")) == [parameter]


def test_a_start_from_an_image_reads_no_parameter():
    assert not asked(needs("aws:ec2/instance:Instance", "create", {"ami": "ami-1"}), "ssm:GetParameters")


def test_reading_a_profile_looks_for_the_role_in_it():
    found = needs("aws:iam/instanceProfile:InstanceProfile", "read", {"name": "etl", "role": "etl"})

    assert list(asked(found, "iam:GetRole")) == [ROLE_ARN]


def test_a_group_of_mixed_types_starts_from_its_template_too_and_spot_needs_its_own_role():
    specification = {"launchTemplateSpecification": {"launchTemplateId": "lt-1"}}
    mixed = {"launchTemplate": specification, "instancesDistribution": {"onDemandPercentageAboveBaseCapacity": 0}}

    found = needs("aws:autoscaling/group:Group", "create", {"name": "etl", "mixedInstancesPolicy": mixed})

    assert f"{ACCOUNT}:launch-template/lt-1" in asked(found, "ec2:RunInstances")
    made = [arn.rpartition("/")[2] for arn in asked(found, "iam:CreateServiceLinkedRole")]
    assert made == ["AWSServiceRoleForAutoScaling", "AWSServiceRoleForEC2Spot"]


def test_a_request_for_spot_capacity_is_asked_about_when_it_is_tagged():
    tagged = {**TEMPLATE, "tagSpecifications": [{"resourceType": "spot-instances-request", "tags": TAGS}]}
    request = f"{ACCOUNT}:spot-instances-request/*"

    def started(template):
        held = {**ACCOUNT_HOLDS, ("aws:ec2/launchTemplate:LaunchTemplate", "lt-1"): template}
        found = requirements(
            "aws:autoscaling/group:Group",
            "create",
            {"name": "nodes", "launchTemplate": {"id": "lt-1"}},
            place=PLACE,
            look=lambda token, key: held.get((token, key)),
        )
        return {each.action for each in found if each.resource == request}

    assert started(TEMPLATE) == set()
    assert started(tagged) == {"ec2:RunInstances", "ec2:CreateTags"}


def test_scaling_a_group_starts_nothing_anew():
    group = {"name": "etl", "launchTemplate": {"id": "lt-1"}, "desiredCapacity": 3}

    found = needs("aws:autoscaling/group:Group", "update", group, outputs=group, old={**group, "desiredCapacity": 2})

    assert "autoscaling:UpdateAutoScalingGroup" in actions(found)
    assert not {"iam:PassRole", "ec2:RunInstances"} & set(actions(found))


@pytest.mark.parametrize(
    ("change", "asks"),
    [
        pytest.param({"desiredCapacity": 3}, {"autoscaling:UpdateAutoScalingGroup"}, id="nodes"),
        pytest.param({"suspendedProcesses": ["Launch"]}, {"autoscaling:SuspendProcesses"}, id="processes"),
        pytest.param({"tags": [{"key": "a", "value": "b"}]}, {"autoscaling:CreateOrUpdateTags"}, id="tags"),
        pytest.param(
            {"launchTemplate": {"id": "lt-1", "version": "2"}}, {"autoscaling:StartInstanceRefresh"}, id="template"
        ),
    ],
)
def test_a_change_of_a_group_asks_for_what_it_changes(change, asks):
    group = {"name": "etl", "launchTemplate": {"id": "lt-1"}, "instanceRefresh": {"strategy": "Rolling"}}

    found = set(actions(needs("aws:autoscaling/group:Group", "update", {**group, **change}, outputs=group, old=group)))

    assert asks <= found
    if "launchTemplate" not in change:
        assert "autoscaling:StartInstanceRefresh" not in found, "nobody would want all nodes replaced for this"


def test_the_first_mount_target_of_an_account_makes_the_role_of_the_service():
    role = "arn:aws:iam::000000000000:role/aws-service-role/elasticfilesystem.amazonaws.com/"
    token = "aws:efs/mountTarget:MountTarget"

    first = asked(needs(token, "create"), "iam:CreateServiceLinkedRole")
    later = requirements(token, "create", GIVEN, place=PLACE, look=lambda token, key: {})

    assert [*first] == [f"{role}AWSServiceRoleForAmazonElasticFileSystem"]
    assert "iam:CreateServiceLinkedRole" not in actions(later)


def test_a_lustre_that_goes_asks_for_a_last_backup_unless_nobody_wants_one():
    token = "aws:fsx/lustreFileSystem:LustreFileSystem"
    wanted = {"skipFinalBackup": False, "finalBackupTags": {"team": "data"}}

    with_backup = asked(needs(token, "delete", wanted, outputs={"id": "fs-1"}), "fsx:CreateBackup")
    without = actions(needs(token, "delete", {}, outputs={"id": "fs-1"}))

    assert {arn.partition(":fsx:")[2].split(":")[2] for arn in with_backup} == {"backup/*", "file-system/fs-1"}
    assert "fsx:CreateBackup" not in without, "the provider makes none by itself"


def test_buckets_and_tables_tell_no_tags_unless_somebody_switched_that_on():
    for token in ("aws:s3/bucket:Bucket", "aws:dynamodb/table:Table"):
        for request in needs(token, "delete", {}, outputs={"bucket": "b", "name": "t", "tagsAll": TAGS}):
            assert "aws:ResourceTag/bodo" not in request.context


def test_a_bucket_that_may_lose_its_objects_asks_to_delete_them():
    full = {"bucket": "demo", "forceDestroy": True}

    found = asked(needs("aws:s3/bucket:Bucket", "delete", {}, outputs=full), "s3:DeleteObjectVersion")

    assert [*found] == ["arn:aws:s3:::demo/*"]
    assert "s3:DeleteObject" not in actions(needs("aws:s3/bucket:Bucket", "delete", {}, outputs={"bucket": "demo"}))


def test_a_region_of_its_own_goes_before_that_of_the_provider():
    (request, *_) = needs("aws:ec2/vpc:Vpc", "create", {"region": "eu-west-1"})

    assert request.resource == "arn:aws:ec2:eu-west-1:000000000000:vpc/*"
    assert request.context["aws:RequestedRegion"] == "eu-west-1"


def test_values_that_are_not_known_yet_stand_as_a_star():
    unknown = object()

    found = asked(needs("aws:ec2/subnet:Subnet", "create", {"vpcId": unknown}), "ec2:CreateSubnet")

    assert f"{ACCOUNT}:vpc/*" in found


def test_a_parameter_of_aws_belongs_to_no_account():
    (request,) = lookup_requirements(
        "aws:ssm/getParameter:getParameter", {"name": "/aws/service/ami-amazon-linux-latest/al2023"}, place=PLACE
    )

    assert request.resource == "arn:aws:ssm:us-east-2::parameter/aws/service/ami-amazon-linux-latest/al2023"


def test_a_type_or_lookup_without_a_row_is_refused():
    with pytest.raises(NotFoundError, match="aws:glue/job:Job"):
        requirements("aws:glue/job:Job", "create", {}, place=PLACE)
    with pytest.raises(NotFoundError, match="aws:glue/getX:getX"):
        lookup_requirements("aws:glue/getX:getX", {}, place=PLACE)
