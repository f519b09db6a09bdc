"""What making, changing, pausing and scaling clusters needs."""

from bodo_infra.aws.policies.statements import Scope, Statement, Tag, both, change_tags

NAME = "compute"
CLUSTER = "Cluster"


def statements(scope: Scope, tag: Tag) -> tuple[Statement, ...]:
    """``tag``: what clusters must carry."""
    return (looks(), *_makes(scope, tag), *_starts(scope, tag), *_changes(scope, tag))


def looks() -> Statement:
    """What anybody needs who only wants to see how clusters are."""
    return Statement(
        sid="LookAtClusters",
        component=CLUSTER,
        why="Neither EC2 nor Auto Scaling lets anybody restrict what is listed, and listing changes nothing.",
        actions={
            "autoscaling:DescribeAutoScalingGroups": "read the group: its nodes and their health",
            "autoscaling:DescribeScalingActivities": "tell why nodes do not come",
            "ec2:DescribeInstances": "nodes and their addresses",
            "ec2:DescribeLaunchTemplateVersions": "read the launch template",
            "ec2:DescribeLaunchTemplates": "read the launch template",
            "ec2:DescribePlacementGroups": "read the placement group, and wait until it is gone",
        },
        resources=("*",),
    )


def _makes(scope: Scope, tag: Tag) -> tuple[Statement, ...]:
    parts = scope.ec2("launch-template", "placement-group")
    return (
        Statement(
            sid="MakeCluster",
            component=CLUSTER,
            why="New parts of a cluster, only with the tag by which they are known later.",
            actions={
                "ec2:CreateLaunchTemplate": "what each node is",
                "ec2:CreatePlacementGroup": "nodes close together",
            },
            resources=parts,
            conditions=tag.requested,
        ),
        Statement(
            sid="MakeGroup",
            component=CLUSTER,
            why="Only with our tag. Auto Scaling does not tell whether a tag comes with something new.",
            actions={
                "autoscaling:CreateAutoScalingGroup": "the nodes, as one group",
                "autoscaling:CreateOrUpdateTags": "tags of a new group",
            },
            resources=groups(scope),
            conditions=tag.requested,
        ),
        Statement(
            sid="TagNewCluster",
            component=CLUSTER,
            why="Only in the call that makes the thing: nothing of others can be made ours by a tag.",
            actions={"ec2:CreateTags": "EC2 asks for it when something is made with tags"},
            resources=(*parts, *scope.ec2(*_STARTED)),
            conditions=both(
                tag.requested,
                {
                    "StringEquals": {
                        "ec2:CreateAction": ("CreateLaunchTemplate", "CreatePlacementGroup", "RunInstances")
                    }
                },
            ),
        ),
    )


_STARTED = ("instance", "network-interface", "spot-instances-request", "volume")


def groups(scope: Scope) -> tuple[str, ...]:
    """All Auto Scaling groups of the account."""
    return (scope.arn("autoscaling", "autoScalingGroup:*:autoScalingGroupName/*"),)


def _starts(scope: Scope, tag: Tag) -> tuple[Statement, ...]:
    start = "Auto Scaling asks whether the caller could start the nodes himself"
    template = {"ArnLike": {"ec2:LaunchTemplate": scope.ec2("launch-template")[0]}}
    return (
        Statement(
            sid="StartNodes",
            component=CLUSTER,
            why="What is started carries our tag, and comes from a launch template.",
            actions={"ec2:RunInstances": start},
            resources=scope.ec2(*_STARTED),
            conditions=both(tag.requested, template),
        ),
        Statement(
            sid="StartFromOwnParts",
            component=CLUSTER,
            why="Template and placement group must be ours.",
            actions={"ec2:RunInstances": start},
            resources=scope.ec2("launch-template", "placement-group"),
            conditions=both(tag.owned, template),
        ),
        Statement(
            sid="StartWithinReach",
            component=CLUSTER,
            why="Images are AWS's or the user's. A network of the user's own has no such tag; others have theirs.",
            actions={"ec2:RunInstances": start},
            resources=(
                f"arn:{scope.partition}:ec2:*::image/*",
                f"arn:{scope.partition}:ec2:*::snapshot/*",
                *scope.ec2("security-group", "subnet"),
            ),
            conditions=both(template, tag.not_of_others),
        ),
        Statement(
            sid="FindImages",
            component=CLUSTER,
            why="Only the parameters in which AWS publishes its images.",
            actions={
                "ssm:GetParameters": "the newest image, when a node starts",
            },
            resources=(f"arn:{scope.partition}:ssm:*::parameter/aws/service/*",),
        ),
        Statement(
            sid="ServiceRolesOfClusters",
            component=CLUSTER,
            why="A service makes its own role at its first use in an account, with rights that AWS fixes.",
            actions={"iam:CreateServiceLinkedRole": "the first Auto Scaling group, the first spot instance"},
            resources=(scope.iam("role/aws-service-role/*"),),
            conditions={"StringEquals": {"iam:AWSServiceName": ("autoscaling.amazonaws.com", "spot.amazonaws.com")}},
        ),
    )


def _changes(scope: Scope, tag: Tag) -> tuple[Statement, ...]:
    parts = scope.ec2("launch-template", "placement-group")
    return (
        Statement(
            sid="ChangeOwnClusters",
            component=CLUSTER,
            why="Only what carries our tag.",
            actions={
                "autoscaling:DeleteAutoScalingGroup": "destroy",
                "autoscaling:ResumeProcesses": "resume: lost nodes are made up for again",
                "autoscaling:SetDesiredCapacity": "scale",
                "autoscaling:SuspendProcesses": "pause: stopped nodes must not be made up for",
                "autoscaling:TerminateInstanceInAutoScalingGroup": "take one broken node away",
                "autoscaling:UpdateAutoScalingGroup": "scale, or another launch template",
                "ec2:CreateLaunchTemplateVersion": "a changed launch template",
                "ec2:DeleteLaunchTemplate": "destroy",
                "ec2:DeletePlacementGroup": "destroy",
                "ec2:ModifyLaunchTemplate": "a changed launch template becomes the default",
                "ec2:StartInstances": "resume",
                "ec2:StopInstances": "pause",
            },
            resources=(*groups(scope), *parts, *scope.ec2("instance")),
            conditions=tag.owned,
        ),
        *change_tags(
            "Clusters",
            CLUSTER,
            tag,
            (*groups(scope), *parts),
            add=["autoscaling:CreateOrUpdateTags", "ec2:CreateTags"],
            remove=["autoscaling:DeleteTags", "ec2:DeleteTags"],
        ),
    )
