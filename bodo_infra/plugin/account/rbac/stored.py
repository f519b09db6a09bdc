"""Roles and their assignments as the account's rows have them."""

from collections.abc import Iterator, Mapping

from bodo_infra.catalog import azure_roles
from bodo_infra.plugin.account.rbac.built_in import BUILT_IN
from bodo_infra.plugin.account.rbac.evaluate import Assignment
from bodo_infra.plugin.account.rbac.grammar import parse_condition
from bodo_infra.plugin.account.rbac.permissions import Role, read_permissions, role_guid
from bodo_infra.plugin.account.store import AccountStore, Row

ROLE_DEFINITION = "azure-native:authorization:RoleDefinition"
ROLE_ASSIGNMENT = "azure-native:authorization:RoleAssignment"
IDENTITY = "azure-native:managedidentity:UserAssignedIdentity"

_NAMES = {guid: name for name, guid in azure_roles.BUILT_IN.items()}


def assignments_in(store: AccountStore, principal: str | None = None) -> tuple[Assignment, ...]:
    """All assignments, or those of one principal, by its object id. Raises ConditionError for a misspelt condition."""
    rows = store.of_type(ROLE_ASSIGNMENT)
    wanted = [row for row in rows if principal is None or _of(row, "principalId").lower() == principal.lower()]
    roles = {role.guid: role for role in roles_in(store)} if wanted else {}
    return tuple(_assignment(row, roles) for row in wanted)


def roles_in(store: AccountStore) -> Iterator[Role]:
    """The account's own roles; Azure's are there without rows."""
    for row in store.of_type(ROLE_DEFINITION):
        guid = role_guid(row.id)
        name = _of(row, "roleName") or guid
        yield Role(guid=guid, name=name, permissions=read_permissions(row.inputs.get("permissions")))


def object_id_of(store: AccountStore, who: Row | str) -> str:
    """The object id of an identity, or of what has one of its own, or of a client id. Empty: the row is nobody.

    Service principals have one id for both here.
    """
    if isinstance(who, Row):
        own = who.outputs.get("identity") or {}
        return str(who.outputs.get("principalId") or own.get("principalId") or "")
    identities = (row for row in store.of_type(IDENTITY) if row.outputs.get("clientId") == who)
    return next((str(row.outputs["principalId"]) for row in identities), who)


def _assignment(row: Row, roles: Mapping[str, Role]) -> Assignment:
    guid = role_guid(_of(row, "roleDefinitionId"))
    unknown = Role(guid=guid, name=_NAMES.get(guid, guid), permissions=None)
    condition = _of(row, "condition")
    scope = _of(row, "scope") or row.id.rpartition("/providers/")[0]
    return Assignment(
        principal=_of(row, "principalId"),
        role=roles.get(guid) or BUILT_IN.get(guid) or unknown,
        scope=f"/{scope.strip('/')}",  # programs may leave the first slash out
        condition=parse_condition(condition) if condition else None,
    )


def _of(row: Row, name: str) -> str:
    value = row.inputs.get(name)
    return value if isinstance(value, str) else ""
