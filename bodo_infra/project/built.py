"""What a component is given: the spec of its stack file with what only the project knows filled in."""

from bodo_infra.project.project import Project
from bodo_infra.spec import CloudConfigSpec, DirectoryStorage, NounSpec, WorkspaceSpec


def built_spec(project: Project, name: str) -> NounSpec:
    """The spec of a stack: paths made absolute, a workspace's region that of its cloud-config. Raises InputError."""
    spec = project.stack(name).spec
    if isinstance(spec, CloudConfigSpec) and spec.local is not None:
        here = spec.local.model_copy(update={"directory": str(project.path(spec.local.directory))})
        return spec.model_copy(update={"local": here})
    if not isinstance(spec, WorkspaceSpec):
        return spec
    storage = spec.shared_storage
    if isinstance(storage, DirectoryStorage) and storage.path is not None:
        there = storage.model_copy(update={"path": str(project.path(storage.path))})
        return spec.model_copy(update={"shared_storage": there})
    return spec.model_copy(update={"region": region_of(project, name)}) if spec.region is None else spec


def region_of(project: Project, name: str) -> str | None:
    """Where the things of a stack are on AWS or Azure; None on the local target. Raises InputError."""
    stack = project.stack(name)
    home = project.stack(stack.uses["workspace"]) if "workspace" in stack.uses else stack
    if isinstance(home.spec, WorkspaceSpec) and home.spec.region:
        return home.spec.region
    bottom = project.cloud_config_of(name).spec
    assert isinstance(bottom, CloudConfigSpec)
    return bottom.aws.region if bottom.aws else bottom.azure.location if bottom.azure else None
