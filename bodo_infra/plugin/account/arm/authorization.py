"""Rules of role definitions and role assignments."""

import re
from collections.abc import Iterator

from bodo_infra.catalog import azure_roles
from bodo_infra.plans.arm_ids import lies_within, parse_arm_id, same_id
from bodo_infra.plugin.account.arm import tokens as t
from bodo_infra.plugin.account.arm.errors import Refusal, bad, conflict, missing
from bodo_infra.plugin.account.arm.settings import IDENTITY_START, OWN_IDENTITY_START, OWNER_ID, SUBSCRIPTION_ID
from bodo_infra.plugin.account.arm.view import ArmView
from bodo_infra.plugin.account.rbac.built_in import BUILT_IN
from bodo_infra.plugin.account.store import Row
from bodo_infra.plugin.wire_codec import Bag

SUBSCRIPTION = f"/subscriptions/{SUBSCRIPTION_ID}"
_KINDS_OF_ACTIONS = ("actions", "notActions", "dataActions", "notDataActions")
_ACTION = re.compile(r"\*|(\*|[a-z]+\.[a-z.]+)(/[a-z0-9.*_$-]+)*/(read|write|delete|action|\*)", re.IGNORECASE)
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def check_assignment(inputs: Bag, view: ArmView) -> Iterator[Refusal]:
    """A role, a principal and a scope that exist and go together, once."""
    known = {name: value for name, value in inputs.items() if isinstance(value, str)}
    if known.get("condition") and inputs.get("conditionVersion") is None:
        text = "The role assignment condition needs a condition version."
        yield bad("conditionVersion", "InvalidConditionVersion", text)
    if "principalId" in known:
        yield from _check_principal(known, view)
    if "roleDefinitionId" in known and not re.search(r"/roleDefinitions/[^/]+$", known["roleDefinitionId"], re.I):
        yield bad("roleDefinitionId", "InvalidRoleDefinitionId", f"{known['roleDefinitionId']} is no id of a role.")
    if {"principalId", "roleDefinitionId", "scope"} <= known.keys():
        yield from _check_double(known, view)


def check_placed(inputs: Bag, view: ArmView) -> Iterator[Refusal]:
    """Before the PUT: the role and the scope are there, and the role can be assigned in it."""
    scope = "/" + inputs["scope"].strip("/")
    if not is_there(scope, view):
        yield missing("scope", "ResourceNotFound", f"The Resource '{scope}' under the scope was not found.")
    role = inputs["roleDefinitionId"]
    definition = definition_of(role, view)
    if definition is None and not is_built_in(role):
        text = f"The specified role definition with ID '{role.rpartition('/')[2]}' does not exist."
        yield bad("roleDefinitionId", "RoleDefinitionDoesNotExist", text)
    if definition is not None and not any(lies_within(scope, each) for each in definition.inputs["assignableScopes"]):
        text = f"The role '{definition.inputs.get('roleName')}' cannot be assigned at the scope '{scope}'."
        yield bad("scope", "RoleAssignmentScopeNotAssignableToRoleDefinition", text)


def check_definition(inputs: Bag, view: ArmView) -> Iterator[Refusal]:
    """A name that is free in the tenant; actions that have the form of one (which there are, nobody knows here)."""
    name = inputs.get("roleName")
    for other in view.others(t.ROLE_DEFINITION):
        if isinstance(name, str) and str(other.inputs.get("roleName")).lower() == name.lower():
            text = f"A custom role with the same name already exists in this directory. Use a different name ({name})"
            yield conflict("roleName", "RoleDefinitionWithSameNameExists", f"{text}.")
    for index, permission in enumerate(inputs.get("permissions") or ()):
        for kind in _KINDS_OF_ACTIONS if isinstance(permission, dict) else ():
            for action in permission.get(kind) or ():
                if isinstance(action, str) and not _ACTION.fullmatch(action):
                    code = "InvalidDataActionOrNotDataAction" if "ata" in kind else "InvalidActionOrNotAction"
                    text = f"'{action}' does not match any of the actions supported by the providers."
                    yield bad(f"permissions[{index}].{kind}", code, text)
    for scope in inputs.get("assignableScopes") or ():
        if isinstance(scope, str) and (scope == "/" or "*" in scope):
            yield bad("assignableScopes", "InvalidAssignableScope", f"'{scope}' is no scope that a role can have.")


def definition_of(role: str, view: ArmView) -> Row | None:
    """The custom role of an id, whatever scope stands before it."""
    guid = role.rpartition("/")[2]
    return view.at(f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{guid}", t.ROLE_DEFINITION)


def is_built_in(role: str) -> bool:
    """Whether it is one of Azure's own."""
    guid = role.rpartition("/")[2].lower()
    return guid in BUILT_IN or guid in azure_roles.BUILT_IN.values()


def is_there(scope: str, view: ArmView) -> bool:
    """Whether a scope exists: the subscription, a group, or a thing in it."""
    if same_id(scope, SUBSCRIPTION):
        return True
    if view.at(scope) is not None:
        return True
    here = parse_arm_id(scope)
    return here is not None and len(here.names) > 1 and here.name == "default" and view.at(str(here.parent)) is not None


def _check_principal(known: Bag, view: ArmView) -> Iterator[Refusal]:
    principal, type = known["principalId"], known.get("principalType", "User")
    if not _GUID.fullmatch(principal):
        yield bad("principalId", "InvalidPrincipalId", f"A valid principal ID must be provided, not '{principal}'.")
    elif _is_identity(principal, view):
        if type != "ServicePrincipal":
            text = f"The PrincipalId '{principal}' has type 'ServicePrincipal', which is different from specified "
            yield bad("principalType", "UnmatchedPrincipalType", f"{text}PrinciaplType '{type}'.")
    elif principal.startswith((IDENTITY_START, OWN_IDENTITY_START)) and principal != OWNER_ID:
        # It was drawn here, and is not in the account: it has been deleted.
        text = (
            f"Principal {principal.replace('-', '')} does not exist in the directory. Check that you have the correct "
        )
        yield bad("principalId", "PrincipalNotFound", f"{text}principal ID.")


def _is_identity(principal: str, view: ArmView) -> bool:
    identities = view.store.of_type(t.IDENTITY)
    machines = (*view.store.of_type(t.SCALE_SET), *view.store.of_type(t.MACHINE))
    own = ((row.outputs.get("identity") or {}).get("principalId") for row in machines)
    return principal in {*(row.outputs["principalId"] for row in identities), *own}


def _check_double(known: Bag, view: ArmView) -> Iterator[Refusal]:
    def key(inputs: Bag) -> tuple[str, str, str]:
        scope, role = inputs["scope"].strip("/").lower(), inputs["roleDefinitionId"].rpartition("/")[2].lower()
        return scope, role, inputs["principalId"].lower()

    for other in view.others(t.ROLE_ASSIGNMENT):
        if key(other.inputs) == key(known):
            text = f"The role assignment already exists. The ID of the existing role assignment is {other.name}."
            yield conflict("", "RoleAssignmentExists", text)
