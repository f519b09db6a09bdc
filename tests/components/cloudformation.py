"""What a component registered, as a CloudFormation template: so that AWS's own schemas and cfn-lint can judge it.

Names follow one rule (``cidrBlock`` is ``CidrBlock``); where they do not, they stand in SHAPES. A property without a
counterpart is named there too: one that is merely unknown would come out as it is, and cfn-lint would find it.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.components.aws_rules import of_aws, plain
from tests.components.recorder import Recorded, Registration

Bag = dict[str, Any]

NOT_HERE = frozenset({"aws:s3/bucketObjectv2:BucketObjectv2"})
"""Types that CloudFormation has not."""


@dataclass(frozen=True, kw_only=True)
class Shape:
    """How a type is written. ``names``: of properties at any depth; None: CloudFormation has none such.

    ``tags``: name of the property, None where there is none.  ``finish``: the rest, on properties with their new names.
    """

    type: str
    names: Mapping[str, str | None] = field(default_factory=dict)
    tags: str | None = "Tags"
    finish: Callable[[Bag], Bag] = lambda bag: bag


def template_of(recorded: Recorded) -> Bag:
    """The template. Parts of a bucket, of a file system and of a role that CloudFormation makes with it are in it."""
    rows = [row for row in of_aws(recorded) if row.type not in NOT_HERE]
    whole = [row for row in rows if row.type not in PARTS]
    names = {f"{row.name}-id": _logical(row) for row in whole}
    assert len(names) == len(whole), "two resources of one name: references would be ambiguous"
    resources = {}
    for row in whole:
        shape = SHAPES[row.type]
        written = _written(plain(row.inputs), shape)
        resources[_logical(row)] = {"Type": shape.type, "Properties": _with_references(written, names)}
        if row.type == "aws:ec2/internetGateway:InternetGateway":
            _attach_gateway(resources, row, names)
    for row in rows:
        if row.type in PARTS:
            owner, part = PARTS[row.type](plain(row.inputs))
            found = _owner(resources, owner, names)
            for name, value in part.items() if found else ():
                present = found.setdefault(name, value)
                found[name] = [*present, *value] if present is not value else value
    return {"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources}


def _written(inputs: Bag, shape: Shape) -> Bag:
    tags = _listed(inputs.pop("tags", {}))
    written = shape.finish(_renamed(inputs, shape.names))
    return {**written, shape.tags: tags} if shape.tags and tags else written


def _renamed(value: Any, names: Mapping[str, str | None]) -> Any:
    if isinstance(value, Mapping):
        known = {key: names.get(key, key[:1].upper() + key[1:]) for key in value}
        return {known[key]: _renamed(item, names) for key, item in value.items() if known[key]}
    if isinstance(value, list):
        return [_renamed(item, names) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    # The bridge writes a flag that may also be unset as a text.
    return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value


def _listed(tags: Any) -> list[Bag]:
    if isinstance(tags, list):
        return [_renamed(tag, {}) for tag in tags]
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _logical(row: Registration) -> str:
    return re.sub(r"[^A-Za-z0-9]", "", row.name.title())


def _with_references(value: Any, names: Mapping[str, str]) -> Any:
    """The recorder's id of a resource becomes a reference to it."""
    if isinstance(value, dict):
        return {key: _with_references(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_references(item, names) for item in value]
    return {"Ref": names[value]} if isinstance(value, str) and value in names else value


def _owner(resources: Bag, owner: str, names: Mapping[str, str]) -> Bag | None:
    """Properties of what a part belongs to, by id, or for a role by name; None: it is the user's own."""
    if owner in names:
        return resources[names[owner]]["Properties"]
    roles = (each["Properties"] for each in resources.values() if each["Type"] == "AWS::IAM::Role")
    return next((role for role in roles if role.get("RoleName") == owner), None)


def _attach_gateway(resources: Bag, row: Registration, names: Mapping[str, str]) -> None:
    place = resources[_logical(row)]["Properties"].pop("VpcId")
    properties = {"VpcId": place, "InternetGatewayId": {"Ref": _logical(row)}}
    resources[f"{_logical(row)}Attachment"] = {"Type": "AWS::EC2::VPCGatewayAttachment", "Properties": properties}


def _document(*names: str) -> Callable[[Bag], Bag]:
    return lambda bag: {key: json.loads(value) if key in names else value for key, value in bag.items()}


def _launch_template(bag: Bag) -> Bag:
    name = bag.pop("LaunchTemplateName")
    for each in bag["TagSpecifications"]:
        each["Tags"] = _listed({key[:1].lower() + key[1:]: value for key, value in each["Tags"].items()})
    return {"LaunchTemplateName": name, "LaunchTemplateData": bag}


def _group(bag: Bag) -> Bag:
    texts = ("MinSize", "MaxSize", "DesiredCapacity")
    launch = {"LaunchTemplateId": bag["LaunchTemplate"]["Id"], "Version": bag["LaunchTemplate"]["Version"]}
    return {**bag, **{name: str(bag[name]) for name in texts}, "LaunchTemplate": launch}


def _table(bag: Bag) -> Bag:
    name = bag.pop("Name")
    keys = [("HASH", bag.pop("HashKey")), ("RANGE", bag.pop("RangeKey"))]
    recovery = {"PointInTimeRecoveryEnabled": bag.pop("PointInTimeRecovery")["Enabled"]}
    encryption = bag.pop("ServerSideEncryption", None)
    if encryption:
        key = encryption["KmsKeyArn"]
        bag["SSESpecification"] = {"SSEEnabled": encryption["Enabled"], "SSEType": "KMS", "KMSMasterKeyId": key}
    return {
        **bag,
        "AttributeDefinitions": [
            {"AttributeName": each["Name"], "AttributeType": each["Type"]} for each in bag["AttributeDefinitions"]
        ],
        "KeySchema": [{"AttributeName": name, "KeyType": kind} for kind, name in keys],
        "PointInTimeRecoverySpecification": recovery,
        "TableName": name,
    }


def _access_point(bag: Bag) -> Bag:
    creation = {key: str(value) for key, value in bag["RootDirectory"]["CreationInfo"].items()}
    return {
        **bag,
        "PosixUser": {key: str(value) for key, value in bag["PosixUser"].items()},
        "RootDirectory": {**bag["RootDirectory"], "CreationInfo": creation},
    }


LUSTRE = ("CopyTagsToBackups", "DataCompressionType", "DeploymentType", "PerUnitStorageThroughput")


def _lustre(bag: Bag) -> Bag:
    configuration = {name: bag.pop(name) for name in LUSTRE}
    kind = {"FileSystemType": "LUSTRE", "LustreConfiguration": configuration}
    return {**bag, **kind, "SubnetIds": [bag["SubnetIds"]]}


def _flow_log(bag: Bag) -> Bag:
    return {**bag, "ResourceType": "VPC"}


SHAPES: Mapping[str, Shape] = {
    "aws:autoscaling/group:Group": Shape(
        type="AWS::AutoScaling::AutoScalingGroup",
        names={
            "name": "AutoScalingGroupName",
            "vpcZoneIdentifiers": "VPCZoneIdentifier",
            "waitForCapacityTimeout": None,
        },
        finish=_group,
    ),
    "aws:cloudwatch/logGroup:LogGroup": Shape(type="AWS::Logs::LogGroup", names={"name": "LogGroupName"}),
    "aws:dynamodb/table:Table": Shape(
        type="AWS::DynamoDB::Table",
        names={"attributes": "AttributeDefinitions", "ttl": "TimeToLiveSpecification"},
        finish=_table,
    ),
    "aws:ec2/eip:Eip": Shape(type="AWS::EC2::EIP"),
    "aws:ec2/flowLog:FlowLog": Shape(
        type="AWS::EC2::FlowLog",
        names={"vpcId": "ResourceId", "iamRoleArn": "DeliverLogsPermissionArn"},
        finish=_flow_log,
    ),
    "aws:ec2/internetGateway:InternetGateway": Shape(type="AWS::EC2::InternetGateway"),
    "aws:ec2/launchTemplate:LaunchTemplate": Shape(
        type="AWS::EC2::LaunchTemplate",
        names={"name": "LaunchTemplateName", "securityGroups": "Groups", "updateDefaultVersion": None},
        tags=None,
        finish=_launch_template,
    ),
    "aws:ec2/natGateway:NatGateway": Shape(type="AWS::EC2::NatGateway"),
    "aws:ec2/placementGroup:PlacementGroup": Shape(type="AWS::EC2::PlacementGroup", names={"name": None}),
    "aws:ec2/route:Route": Shape(type="AWS::EC2::Route"),
    "aws:ec2/routeTable:RouteTable": Shape(type="AWS::EC2::RouteTable"),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": Shape(type="AWS::EC2::SubnetRouteTableAssociation"),
    "aws:ec2/securityGroup:SecurityGroup": Shape(
        type="AWS::EC2::SecurityGroup", names={"name": "GroupName", "description": "GroupDescription"}
    ),
    "aws:ec2/subnet:Subnet": Shape(type="AWS::EC2::Subnet"),
    "aws:ec2/vpc:Vpc": Shape(type="AWS::EC2::VPC"),
    "aws:ec2/vpcEndpoint:VpcEndpoint": Shape(type="AWS::EC2::VPCEndpoint"),
    "aws:efs/accessPoint:AccessPoint": Shape(
        type="AWS::EFS::AccessPoint", tags="AccessPointTags", finish=_access_point
    ),
    "aws:efs/fileSystem:FileSystem": Shape(
        type="AWS::EFS::FileSystem", names={"creationToken": None}, tags="FileSystemTags"
    ),
    "aws:efs/mountTarget:MountTarget": Shape(type="AWS::EFS::MountTarget"),
    "aws:fsx/lustreFileSystem:LustreFileSystem": Shape(
        type="AWS::FSx::FileSystem", names={"skipFinalBackup": None, "finalBackupTags": None}, finish=_lustre
    ),
    "aws:iam/instanceProfile:InstanceProfile": Shape(
        type="AWS::IAM::InstanceProfile",
        names={"name": "InstanceProfileName", "role": "Roles"},
        tags=None,
        finish=lambda bag: {**bag, "Roles": [bag["Roles"]]},
    ),
    "aws:iam/policy:Policy": Shape(
        type="AWS::IAM::ManagedPolicy",
        names={"name": "ManagedPolicyName", "policy": "PolicyDocument"},
        tags=None,
        finish=_document("PolicyDocument"),
    ),
    "aws:iam/role:Role": Shape(
        type="AWS::IAM::Role",
        names={"name": "RoleName", "assumeRolePolicy": "AssumeRolePolicyDocument"},
        finish=_document("AssumeRolePolicyDocument"),
    ),
    "aws:kms/key:Key": Shape(
        type="AWS::KMS::Key",
        names={"policy": "KeyPolicy", "deletionWindowInDays": "PendingWindowInDays"},
        finish=_document("KeyPolicy"),
    ),
    "aws:s3/bucket:Bucket": Shape(type="AWS::S3::Bucket", names={"bucket": "BucketName", "forceDestroy": None}),
    "aws:s3/bucketPolicy:BucketPolicy": Shape(
        type="AWS::S3::BucketPolicy", names={"policy": "PolicyDocument"}, finish=_document("PolicyDocument")
    ),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": Shape(
        type="AWS::EC2::SecurityGroupEgress",
        names={
            "securityGroupId": "GroupId",
            "cidrIpv4": "CidrIp",
            "referencedSecurityGroupId": "DestinationSecurityGroupId",
            "prefixListId": "DestinationPrefixListId",
        },
        tags=None,
    ),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": Shape(
        type="AWS::EC2::SecurityGroupIngress",
        names={
            "securityGroupId": "GroupId",
            "cidrIpv4": "CidrIp",
            "referencedSecurityGroupId": "SourceSecurityGroupId",
            "prefixListId": "SourcePrefixListId",
        },
        tags=None,
    ),
}


