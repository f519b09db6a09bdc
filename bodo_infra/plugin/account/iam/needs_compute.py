"""What starting machines needs: launch templates, Auto Scaling groups, instances, key pairs, placement groups.

CloudFormation's list for groups (alarms, load balancers, VPC Lattice, managed fleets) is for features not used here.
"""

from collections.abc import Mapping

from bodo_infra.plugin.account.iam.launches import (
    INSTANCE,
    KEY_PAIR,
    PLACEMENT,
    TEMPLATE,
    first_of,
    image_parameters,
    passed_roles,
    started,
    tagged_at_start,
    template_key,
    uses_spot,
)
from bodo_infra.plugin.account.iam.needs_network import GROUP, made, tags, the_subnet
from bodo_infra.plugin.account.iam.steps import (
    Needs,
    asks,
    new,
    other,
    own,
    service_role,
    step,
    tag_new,
    tagging,
)
from bodo_infra.plugin.account.iam.subject import Subject


def _has_template(subject: Subject) -> bool:
    return bool(template_key(subject))


def _template_changed(subject: Subject) -> bool:
    return _has_template(subject) and subject.touches(("launchTemplate", "mixedInstancesPolicy", "vpcZoneIdentifiers"))


# Changed by calls of their own, and not by updating the group.
_BESIDE_GROUP = frozenset(
    {"enabledMetrics", "loadBalancers", "suspendedProcesses", "tags", "targetGroupArns", "trafficSources", "warmPool"}
)
# Changed without a new version of the template.
_BESIDE_TEMPLATE = frozenset({"defaultVersion", "region", "tags", "tagsAll", "updateDefaultVersion"})


def _updates_group(subject: Subject) -> bool:
    return subject.touches_besides(_BESIDE_GROUP)


def _refreshes(subject: Subject) -> bool:
    """A new template is rolled out only where the group says how; it may name further triggers."""
    refresh = first_of(subject.value("instanceRefresh"))
    triggers = tuple(each for each in refresh.get("triggers") or () if isinstance(each, str))
    return bool(refresh) and subject.touches(("launchTemplate", "mixedInstancesPolicy", *triggers))


def _writes_version(subject: Subject) -> bool:
    return subject.touches_besides(_BESIDE_TEMPLATE)


the_group = own("autoscaling:autoScalingGroup:*:autoScalingGroupName/{}", "name")
new_group = new("autoscaling:autoScalingGroup:*:autoScalingGroupName/{}", "name")

_GROUP = Needs(
    create=(
        step(
            "autoscaling:CreateAutoScalingGroup",
            new_group,
            carry=lambda subject: {"autoscaling:LaunchTemplateVersionSpecified": _says_version(subject)},
        ),
        tag_new("autoscaling:CreateOrUpdateTags", new_group),
        step("ec2:RunInstances", started, only=_has_template),
        step("ssm:GetParameters", image_parameters, only=_has_template),
        step("ec2:CreateTags", tagged_at_start, only=_has_template),
        step("iam:PassRole", passed_roles, only=_has_template),
        step("autoscaling:EnableMetricsCollection", the_group, when=("enabledMetrics",)),
        step("autoscaling:SuspendProcesses", the_group, when=("suspendedProcesses",)),
        service_role("autoscaling.amazonaws.com", "AWSServiceRoleForAutoScaling"),
        service_role("spot.amazonaws.com", "AWSServiceRoleForEC2Spot", uses_spot),
    ),
    # Scaling activities tell why machines do not come; creation and deletion wait for them.
    read=asks("autoscaling:DescribeAutoScalingGroups", "autoscaling:DescribeScalingActivities"),
    update=(
        step("autoscaling:UpdateAutoScalingGroup", the_group, only=_updates_group),
        step("ec2:RunInstances", started, only=_template_changed),
        step("ssm:GetParameters", image_parameters, only=_template_changed),
        step("ec2:CreateTags", tagged_at_start, only=_template_changed),
        step("iam:PassRole", passed_roles, only=_template_changed),
        step("autoscaling:EnableMetricsCollection", the_group, when=("enabledMetrics",)),
        step("autoscaling:DisableMetricsCollection", the_group, when=("enabledMetrics",)),
        step("autoscaling:SuspendProcesses", the_group, when=("suspendedProcesses",)),
        step("autoscaling:ResumeProcesses", the_group, when=("suspendedProcesses",)),
        step("autoscaling:StartInstanceRefresh", the_group, only=_refreshes),
        *tagging(
            "autoscaling:CreateOrUpdateTags",
            "autoscaling:DeleteTags",
            "autoscaling:autoScalingGroup:*:autoScalingGroupName/{}",
            "name",
        ),
    ),
    # Unless it is forced, a group is emptied first.
    delete=(
        step("autoscaling:UpdateAutoScalingGroup", the_group),
        step("autoscaling:DeleteAutoScalingGroup", the_group),
        *asks("autoscaling:DescribeAutoScalingGroups", "autoscaling:DescribeScalingActivities"),
    ),
)


