"""The roles of a cloud-config, and what its service principal, which deploys all that comes later, gets of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_azure_native as azure_native

from bodo_infra.azure.assignment import Assignment, assign
from bodo_infra.azure.roles.definitions import ROLES, deployer_condition
from bodo_infra.azure.roles.grants import ASSIGNABLE, Role, RoleKey, role_guid, role_id, role_name
from bodo_infra.catalog.azure_roles import BUILT_IN
from bodo_infra.component import Component
from bodo_infra.spec.cloud_config import AzureSubscription


@dataclass(frozen=True, kw_only=True)
class Foundation:
    """What roles are made from. ``uuid``: of the cloud-config.  ``group_id``: of the group that they are good for."""

    owner: Component
    uuid: pulumi.Output[str]
    account: AzureSubscription
    group_id: pulumi.Input[str]
    container_id: pulumi.Input[str]


def make_roles(foundation: Foundation) -> pulumi.Output[dict[str, str]]:
    """Ids of the roles that later stacks may assign: ours by their keys, grantable ones by Azure's names.

    Known when the service principal has all of its rights: whoever works with it has to find it so.
    """
    made = {key: _define(foundation, role) for key, role in ROLES.items()}
    rights = _let_in(foundation, made)
    subscription = foundation.account.subscription_id
    built_in = {name: role_id(subscription, BUILT_IN[name]) for name in foundation.account.grantable_roles}
    ours = {key: made[key] for key in ASSIGNABLE}
    return pulumi.Output.all(ours=ours, ready=[right.id for right in rights]).apply(
        lambda known: {**known["ours"], **built_in}
    )


def _define(foundation: Foundation, role: Role) -> pulumi.Output[str]:
    """A role definition; its id is known once it is there."""
    owner, subscription = foundation.owner, foundation.account.subscription_id
    guid = foundation.uuid.apply(lambda uuid: role_guid(role.key, uuid))
    made = azure_native.authorization.RoleDefinition(
        owner.child_name(f"role-{role.key}"),
        role_definition_id=guid,
        role_name=foundation.uuid.apply(lambda uuid: role_name(role.key, uuid)),
        description=f"bodo-infra: {role.description}",
        scope=foundation.group_id,
        assignable_scopes=[foundation.group_id],
        permissions=[
            azure_native.authorization.PermissionArgs(
                actions=list(role.actions), not_actions=[], data_actions=list(role.data_actions), not_data_actions=[]
            )
        ],
        opts=owner.child_options(),
    )
    # Azure answers with the id below the scope or below the subscription; assignments name the latter.
    return pulumi.Output.all(guid, made.id).apply(lambda known: role_id(subscription, known[0]))


def _let_in(
    foundation: Foundation, roles: Mapping[RoleKey, pulumi.Output[str]]
) -> Sequence[azure_native.authorization.RoleAssignment]:
    account, principal = foundation.account, foundation.account.service_principal.object_id
    condition = foundation.uuid.apply(
        lambda uuid: deployer_condition(uuid, account.grantable_roles, service_principal=principal)
    )
    deployer = Assignment(
        scope=foundation.group_id,
        principal_id=principal,
        principal_type="ServicePrincipal",
        role_id=roles["deployer"],
        condition=condition,
    )
    records = Assignment(
        scope=foundation.container_id,
        principal_id=principal,
        principal_type="ServicePrincipal",
        role_id=roles["records"],
    )
    return [assign(foundation.owner, "deployer", deployer), assign(foundation.owner, "records", records)]
