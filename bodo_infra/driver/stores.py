"""Where the records of a project's cloud-configs are: found from the stack files alone, without the engine."""

from collections.abc import Iterator
from pathlib import Path
from typing import cast

from bodo_infra.errors import HostError, InputError
from bodo_infra.project.project import Project
from bodo_infra.runtime.store import LocalStore
from bodo_infra.spec import CloudConfigSpec


class Stores:
    """Opens stores of a project's cloud-configs, each once."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._open: dict[Path, LocalStore] = {}

    def of_stack(self, name: str) -> LocalStore:
        """The store that a stack's records are kept in. Raises HostError when its cloud-config was never brought up."""
        bottom = self._project.cloud_config_of(name)
        spec = cast(CloudConfigSpec, bottom.spec)
        if spec.local is None:
            raise InputError(
                f"stack {name!r} stands on cloud-config {bottom.name!r} of target {spec.target}: its records are kept "
                "in the cloud, and this release reads records of the local target only",
                "Use a stack of the local target, or work with the stack by `up`, `preview`, `refresh` and `destroy`",
            )
        directory = self._project.path(spec.local.directory)
        if directory not in self._open:
            try:
                self._open[directory] = LocalStore(directory)
            except HostError as error:
                raise HostError(error.message, f"Bring it up first: `bodo-infra up {bottom.name}`") from error
        return self._open[directory]

    def existing(self) -> Iterator[LocalStore]:
        """The stores of all local cloud-configs that have been brought up."""
        for name in self._project.names_of_kind("cloud-config"):
            try:
                yield self.of_stack(name)
            except (HostError, InputError):  # not up yet, or kept in a cloud: nothing to list
                continue
