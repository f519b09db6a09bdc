"""A provider with a client id may do what that principal's roles allow, and is told in Azure's words what it lacks.

Without a client id the provider is the owner of the subscription, who may do all.
"""

from typing import Protocol

from bodo_infra.plugin.account.access import DeniedError, Guard, Operation
from bodo_infra.plugin.account.rbac.evaluate import Decision, Request, decide
from bodo_infra.plugin.account.rbac.requirements import lookup_requirements, requirements
from bodo_infra.plugin.account.rbac.stored import assignments_in, object_id_of
from bodo_infra.plugin.account.store import AccountStore, Asked

DATA = "dataAction"
"""Key in what is noted of a request on data, beside the attributes that conditions may ask for."""


class Caller(Protocol):
    """What of a provider's settings says who it works as. ``client_id``: None for the owner."""

    @property
    def client_id(self) -> str | None: ...


def rbac_session(store: AccountStore, settings: Caller) -> Guard:
    """The guard of the principal with the provider's client id; it allows everything when there is none."""
    client = settings.client_id
    if not client:
        return lambda operation: None

    def guard(operation: Operation) -> None:
        # Read anew each time: what this very program does may change what it may do.
        principal = object_id_of(store, client)
        assignments = assignments_in(store, principal)
        for request in _requests(operation):
            decision = decide(principal, request, assignments)
            _note(store, principal, request, decision)
            if not decision.allowed:
                raise DeniedError(
                    f"{_refusal(client, principal, request)} ({decision.because})",
                    "Give the principal a role that grants it there, or do without it",
                )

    return guard


def _requests(operation: Operation) -> tuple[Request, ...]:
    if operation.verb == "invoke":
        return lookup_requirements(operation.token, id=operation.id)
    return requirements(operation.token, operation.verb, operation.inputs, id=operation.id)


def _note(store: AccountStore, principal: str, request: Request, decision: Decision) -> None:
    context = {**({DATA: "true"} if request.data else {}), **request.attributes}
    store.note_asked(
        Asked(
            role=principal,
            action=request.action,
            resource=request.resource,
            context=context,
            allowed=decision.allowed,
        )
    )


def _refusal(client: str, principal: str, request: Request) -> str:
    who = f"The client '{client}' with object id '{principal}'"
    if request.linked_to:
        action, resource = request.linked_to
        return (
            f'Status=403 Code="LinkedAuthorizationFailed" Message="{who} has permission to perform action \'{action}\' '
            f"on scope '{resource}'; however, it does not have permission to perform action '{request.action}' on the "
            f"linked scope(s) '{request.resource}' or the linked scope(s) are invalid.\""
        )
    if request.data and request.action.startswith("Microsoft.KeyVault/"):
        return (
            'Status=403 Code="Forbidden" Message="Caller is not authorized to perform action on resource. '
            f"Action: '{request.action}' Resource: '{request.resource}'\" InnerError=\"ForbiddenByRbac\""
        )
    if request.data:
        return (
            'Status=403 Code="AuthorizationPermissionMismatch" Message="This request is not authorized to perform '
            'this operation using this permission."'
        )
    return (
        f'Status=403 Code="AuthorizationFailed" Message="{who} does not have authorization to perform action '
        f"'{request.action}' over scope '{request.resource}' or the scope is invalid. If access was recently granted, "
        'please refresh your credentials."'
    )
