"""What people of a workspace may do: role assignments on what is the workspace's own, and on the container by path.

Azure takes one assignment of a role to a principal on one thing, and the container is the cloud-config's: who is of the
same kind in two of its workspaces is told apart by groups, one for each workspace. On the workspaces' own things nobody
clashes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pulumi

from bodo_infra.azure.assignment import Assignment, PrincipalType, assign
from bodo_infra.azure.roles.conditions import Paths, blobs_below
from bodo_infra.azure.roles.records import DEVELOPER_PATHS, VIEWER_PATHS
from bodo_infra.azure.workspace_scope import WorkspaceScope
from bodo_infra.component import Component
from bodo_infra.spec import Members
from bodo_infra.spec.workspace import MEMBER_KINDS, MemberKind

PATHS: Final[Mapping[MemberKind, Paths]] = {
    "admins": DEVELOPER_PATHS,
    "developers": DEVELOPER_PATHS,
    "viewers": VIEWER_PATHS,
}
PRINCIPAL_TYPES: Final[Mapping[str, PrincipalType]] = {
    "": "User",
    "group": "Group",
    "service-principal": "ServicePrincipal",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """A principal of Entra ID. ``id``: its object id."""

    type: PrincipalType
    id: str


def parse_member(text: str) -> Member:
    """``ID``, ``group:ID`` or ``service-principal:ID``, which checks found sound."""
    prefix, _, id = text.rpartition(":")
    return Member(type=PRINCIPAL_TYPES[prefix], id=id.lower())


def make_member_assignments(
    owner: Component, scope: WorkspaceScope, members: Members, own: Mapping[str, pulumi.Input[str]]
) -> dict[str, pulumi.Output[str]]:
    """The role of each kind of members that there are, by kind: its definition's id.

    ``own``: resource ids of what is the workspace's, by what it is for.
    """
    roles: dict[str, pulumi.Output[str]] = {}
    for kind in MEMBER_KINDS:
        given: tuple[str, ...] = getattr(members, kind)
        if given:
            roles[kind] = _role(scope, kind)
        for member in map(parse_member, given):
            for purpose, id in own.items():
                _assign(owner, f"{kind}-{member.id}-{purpose}", member, roles[kind], id)
            condition = blobs_below(PATHS[kind])
            _assign(owner, f"{kind}-{member.id}-container", member, roles[kind], _container(scope), condition)
    return roles


def _assign(
    owner: Component,
    suffix: str,
    member: Member,
    role_id: pulumi.Output[str],
    scope: pulumi.Input[str],
    condition: str | None = None,
) -> None:
    given = Assignment(
        scope=scope, principal_id=member.id, principal_type=member.type, role_id=role_id, condition=condition
    )
    assign(owner, suffix, given)


def _container(scope: WorkspaceScope) -> pulumi.Output[str]:
    """Known when the uuid is: nothing is made before the workspace is known to be sound."""
    return pulumi.Output.all(scope.uuid, scope.cloud_config.container_id).apply(lambda both: str(both[1]))


def _role(scope: WorkspaceScope, kind: MemberKind) -> pulumi.Output[str]:
    def found(roles: Mapping[str, str]) -> str:
        return roles[kind]

    return pulumi.Output.from_input(scope.cloud_config.roles).apply(found)
