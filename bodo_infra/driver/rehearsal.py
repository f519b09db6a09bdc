"""A rehearsal: the real engine, the real programs, and the project's offline account in place of the cloud.

What it makes lives below `.bodo-infra/offline` of the project, with a state of its own: what was rehearsed is never
taken for something real, and the other way round.
"""

from dataclasses import dataclass
from pathlib import Path

from bodo_infra.errors import InputError
from bodo_infra.project.offline import OFFLINE_VARIABLE
from bodo_infra.project.project import Project

OFFLINE_FOLDER = Path(".bodo-infra") / "offline"

TARGETS = ("aws", "azure")
"""Targets that the offline account answers for."""


@dataclass(frozen=True, kw_only=True)
class Rehearsal:
    """The offline account of one project. ``root``: the project's folder."""

    root: Path

    @property
    def folder(self) -> Path:
        """Where everything of it is; removing this folder forgets all that was rehearsed."""
        return self.root / OFFLINE_FOLDER

    @property
    def account(self) -> Path:
        """The account's file, made when the first provider opens it."""
        return self.folder / "account.db"

    @property
    def backend(self) -> Path:
        """Where the state of rehearsed stacks is kept."""
        return self.folder / "pulumi-state"

    def prepare(self) -> dict[str, str]:
        """Make the folders and return what the engine must be told. Raises HostError when they cannot be written."""
        from bodo_infra.plugin.account.home import offline_environ, prepare_home

        # One by one: the mode counts for the last folder alone, and the real state will be in the first one.
        for folder in (self.folder.parent, self.folder, self.backend):
            folder.mkdir(mode=0o700, exist_ok=True)
        home = self.folder / "pulumi-home"
        prepare_home(home, self.account)
        return {**offline_environ(home), OFFLINE_VARIABLE: "1"}


def rehearsable(project: Project) -> list[str]:
    """The stacks that can be rehearsed: those of targets that the offline account answers for."""
    return [name for name in project.names() if name in project.broken or project.target_of(name) in TARGETS]


def require_rehearsable(project: Project, names: list[str]) -> None:
    """Raise InputError for stacks of other targets."""
    others = [name for name in names if name in project.stacks and project.target_of(name) not in TARGETS]
    if others:
        raise InputError(
            f"--offline rehearses stacks of {', '.join(TARGETS)}, which {', '.join(others)} is not",
            "Leave --offline out: what is on the local target needs no account",
        )
