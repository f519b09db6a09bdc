"""Faults in the words of AWS, and which calls of AWS ask for machines."""

from bodo_infra.plugin.account.faults import Fault, FaultKind
from bodo_infra.plugin.account.paths import follow
from bodo_infra.plugin.account.rules.compute import template_of
from bodo_infra.plugin.account.rules.tokens import AUTOSCALING_GROUP, INSTANCE, SUBNET
from bodo_infra.plugin.account.store import Verb
from bodo_infra.plugin.account.view import View
from bodo_infra.plugin.wire_codec import Bag

_TEXTS = {
    FaultKind.NO_CAPACITY: "InsufficientInstanceCapacity: there is no capacity for {what} in {zone}",
    FaultKind.QUOTA: "LimitExceeded: the quota of {what} is reached",
    FaultKind.THROTTLED: "Throttling: rate exceeded while {verb} {what}",
    FaultKind.TIMEOUT: "RequestTimeout: no answer while {verb} {what}; nothing was done",
    FaultKind.LATE_RIGHTS: "AccessDenied: while {verb} {what}; what the role may do lately is not known everywhere yet",
}

_ZONE_NAMES = ("availabilityZone", "availabilityZoneId")


def describe(fault: Fault, verb: Verb, type: str) -> str:
    """What AWS would say."""
    doing = {"create": "creating", "update": "updating", "delete": "deleting", "read": "reading"}.get(verb, verb)
    what = fault.instance_type or type.rpartition(":")[2]
    text = _TEXTS.get(fault.kind, "the resource exists, but did not become ready")
    return text.format(what=what, zone=fault.zone or "any zone", verb=doing)


def wants_capacity(fault: Fault, type: str, inputs: Bag, view: View) -> bool:
    """Whether a call asks for the machines that the fault speaks of."""
    if type not in (INSTANCE, AUTOSCALING_GROUP):
        return False
    if type == AUTOSCALING_GROUP and inputs.get("desiredCapacity", inputs.get("minSize")) == 0:
        return False
    template = template_of(inputs, view)
    name = inputs.get("instanceType") or (template.inputs.get("instanceType") if template else None)
    paths = ("subnetId", "vpcZoneIdentifiers")
    subnets = [view.find(SUBNET, value) for path in paths for _, value in follow(inputs, path)]
    zones = {subnet.outputs.get(key) for subnet in subnets if subnet for key in _ZONE_NAMES}
    return fault.instance_type in (None, name) and (fault.zone is None or fault.zone in zones)
