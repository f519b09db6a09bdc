"""The AWS target: cloud-configs, workspaces, instance roles and clusters in the user's own account.

Names are loaded when they are first used: the AWS SDK takes longer to import than most commands to run.
"""

from typing import TYPE_CHECKING

from bodo_infra.lazy import CLOUD_MODULES, loading

if TYPE_CHECKING:
    from bodo_infra.aws.cloud_config import CloudConfig, CloudConfigArgs
    from bodo_infra.aws.cluster import Cluster, ClusterArgs
    from bodo_infra.aws.instance_role import InstanceRole, InstanceRoleArgs
    from bodo_infra.aws.links import CloudConfigLinks, InstanceRoleLinks, WorkspaceLinks
    from bodo_infra.aws.network import Network, NetworkArgs, NetworkLinks
    from bodo_infra.aws.shared_storage import SharedStorage, SharedStorageArgs
    from bodo_infra.aws.workspace import Workspace, WorkspaceArgs

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