def _encryption(inputs: Bag) -> Bag:
    names = {
        "applyServerSideEncryptionByDefault": "ServerSideEncryptionByDefault",
        "sseAlgorithm": "SSEAlgorithm",
        "kmsMasterKeyId": "KMSMasterKeyID",
    }
    return {"BucketEncryption": {"ServerSideEncryptionConfiguration": _renamed(inputs["rules"], names)}}


def _lifecycle(inputs: Bag) -> Bag:
    rules = _renamed(inputs["rules"], {"days": "TransitionInDays"})
    for rule in rules:
        prefix = rule.pop("Filter")["Prefix"]
        rule |= {"Prefix": prefix} if prefix else {}
    return {"LifecycleConfiguration": {"Rules": rules}}


def _access_block(inputs: Bag) -> Bag:
    flags = {key: value for key, value in inputs.items() if key != "bucket"}
    return {"PublicAccessBlockConfiguration": _renamed(flags, {})}


PARTS: Mapping[str, Callable[[Bag], tuple[str, Bag]]] = {
    "aws:efs/fileSystemPolicy:FileSystemPolicy": lambda part: (
        part["fileSystemId"],
        {"FileSystemPolicy": json.loads(part["policy"])},
    ),
    "aws:iam/rolePolicy:RolePolicy": lambda part: (
        part["role"],
        {"Policies": [{"PolicyName": part.get("name", "inline"), "PolicyDocument": json.loads(part["policy"])}]},
    ),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": lambda part: (
        part["role"],
        {"ManagedPolicyArns": [part["policyArn"]]},
    ),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": lambda part: (part["bucket"], _lifecycle(part)),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": lambda part: (
        part["bucket"],
        {"OwnershipControls": {"Rules": [_renamed(part["rule"], {})]}},
    ),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": lambda part: (part["bucket"], _access_block(part)),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": lambda part: (
        part["bucket"],
        _encryption(part),
    ),
    "aws:s3/bucketVersioning:BucketVersioning": lambda part: (
        part["bucket"],
        {"VersioningConfiguration": _renamed(part["versioningConfiguration"], {})},
    ),
}
"""Types that are properties of others: id of the other (name of a role), and what becomes of them."""
