"""An instance role: what cluster nodes may reach in the account, and the profile that hands it to them.

A role of the user's own that is not there does not fail the update: the instance role comes up ``Failed`` with the
reason, a cluster that names it is refused with that reason, and the next `up` after the role was made sets it right.

When the policy of nodes cannot be attached, the update fails. Pulumi then drops the program where it stands and exports
nothing new: clusters find no exports, or those of the last good update. Only with `--continue-on-error` does it let
the program end, and the exports say ``Failed`` with the reason although the update has failed.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
import pulumi_random as random

from bodo_infra import tokens
from bodo_infra.aws.links import CloudConfigLinks, InstanceRoleLinks
from bodo_infra.aws.policies.boundary import is_within
from bodo_infra.aws.policies.statements import node_policy_arn
from bodo_infra.aws.policies.trust import nodes_trust
from bodo_infra.aws.scope import iam_path
from bodo_infra.checks import Finding, check_instance_role, place
from bodo_infra.checks.arns import check_role
from bodo_infra.checks.aws_statements import render_statements
from bodo_infra.component import Component, is_made
from bodo_infra.errors import raise_problems
from bodo_infra.links import ACTIVE, FAILED
from bodo_infra.plans.names import IAM_ROLE, INSTANCE_PROFILE, NameRule
from bodo_infra.scope import cloud_name, scope_tags
from bodo_infra.spec import InstanceRoleSpec

NOT_ATTACHED = (
    "policies could not be attached: the errors of the update say why. A role of your own must be listed in "
    "aws.instance_role_arns of the cloud-config, which has to be brought up first"
)


@dataclass(frozen=True, kw_only=True)
class InstanceRoleArgs:
    """What the role is, and the cloud-config that it belongs to."""

    spec: InstanceRoleSpec
    cloud_config: CloudConfigLinks


class InstanceRole(Component):
    """A role for nodes, made here or the user's own by ARN, with the policy of nodes and a profile.

    Raises InputError before anything is registered; for a role of another account before any child is made.

    ``status``: Active or Failed, with the ``reason``.  ``instance_profile_arn``: empty when it is Failed.
    """

    uuid: pulumi.Output[str]
    name: pulumi.Output[str]
    status: pulumi.Output[str]
    reason: pulumi.Output[str]
    role_arn: pulumi.Output[str]
    instance_profile_arn: pulumi.Output[str]

    def __init__(self, name: str, args: InstanceRoleArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        spec, cloud_config = args.spec, args.cloud_config
        raise_problems(place([*check_instance_role(spec, "aws"), *check_bounded(spec)], path="spec"))
        super().__init__(tokens.AWS_INSTANCE_ROLE, name, spec, cloud_config, opts)
        missing = _look_for_role(spec, self.invoke_options()) if spec.role_arn else ""

        self.uuid = random.RandomUuid(self.child_name("uuid"), opts=self.child_options()).result
        self.name = pulumi.Output.from_input(spec.name)
        self.role_arn = pulumi.Output.from_input(spec.role_arn or "")
        self.reason = pulumi.Output.from_input(missing)
        self.instance_profile_arn = pulumi.Output.from_input("")
        if missing:
            pulumi.log.warn(f"instance role {spec.name} is {FAILED}: {missing}", resource=self)
        else:
            self._hand_to_nodes(spec, cloud_config)
        self.status = self.reason.apply(lambda reason: FAILED if reason else ACTIVE)
        self.register_declared()

    @property
    def links(self) -> InstanceRoleLinks:
        """What clusters of the same program need."""
        return InstanceRoleLinks.from_component(self)

    def _hand_to_nodes(self, spec: InstanceRoleSpec, cloud_config: CloudConfigLinks) -> None:
        parts = _Parts(self, spec, cloud_config)
        if spec.role_arn:
            role_name = parts.users_role()
        else:
            role = parts.role()
            role_name, self.role_arn = role.name, role.arn
        attached = parts.attach_node_policy(role_name)
        profile = parts.profile(role_name, after=attached)
        is_attached: pulumi.Output[bool] = pulumi.Output.from_input(is_made(attached.id))
        self.reason = is_attached.apply(lambda made: "" if made else NOT_ATTACHED)
        self.instance_profile_arn = is_attached.apply(lambda made: profile.arn if made else "")


class _Parts:
    """The children, each made by a method of its own."""

    def __init__(self, owner: InstanceRole, spec: InstanceRoleSpec, cloud_config: CloudConfigLinks) -> None:
        self._owner = owner
        self._spec = spec
        self._cloud_config = cloud_config
        self._path = iam_path(cloud_config.uuid)
        self._tags = scope_tags(noun="instance-role", name=spec.name, tags=spec.tags, cloud_config=cloud_config.uuid)

    def users_role(self) -> pulumi.Output[str]:
        """The name of the user's own role; known only once its account has been found to be the right one."""
        arn = self._spec.role_arn or ""

        def checked(account_id: str) -> str:
            raise_problems(place(check_role_account(self._spec, account_id), path="spec"))
            return arn.rpartition("/")[2]

        return pulumi.Output.from_input(self._cloud_config.account_id).apply(checked)

    def role(self) -> aws.iam.Role:
        """A role of ours, which can do no more than the boundary allows, whatever its statements say."""
        owner, cloud_config = self._owner, self._cloud_config
        role = aws.iam.Role(
            owner.child_name("role"),
            name=self._named(IAM_ROLE),
            path=self._path,
            assume_role_policy=pulumi.Output.from_input(cloud_config.boundary_arn).apply(
                lambda arn: nodes_trust(arn.split(":")[1])
            ),
            permissions_boundary=cloud_config.boundary_arn,
            tags=self._tags,
            opts=owner.child_options(),
        )
        if self._spec.statements:
            # Within the role: the cross-account role may write no managed policies.
            aws.iam.RolePolicy(
                owner.child_name("statements"),
                name="statements",
                role=role.name,
                policy=render_statements(self._spec.statements),
                opts=owner.child_options(),
            )
        return role

    def attach_node_policy(self, role_name: pulumi.Input[str]) -> aws.iam.RolePolicyAttachment:
        """What the platform needs on every node."""
        return aws.iam.RolePolicyAttachment(
            self._owner.child_name("node-policy"),
            role=role_name,
            policy_arn=pulumi.Output.from_input(self._cloud_config.boundary_arn).apply(node_policy_arn),
            opts=self._owner.child_options(),
        )

    def profile(self, role_name: pulumi.Input[str], *, after: pulumi.Resource) -> aws.iam.InstanceProfile:
        """What hands the role to machines. ``after``: what nodes must not start without."""
        return aws.iam.InstanceProfile(
            self._owner.child_name("profile"),
            name=self._named(INSTANCE_PROFILE),
            path=self._path,
            role=role_name,
            tags=self._tags,
            opts=self._owner.child_options(depends_on=[after]),
        )

    def _named(self, rule: NameRule) -> pulumi.Output[str]:
        """A name that no other instance role of the account has: IAM ignores paths when it compares names."""
        return cloud_name(self._owner.uuid, (self._spec.name, "node"), rule)


