"""The Azure target: cloud-configs, workspaces, instance roles and clusters in a resource group of the user's own.

Names are loaded when they are first used: the Azure SDK takes longer to import than most commands to run.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bodo_infra.azure.cloud_config import CloudConfig, CloudConfigArgs
    from bodo_infra.azure.cluster import Cluster, ClusterArgs
    from bodo_infra.azure.instance_role import InstanceRole, InstanceRoleArgs
    from bodo_infra.azure.links import CloudConfigLinks, InstanceRoleLinks, WorkspaceLinks
    from bodo_infra.azure.network import Network, NetworkArgs, NetworkLinks
    from bodo_infra.azure.shared_storage import SharedStorage, SharedStorageArgs
    from bodo_infra.azure.workspace import Workspace, WorkspaceArgs

_MODULES = {
    "CloudConfig": "cloud_config",
    "CloudConfigArgs": "cloud_config",
    "CloudConfigLinks": "links",
    "Cluster": "cluster",
    "ClusterArgs": "cluster",
    "InstanceRole": "instance_role",
    "InstanceRoleArgs": "instance_role",
    "InstanceRoleLinks": "links",
    "Network": "network",
    "NetworkArgs": "network",
    "NetworkLinks": "network",
    "SharedStorage": "shared_storage",
    "SharedStorageArgs": "shared_storage",
    "Workspace": "workspace",
    "WorkspaceArgs": "workspace",
    "WorkspaceLinks": "links",
}

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


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
