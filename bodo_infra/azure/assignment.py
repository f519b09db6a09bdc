"""Assigning a role, with all that Azure needs to be told lest it guess wrong."""

from dataclasses import dataclass
from typing import Literal

import pulumi
import pulumi_azure_native as azure_native

from bodo_infra.azure.roles.conditions import VERSION
from bodo_infra.azure.roles.grants import assignment_name
from bodo_infra.component import Component

PrincipalType = Literal["ServicePrincipal", "User", "Group"]


@dataclass(frozen=True, kw_only=True)
class Assignment:
    """Who gets which role on what.

    ``principal_id``: object id.  ``principal_type``: of an identity it is ServicePrincipal; Azure finds fresh ones only
    when it is told.  ``role_id``: resource id of the definition.  ``condition``: text of ``roles.conditions``.
    """

    scope: pulumi.Input[str]
    principal_id: pulumi.Input[str]
    principal_type: PrincipalType
    role_id: pulumi.Input[str]
    condition: pulumi.Input[str] | None = None


def assign(owner: Component, suffix: str, given: Assignment) -> azure_native.authorization.RoleAssignment:
    """A child of ``owner`` named by ``suffix``. Azure takes one assignment of the same role, principal and scope."""
    named = pulumi.Output.all(given.scope, given.principal_id, given.role_id).apply(
        lambda known: assignment_name(*known)
    )
    return azure_native.authorization.RoleAssignment(
        owner.child_name(suffix),
        role_assignment_name=named,
        scope=given.scope,
        principal_id=given.principal_id,
        principal_type=given.principal_type,
        role_definition_id=given.role_id,
        condition=given.condition,
        condition_version=VERSION if given.condition is not None else None,
        # Azure refuses another role or kind of principal under the same name; the provider would try it as an update.
        opts=owner.child_options(replace_on_changes=["roleDefinitionId", "principalType"]),
    )
