"""Stacks of the local target: from their files to components. Paths of a spec start at the project's folder."""

from typing import cast

from bodo_infra.component import Component
from bodo_infra.links import CloudConfigLinks, WorkspaceLinks
from bodo_infra.local import CloudConfig, CloudConfigArgs, Cluster, ClusterArgs, Workspace, WorkspaceArgs
from bodo_infra.project.project import Project
from bodo_infra.project.stack_file import StackFile
from bodo_infra.spec import CloudConfigSpec, ClusterSpec, DirectoryStorage, WorkspaceSpec
from bodo_infra.upstream import upstream


def cloud_config(project: Project, stack: StackFile) -> Component:
    """A cloud-config."""
    spec = cast(CloudConfigSpec, stack.spec)
    assert spec.local is not None
    here = spec.local.model_copy(update={"directory": str(project.path(spec.local.directory))})
    return CloudConfig(stack.name, CloudConfigArgs(spec=spec.model_copy(update={"local": here})))


def workspace(project: Project, stack: StackFile) -> Component:
    """A workspace."""
    spec = cast(WorkspaceSpec, stack.spec)
    storage = spec.shared_storage
    if isinstance(storage, DirectoryStorage) and storage.path is not None:
        here = storage.model_copy(update={"path": str(project.path(storage.path))})
        spec = spec.model_copy(update={"shared_storage": here})
    links = CloudConfigLinks.from_stack(upstream(project, stack, "cloud_config"))
    return Workspace(stack.name, WorkspaceArgs(spec=spec, cloud_config=links))


def cluster(project: Project, stack: StackFile) -> Component:
    """A cluster."""
    links = WorkspaceLinks.from_stack(upstream(project, stack, "workspace"))
    return Cluster(stack.name, ClusterArgs(spec=cast(ClusterSpec, stack.spec), workspace=links))
