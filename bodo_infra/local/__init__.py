"""The local target: cloud-configs, workspaces and clusters as folders and processes of one machine."""

from bodo_infra.links import CloudConfigLinks, WorkspaceLinks
from bodo_infra.local.cloud_config import CloudConfig, CloudConfigArgs
from bodo_infra.local.cluster import Cluster, ClusterArgs
from bodo_infra.local.workspace import Workspace, WorkspaceArgs

__all__ = [
    "CloudConfig",
    "CloudConfigArgs",
    "CloudConfigLinks",
    "Cluster",
    "ClusterArgs",
    "Workspace",
    "WorkspaceArgs",
    "WorkspaceLinks",
]
