"""An instance role: what cluster nodes may reach in the subscription, and the identity that they have for it.

An identity of the user's own that is not there, or that the service principal may not use, does not fail the update:
the instance role comes up ``Failed`` with the reason, a cluster that names it is refused with that reason, and the next
`up` after it was set right makes it Active.

When a role cannot be assigned, the update fails, as on AWS: only with `--continue-on-error` do the exports say
``Failed`` with the reason.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import NAMESPACE_URL, uuid5

import pulumi
import pulumi_azure_native as azure_native
import pulumi_random as random

from bodo_infra import tokens
from bodo_infra.azure.assignment import Assignment, assign
from bodo_infra.azure.links import CloudConfigLinks, InstanceRoleLinks
from bodo_infra.azure.missing import Missing, look_up
from bodo_infra.azure.roles.conditions import blobs_below
from bodo_infra.azure.roles.records import NODE_PATHS
from bodo_infra.checks import Finding, check_instance_role, place
from bodo_infra.checks.azure_statements import check_reach, check_subscription, not_grantable
from bodo_infra.checks.findings import finding
from bodo_infra.component import Component, is_made, unknown
from bodo_infra.errors import raise_problems
from bodo_infra.links import ACTIVE, FAILED
from bodo_infra.plans.arm_ids import ArmId, lies_within, parse_arm_id
from bodo_infra.plans.names import USER_ASSIGNED_IDENTITY
from bodo_infra.refusal import refuse
from bodo_infra.scope import cloud_name, scope_tags
from bodo_infra.spec import InstanceRoleSpec

NOT_ASSIGNED = (
    "roles could not be assigned: the errors of the update say why. The service principal assigns roles of the "
    "cloud-config alone, and on resources of its group alone; the cloud-config has to be brought up first"
)


@dataclass(frozen=True, kw_only=True)
class InstanceRoleArgs:
    """What the role is, and the cloud-config that it belongs to."""

    spec: InstanceRoleSpec
    cloud_config: CloudConfigLinks


class InstanceRole(Component):
    """An identity for nodes, made here or the user's own by its id, with the role of nodes and those of its statements.

    Raises InputError before anything is registered; for an identity of another subscription before any child is made.

    ``status``: Active or Failed, with the ``reason``.  The three ids: empty when it is Failed.
    """

    uuid: pulumi.Output[str]
    name: pulumi.Output[str]
    status: pulumi.Output[str]
    reason: pulumi.Output[str]
    identity_id: pulumi.Output[str]
    client_id: pulumi.Output[str]
    principal_id: pulumi.Output[str]

    def __init__(self, name: str, args: InstanceRoleArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        spec, cloud_config = args.spec, args.cloud_config
        raise_problems(place(check_instance_role(spec, "azure"), path="spec"))
        super().__init__(tokens.AZURE_INSTANCE_ROLE, name, spec, cloud_config, opts)
        found = _look_for_identity(spec.role_arn, self.invoke_options()) if spec.role_arn else None

        self.uuid = random.RandomUuid(self.child_name("uuid"), opts=self.child_options()).result
        self.name = pulumi.Output.from_input(spec.name)
        if isinstance(found, str):
            pulumi.log.warn(f"instance role {spec.name} is {FAILED}: {found}", resource=self)
            self.reason = pulumi.Output.from_input(found)
            self.identity_id = self.client_id = self.principal_id = pulumi.Output.from_input("")
        else:
            self._give_to_nodes(_Parts(self, spec, cloud_config), found)
        self.status = self.reason.apply(lambda reason: FAILED if reason else ACTIVE)
        self.register_declared()

    @property
    def links(self) -> InstanceRoleLinks:
        """What clusters of the same program need."""
        return InstanceRoleLinks.from_component(self)

    def _give_to_nodes(self, parts: "_Parts", users: "_Identity | None") -> None:
        identity = parts.checked(users) if users else parts.identity()
        assigned = [parts.assign_node_role(identity), *parts.assign_statements(identity)]
        made: list[pulumi.Output[bool]] = [pulumi.Output.from_input(is_made(each.id)) for each in assigned]
        # Nodes must not start before their roles are there: whoever gets the ids, waits for these.
        are_assigned: pulumi.Output[bool] = pulumi.Output.all(*made).apply(all)
        self.reason = are_assigned.apply(lambda assigned: "" if assigned else NOT_ASSIGNED)
        self.identity_id = are_assigned.apply(lambda assigned: identity.id if assigned else "")
        self.client_id = are_assigned.apply(lambda assigned: identity.client_id if assigned else "")
        self.principal_id = are_assigned.apply(lambda assigned: identity.principal_id if assigned else "")


@dataclass(frozen=True, kw_only=True)
class _Identity:
    """A user-assigned identity: its resource id, and the two numbers that Azure knows it by."""

    id: pulumi.Output[str]
    client_id: pulumi.Output[str]
    principal_id: pulumi.Output[str]


class _Parts:
    """The children, each made by a method of its own."""

    def __init__(self, owner: InstanceRole, spec: InstanceRoleSpec, cloud_config: CloudConfigLinks) -> None:
        self._owner = owner
        self._spec = spec
        self._cloud_config = cloud_config
        self._group = pulumi.Output.all(cloud_config.subscription_id, cloud_config.resource_group).apply(
            lambda known: str(ArmId(subscription=known[0], group=known[1]))
        )
        self._tags = scope_tags(noun="instance-role", name=spec.name, tags=spec.tags, cloud_config=cloud_config.uuid)

    def checked(self, users: _Identity) -> _Identity:
        """The user's own identity; known only once it has been found to be of the right subscription."""
        identity = self._spec.role_arn or ""

        def looked_at(group: str) -> str:
            raise_problems(place(check_subscription(identity, str(group.split("/")[2])), path="spec"))
            if not lies_within(identity, group):
                pulumi.log.warn(
                    f"the identity of instance role {self._spec.name} is not in {group}: clusters run with it only "
                    "when the service principal has the role Managed Identity Operator on it",
                    resource=self._owner,
                )
            return identity

        checked = self._group.apply(looked_at)
        principal = pulumi.Output.all(checked, users.principal_id).apply(lambda known: str(known[1]))
        return _Identity(id=checked, client_id=users.client_id, principal_id=principal)

    def identity(self) -> _Identity:
        """An identity of ours, in the group and where the cloud-config is; nodes of any place can have it."""
        made = azure_native.managedidentity.UserAssignedIdentity(
            self._owner.child_name("identity"),
            resource_group_name=self._cloud_config.resource_group,
            resource_name_=cloud_name(self._owner.uuid, (self._spec.name, "node"), USER_ASSIGNED_IDENTITY),
            location=self._cloud_config.region,
            tags=self._tags,
            opts=self._owner.child_options(),
        )
        return _Identity(id=made.id, client_id=made.client_id, principal_id=made.principal_id)

    def assign_node_role(self, identity: _Identity) -> azure_native.authorization.RoleAssignment:
        """What the platform needs on every node, below the prefixes of nodes alone."""
        return self._assign(
            "node-role",
            identity,
            role=self._role("node"),
            scope=self._cloud_config.container_id,
            condition=blobs_below(NODE_PATHS),
        )

    def assign_statements(self, identity: _Identity) -> list[azure_native.authorization.RoleAssignment]:
        """One assignment for each role of a statement on each of its resources."""
        given = {
            (role, resource): f"statements[{index}]"
            for index, statement in enumerate(self._spec.statements)
            for role in statement.actions
            for resource in statement.resources
        }
        return [
            self._assign(
                f"grant-{uuid5(NAMESPACE_URL, f'{role} {resource.lower()}').hex[:8]}",
                identity,
                role=self._role(role, path=path),
                scope=self._in_group(resource, path),
            )
            for (role, resource), path in given.items()
        ]

    def _in_group(self, resource: str, path: str) -> pulumi.Output[str]:
        """The resource, once it is known that nodes may get roles on it."""
        own = pulumi.Output.from_input(self._cloud_config.storage_account_id)

        def looked_at(known: list[str]) -> str:
            refuse(check_resource(resource, group=known[0], own_account=known[1], path=f"spec.{path}.resources"))
            return resource

        return pulumi.Output.all(self._group, own).apply(looked_at)

    def _assign(
        self,
        suffix: str,
        identity: _Identity,
        *,
        role: pulumi.Output[str],
        scope: pulumi.Input[str],
        condition: str | None = None,
    ) -> azure_native.authorization.RoleAssignment:
        given = Assignment(
            scope=scope,
            principal_id=identity.principal_id,
            principal_type="ServicePrincipal",
            role_id=role,
            condition=condition,
        )
        return assign(self._owner, suffix, given)

    def _role(self, name: str, *, path: str = "") -> pulumi.Output[str]:
        """Id of a role of the cloud-config. ``path``: the statement that asks for it; none for roles of ours."""

        def listed(roles: Mapping[str, str]) -> str:
            if name not in roles:
                refuse([not_grantable(name, f"spec.{path}.actions")])
            return roles[name]

        return pulumi.Output.from_input(self._cloud_config.roles).apply(listed)


