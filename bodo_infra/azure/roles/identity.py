"""What making identities for nodes needs, and giving roles to nodes and members; nothing by which one could rise.

Whoever may write role assignments is the owner in effect. So the deployer's assignment has a condition: only the roles
of ``ASSIGNABLE`` and the grantable ones, never to itself; and no role definition is ever written by it.
"""

from bodo_infra.azure.roles.grants import Grant
from bodo_infra.azure.roles.network import GROUP


def grants() -> tuple[Grant, ...]:
    """For the deployer."""
    return (_identities(), _assignments())


def _identities() -> Grant:
    return Grant(
        name="Identities",
        component="InstanceRole, Cluster",
        where=GROUP,
        actions={
            "Microsoft.ManagedIdentity/userAssignedIdentities/read": "read an identity, also the user's own",
            "Microsoft.ManagedIdentity/userAssignedIdentities/write": "who the nodes of a role are",
            "Microsoft.ManagedIdentity/userAssignedIdentities/delete": "destroy",
            "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action": "nodes run with an identity",
        },
    )


def _assignments() -> Grant:
    return Grant(
        name="Assignments",
        component="InstanceRole, Workspace, Cluster",
        where=f"{GROUP}, with the condition of `assigns_only`",
        actions={
            "Microsoft.Authorization/roleAssignments/read": "read an assignment",
            "Microsoft.Authorization/roleAssignments/write": "what nodes and members may do",
            "Microsoft.Authorization/roleAssignments/delete": "destroy, and statements or members that go",
        },
    )
