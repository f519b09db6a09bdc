"""What groups, roles, their assignments and identities need."""

from collections.abc import Iterable, Mapping

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


def _text(subject: Subject, name: str) -> str:
    value = subject.inputs.get(name)
    return value if isinstance(value, str) else ""


def _wanted(subject: Subject) -> Attributes:
    return of_assignment(
        "Request",
        role=role_guid(_text(subject, "roleDefinitionId")),
        principal=_text(subject, "principalId"),
        principal_type=_text(subject, "principalType"),
    )


def _present(subject: Subject) -> Attributes:
    return of_assignment(
        "Resource",
        role=role_guid(_text(subject, "roleDefinitionId")),
        principal=_text(subject, "principalId"),
        principal_type=_text(subject, "principalType"),
    )


def _assignable_scopes(subject: Subject) -> Iterable[str]:
    """A role has to be writable wherever it can be assigned:
    https://learn.microsoft.com/azure/role-based-access-control/custom-roles"""
    scopes = subject.inputs.get("assignableScopes")
    guid = role_guid(subject.id)
    return [
        f"{scope.rstrip('/')}/providers/{_DEFINITIONS}/{guid}"
        for scope in (scopes if isinstance(scopes, list | tuple) else ())
        if isinstance(scope, str)
    ]


_ROLE_DEFINITION = Needs(
    write=(
        Step(action=f"{_DEFINITIONS}/write", on=own),
        Step(action=f"{_DEFINITIONS}/write", on=_assignable_scopes),
    ),
    read=(Step(action=f"{_DEFINITIONS}/read", on=own),),
    delete=(
        Step(action=f"{_DEFINITIONS}/delete", on=own),
        Step(action=f"{_DEFINITIONS}/delete", on=_assignable_scopes),
    ),
)

# Whoever makes an assignment need not be able to read the role: of built-in ones nobody needs rights.
_ROLE_ASSIGNMENT = Needs(
    write=(Step(action=WRITE_ASSIGNMENT, on=own, carry=_wanted),),
    read=(Step(action=f"{ASSIGNMENTS}/read", on=own),),
    delete=(Step(action=DELETE_ASSIGNMENT, on=own, carry=_present),),
)

TYPES: Mapping[str, Needs] = {
    "azure-native:resources:ResourceGroup": plain("Microsoft.Resources/subscriptions/resourceGroups"),
    "azure-native:authorization:RoleDefinition": _ROLE_DEFINITION,
    "azure-native:authorization:RoleAssignment": _ROLE_ASSIGNMENT,
    "azure-native:managedidentity:UserAssignedIdentity": plain("Microsoft.ManagedIdentity/userAssignedIdentities"),
}