def check_resource(resource: str, *, group: str, own_account: str, path: str) -> list[Finding]:
    """Whether nodes may get roles on it. ``group``, ``own_account``: ids of where the cloud-config is, and stores."""
    beyond = check_reach(resource, group, path, shown=group)
    if beyond:
        return beyond
    if lies_within(resource, own_account):
        # Whoever writes the state of stacks can have the next `up` do what they like.
        rule = "is where the cloud-config keeps the state of all stacks, of which nodes get what they need anyway"
        fix = "Keep the data of jobs in a storage account of its own, and name that"
        return [finding("instance-role.own-account", path, resource, rule, fix)]
    return []


def _look_for_identity(identity: str, options: pulumi.InvokeOptions) -> _Identity | str:
    """The user's own identity, or why it cannot be used. Raises InputError for one of another subscription.

    In a preview of what the provider comes from, look-ups answer with nothing: then the identity counts as there.
    """
    parsed = parse_arm_id(identity)
    assert parsed is not None
    # The SDK types what look-ups answer as never None.
    there: str | None = azure_native.authorization.get_client_config(opts=options).subscription_id
    if there:
        raise_problems(place(check_subscription(identity, there), path="spec"))
    found = look_up(
        lambda: azure_native.managedidentity.get_user_assigned_identity(
            resource_group_name=parsed.group, resource_name=parsed.name, opts=options
        )
    )
    if isinstance(found, str):
        return _why_unusable(identity, found)
    if not found.principal_id:
        return _Identity(id=unknown(), client_id=unknown(), principal_id=unknown())
    return _Identity(
        id=pulumi.Output.from_input(identity),
        client_id=pulumi.Output.from_input(found.client_id),
        principal_id=pulumi.Output.from_input(found.principal_id),
    )


def _why_unusable(identity: str, missing: Missing) -> str:
    if missing == "absent":
        return f"identity not found: {identity}. Make it, or correct spec.role_arn, and run `up` again"
    return (
        f"the service principal may not read the identity {identity}. If it is in the cloud-config's resource "
        "group, bring the cloud-config up first; else give the service principal the role Managed Identity "
        "Operator on it. Then run `up` again"
    )
