"""A project of its own with stacks of the AWS target, rehearsed by the driver as `--offline` does."""

import shutil
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from bodo_infra.driver import Platform
from bodo_infra.driver.results import StackResult
from bodo_infra.testing import OfflineAccount

REPOSITORY = Path(__file__).parents[2]
PROJECT_FILE = "name: bodo\nruntime: python\nmain: programs\nstackConfigDir: stacks\n"


@dataclass
class RehearsedProject:
    """``root``: the folder with Pulumi.yaml.  ``account``: what has become of it all in the cloud."""

    root: Path
    account: OfflineAccount

    @classmethod
    @contextmanager
    def at(cls, root: Path):
        """A project without stacks."""
        (root / "stacks").mkdir(parents=True)
        shutil.copytree(REPOSITORY / "programs", root / "programs", ignore=shutil.ignore_patterns("plugins"))
        (root / "Pulumi.yaml").write_text(PROJECT_FILE)
        with cls.opened(root) as project:
            yield project

    @classmethod
    @contextmanager
    def opened(cls, root: Path):
        """A project that is there, such as a copy of another one."""
        with OfflineAccount(root / ".bodo-infra" / "offline") as account:
            yield cls(root, account)

    def take(self, *names: str) -> None:
        """Copy ready-made stacks of the repository."""
        for name in names:
            shutil.copy(REPOSITORY / "stacks" / f"Pulumi.{name}.yaml", self.root / "stacks")

    def write(self, name: str, kind: str, spec: Mapping[str, Any], **uses: str) -> None:
        """Write a stack file."""
        config = {"bodo:kind": kind, "bodo:uses": uses, "bodo:spec": dict(spec)}
        with (self.root / "stacks" / f"Pulumi.{name}.yaml").open("w") as file:
            YAML().dump({"config": config}, file)

    @property
    def platform(self) -> Platform:
        """The project as it stands in its files now."""
        return Platform.open(self.root, offline=True)

    def up(self, *names: str) -> dict[str, list[tuple[str, str]]]:
        """Bring stacks up, all when none is named; they must succeed. Stack to its steps."""
        return steps_of(self.platform.up(names or None))

    def preview(self, *names: str) -> dict[str, list[tuple[str, str]]]:
        """What `up` would do."""
        return steps_of(self.platform.preview(names or None))

    def refresh(self, *names: str) -> dict[str, dict[str, int]]:
        """Look at the account. Stack to what was found to be otherwise."""
        return {result.stack: dict(result.changes) for result in self.platform.refresh(names or None)}

    def destroy(self, *names: str) -> dict[str, list[tuple[str, str]]]:
        """Destroy stacks; it must succeed."""
        return steps_of(self.platform.destroy(names or None))

    def types(self) -> Counter[str]:
        """How many resources of each type the account has, by the last word of the type."""
        return Counter(row.type.rpartition(":")[2] for row in self.account.resources())


def steps_of(results: Iterable[StackResult]) -> dict[str, list[tuple[str, str]]]:
    """Stack to (operation, ``Type name``), for stacks in which something changed; without components."""
    return {
        result.stack: [
            (step.operation, f"{step.type.rpartition(':')[2]} {step.name}")
            for step in result.steps
            if not step.type.startswith("bodo:")
        ]
        for result in results
        if result.steps
    }
