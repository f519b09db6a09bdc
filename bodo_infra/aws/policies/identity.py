"""What making roles for nodes and members needs, and handing roles to machines; nothing by which one could rise.

Whoever may write policies and put them on roles is an administrator of the account in effect. So: every role that is
made must have the boundary, and keeps it; no managed policy is made or changed; on a role of the user's own, which has
no boundary, only the policy of nodes may be put, whose text the cross-account role cannot change.
"""

from bodo_infra.aws.policies.statements import Conditions, Scope, Statement

NAME = "identity"
INSTANCE_ROLE = "InstanceRole"
ROLES = "InstanceRole, Workspace"


def statements(scope: Scope) -> tuple[Statement, ...]:
    """For roles, instance profiles, and passing."""
    return (
        _looks(),
        *_bounded_roles(scope),
        *(_users_roles(scope) if scope.instance_role_arns else ()),
        _profiles(scope),
        *passes(scope),
    )


def _bounded(scope: Scope) -> Conditions:
    return {"StringEquals": {"iam:PermissionsBoundary": scope.boundary_arn}}


def _looks() -> Statement:
    return Statement(
        sid="FindRoles",
        component=INSTANCE_ROLE,
        why="IAM lets nobody restrict what is listed, and listing changes nothing.",
        actions={"iam:ListRoles": "whether a role of the user's own exists"},
        resources=("*",),
    )


def _bounded_roles(scope: Scope) -> tuple[Statement, ...]:
    return (
        Statement(
            sid="MakeBoundedRoles",
            component=ROLES,
            why="Only with the boundary, and only below the path of what stacks make: "
            "the cross-account role itself has no boundary and another path.",
            actions={
                "iam:CreateRole": "roles of nodes, members and flow logs",
                "iam:DeleteRolePolicy": "destroy, or statements taken away",
                "iam:PutRolePolicy": "the statements of a spec, and what members may do",
            },
            resources=(scope.made_roles,),
            conditions=_bounded(scope),
        ),
        Statement(
            sid="AttachNodePolicy",
            component=INSTANCE_ROLE,
            why="Only the policy of nodes, only on roles with the boundary.",
            actions={
                "iam:AttachRolePolicy": "what every node needs",
                "iam:DetachRolePolicy": "destroy",
            },
            resources=(scope.made_roles,),
            conditions={
                "StringEquals": {"iam:PermissionsBoundary": scope.boundary_arn},
                "ArnEquals": {"iam:PolicyARN": scope.node_policy_arn},
            },
        ),
        Statement(
            sid="ChangeMadeRoles",
            component=ROLES,
            why="Only below the path of what stacks make, where every role has the boundary.",
            actions={
                "iam:DeleteRole": "destroy",
                "iam:GetRole": "read",
                "iam:GetRolePolicy": "read",
                "iam:ListAttachedRolePolicies": "read",
                "iam:ListInstanceProfilesForRole": "a role goes only when no profile holds it",
                "iam:ListRolePolicies": "read",
                "iam:TagRole": "tags",
                "iam:UntagRole": "tags that a spec no longer has",
                "iam:UpdateAssumeRolePolicy": "other members of a workspace",
            },
            resources=(scope.made_roles,),
        ),
    )


def _users_roles(scope: Scope) -> tuple[Statement, ...]:
    return (
        Statement(
            sid="AttachNodePolicyToUsersRoles",
            component=INSTANCE_ROLE,
            why="Only on the roles that the cloud-config lists, and only the policy of nodes, whose text is fixed.",
            actions={
                "iam:AttachRolePolicy": "what every node needs",
                "iam:DetachRolePolicy": "destroy",
            },
            resources=scope.instance_role_arns,
            conditions={"ArnEquals": {"iam:PolicyARN": scope.node_policy_arn}},
        ),
        Statement(
            sid="ReadUsersRoles",
            component=INSTANCE_ROLE,
            why="Only the roles that the cloud-config lists.",
            actions={
                "iam:GetRole": "read",
                "iam:ListAttachedRolePolicies": "whether the policy of nodes is on it",
            },
            resources=scope.instance_role_arns,
        ),
    )


def _profiles(scope: Scope) -> Statement:
    return Statement(
        sid="InstanceProfiles",
        component=INSTANCE_ROLE,
        why="Only below the path of what stacks make. Which role a profile may hold is a matter of passing it.",
        actions={
            "iam:AddRoleToInstanceProfile": "the profile holds the role",
            "iam:CreateInstanceProfile": "what hands a role to instances",
            "iam:DeleteInstanceProfile": "destroy",
            "iam:GetInstanceProfile": "read",
            "iam:RemoveRoleFromInstanceProfile": "destroy",
            "iam:TagInstanceProfile": "tags",
            "iam:UntagInstanceProfile": "tags that a spec no longer has",
        },
        resources=(scope.iam(f"instance-profile{scope.made_path}*"),),
    )


def passes(scope: Scope) -> tuple[Statement, ...]:
    """Handing roles over."""
    return (
        pass_to_nodes(scope),
        Statement(
            sid="PassRoleToFlowLogs",
            component="Workspace",
            why="Only roles with the boundary, and only to the service that writes flow logs.",
            actions={"iam:PassRole": "flow logs are written with a role"},
            resources=(scope.made_roles,),
            conditions={"StringEquals": {"iam:PassedToService": "vpc-flow-logs.amazonaws.com"}},
        ),
    )


def pass_to_nodes(scope: Scope) -> Statement:
    """Handing roles to the nodes of clusters."""
    return Statement(
        sid="PassRolesToNodes",
        component="Cluster, InstanceRole",
        why="Roles with the boundary, and those of the user's own that the cloud-config lists; only to machines.",
        actions={"iam:PassRole": "nodes run with a role; a profile that holds one hands it over"},
        resources=(scope.made_roles, *scope.instance_role_arns),
        conditions={"StringEquals": {"iam:PassedToService": scope.service("ec2")}},
    )
