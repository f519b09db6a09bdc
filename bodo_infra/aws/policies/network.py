"""What making and changing a workspace's network needs: VPC, subnets, gateways, addresses, routes."""

from bodo_infra.aws.policies.statements import Scope, Statement, Tag, both, change_tags

NAME = "network"
WORKSPACE = "Workspace"

# Creating call to the kinds of things that it makes, each with the tag of the cloud-config.
_MADE = {
    "AllocateAddress": "elastic-ip",
    "CreateInternetGateway": "internet-gateway",
    "CreateNatGateway": "natgateway",
    "CreateRouteTable": "route-table",
    "CreateSubnet": "subnet",
    "CreateVpc": "vpc",
}
_KINDS = tuple(sorted(set(_MADE.values())))


def statements(scope: Scope, tag: Tag) -> tuple[Statement, ...]:
    """``tag``: what the network's parts must carry."""
    return (
        _looks(),
        _attributes(scope),
        _makes(scope, tag),
        _tags_new(scope, tag),
        _builds(scope, tag),
        change_own(scope, tag),
        *change_tags("Network", WORKSPACE, tag, scope.ec2(*_KINDS), add=["ec2:CreateTags"], remove=["ec2:DeleteTags"]),
    )


def _looks() -> Statement:
    return Statement(
        sid="LookAtNetworks",
        component=WORKSPACE,
        why="EC2 lets nobody restrict what is listed, and listing changes nothing.",
        actions={
            "ec2:DescribeAddresses": "read the address of a NAT gateway",
            "ec2:DescribeAddressesAttribute": "read the address of a NAT gateway: the provider asks for its DNS name",
            "ec2:DescribeInternetGateways": "read the internet gateway",
            "ec2:DescribeNatGateways": "read NAT gateways, and wait for them",
            "ec2:DescribeNetworkAcls": "read the VPC: the provider asks for its default network ACL",
            "ec2:DescribeNetworkInterfaces": "wait until what stands in a subnet or group that is to go is gone",
            "ec2:DescribeRouteTables": "read routes, and check those of an existing network",
            "ec2:DescribeSubnets": "read subnets, and check those of an existing network",
            "ec2:DescribeVpcs": "read the VPC, and check an existing one",
        },
        resources=("*",),
    )


def _attributes(scope: Scope) -> Statement:
    return Statement(
        sid="ReadVpcs",
        component=WORKSPACE,
        why="A network of the user's own carries no tag of ours, and reading changes nothing.",
        actions={"ec2:DescribeVpcAttribute": "whether the VPC has DNS"},
        resources=scope.ec2("vpc"),
    )


def _makes(scope: Scope, tag: Tag) -> Statement:
    return Statement(
        sid="MakeNetwork",
        component=WORKSPACE,
        why="New parts of a network, only with the tag by which they are known later.",
        actions={
            "ec2:AllocateAddress": "the address of a NAT gateway",
            "ec2:CreateInternetGateway": "the way out of the public subnet",
            "ec2:CreateNatGateway": "the way out of private subnets",
            "ec2:CreateRouteTable": "routes of a subnet",
            "ec2:CreateSubnet": "a subnet in each zone",
            "ec2:CreateVpc": "the network itself",
        },
        resources=scope.ec2(*_KINDS),
        conditions=tag.requested,
    )


def _tags_new(scope: Scope, tag: Tag) -> Statement:
    return Statement(
        sid="TagNewNetwork",
        component=WORKSPACE,
        why="Only in the call that makes the thing: nothing of others can be made ours by a tag.",
        actions={"ec2:CreateTags": "EC2 asks for it when something is made with tags"},
        resources=scope.ec2(*_KINDS),
        conditions=both(tag.requested, {"StringEquals": {"ec2:CreateAction": tuple(_MADE)}}),
    )


def _builds(scope: Scope, tag: Tag) -> Statement:
    return Statement(
        sid="BuildInOwnNetwork",
        component=WORKSPACE,
        why="What a new part is placed in or stands on must be ours.",
        actions={
            "ec2:CreateNatGateway": "in our public subnet, with our address",
            "ec2:CreateRouteTable": "in our VPC",
            "ec2:CreateSubnet": "in our VPC",
        },
        resources=scope.ec2("elastic-ip", "subnet", "vpc"),
        conditions=tag.owned,
    )


def change_own(scope: Scope, tag: Tag) -> Statement:
    """Changing and removing what carries the tag."""
    return Statement(
        sid="ChangeOwnNetwork",
        component=WORKSPACE,
        why="Only what carries our tag.",
        actions=_CHANGES,
        resources=scope.ec2(*_KINDS),
        conditions=tag.owned,
    )


_CHANGES = {
    "ec2:AssociateRouteTable": "give a subnet its routes",
    "ec2:AttachInternetGateway": "the way out of the public subnet",
    "ec2:CreateRoute": "the route to the internet or to NAT",
    "ec2:DeleteInternetGateway": "destroy, or another egress",
    "ec2:DeleteNatGateway": "destroy, or another egress",
    "ec2:DeleteRoute": "destroy, or another egress",
    "ec2:DeleteRouteTable": "destroy",
    "ec2:DeleteSubnet": "destroy, or other zones",
    "ec2:DeleteVpc": "destroy",
    "ec2:DetachInternetGateway": "destroy, or another egress",
    "ec2:DisassociateAddress": "give the address of a NAT gateway back",
    "ec2:DisassociateRouteTable": "destroy",
    "ec2:ModifySubnetAttribute": "no public addresses in private subnets",
    "ec2:ModifyVpcAttribute": "DNS names, which mounting and endpoints need",
    "ec2:ReleaseAddress": "give the address of a NAT gateway back",
    "ec2:ReplaceRoute": "a changed way out",
    "ec2:ReplaceRouteTableAssociation": "set right what an interrupted `up` has half made",
}
