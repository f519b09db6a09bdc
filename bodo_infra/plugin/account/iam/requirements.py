"""What AWS would check before it does what a resource's operation or a lookup asks for.

The tables ``needs_*`` say it per type; here they are put together and asked.
"""

from collections.abc import Mapping
from itertools import chain

from bodo_infra.errors import NotFoundError
from bodo_infra.plugin.account.iam import (
    needs_compute,
    needs_files,
    needs_identity,
    needs_keys,
    needs_network,
    needs_storage,
    needs_traffic,
)
from bodo_infra.plugin.account.iam.matching import Request
from bodo_infra.plugin.account.iam.needs_keys import parameter_arn
from bodo_infra.plugin.account.iam.steps import Found, Needs, Step, arn, asks, step
from bodo_infra.plugin.account.iam.subject import Bag, Look, Operation, Place, Subject, look_nowhere

TYPES: Mapping[str, Needs] = {
    **needs_identity.TYPES,
    **needs_keys.TYPES,
    **needs_network.TYPES,
    **needs_traffic.TYPES,
    **needs_compute.TYPES,
    **needs_storage.TYPES,
    **needs_files.TYPES,
}


def _asked_parameter(subject: Subject) -> Found:
    yield parameter_arn(subject, subject.text("name") or "*"), {}


def _asked_role(subject: Subject) -> Found:
    yield arn(subject, "iam:role/{}", subject.text("name") or "*"), {}


def _asked_policy(subject: Subject) -> Found:
    yield arn(subject, "iam:policy/{}", subject.text("arn") or subject.text("name") or "*"), {}


def _asked_bucket(subject: Subject) -> Found:
    yield arn(subject, "s3:{}", subject.text("bucket") or "*"), {}


# Lookups (Pulumi's invokes). An empty row: AWS asks for no right, or nothing is asked of AWS.
LOOKUPS: Mapping[str, tuple[Step, ...]] = {
    "aws:ec2/getAmi:getAmi": asks("ec2:DescribeImages"),
    "aws:ec2/getInstanceType:getInstanceType": asks("ec2:DescribeInstanceTypes"),
    "aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings": asks("ec2:DescribeInstanceTypeOfferings"),
    "aws:ec2/getLaunchTemplate:getLaunchTemplate": asks(
        "ec2:DescribeLaunchTemplates", "ec2:DescribeLaunchTemplateVersions"
    ),
    "aws:ec2/getNetworkInterface:getNetworkInterface": asks("ec2:DescribeNetworkInterfaces"),
    "aws:ec2/getNetworkInterfaces:getNetworkInterfaces": asks("ec2:DescribeNetworkInterfaces"),
    "aws:ec2/getManagedPrefixList:getManagedPrefixList": asks("ec2:DescribeManagedPrefixLists"),
    "aws:ec2/getPrefixList:getPrefixList": asks("ec2:DescribePrefixLists"),
    "aws:ec2/getRouteTable:getRouteTable": asks("ec2:DescribeRouteTables"),
    "aws:ec2/getRouteTables:getRouteTables": asks("ec2:DescribeRouteTables"),
    "aws:ec2/getSecurityGroup:getSecurityGroup": asks("ec2:DescribeSecurityGroups"),
    "aws:ec2/getSecurityGroups:getSecurityGroups": asks("ec2:DescribeSecurityGroups"),
    "aws:ec2/getSubnet:getSubnet": asks("ec2:DescribeSubnets"),
    "aws:ec2/getSubnets:getSubnets": asks("ec2:DescribeSubnets"),
    "aws:ec2/getVpc:getVpc": (
        *asks("ec2:DescribeVpcs", "ec2:DescribeRouteTables"),
        step(
            "ec2:DescribeVpcAttribute",
            lambda subject: iter([(arn(subject, "ec2:vpc/{}", subject.text("id") or "*"), {})]),
        ),
    ),
    "aws:ec2/getVpcs:getVpcs": asks("ec2:DescribeVpcs"),
    "aws:ec2/getVpcEndpoint:getVpcEndpoint": asks("ec2:DescribeVpcEndpoints", "ec2:DescribePrefixLists"),
    "aws:ec2/getVpcEndpointService:getVpcEndpointService": asks("ec2:DescribeVpcEndpointServices"),
    "aws:efs/getFileSystem:getFileSystem": (
        step("elasticfilesystem:DescribeFileSystems", needs_files.of_efs),
        step("elasticfilesystem:DescribeLifecycleConfiguration", needs_files.of_efs),
    ),
    "aws:iam/getPolicy:getPolicy": (step("iam:GetPolicy", _asked_policy), step("iam:GetPolicyVersion", _asked_policy)),
    "aws:iam/getPolicyDocument:getPolicyDocument": (),
    "aws:iam/getRole:getRole": (step("iam:GetRole", _asked_role),),
    "aws:iam/getRoles:getRoles": asks("iam:ListRoles"),
    "aws:index/getAvailabilityZone:getAvailabilityZone": asks("ec2:DescribeAvailabilityZones"),
    "aws:index/getAvailabilityZones:getAvailabilityZones": asks("ec2:DescribeAvailabilityZones"),
    # Nobody can be refused to learn who they are.
    "aws:index/getCallerIdentity:getCallerIdentity": (),
    "aws:index/getDefaultTags:getDefaultTags": (),
    "aws:index/getPartition:getPartition": (),
    "aws:index/getRegion:getRegion": (),
    "aws:index/getService:getService": (),
    "aws:s3/getBucket:getBucket": (step("s3:ListBucket", _asked_bucket), step("s3:GetBucketLocation", _asked_bucket)),
    "aws:ssm/getParameter:getParameter": (step("ssm:GetParameter", _asked_parameter),),
}


def requirements(
    token: str,
    operation: Operation,
    inputs: Bag,
    *,
    place: Place,
    outputs: Bag | None = None,
    old: Bag | None = None,
    look: Look = look_nowhere,
) -> tuple[Request, ...]:
    """What has to be allowed for ``operation`` on a resource, each action with its resource and condition keys.

    ``inputs``: as wanted (for delete and read: those it was made with).  ``outputs``: the state, with ``id``; None
    before creation.  ``old``: the inputs before an update.  ``look``: gives other resources, for their tags and roles.
    An id in an ARN is ``*`` where nobody knows it yet, as AWS writes it for what is about to be made. Raises
    NotFoundError for a type without a row.
    """
    needs = TYPES.get(token)
    if needs is None:
        raise NotFoundError(
            f"no rights are known for the resource type {token}", "Use a type that the offline account knows"
        )
    subject = Subject(
        token=token,
        operation=operation,
        inputs=inputs,
        outputs=outputs or {},
        old=old or {},
        place=place,
        look=look,
    )
    return _asked(needs.steps(operation), subject)


def lookup_requirements(token: str, args: Bag, *, place: Place, look: Look = look_nowhere) -> tuple[Request, ...]:
    """Like ``requirements``, for an invoke such as ``aws:ec2/getAmi:getAmi``."""
    steps = LOOKUPS.get(token)
    if steps is None:
        raise NotFoundError(f"no rights are known for the lookup {token}", "Use one that the offline account knows")
    subject = Subject(token=token, operation="read", inputs=args, outputs={}, old={}, place=place, look=look)
    return _asked(steps, subject)


def _asked(steps: tuple[Step, ...], subject: Subject) -> tuple[Request, ...]:
    """Each once: reading after creation may ask for what creating asked for already."""
    found = chain.from_iterable(each.requests(subject) for each in steps)
    return tuple({(request.action, request.resource): request for request in found}.values())
