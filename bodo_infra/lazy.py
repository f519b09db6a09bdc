"""Names of a package that are loaded when they are first used: the SDK of a cloud takes longer to import than most
commands to run."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Final

CLOUD_MODULES: Final[Mapping[str, str]] = {
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
"""What the package of every cloud gives, and in which of its modules it is."""


def loading(package: str, modules: Mapping[str, str]) -> Callable[[str], object]:
    """The ``__getattr__`` of a package. ``modules``: name to module below the package."""

    def load(name: str) -> object:
        if name not in modules:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(f"{package}.{modules[name]}"), name)

    return load
