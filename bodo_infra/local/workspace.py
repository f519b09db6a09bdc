"""A workspace on one machine: a shared folder. There is no network to make."""

from dataclasses import dataclass
from pathlib import Path

import pulumi

from bodo_infra import tokens
from bodo_infra.checks import Finding, check_workspace, place
from bodo_infra.component import Component
from bodo_infra.errors import raise_problems
from bodo_infra.links import CloudConfigLinks, WorkspaceLinks
from bodo_infra.local.cloud_config import check_absolute
from bodo_infra.local.resources import Directory
from bodo_infra.spec import DirectoryStorage, WorkspaceSpec


@dataclass(frozen=True, kw_only=True)
class WorkspaceArgs:
    """``spec.shared_storage.path``, where given, must be absolute, or start with ``~``."""

    spec: WorkspaceSpec
    cloud_config: CloudConfigLinks


class Workspace(Component):
    """A shared folder on this machine. Raises InputError before anything is registered.

    The folder survives ``destroy`` unless it is empty or ``spec.delete_data``.
    """

    uuid: pulumi.Output[str]
    name: pulumi.Output[str]
    store: pulumi.Output[str]
    shared_path: pulumi.Output[str]

    def __init__(self, name: str, args: WorkspaceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        spec = args.spec
        raise_problems(place(check_workspace(spec, "local") + _check_path(spec), path="spec"))
        super().__init__(tokens.LOCAL_WORKSPACE, name, spec, args.cloud_config, opts)

        directory = Directory(
            self.child_name("directory"),
            workspace=spec.name,
            store=args.cloud_config.store,
            path=_given_path(spec) or pulumi.Output.format("{0}/workspaces/{1}", args.cloud_config.store, spec.name),
            delete_data=spec.delete_data,
            opts=self.child_options(),
        )

        self.uuid = directory.uuid
        self.name = pulumi.Output.from_input(spec.name)
        self.store = pulumi.Output.from_input(args.cloud_config.store)
        self.shared_path = directory.path
        self.register_declared()

    @property
    def links(self) -> WorkspaceLinks:
        """What clusters and notebooks of the same program need."""
        return WorkspaceLinks.from_component(self)


def _given_path(spec: WorkspaceSpec) -> str | None:
    storage = spec.shared_storage
    return str(Path(storage.path).expanduser()) if isinstance(storage, DirectoryStorage) and storage.path else None


def _check_path(spec: WorkspaceSpec) -> list[Finding]:
    given = _given_path(spec)
    return check_absolute(given, "shared_storage.path") if given else []
