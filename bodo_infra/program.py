"""The Pulumi program of every stack: from its configuration (kind, uses, spec) to a component and its exports."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import cast

import pulumi

from bodo_infra.component import Component
from bodo_infra.errors import BodoInfraError, InputError
from bodo_infra.links import CloudConfigLinks, WorkspaceLinks
from bodo_infra.project.project import Project, read_project
from bodo_infra.project.stack_file import KIND, SPEC, USES, StackFile, parse_stack_config, stack_path
from bodo_infra.spec import CloudConfigSpec, ClusterSpec, DirectoryStorage, WorkspaceSpec
from bodo_infra.upstream import Upstream

Builder = Callable[[Project, StackFile], Component]


def run() -> None:
    """Build the current stack. Bad input is shown as its text, without a traceback, and nothing is registered."""
    try:
        project = _current_project()
        stack = project.stack(pulumi.get_stack())
        project.require_sound([stack.name])
        target = project.target_of(stack.name)
        component = _builder(stack, target)(project, stack)
    except BodoInfraError as error:
        raise pulumi.RunError(str(error)) from None
    for name, output in component.outputs().items():
        pulumi.export(name, output)
    pulumi.export("kind", stack.kind)
    pulumi.export("target", target)


def _current_project() -> Project:
    """The project with the current stack as Pulumi's configuration has it: it may come from `--config-file`."""
    project = read_project(Path(pulumi.get_root_directory()))
    name = pulumi.get_stack()
    config = pulumi.Config("bodo")
    given = {
        key: value for key in (KIND, USES, SPEC) if (value := _value(config, key.removeprefix("bodo:"))) is not None
    }
    stack = parse_stack_config(stack_path(project.stack_dir, name), given)
    broken = {other: error for other, error in project.broken.items() if other != name}
    return replace(project, stacks={**project.stacks, name: stack}, broken=broken)


def _value(config: pulumi.Config, key: str) -> object:
    return config.get(key) if key == "kind" else config.get_object(key)


def _builder(stack: StackFile, target: str | None) -> Builder:
    builders: Mapping[tuple[str | None, str], Builder] = {
        ("local", "cloud-config"): _local_cloud_config,
        ("local", "workspace"): _local_workspace,
        ("local", "cluster"): _local_cluster,
    }
    builder = builders.get((target, stack.kind))
    if builder is None:
        known = ", ".join(f"{kind} on {place}" for place, kind in builders)
        raise InputError(
            f"stack {stack.name!r} is a {stack.kind} on target {target}, which this release cannot make",
            f"It makes: {known}",
        )
    return builder


# Each target's components are imported only where they are built: no stack loads another target's SDK.


def _local_cloud_config(project: Project, stack: StackFile) -> Component:
    from bodo_infra.local import CloudConfig, CloudConfigArgs

    spec = cast(CloudConfigSpec, stack.spec)
    assert spec.local is not None
    here = spec.local.model_copy(update={"directory": str(project.path(spec.local.directory))})
    return CloudConfig(stack.name, CloudConfigArgs(spec=spec.model_copy(update={"local": here})))


def _local_workspace(project: Project, stack: StackFile) -> Component:
    from bodo_infra.local import Workspace, WorkspaceArgs

    spec = cast(WorkspaceSpec, stack.spec)
    storage = spec.shared_storage
    if isinstance(storage, DirectoryStorage) and storage.path is not None:
        here = storage.model_copy(update={"path": str(project.path(storage.path))})
        spec = spec.model_copy(update={"shared_storage": here})
    links = CloudConfigLinks.from_stack(_upstream(project, stack, "cloud_config"))
    return Workspace(stack.name, WorkspaceArgs(spec=spec, cloud_config=links))


def _local_cluster(project: Project, stack: StackFile) -> Component:
    from bodo_infra.local import Cluster, ClusterArgs

    links = WorkspaceLinks.from_stack(_upstream(project, stack, "workspace"))
    return Cluster(stack.name, ClusterArgs(spec=cast(ClusterSpec, stack.spec), workspace=links))


def _upstream(project: Project, stack: StackFile, role: str) -> Upstream:
    used = project.stack(stack.uses[role])
    return Upstream(project.name, used.name, used.kind)
