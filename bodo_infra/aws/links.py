"""What nouns on AWS need to know of each other. Regions, ids and ARNs of what an upstream component has made."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from bodo_infra import links


@dataclass(frozen=True, kw_only=True)
class CloudConfigLinks(links.CloudConfigLinks):
    """A cloud-config on AWS, as workspaces and instance roles need it."""

    region: pulumi.Input[str]
    """Region of the bucket and the table."""
    account_id: pulumi.Input[str]
    bucket: pulumi.Input[str]
    """Name of the bucket for logs, artifacts and the node agent's package."""
    table: pulumi.Input[str]
    """Name of the table for records."""
    key_arn: pulumi.Input[str]
    """KMS key that everything is encrypted with; empty when AWS's own keys are used."""
    role_arn: pulumi.Input[str]
    """The cross-account role, which later stacks assume."""
    external_id: pulumi.Input[str]
    """Secret of its trust."""
    boundary_arn: pulumi.Input[str]
    """Permissions boundary that every role must carry which later stacks make."""


@dataclass(frozen=True, kw_only=True)
class WorkspaceLinks(links.WorkspaceLinks):
    """A workspace on AWS, as clusters and notebooks need it."""

    region: pulumi.Input[str]
    """Region of the network and all that is in it."""
    cloud_config_uuid: pulumi.Input[str]
    account_id: pulumi.Input[str]
    bucket: pulumi.Input[str]
    table: pulumi.Input[str]
    key_arn: pulumi.Input[str]
    boundary_arn: pulumi.Input[str]
    vpc_id: pulumi.Input[str]
    subnet_ids: pulumi.Input[Mapping[str, str]]
    """The private subnet of each zone: zone id to subnet id."""
    egress: pulumi.Input[str]
    """Way out of the private subnets: ``none`` when nodes reach AWS only and install everything from the bucket;
    ``nat``, ``nat-per-zone``, and ``nat`` for a network of the user's own."""
    node_security_group_ids: pulumi.Input[Sequence[str]]
    """Security groups of cluster nodes."""
    notebook_security_group_id: pulumi.Input[str]
    """Security group of notebook servers, which may reach the nodes."""
    file_system: pulumi.Input[Mapping[str, str]]
    """How nodes mount the shared files: ``kind`` (efs, lustre), ``id``, ``dns_name``, and ``access_point_id`` of an
    EFS or ``mount_name`` of a Lustre."""


@dataclass(frozen=True, kw_only=True)
class InstanceRoleLinks(links.InstanceRoleLinks):
    """An instance role, as clusters need it."""

    role_arn: pulumi.Input[str]
    instance_profile_arn: pulumi.Input[str]
    """What hands the role to instances; empty when the role is Failed."""
