"""Faults on demand: what a real account does at the worst moment, here when a test wants it.

They lie in the account's file, so that every plugin process meets them, and go away when they have struck ``times``.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from enum import Enum

from bodo_infra.errors import BodoInfraError
from bodo_infra.plugin.account.paths import follow
from bodo_infra.plugin.account.rules.compute import template_of
from bodo_infra.plugin.account.rules.tokens import AUTOSCALING_GROUP, INSTANCE, SUBNET
from bodo_infra.plugin.account.store import AccountStore, Verb
from bodo_infra.plugin.account.view import View
from bodo_infra.plugin.wire_codec import Bag


class FaultKind(Enum):
    """What happens.

    NO_CAPACITY: instances cannot start.  QUOTA: a limit of the account is reached.  THROTTLED, TIMEOUT: the call fails
    and nothing was done.  HALF_MADE: it exists and is not ready.  NOT_VISIBLE: a read finds nothing, for a while.
    CRASH: the plugin's process ends after the resource was made and before anybody was told.
    """

    NO_CAPACITY = "no-capacity"
    QUOTA = "quota"
    THROTTLED = "throttled"
    TIMEOUT = "timeout"
    HALF_MADE = "half-made"
    NOT_VISIBLE = "not-visible"
    CRASH = "crash"


_TEXTS = {
    FaultKind.NO_CAPACITY: "InsufficientInstanceCapacity: there is no capacity for {what} in {zone}",
    FaultKind.QUOTA: "LimitExceeded: the quota of {what} is reached",
    FaultKind.THROTTLED: "Throttling: rate exceeded while {verb} {what}",
    FaultKind.TIMEOUT: "RequestTimeout: no answer while {verb} {what}; nothing was done",
}

_VERBS: Mapping[FaultKind, tuple[Verb, ...]] = {
    FaultKind.NO_CAPACITY: ("create", "update"),
    FaultKind.QUOTA: ("create",),
    FaultKind.HALF_MADE: ("create",),
    FaultKind.NOT_VISIBLE: ("read",),
    FaultKind.CRASH: ("create",),
}


class FaultError(BodoInfraError):
    """A fault has struck."""


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One fault that lies in wait.

    ``type``: the resource type it is for, None: all.  ``name``: the resource's name in the program, None: all.
    ``verb``: None: each where the kind makes sense.  ``instance_type``, ``zone``: for NO_CAPACITY only; a zone by name
    or id.  ``times``: how often it strikes.
    """

    kind: FaultKind
    type: str | None = None
    name: str | None = None
    verb: Verb | None = None
    instance_type: str | None = None
    zone: str | None = None
    times: int = 1

    def to_json(self) -> str:
        """As the account's file keeps it."""
        return json.dumps({**asdict(self), "kind": self.kind.value})

    @classmethod
    def from_json(cls, text: str) -> "Fault":
        """The fault of a text that ``to_json`` made."""
        values = json.loads(text)
        return cls(**{**values, "kind": FaultKind(values["kind"])})


def take_fault(store: AccountStore, verb: Verb, type: str, name: str, inputs: Bag, view: View) -> Fault | None:
    """The oldest fault that is meant for this call, counted down; None when all is well."""
    waiting = store.faults()
    if not waiting:
        return None
    with store.transaction():
        for number, text in store.faults().items():
            fault = Fault.from_json(text)
            if not _is_meant(fault, verb, type, name, inputs, view):
                continue
            if fault.times > 1:
                store.put_fault(replace(fault, times=fault.times - 1).to_json(), number)
            else:
                store.remove_fault(number)
            return fault
    return None


def describe(fault: Fault, verb: Verb, type: str) -> str:
    """What AWS would say."""
    doing = {"create": "creating", "update": "updating", "delete": "deleting", "read": "reading"}.get(verb, verb)
    what = fault.instance_type or type.rpartition(":")[2]
    text = _TEXTS.get(fault.kind, "the resource exists, but did not become ready")
    return text.format(what=what, zone=fault.zone or "any zone", verb=doing)


def _is_meant(fault: Fault, verb: Verb, type: str, name: str, inputs: Bag, view: View) -> bool:
    verbs = (fault.verb,) if fault.verb else _VERBS.get(fault.kind, ("create", "read", "update", "delete"))
    if verb not in verbs or fault.type not in (None, type) or fault.name not in (None, name):
        return False
    return fault.kind is not FaultKind.NO_CAPACITY or _wants_capacity(fault, type, inputs, view)


def _wants_capacity(fault: Fault, type: str, inputs: Bag, view: View) -> bool:
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


_ZONE_NAMES = ("availabilityZone", "availabilityZoneId")
