"""Roles that people of a workspace take: admins, developers, viewers."""

import pulumi
import pulumi_aws as aws

from bodo_infra.aws.policies.members import member_policy
from bodo_infra.aws.policies.statements import Scope, document
from bodo_infra.aws.policies.trust import members_trust
from bodo_infra.aws.scope import iam_path
from bodo_infra.aws.workspace_scope import WorkspaceScope
from bodo_infra.component import Component
from bodo_infra.plans.names import IAM_ROLE
from bodo_infra.spec import Members
from bodo_infra.spec.workspace import MEMBER_KINDS, MemberKind


def make_member_roles(owner: Component, scope: WorkspaceScope, members: Members) -> dict[str, pulumi.Output[str]]:
    """A role for each kind of members that there are, by kind: its ARN."""
    given: dict[MemberKind, tuple[str, ...]] = {kind: getattr(members, kind) for kind in MEMBER_KINDS}
    return {kind: _make_role(owner, scope, kind, principals) for kind, principals in given.items() if principals}


def _make_role(
    owner: Component, scope: WorkspaceScope, kind: MemberKind, principals: tuple[str, ...]
) -> pulumi.Output[str]:
    role = aws.iam.Role(
        owner.child_name(kind),
        name=scope.cloud_name(IAM_ROLE, kind),
        path=iam_path(scope.cloud_config.uuid),
        assume_role_policy=members_trust(principals),
        permissions_boundary=scope.cloud_config.boundary_arn,
        tags=scope.tagged(kind),
        opts=owner.child_options(),
    )

    def written(tied: Scope, uuid: str) -> str:
        return document(member_policy(tied, uuid, kind))

    aws.iam.RolePolicy(
        owner.child_name(f"{kind}-policy"),
        role=role.name,
        policy=pulumi.Output.all(scope.policies, scope.uuid).apply(lambda known: written(*known)),
        opts=owner.child_options(),
    )
    return role.arn
