"""Which input names which other resource, and what that means for the other one's end.

Beside this table every whole text in an input that has the form of an id (``vpc-...``), or of an ARN of this account,
must name something that exists.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from bodo_infra.plugin.account.paths import follow
from bodo_infra.plugin.account.rules import tokens as t
from bodo_infra.plugin.account.store import Link, Row, key_of
from bodo_infra.plugin.account.view import ACCOUNT_ID, View
from bodo_infra.plugin.handler import Failure
from bodo_infra.plugin.wire_codec import Bag, Secret, Value


class Kind(Enum):
    """What a reference means for the end of the one that is named.

    HOLDS: it cannot go before.  PART: this one goes with it.  NAMES: nothing.
    """

    HOLDS = "holds"
    PART = "part"
    NAMES = "names"


@dataclass(frozen=True, slots=True)
class Reference:
    """An input that names one of ``targets`` by id, ARN or name."""

    path: str
    targets: tuple[str, ...]
    kind: Kind


def _holds(path: str, *targets: str) -> Reference:
    return Reference(path, targets, Kind.HOLDS)


def _part(path: str, *targets: str) -> Reference:
    return Reference(path, targets, Kind.PART)


def _names(path: str, *targets: str) -> Reference:
    return Reference(path, targets, Kind.NAMES)


_RULE = (_part("securityGroupId", t.SECURITY_GROUP), _holds("referencedSecurityGroupId", t.SECURITY_GROUP))

REFERENCES: Mapping[str, tuple[Reference, ...]] = {
    t.SUBNET: (_holds("vpcId", t.VPC),),
    t.SECURITY_GROUP: (_holds("vpcId", t.VPC),),
    t.INGRESS_RULE: _RULE,
    t.EGRESS_RULE: _RULE,
    t.INTERNET_GATEWAY: (_holds("vpcId", t.VPC),),
    t.NAT_GATEWAY: (_holds("subnetId", t.SUBNET), _holds("allocationId", t.EIP)),
    t.ROUTE_TABLE: (_holds("vpcId", t.VPC), _names("routes.gatewayId", t.INTERNET_GATEWAY)),
    t.ROUTE: (_part("routeTableId", t.ROUTE_TABLE),),  # what a route led to may go: it becomes a blackhole
    t.ROUTE_TABLE_ASSOCIATION: (_part("routeTableId", t.ROUTE_TABLE), _part("subnetId", t.SUBNET)),
    t.VPC_ENDPOINT: (
        _holds("vpcId", t.VPC),
        _holds("subnetIds", t.SUBNET),
        _holds("securityGroupIds", t.SECURITY_GROUP),
    ),
    t.FLOW_LOG: (_part("vpcId", t.VPC), _part("subnetId", t.SUBNET)),
    t.NETWORK_INTERFACE: (_holds("subnetId", t.SUBNET), _holds("securityGroups", t.SECURITY_GROUP)),
    t.LAUNCH_TEMPLATE: (
        _names("iamInstanceProfile.name", t.INSTANCE_PROFILE),
        _names("iamInstanceProfile.arn", t.INSTANCE_PROFILE),
        _names("keyName", t.KEY_PAIR),
        _names("placement.groupName", t.PLACEMENT_GROUP),
    ),
    t.INSTANCE: (
        _holds("subnetId", t.SUBNET),
        _holds("vpcSecurityGroupIds", t.SECURITY_GROUP),
        _holds("placementGroup", t.PLACEMENT_GROUP),
        _names("iamInstanceProfile", t.INSTANCE_PROFILE),
        _names("keyName", t.KEY_PAIR),
        _names("launchTemplate.name", t.LAUNCH_TEMPLATE),
    ),
    t.AUTOSCALING_GROUP: (
        _holds("vpcZoneIdentifiers", t.SUBNET),
        _holds("placementGroup", t.PLACEMENT_GROUP),
        _names("launchTemplate.name", t.LAUNCH_TEMPLATE),
    ),
    t.AUTOSCALING_SCHEDULE: (_part("autoscalingGroupName", t.AUTOSCALING_GROUP),),
    t.LIFECYCLE_HOOK: (_part("autoscalingGroupName", t.AUTOSCALING_GROUP),),
    t.INSTANCE_STATE: (_part("instanceId", t.INSTANCE),),
    t.ROLE_POLICY: (_holds("role", t.ROLE),),
    t.ROLE_POLICY_ATTACHMENT: (_holds("role", t.ROLE), _holds("policyArn", t.POLICY)),
    t.INSTANCE_PROFILE: (_names("role", t.ROLE),),
    t.ALIAS: (_part("targetKeyId", t.KEY),),
    t.SECRET_VERSION: (_part("secretId", t.SECRET),),
    **{setting: (_part("bucket", t.BUCKET),) for setting in t.BUCKET_SETTINGS},
    **{item: (_holds("bucket", t.BUCKET),) for item in t.BUCKET_OBJECTS},
    t.MOUNT_TARGET: (
        _holds("fileSystemId", t.EFS),
        _holds("subnetId", t.SUBNET),
        _holds("securityGroups", t.SECURITY_GROUP),
    ),
    t.ACCESS_POINT: (_part("fileSystemId", t.EFS),),
    t.EFS_POLICY: (_part("fileSystemId", t.EFS),),
    t.EFS_BACKUP: (_part("fileSystemId", t.EFS),),
    t.LUSTRE: (
        _names("backupId", t.LUSTRE_BACKUP),
        _holds("subnetIds", t.SUBNET),
        _holds("securityGroupIds", t.SECURITY_GROUP),
    ),
    t.FUNCTION: (
        _holds("vpcConfig.subnetIds", t.SUBNET),
        _holds("vpcConfig.securityGroupIds", t.SECURITY_GROUP),
    ),
    t.PERMISSION: (_part("function", t.FUNCTION),),
    t.EVENT_TARGET: (_holds("rule", t.EVENT_RULE),),
    t.SCHEDULE: (_part("groupName", t.SCHEDULE_GROUP),),
}

_ID = re.compile(
    r"(vpc|subnet|sg|sgr|igw|nat|eipalloc|rtb|rtbassoc|vpce|eni|lt|i|fs|fsap|fsmt)-([0-9a-f]{8}|[0-9a-f]{17})"
)
_ARN = re.compile(rf"arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:{ACCOUNT_ID}:[^*?]+")
_MADE_BY_AWS = (":role/aws-service-role/", ":root", ":alias/aws/", ":key/alias/")
_ALWAYS_THERE = {"groupName": "default"}  # every account has this group of schedules


def find_links(type: str, inputs: Bag, view: View, row: tuple[str, str, str]) -> tuple[list[Link], list[Failure]]:
    """What a resource uses, and the references that lead nowhere. Unknown ones pass."""
    links: dict[tuple[str, str, str], Link] = {}
    failures = []
    told = set()
    for reference in REFERENCES.get(type, ()):
        for where, value in follow(inputs, reference.path):
            told.add(where)
            target = next((found for kind in reference.targets if (found := view.find(kind, value))), None)
            if target is not None:
                links.setdefault(key_of(target), _link(row, target, where, reference.kind))
            elif _must_exist(reference, value):
                failures.append(Failure(name=where, reason=_nothing(value, reference.targets)))
    for where, value in _texts(inputs, ""):
        if where in told or not (_ID.fullmatch(value) or _is_own_arn(value)):
            continue
        target = _find_any(value, view)
        if target is not None:
            links.setdefault(key_of(target), _link(row, target, where, Kind.NAMES))
        elif not _comes_with_a_vpc(value, view):
            failures.append(Failure(name=where, reason=_nothing(value, ())))
    return list(links.values()), failures


def _must_exist(reference: Reference, value: Value) -> bool:
    foreign = isinstance(value, str) and value.startswith("arn:") and ACCOUNT_ID not in value
    return not foreign and _ALWAYS_THERE.get(reference.path) != value


def _nothing(value: Value, targets: tuple[str, ...]) -> str:
    what = " or ".join(target.rpartition(":")[2] for target in targets)
    return f"{value!r} names no {what} in the offline account" if what else f"{value!r} is not in the offline account"


def _link(user: tuple[str, str, str], target: Row, path: str, kind: Kind) -> Link:
    return Link(user=user, target=key_of(target), path=path, kind=kind.value)


def _texts(value: Value, where: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Secret):
        return
    if isinstance(value, str):
        yield where, value
    elif isinstance(value, Mapping):
        for name, item in value.items():
            if name not in ("tags", "__defaults"):
                yield from _texts(item, f"{where}.{name}" if where else name)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _texts(item, f"{where}[{index}]")


def _is_own_arn(value: str) -> bool:
    return bool(_ARN.fullmatch(value)) and not any(mark in value for mark in _MADE_BY_AWS)


def _find_any(value: str, view: View) -> Row | None:
    if value.startswith("arn:"):
        # An ARN may lead deeper than the resource: a function's version, all streams of a log group.
        while value.count(":") >= 5:
            found = view.store.find(arn=value)
            if found:
                return found[0]
            value = value.rpartition(":")[0]
        return None
    return next((row for row in view.store.find(id=value) if row.region in (view.region, "")), None)


def _comes_with_a_vpc(value: str, view: View) -> bool:
    """Whether this is one of the things that AWS makes together with a VPC."""
    made = ("defaultSecurityGroupId", "defaultRouteTableId", "defaultNetworkAclId")
    return any(value == vpc.outputs.get(name) for vpc in view.store.of_type(t.VPC) for name in made)
