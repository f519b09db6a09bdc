"""Stacks of the local target: from their files to components."""

from typing import cast

from bodo_infra.component import Component
from bodo_infra.links import CloudConfigLinks, WorkspaceLinks
from bodo_infra.local import CloudConfig, CloudConfigArgs, Cluster, ClusterArgs, Workspace, WorkspaceArgs
from bodo_infra.project.built import built_spec
from bodo_infra.project.project import Project
from bodo_infra.project.stack_file import StackFile
from bodo_infra.spec import CloudConfigSpec, ClusterSpec, WorkspaceSpec
from bodo_infra.upstream import upstream


def cloud_config(project: Project, stack: StackFile) -> Component:
    """A cloud-config."""
    return CloudConfig(stack.name, CloudConfigArgs(spec=cast(CloudConfigSpec, built_spec(project, stack.name))))


def workspace(project: Project, stack: StackFile) -> Component:
    """A workspace."""
    spec = cast(WorkspaceSpec, built_spec(project, stack.name))
    links = CloudConfigLinks.from_stack(upstream(project, stack, "cloud_config"))
    return Workspace(stack.name, WorkspaceArgs(spec=spec, cloud_config=links))


def cluster(project: Project, stack: StackFile) -> Component:
    """A cluster."""
    links = WorkspaceLinks.from_stack(upstream(project, stack, "workspace"))
    return Cluster(stack.name, ClusterArgs(spec=cast(ClusterSpec, stack.spec), workspace=links))
