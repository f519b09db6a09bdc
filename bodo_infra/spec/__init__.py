"""What a person writes: one pydantic model per noun, plain values, unknown keys refused. No I/O, no Pulumi."""

from collections.abc import Mapping

from bodo_infra.spec.base import Name, NounSpec, Spec
from bodo_infra.spec.cloud_config import (
    AwsAccount,
    AzureSubscription,
    CloudConfigSpec,
    LocalMachine,
    ServicePrincipal,
    Target,
)
from bodo_infra.spec.cluster import ClusterSpec
from bodo_infra.spec.instance_role import InstanceRoleSpec, PolicyStatement
from bodo_infra.spec.job import FolderSource, GitSource, JobSpec, S3Source, Schedule
from bodo_infra.spec.notebook import NotebookSpec
from bodo_infra.spec.organization import Member, OrganizationSpec
from bodo_infra.spec.workspace import (
    AzureFilesStorage,
    DirectoryStorage,
    EfsStorage,
    ExistingNetwork,
    LustreStorage,
    ManagedNetwork,
    Members,
    NetAppStorage,
    WorkspaceSpec,
)

NOUNS: Mapping[str, type[NounSpec]] = {
    "cloud-config": CloudConfigSpec,
    "workspace": WorkspaceSpec,
    "cluster": ClusterSpec,
    "instance-role": InstanceRoleSpec,
    "notebook": NotebookSpec,
    "job": JobSpec,
    "organization": OrganizationSpec,
}
"""Every noun, by the word that stack files and the command line use for it."""

__all__ = [
    "NOUNS",
    "AwsAccount",
    "AzureFilesStorage",
    "AzureSubscription",
    "CloudConfigSpec",
    "ClusterSpec",
    "DirectoryStorage",
    "EfsStorage",
    "ExistingNetwork",
    "FolderSource",
    "GitSource",
    "InstanceRoleSpec",
    "JobSpec",
    "LocalMachine",
    "LustreStorage",
    "ManagedNetwork",
    "Member",
    "Members",
    "Name",
    "NetAppStorage",
    "NotebookSpec",
    "NounSpec",
    "OrganizationSpec",
    "PolicyStatement",
    "S3Source",
    "Schedule",
    "ServicePrincipal",
    "Spec",
    "Target",
    "WorkspaceSpec",
]
