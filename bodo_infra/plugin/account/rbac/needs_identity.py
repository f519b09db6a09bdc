"""What groups, roles, their assignments and identities need."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Literal

from bodo_infra.plugin.account.rbac.attributes import (
    ASSIGNMENTS,
    DELETE_ASSIGNMENT,
    WRITE_ASSIGNMENT,
    Attributes,
    of_assignment,
)
from bodo_infra.plugin.account.rbac.permissions import role_guid
from bodo_infra.plugin.account.rbac.steps import Needs, Step, Subject, own, plain

_DEFINITIONS = "Microsoft.Authorization/roleDefinitions"
_IDENTITIES = "Microsoft.ManagedIdentity/userAssignedIdentities"


def _text(subject: Subject, name: str) -> str:
    value = subject.inputs.get(name)
    return value if isinstance(value, str) else ""


def _carried(source: Literal["Request", "Resource"], subject: Subject) -> Attributes:
    return of_assignment(
        source,
        role=role_guid(_text(subject, "roleDefinitionId")),
        principal=_text(subject, "principalId"),
        principal_type=_text(subject, "principalType"),
    )


def _where_defined(subject: Subject) -> Iterable[str]:
    """Under the scope that the program names; the id that Azure answers with is the subscription's."""
    scope = _text(subject, "scope")
    return (_definition(scope, subject) if scope else subject.id,)


def _assignable_scopes(subject: Subject) -> Iterable[str]:
    """A role has to be writable wherever it can be assigned:
    https://learn.microsoft.com/azure/role-based-access-control/custom-roles"""
    scopes = subject.inputs.get("assignableScopes")
    texts = scopes if isinstance(scopes, list | tuple) else ()
    return [_definition(scope, subject) for scope in texts if isinstance(scope, str)]


def _definition(scope: str, subject: Subject) -> str:
    return f"/{scope.strip('/')}/providers/{_DEFINITIONS}/{role_guid(subject.id)}"


def _on_definition(word: str) -> tuple[Step, ...]:
    return tuple(Step(action=f"{_DEFINITIONS}/{word}", on=target) for target in (_where_defined, _assignable_scopes))


_ROLE_DEFINITION = Needs(
    write=_on_definition("write"),
    read=(Step(action=f"{_DEFINITIONS}/read", on=_where_defined),),
    delete=_on_definition("delete"),
)

# Whoever makes an assignment need not be able to read the role: of built-in ones nobody needs rights.
_ROLE_ASSIGNMENT = Needs(
    write=(Step(action=WRITE_ASSIGNMENT, on=own, carry=partial(_carried, "Request")),),
    read=(Step(action=f"{ASSIGNMENTS}/read", on=own),),
    delete=(Step(action=DELETE_ASSIGNMENT, on=own, carry=partial(_carried, "Resource")),),
)

TYPES: Mapping[str, Needs] = {
    "azure-native:resources:ResourceGroup": plain("Microsoft.Resources/subscriptions/resourceGroups"),
    "azure-native:authorization:RoleDefinition": _ROLE_DEFINITION,
    "azure-native:authorization:RoleAssignment": _ROLE_ASSIGNMENT,
    "azure-native:managedidentity:UserAssignedIdentity": plain(_IDENTITIES),
    "azure-native:managedidentity:FederatedIdentityCredential": plain(f"{_IDENTITIES}/federatedIdentityCredentials"),
}
