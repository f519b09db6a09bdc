"""The cross-account role may do what the types of its components need, in each operation of their lives.

Not proved here: which types and properties the components really use (the life cycles in tests/engine).
"""

import pytest

from bodo_infra.plugin.account.iam.questions import missing
from bodo_infra.plugin.account.iam.requirements import LOOKUPS, lookup_requirements, requirements
from bodo_infra.plugin.account.iam.subject import Place
from bodo_infra.plugin.account.rules import tokens as t
from tests.aws_policies import ACCOUNT, DEPLOY, SCOPE, USERS_ROLE, UUID

TAGS = {"bodo-infra:cloud-config": UUID, "team": "data"}
PATH = f"/bodo-infra/{UUID}/"
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role{PATH}r"
BOUNDED = {"permissionsBoundary": SCOPE.boundary_arn, "path": PATH, "name": "r"}
OLD_TAGS = {"bodo-infra:cloud-config": UUID, "gone": "x"}
GROUP_TAGS, OLD_GROUP_TAGS = (
    [{"key": key, "value": value, "propagateAtLaunch": False} for key, value in tags.items()]
    for tags in (TAGS, OLD_TAGS)
)
STARTED = [{"resourceType": kind, "tags": TAGS} for kind in ("instance", "network-interface", "volume")]
TEMPLATE = {
    "tagsAll": TAGS,
    "imageId": "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64",
    "instanceType": "c5n.18xlarge",
    "placement": {"groupName": "near"},
    "iamInstanceProfile": {"arn": f"arn:aws:iam::{ACCOUNT}:instance-profile{PATH}p"},
    "networkInterfaces": [{"securityGroups": ["sg-1"], "interfaceType": "efa"}],
    "tagSpecifications": STARTED,
}
NEIGHBOURS = {
    t.ROLE: {"arn": ROLE_ARN, "tagsAll": TAGS, **BOUNDED},
    t.INSTANCE_PROFILE: {"role": "r", "path": PATH},
    t.LAUNCH_TEMPLATE: TEMPLATE,
}


def look(token, _key):
    """Every neighbour is there, and is ours."""
    return NEIGHBOURS.get(token, {"tagsAll": TAGS})


FILE_SYSTEM, SUBNET, VPC = {"fileSystemId": "fs-1"}, {"subnetId": "subnet-1"}, {"vpcId": "vpc-1"}
KEY = {"kmsKeyId": SCOPE.key_arn}
# Type to the properties that decide what is asked for; tags are added where the type has them.
CASES = {
    t.VPC: {"cidrBlock": "10.30.0.0/16", "enableDnsHostnames": True},
    t.SUBNET: {**VPC, "mapPublicIpOnLaunch": False, "assignIpv6AddressOnCreation": False},
    t.ROUTE_TABLE: VPC,
    t.ROUTE: {"routeTableId": "rtb-1", "gatewayId": "igw-1"},
    t.ROUTE_TABLE_ASSOCIATION: {"routeTableId": "rtb-1", **SUBNET},
    t.INTERNET_GATEWAY: VPC,
    t.EIP: {"domain": "vpc"},
    t.NAT_GATEWAY: {"allocationId": "eipalloc-1", **SUBNET},
    t.SECURITY_GROUP: VPC,
    t.INGRESS_RULE: {"securityGroupId": "sg-1", "ipProtocol": "-1"},
    t.EGRESS_RULE: {"securityGroupId": "sg-1", "ipProtocol": "-1"},
    t.VPC_ENDPOINT: {**VPC, "vpcEndpointType": "Interface", "subnetIds": ["subnet-1"], "securityGroupIds": ["sg-1"]},
    t.FLOW_LOG: {**VPC, "iamRoleArn": ROLE_ARN},
    t.LOG_GROUP: {"name": f"/bodo-infra/{UUID}/flow-logs/w", "retentionInDays": 30},
    t.EFS: {"encrypted": True, **KEY},
    t.ACCESS_POINT: FILE_SYSTEM,
    t.MOUNT_TARGET: {**FILE_SYSTEM, **SUBNET, "securityGroups": ["sg-1"]},
    t.EFS_POLICY: FILE_SYSTEM,
    t.LUSTRE: {"storageCapacity": 1200, "skipFinalBackup": False, "finalBackupTags": TAGS, **KEY},
    t.ROLE: {**BOUNDED, "assumeRolePolicy": "{}"},
    t.ROLE_POLICY: {"role": "r", "policy": "{}"},
    t.ROLE_POLICY_ATTACHMENT: {"role": "r", "policyArn": SCOPE.node_policy_arn},
    t.INSTANCE_PROFILE: {"role": "r", "path": PATH, "name": "p"},
    t.PLACEMENT_GROUP: {"name": "near", "strategy": "cluster"},
    t.LAUNCH_TEMPLATE: {"instanceType": "c5n.18xlarge"},
    t.AUTOSCALING_GROUP: {
        "name": "g",
        "launchTemplate": {"id": "lt-1", "version": "1"},
        "vpcZoneIdentifiers": ["subnet-1"],
        "suspendedProcesses": ["AZRebalance"],
    },
    t.PARAMETER: {"name": f"/bodo-infra/{UUID}/x", "keyId": SCOPE.key_arn},
    "aws:s3/bucketObjectv2:BucketObjectv2": {"bucket": SCOPE.bucket, "key": f"agent/{UUID}/a.zip"},
}
# An update changes all but these.
KEPT = ("name", "path", "permissionsBoundary", "retentionInDays", "role")
UNTAGGED = {
    t.ROUTE,
    t.ROUTE_TABLE_ASSOCIATION,
    t.MOUNT_TARGET,
    t.EFS_POLICY,
    t.ROLE_POLICY,
    t.ROLE_POLICY_ATTACHMENT,
}


