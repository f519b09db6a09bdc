"""What decides about a network's traffic, and what it needs: security groups, endpoints, flow logs."""

from bodo_infra.aws.policies.statements import Scope, Statement, Tag, both, change_tags

NAME = "traffic"
WORKSPACE = "Workspace"

# Creating call to the kind of thing that it makes, each with the tag of the cloud-config.
_MADE = {
    "AuthorizeSecurityGroupEgress": "security-group-rule",
    "AuthorizeSecurityGroupIngress": "security-group-rule",
    "CreateFlowLogs": "vpc-flow-log",
    "CreateSecurityGroup": "security-group",
    "CreateVpcEndpoint": "vpc-endpoint",
}
_KINDS = tuple(sorted(set(_MADE.values())))


def statements(scope: Scope, tag: Tag) -> tuple[Statement, ...]:
    """``tag``: what groups, rules, endpoints and flow logs must carry."""
    return (
        _looks(),
        *_makes(scope, tag),
        *_builds(scope, tag),
        change_own(scope, tag),
        *change_tags("Traffic", WORKSPACE, tag, scope.ec2(*_KINDS), add=["ec2:CreateTags"], remove=["ec2:DeleteTags"]),
    )


def _looks() -> Statement:
    return Statement(
        sid="LookAtTraffic",
        component=WORKSPACE,
        why="EC2 lets nobody restrict what is listed, and listing changes nothing.",
        actions={
            "ec2:DescribeFlowLogs": "read flow logs",
            "ec2:DescribePrefixLists": "read gateway endpoints",
            "ec2:DescribeSecurityGroupRules": "read rules",
            "ec2:DescribeSecurityGroups": "read security groups",
            "ec2:DescribeVpcEndpoints": "read endpoints, and wait for them",
        },
        resources=("*",),
    )


def _makes(scope: Scope, tag: Tag) -> tuple[Statement, ...]:
    return (
        Statement(
            sid="MakeTraffic",
            component=WORKSPACE,
            why="New parts of a network, only with the tag by which they are known later.",
            actions={
                "ec2:AuthorizeSecurityGroupEgress": "a rule of a security group",
                "ec2:AuthorizeSecurityGroupIngress": "a rule of a security group",
                "ec2:CreateFlowLogs": "flow logs, by choice",
                "ec2:CreateSecurityGroup": "groups of nodes, notebooks, storage and endpoints",
                "ec2:CreateVpcEndpoint": "ways to AWS's services without the internet",
            },
            resources=scope.ec2(*_KINDS),
            conditions=tag.requested,
        ),
        Statement(
            sid="TagNewTraffic",
            component=WORKSPACE,
            why="Only in the call that makes the thing: nothing of others can be made ours by a tag.",
            actions={"ec2:CreateTags": "EC2 asks for it when something is made with tags"},
            resources=scope.ec2(*_KINDS),
            conditions=both(tag.requested, {"StringEquals": {"ec2:CreateAction": tuple(_MADE)}}),
        ),
    )


def _builds(scope: Scope, tag: Tag) -> tuple[Statement, ...]:
    return (
        Statement(
            sid="BuildOwnTraffic",
            component=WORKSPACE,
            why="What a new part is placed in or stands on must be ours.",
            actions={
                "ec2:AuthorizeSecurityGroupEgress": "add a rule to our group",
                "ec2:AuthorizeSecurityGroupIngress": "add a rule to our group",
                "ec2:CreateFlowLogs": "of our VPC",
                "ec2:CreateVpcEndpoint": "in our VPC, subnets and route tables, behind our group",
            },
            resources=scope.ec2("route-table", "security-group", "subnet", "vpc"),
            conditions=tag.owned,
        ),
        Statement(
            sid="GroupInAnyNetwork",
            component=WORKSPACE,
            why="A network of the user's own carries no such tag; one of another cloud-config carries its own. "
            "The group itself must carry ours.",
            actions={"ec2:CreateSecurityGroup": "groups of nodes and storage, also in an existing network"},
            resources=scope.ec2("vpc"),
            conditions=tag.not_of_others,
        ),
    )


def change_own(scope: Scope, tag: Tag) -> Statement:
    """Changing and removing what carries the tag."""
    return Statement(
        sid="ChangeOwnTraffic",
        component=WORKSPACE,
        why="Only what carries our tag.",
        actions={
            "ec2:DeleteFlowLogs": "destroy, or flow logs switched off",
            "ec2:DeleteSecurityGroup": "destroy",
            "ec2:DeleteVpcEndpoints": "destroy, or another egress",
            "ec2:ModifySecurityGroupRules": "a changed rule",
            "ec2:ModifyVpcEndpoint": "zones added to endpoints",
            "ec2:RevokeSecurityGroupEgress": "new groups let everything out; and destroy",
            "ec2:RevokeSecurityGroupIngress": "destroy",
        },
        resources=scope.ec2(*_KINDS, "route-table", "subnet"),
        conditions=tag.owned,
    )
