"""What every node of a cluster is: its plan, which follows from the spec alone, and the launch template made of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_aws import ec2

from bodo_infra import catalog
from bodo_infra.catalog import Ec2Type
from bodo_infra.component import Component
from bodo_infra.plans.efa_layout import CpuOptions, Efa, Interface, plan_cpu_options, plan_interfaces, ranks_per_node
from bodo_infra.spec import ClusterSpec

# What Auto Scaling looks up whenever it starts a node: the newest Amazon Linux 2023.
IMAGE_PARAMETER = "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-{architecture}"

ROOT_DEVICE: Final = "/dev/xvda"  # of Amazon Linux
ROOT_GIB: Final = 64
"""System, Bodo with its packages, and room for a user's; data belongs to the shared files."""

CLUSTER_STRATEGY: Final = "cluster"
TAGGED: Final = ("instance", "volume", "network-interface")
"""What is tagged when a node starts."""
SPOT_REQUEST: Final = "spot-instances-request"


@dataclass(frozen=True, kw_only=True)
class NodePlan:
    """``efa``: as the nodes are to treat it, ``off`` when they have none.  ``near``: placed close together.

    ``image``: an id, or the parameter that tells the newest.  ``slots``: ranks of a node.
    """

    type: Ec2Type
    interfaces: tuple[Interface, ...]
    cpu_options: CpuOptions | None
    efa: Efa
    near: bool
    image: str
    spot: bool
    slots: int


def plan_nodes(spec: ClusterSpec) -> NodePlan:
    """The plan of a spec that ``check_cluster`` finds nothing wrong with."""
    assert spec.instance_type is not None  # checked
    kind = catalog.ec2_type(spec.instance_type)
    interfaces = plan_interfaces(kind, efa=spec.efa)
    return NodePlan(
        type=kind,
        interfaces=interfaces,
        cpu_options=plan_cpu_options(kind),
        efa=spec.efa if any(interface.has_efa for interface in interfaces) else "off",
        near=spec.placement_group and CLUSTER_STRATEGY in kind.placement_strategies,
        image=spec.image_id or IMAGE_PARAMETER.format(architecture=kind.architecture),
        spot=spec.spot,
        slots=spec.ranks_per_node or ranks_per_node(kind),
    )


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What nodes are given. ``placement_group``: its name, None without one.  ``key_arn``: empty for AWS's own keys."""

    placement_group: pulumi.Input[str] | None
    security_group_ids: pulumi.Input[Sequence[str]]
    instance_profile_arn: pulumi.Input[str]
    key_arn: pulumi.Input[str]
    user_data: pulumi.Input[str]  # base64
    tags: Mapping[str, pulumi.Input[str]]


def make_launch_template(
    owner: Component, name: pulumi.Input[str], plan: NodePlan, around: Surroundings
) -> ec2.LaunchTemplate:
    """The template. The subnet is the Auto Scaling group's to say."""
    return ec2.LaunchTemplate(
        owner.child_name("node"),
        name=name,
        update_default_version=True,
        image_id=plan.image,
        instance_type=plan.type.name,
        iam_instance_profile=ec2.LaunchTemplateIamInstanceProfileArgs(arn=around.instance_profile_arn),
        metadata_options=ec2.LaunchTemplateMetadataOptionsArgs(
            http_endpoint="enabled",
            http_tokens="required",
            http_put_response_hop_limit=1,
            instance_metadata_tags="enabled",
        ),
        block_device_mappings=[_root_volume(around.key_arn)],
        network_interfaces=[_interface(item, around.security_group_ids) for item in plan.interfaces],
        placement=_placement(around.placement_group),
        cpu_options=_cpu_options(plan.cpu_options),
        instance_market_options=_SPOT if plan.spot else None,
        # A node that gives itself up is gone, and not paid for: see boot/node.sh.
        instance_initiated_shutdown_behavior="terminate",
        tag_specifications=[
            ec2.LaunchTemplateTagSpecificationArgs(resource_type=kind, tags=around.tags)
            for kind in (*TAGGED, *((SPOT_REQUEST,) if plan.spot else ()))
        ],
        user_data=around.user_data,
        tags=around.tags,
        opts=owner.child_options(),
    )


def _interface(
    interface: Interface, security_group_ids: pulumi.Input[Sequence[str]]
) -> ec2.LaunchTemplateNetworkInterfaceArgs:
    public = interface.public_address
    return ec2.LaunchTemplateNetworkInterfaceArgs(
        network_card_index=interface.card,
        device_index=interface.device,
        interface_type=interface.kind,
        security_groups=security_group_ids,
        delete_on_termination="true",
        associate_public_ip_address=None if public is None else str(public).lower(),
    )


def _placement(group: pulumi.Input[str] | None) -> ec2.LaunchTemplatePlacementArgs | None:
    return None if group is None else ec2.LaunchTemplatePlacementArgs(group_name=group)


def _cpu_options(options: CpuOptions | None) -> ec2.LaunchTemplateCpuOptionsArgs | None:
    if options is None:
        return None
    return ec2.LaunchTemplateCpuOptionsArgs(core_count=options.core_count, threads_per_core=options.threads_per_core)


# Auto Scaling takes one-time requests only: it is what asks again.
_SPOT = ec2.LaunchTemplateInstanceMarketOptionsArgs(
    market_type="spot",
    spot_options=ec2.LaunchTemplateInstanceMarketOptionsSpotOptionsArgs(
        spot_instance_type="one-time", instance_interruption_behavior="terminate"
    ),
)


def _root_volume(key_arn: pulumi.Input[str]) -> ec2.LaunchTemplateBlockDeviceMappingArgs:
    return ec2.LaunchTemplateBlockDeviceMappingArgs(
        device_name=ROOT_DEVICE,
        ebs=ec2.LaunchTemplateBlockDeviceMappingEbsArgs(
            volume_type="gp3",
            volume_size=ROOT_GIB,
            encrypted="true",
            kms_key_id=pulumi.Output.from_input(key_arn).apply(lambda arn: arn or None),
            delete_on_termination="true",
        ),
    )
