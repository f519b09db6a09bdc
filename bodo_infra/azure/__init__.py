"""The Azure target: cloud-configs, workspaces, instance roles and clusters in a resource group of the user's own.

Names are loaded when they are first used: the Azure SDK takes longer to import than most commands to run.
"""

from typing import TYPE_CHECKING

from bodo_infra.lazy import CLOUD_MODULES, loading

if TYPE_CHECKING:
    from bodo_infra.azure.cloud_config import CloudConfig, CloudConfigArgs
    from bodo_infra.azure.cluster import Cluster, ClusterArgs
    from bodo_infra.azure.instance_role import InstanceRole, InstanceRoleArgs
    from bodo_infra.azure.links import CloudConfigLinks, InstanceRoleLinks, WorkspaceLinks
    from bodo_infra.azure.network import Network, NetworkArgs, NetworkLinks
    from bodo_infra.azure.shared_storage import SharedStorage, SharedStorageArgs
    from bodo_infra.azure.workspace import Workspace, WorkspaceArgs

__all__ = [
    "CloudConfig",
    "CloudConfigArgs",
    "CloudConfigLinks",
    "Cluster",
    "ClusterArgs",
    "InstanceRole",
    "InstanceRoleArgs",
    "InstanceRoleLinks",
    "Network",
    "NetworkArgs",
    "NetworkLinks",
    "SharedStorage",
    "SharedStorageArgs",
    "Workspace",
    "WorkspaceArgs",
    "WorkspaceLinks",
]

__getattr__ = loading(__name__, CLOUD_MODULES)