def _says_version(subject: Subject) -> str:
    return "true" if first_of(subject.value("launchTemplate")).get("version") else "false"


the_instance = own("ec2:instance/{}")

_INSTANCE = Needs(
    create=(
        step("ec2:RunInstances", started),
        step("ssm:GetParameters", image_parameters),
        step("ec2:CreateTags", tagged_at_start),
        step("iam:PassRole", passed_roles),
        service_role("spot.amazonaws.com", "AWSServiceRoleForEC2Spot", uses_spot),
    ),
    read=(
        *asks(
            "ec2:DescribeInstances",
            "ec2:DescribeInstanceTypes",
            "ec2:DescribeTags",
            "ec2:DescribeVolumes",
            "ec2:DescribeVpcs",
            "ec2:DescribeInstanceCreditSpecifications",
        ),
        step("ec2:DescribeInstanceAttribute", the_instance),
    ),
    update=(
        step(
            "ec2:ModifyInstanceAttribute",
            the_instance,
            when=("disableApiTermination", "instanceType", "sourceDestCheck", "userData", "vpcSecurityGroupIds"),
        ),
        step("ec2:StopInstances", the_instance, when=("instanceType", "userData")),
        step("ec2:StartInstances", the_instance, when=("instanceType", "userData")),
        step("ec2:ModifyInstanceMetadataOptions", the_instance, when=("metadataOptions",)),
        step("iam:PassRole", passed_roles, when=("iamInstanceProfile",)),
        step("ec2:AssociateIamInstanceProfile", the_instance, when=("iamInstanceProfile",)),
        step("ec2:ReplaceIamInstanceProfileAssociation", the_instance, when=("iamInstanceProfile",)),
        *tags("instance"),
    ),
    delete=(step("ec2:TerminateInstances", the_instance), *asks("ec2:DescribeInstances")),
)

the_template = own("ec2:launch-template/{}")

TYPES: Mapping[str, Needs] = {
    "aws:autoscaling/group:Group": _GROUP,
    INSTANCE: _INSTANCE,
    TEMPLATE: Needs(
        create=(
            step("ec2:CreateLaunchTemplate", new("ec2:launch-template/{}")),
            made("CreateLaunchTemplate", "launch-template"),
        ),
        read=asks("ec2:DescribeLaunchTemplates", "ec2:DescribeLaunchTemplateVersions"),
        # Every change but that of tags and of the default version writes a new version.
        update=(
            step("ec2:CreateLaunchTemplateVersion", the_template, only=_writes_version),
            step("ec2:ModifyLaunchTemplate", the_template, only=_writes_version),
            *tags("launch-template"),
        ),
        delete=(step("ec2:DeleteLaunchTemplate", the_template),),
    ),
    PLACEMENT: Needs(
        create=(
            step("ec2:CreatePlacementGroup", new("ec2:placement-group/{}", "name")),
            tag_new("ec2:CreateTags", new("ec2:placement-group/{}", "name"), "CreatePlacementGroup"),
        ),
        read=asks("ec2:DescribePlacementGroups"),
        update=tagging("ec2:CreateTags", "ec2:DeleteTags", "ec2:placement-group/{}", "name"),
        delete=(
            step("ec2:DeletePlacementGroup", own("ec2:placement-group/{}", "name")),
            *asks("ec2:DescribePlacementGroups"),
        ),
    ),
    KEY_PAIR: Needs(
        create=(
            step("ec2:ImportKeyPair", new("ec2:key-pair/{}", "keyName")),
            tag_new("ec2:CreateTags", new("ec2:key-pair/{}", "keyName"), "ImportKeyPair"),
        ),
        read=asks("ec2:DescribeKeyPairs"),
        update=tagging("ec2:CreateTags", "ec2:DeleteTags", "ec2:key-pair/{}", "keyName"),
        delete=(step("ec2:DeleteKeyPair", own("ec2:key-pair/{}", "keyName")), *asks("ec2:DescribeKeyPairs")),
    ),
    "aws:ec2/networkInterface:NetworkInterface": Needs(
        create=(
            step(
                "ec2:CreateNetworkInterface",
                new("ec2:network-interface/{}"),
                the_subnet,
                other("ec2:security-group/{}", "securityGroups", GROUP),
            ),
            made("CreateNetworkInterface", "network-interface"),
        ),
        read=asks("ec2:DescribeNetworkInterfaces"),
        update=(
            step(
                "ec2:ModifyNetworkInterfaceAttribute",
                own("ec2:network-interface/{}"),
                when=("description", "securityGroups", "sourceDestCheck"),
            ),
            *tags("network-interface"),
        ),
        delete=(
            step("ec2:DeleteNetworkInterface", own("ec2:network-interface/{}")),
            *asks("ec2:DescribeNetworkInterfaces"),
        ),
    ),
}