OPERATIONS = ("create", "read", "update", "delete")
NEVER = {(t.ROUTE_TABLE_ASSOCIATION, "update")}  # a subnet keeps its table, whose routes change


@pytest.mark.parametrize(
    ("token", "operation"), [(token, each) for token in CASES for each in OPERATIONS if (token, each) not in NEVER]
)
def test_the_cross_account_role_may_do_what_a_type_needs(token, operation):
    tags = {"tags": GROUP_TAGS if token == t.AUTOSCALING_GROUP else TAGS}
    inputs = CASES[token] if token in UNTAGGED else {**CASES[token], **tags}
    outputs = None if operation == "create" else {**inputs, "id": inputs.get("name") or "x-1", "tagsAll": tags["tags"]}
    old = {key: value for key, value in inputs.items() if key in KEPT}
    if "tags" in inputs:  # one comes, one goes; ours stays, and so it is not in the request
        old["tags"] = OLD_GROUP_TAGS if token == t.AUTOSCALING_GROUP else OLD_TAGS
    needed = requirements(
        token,
        operation,
        inputs,
        place=Place(account=ACCOUNT, region="us-west-2" if token != t.PARAMETER else SCOPE.region),
        outputs=outputs,
        old=old if operation == "update" else None,
        look=look,
    )

    assert needed
    assert [str(each) for each in missing(needed, DEPLOY)] == []


@pytest.mark.parametrize(
    "token",
    [
        "aws:ec2/getNetworkInterface:getNetworkInterface",
        "aws:ec2/getNetworkInterfaces:getNetworkInterfaces",
        "aws:ec2/getVpc:getVpc",
        "aws:ec2/getSubnets:getSubnets",
        "aws:ec2/getRouteTables:getRouteTables",
        "aws:ec2/getSecurityGroups:getSecurityGroups",
        "aws:iam/getRoles:getRoles",
    ],
)
def test_the_cross_account_role_may_look_up_what_components_ask(token):
    assert token in LOOKUPS
    needed = lookup_requirements(token, {}, place=Place(account=ACCOUNT, region="us-west-2"))

    assert [str(each) for each in missing(needed, DEPLOY)] == []


@pytest.mark.parametrize("owner", [UUID, "another", None], ids=["own", "another's", "nobody's"])
def test_the_cross_account_role_may_look_up_and_take_files_of_its_cloud_config_alone(owner):
    tags = {"bodo-infra:cloud-config": owner} if owner else {}
    place = Place(account=ACCOUNT, region=SCOPE.region)

    def there(token, _key):
        return {"tagsAll": tags}

    asked = lookup_requirements(
        "aws:efs/getFileSystem:getFileSystem", {"fileSystemId": "fs-1"}, place=place, look=there
    )
    from_backup = requirements(t.LUSTRE, "create", {"backupId": "backup-1", "tags": TAGS}, place=place, look=there)

    lacking = {each.action for each in missing((*asked, *from_backup), DEPLOY)}
    taken = {
        "elasticfilesystem:DescribeFileSystems",
        "elasticfilesystem:DescribeLifecycleConfiguration",
        "fsx:CreateFileSystemFromBackup",
    }
    assert lacking == (set() if owner == UUID else taken)


def test_the_cross_account_role_may_hand_over_a_users_role_that_is_listed():
    users = {"arn": USERS_ROLE, "tagsAll": {}, "path": "/team/"}
    place = Place(account=ACCOUNT, region="us-west-2")

    def look_users(token, key):
        return users if token == t.ROLE else look(token, key)

    for token in (t.ROLE_POLICY_ATTACHMENT, t.INSTANCE_PROFILE, t.AUTOSCALING_GROUP):
        inputs = {**CASES[token], "tags": GROUP_TAGS if token == t.AUTOSCALING_GROUP else TAGS}
        needed = requirements(token, "create", inputs, place=place, look=look_users)
        assert [str(each) for each in missing(needed, DEPLOY)] == [], token