def check_role_account(spec: InstanceRoleSpec, account_id: str) -> list[Finding]:
    """Whether the user's own role is in the account of the cloud-config: a profile holds no other."""
    return check_role(spec.role_arn, account_id, rule_id="instance-role", path="role_arn") if spec.role_arn else []


def check_bounded(spec: InstanceRoleSpec) -> list[Finding]:
    """Actions that the boundary of a role of ours never allows: the statement would be there, and grant nothing."""
    rule = "is beyond what a role may do that is made here"
    fix = "Make a role with that right yourself, and name it by role_arn"
    return [
        Finding(id="instance-role.bounded", path=f"statements[{index}].actions[{at}]", value=action, rule=rule, fix=fix)
        for index, statement in enumerate(spec.statements)
        for at, action in enumerate(statement.actions)
        if statement.effect == "Allow" and not is_within(action)
    ]


def _look_for_role(spec: InstanceRoleSpec, options: pulumi.InvokeOptions) -> str:
    """Why the user's own role cannot be used; empty when it can. Raises InputError for a role of another account.

    In a preview of what the provider's role comes from, look-ups answer with nothing: then the role counts as there.
    """
    arn = spec.role_arn or ""
    # The SDK types what look-ups answer as never None.
    account_id: str | None = aws.get_caller_identity(opts=options).account_id
    if account_id:
        raise_problems(place(check_role_account(spec, account_id), path="spec"))
    path, _, name = arn.partition(":role")[2].rpartition("/")
    # A look-up of the role itself would fail the update where there is none.
    found: Sequence[str] | None = aws.iam.get_roles(
        path_prefix=f"{path}/", name_regex=f"^{re.escape(name)}$", opts=options
    ).arns
    if found is None or arn in found:
        return ""
    return f"role not found: {arn}. Make it, or correct spec.role_arn, and run `up` again"
