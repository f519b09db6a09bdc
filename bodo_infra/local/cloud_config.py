"""A cloud-config on one machine: a folder for records, logs and artifacts."""

from dataclasses import dataclass
from pathlib import Path

import pulumi

from bodo_infra import tokens
from bodo_infra.checks import Finding, check_cloud_config, check_target, place
from bodo_infra.component import Component
from bodo_infra.errors import raise_problems
from bodo_infra.links import CloudConfigLinks
from bodo_infra.local.resources import Store
from bodo_infra.spec import CloudConfigSpec


@dataclass(frozen=True, kw_only=True)
class CloudConfigArgs:
    """``spec.local.directory`` must be absolute, or start with ``~``: a component knows no project folder."""

    spec: CloudConfigSpec


class CloudConfig(Component):
    """A store on this machine. Raises InputError before anything is registered.

    ``store``: the folder. It survives ``destroy`` while it holds jobs or logs, unless ``spec.delete_data``.
    """

    uuid: pulumi.Output[str]
    name: pulumi.Output[str]
    store: pulumi.Output[str]

    def __init__(self, name: str, args: CloudConfigArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        spec = args.spec
        raise_problems(place(check_cloud_config(spec) + _check_local(spec), path="spec"))
        assert spec.local is not None
        super().__init__(tokens.LOCAL_CLOUD_CONFIG, name, spec, None, opts)

        store = Store(
            self.child_name("store"),
            cloud_config=spec.name,
            directory=str(Path(spec.local.directory).expanduser()),
            delete_data=spec.delete_data,
            opts=self.child_options(),
        )

        self.uuid = store.uuid
        self.name = pulumi.Output.from_input(spec.name)
        self.store = store.directory
        self.register_declared()

    @property
    def links(self) -> CloudConfigLinks:
        """What workspaces of the same program need."""
        return CloudConfigLinks.from_component(self)


def _check_local(spec: CloudConfigSpec) -> list[Finding]:
    if spec.local is None:
        return check_target(spec, "local")
    return check_absolute(spec.local.directory, "local.directory")


def check_absolute(directory: str, path: str) -> list[Finding]:
    """A folder that depends on where the program was started is refused."""
    if Path(directory).expanduser().is_absolute():
        return []
    rule, fix = "must be absolute, or start with ~", "Resolve it against your project's folder"
    return [Finding(id="local.absolute", path=path, value=directory, rule=rule, fix=fix)]
