"""What Azure decides on a request: somebody's roles, where they are assigned, have to grant it; nothing denies.

https://learn.microsoft.com/azure/role-based-access-control/overview. Not modelled: deny assignments (only Azure itself
makes them), groups of Entra ID (an assignment to a group counts for the group), the minutes until a change works.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from bodo_infra.plans.arm_ids import lies_within
from bodo_infra.plugin.account.rbac.attributes import Attributes
from bodo_infra.plugin.account.rbac.expressions import (
    Expression,
    Facts,
    UnsupportedConditionError,
    failing_part,
    is_met,
)
from bodo_infra.plugin.account.rbac.permissions import Role

NEAREST = 3
"""Of the assignments that nearly allow a request, as many are told: more would hide the one that was meant."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """``action``: such as ``Microsoft.Network/virtualNetworks/write``.  ``resource``: the id it is asked for on.

    ``data``: it is an action on data.  ``linked_to``: the action and resource that ask for it, when the resource is one
    that another refers to.  ``attributes``, ``suboperation``: what conditions ask for.
    """

    action: str
    resource: str
    data: bool = False
    attributes: Attributes = field(default_factory=dict)
    suboperation: str = ""
    linked_to: tuple[str, str] | None = None


@dataclass(frozen=True, kw_only=True)
class Assignment:
    """A role for somebody. ``principal``: object id.  ``condition``: None when there is none."""

    principal: str
    role: Role
    scope: str
    condition: Expression | None = None

    @property
    def label(self) -> str:
        """How a person finds it."""
        return f"role {self.role.name} at {self.scope}"


@dataclass(frozen=True, kw_only=True)
class Decision:
    """``because``: the assignment that allows it, or what is missing: what a person needs to mend it."""

    allowed: bool
    because: str


def decide(principal: str, request: Request, assignments: Iterable[Assignment]) -> Decision:
    """Whether ``principal``, an object id, may. Assignments of others are passed over.

    Raises UnsupportedConditionError when it hangs on a condition, or a role, that cannot be evaluated here.
    """
    own = [each for each in assignments if each.principal.lower() == principal.lower()]
    unclear: UnsupportedConditionError | None = None
    reasons = []
    for assignment in own:
        try:
            mismatch = _mismatch(assignment, request)
        except UnsupportedConditionError as error:
            unclear = unclear or error
            continue
        if mismatch is None:
            return Decision(allowed=True, because=f"{_what(request)} is allowed by {assignment.label}")
        reasons.append((assignment, mismatch))
    if unclear is not None:
        raise unclear
    return Decision(allowed=False, because=_missing(principal, request, own, reasons))


def _mismatch(assignment: Assignment, request: Request) -> "_Mismatch | None":
    role = assignment.role
    in_scope = lies_within(request.resource, assignment.scope)
    if role.permissions is None and in_scope:
        raise UnsupportedConditionError(
            f"{assignment.label} of {assignment.principal}: what this role may do is not known here",
            "Use one of the roles that the offline account knows, or a role definition of your own",
        )
    if not role.grants(request.action, data=request.data):
        taken = role.names(request.action, data=request.data)
        name = "NotDataActions" if request.data else "NotActions"
        text = f"{assignment.label}: its {name} take {request.action} away" if taken else ""
        return _Mismatch(nearness=1 if taken else 0, text=text)
    if not in_scope:
        return _Mismatch(nearness=2, text=f"{assignment.label}: {request.resource} does not lie in this scope")
    if assignment.condition is None:
        return None
    facts = Facts(action=request.action, suboperation=request.suboperation, attributes=request.attributes)
    if is_met(assignment.condition, facts):
        return None
    part = failing_part(assignment.condition, facts)
    return _Mismatch(nearness=3, text=f"{assignment.label}: its condition does not hold: {part}{_given(request)}")


@dataclass(frozen=True, kw_only=True)
class _Mismatch:
    """``nearness``: 0 when the role has nothing to do with the action; the more, the more of it fits."""

    nearness: int
    text: str


def _missing(
    principal: str, request: Request, own: Sequence[Assignment], reasons: Sequence[tuple[Assignment, _Mismatch]]
) -> str:
    near = sorted((each for _, each in reasons if each.nearness), key=lambda each: -each.nearness)
    if near:
        text = "; ".join(each.text for each in near[:NEAREST])
    elif own:
        text = f"none of its roles grants it ({'; '.join(each.label for each in own[:NEAREST])})"
    else:
        text = "it has no role assignment"
    return f"{_what(request)} is not allowed to {principal}: {text}"


def _what(request: Request) -> str:
    kind = "data action " if request.data else ""
    return f"{kind}{request.action} on {request.resource}"


def _given(request: Request) -> str:
    """What the condition was asked with."""
    told = ", ".join(_pairs(request))
    return f" (the request has {told})" if told else ""


def _pairs(request: Request) -> Iterator[str]:
    if request.suboperation:
        yield f"suboperation {request.suboperation}"
    for key, values in request.attributes.items():
        yield f"{key} {'nothing' if values is None else ', '.join(values)}"
