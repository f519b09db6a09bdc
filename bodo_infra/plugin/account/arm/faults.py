"""Faults in ARM's words, and which requests ask for machines."""

from bodo_infra.catalog import short_location
from bodo_infra.plugin.account.access import Operation
from bodo_infra.plugin.account.arm import tokens as t
from bodo_infra.plugin.account.arm.machines import capacity_of
from bodo_infra.plugin.account.arm.table import arm_type
from bodo_infra.plugin.account.arm.view import values_of
from bodo_infra.plugin.account.faults import Fault, FaultKind
from bodo_infra.plugin.wire_codec import Bag

_COMPUTE = (t.SCALE_SET, t.MACHINE)


def describe(fault: Fault, operation: Operation, caller: str) -> str:
    """What ARM would say."""
    if fault.kind is FaultKind.TIMEOUT:
        return f"context deadline exceeded while doing {operation.verb} on {operation.id}; nothing was done"
    status, code, message = _answer(fault, operation, caller)
    return f'Status={status} Code="{code}" Message="{message}"'


def wants_capacity(fault: Fault, operation: Operation) -> bool:
    """Whether a request asks for the machines that the fault speaks of."""
    inputs, location = operation.inputs, operation.inputs.get("location") or operation.outputs.get("location")
    if operation.token not in _COMPUTE or (operation.token == t.SCALE_SET and capacity_of(inputs) == 0):
        return False
    if operation.verb == "update" and capacity_of(inputs) <= capacity_of(operation.old_inputs):
        return False
    size = values_of(inputs, "sku", "name") or values_of(inputs, "hardwareProfile", "vmSize")
    zones = {short_location(str(location)), *(inputs.get("zones") or ())}
    return fault.instance_type in (None, size) and (fault.zone is None or fault.zone in zones)


def stays_behind(fault: Fault) -> bool:
    """Whether the thing exists all the same, in the state Failed."""
    return fault.kind is FaultKind.NO_CAPACITY


def _answer(fault: Fault, operation: Operation, caller: str) -> tuple[int, str, str]:
    kind, inputs = arm_type(operation.token).type, operation.inputs
    match fault.kind:
        case FaultKind.NO_CAPACITY:
            return _no_capacity(inputs)
        case FaultKind.QUOTA if operation.token in _COMPUTE:
            text = (
                "Operation could not be completed as it results in exceeding approved Total Regional Cores quota. "
                f"Additional details - Deployment Model: Resource Manager, Location: {inputs.get('location')}."
            )
            return 409, "OperationNotAllowed", text
        case FaultKind.QUOTA:
            return 409, "QuotaExceeded", f"The quota of {kind} in this subscription is reached."
        case FaultKind.THROTTLED:
            text = "The request is being throttled as the limit has been reached for this operation."
            return 429, "TooManyRequests", f"{text} ({kind})"
        case FaultKind.LATE_RIGHTS:
            verb = {"create": "write", "update": "write"}.get(operation.verb, operation.verb)
            text = (
                f"The client '{caller}' with object id '{caller}' does not have authorization to perform action "
                f"'{kind}/{verb}' over scope '{operation.id}' or the scope is invalid. If access was recently granted, "
                "please refresh your credentials."
            )
            return 403, "AuthorizationFailed", text
        case _:
            return (
                409,
                "InternalExecutionError",
                "An internal execution error occurred. The resource is in state Failed.",
            )


def _no_capacity(inputs: Bag) -> tuple[int, str, str]:
    spot = "Spot" in (values_of(inputs, "virtualMachineProfile", "priority"), inputs.get("priority"))
    if spot or inputs.get("zones") or inputs.get("proximityPlacementGroup"):
        text = (
            "Allocation failed. VM(s) with the following constraints cannot be allocated, because the condition is too "
            "restrictive. Please remove some constraints and try again."
        )
        return 409, "OverconstrainedAllocationRequest", text
    text = "Allocation failed. We do not have sufficient capacity for the requested VM size in this region."
    return 409, "AllocationFailed", text
