"""Faults on demand: what a real account does at the worst moment, here when a test wants it.

They lie in the account's file, so that every plugin process meets them, and go away when they have struck ``times``.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from enum import Enum

from bodo_infra.errors import BodoInfraError
from bodo_infra.plugin.account.store import AccountStore, Verb

CRASH_EXIT_CODE = 70


class FaultKind(Enum):
    """What happens.

    NO_CAPACITY: instances cannot start.  QUOTA: a limit of the account is reached.  THROTTLED, TIMEOUT: the call fails
    and nothing was done.  HALF_MADE: it exists and is not ready.  NOT_VISIBLE: a read finds nothing, for a while.
    CRASH: the plugin's process ends after the resource was made and before anybody was told.  LATE_RIGHTS: what a role
    was allowed to do lately is not known everywhere yet; for callers with a role only.
    """

    NO_CAPACITY = "no-capacity"
    QUOTA = "quota"
    THROTTLED = "throttled"
    TIMEOUT = "timeout"
    HALF_MADE = "half-made"
    NOT_VISIBLE = "not-visible"
    CRASH = "crash"
    LATE_RIGHTS = "late-rights"


STRIKES_LATER = (FaultKind.HALF_MADE, FaultKind.NOT_VISIBLE, FaultKind.CRASH)
"""Kinds that do not forbid the call: they strike while it is done, or after."""


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
    ``verb``: None: each where the kind makes sense.  ``instance_type``, ``zone``: for NO_CAPACITY only; a zone as the
    cloud calls it.  ``times``: how often it strikes.
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


def take_fault(
    store: AccountStore, verb: Verb, type: str, name: str, wants_capacity: Callable[[Fault], bool], *, has_role: bool
) -> Fault | None:
    """The oldest fault that is meant for this call, counted down; None when all is well.

    ``wants_capacity``: whether the call asks for the machines that a fault speaks of.  ``has_role``: whether the caller
    goes by a role's rights, and is not the owner.
    """
    waiting = store.faults()
    if not waiting:
        return None
    with store.transaction():
        for number, text in store.faults().items():
            fault = Fault.from_json(text)
            if not _is_meant(fault, verb, type, name):
                continue
            if fault.kind is FaultKind.NO_CAPACITY and not wants_capacity(fault):
                continue
            if fault.kind is FaultKind.LATE_RIGHTS and not has_role:
                continue
            if fault.times > 1:
                store.put_fault(replace(fault, times=fault.times - 1).to_json(), number)
            else:
                store.remove_fault(number)
            return fault
    return None


def _is_meant(fault: Fault, verb: Verb, type: str, name: str) -> bool:
    verbs = (fault.verb,) if fault.verb else _VERBS.get(fault.kind, ("create", "read", "update", "delete"))
    return verb in verbs and fault.type in (None, type) and fault.name in (None, name)
