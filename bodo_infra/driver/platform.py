"""A project as one object: its stacks, workspaces, clusters and jobs. What scripts and the command line both use."""

import os
from collections.abc import Iterable
from pathlib import Path

from bodo_infra.cores import physical_cores
from bodo_infra.driver.clusters import Clusters
from bodo_infra.driver.consent import StackChange, find_changes, require_consent, require_free
from bodo_infra.driver.dedicated import DedicatedClusters
from bodo_infra.driver.jobs import Jobs
from bodo_infra.driver.operations import Report
from bodo_infra.driver.rehearsal import Rehearsal, rehearsable, require_rehearsable
from bodo_infra.driver.results import StackResult, Step
from bodo_infra.driver.stacks import Stacks
from bodo_infra.driver.state import Moved, Say, State
from bodo_infra.driver.stores import Stores
from bodo_infra.driver.submission import Submission
from bodo_infra.driver.workspaces import Workspaces
from bodo_infra.errors import raise_problems
from bodo_infra.project.extras import require_extras
from bodo_infra.project.offline import offline_account_problems
from bodo_infra.project.project import Project, find_project, read_project
from bodo_infra.runtime.clusters import list_clusters
from bodo_infra.runtime.records import JobRecord
from bodo_infra.spec import JobSpec


def quiet(step: Step) -> None:
    """Report nothing."""


def silent(line: str) -> None:
    """Say nothing."""


class Platform:
    """All that a project describes, and what has become of it.

    ``up``, ``preview``, ``refresh``, ``destroy``: operations on stacks.  ``stacks``: status, unlock.
    ``state``: where their state is: show; ``move_state`` moves it.
    ``workspaces``: those that are up: all, show.  ``clusters``: those that are there: all, show, pause, resume, scale.
    ``jobs``: ended ones too: all, show, follow, wait, log, cancel, delete.  ``submit``: run a job.

    ``offline``: rehearse the stacks of cloud targets in an account that is a file of the project; nothing real is made.

    Errors are those of ``bodo_infra.errors``.
    """

    def __init__(self, project: Project, *, offline: bool = False) -> None:
        self.rehearsal = Rehearsal(root=project.root) if offline else None
        self._describe(project)

    @classmethod
    def open(cls, directory: Path | str = ".", *, offline: bool = False) -> "Platform":
        """The project that ``directory`` lies in. Raises NotFoundError, InputError."""
        return cls(read_project(find_project(Path(directory))), offline=offline)

    def up(
        self,
        names: Iterable[str] | None,
        report: Report = quiet,
        *,
        refresh: bool = False,
        lose_data: bool = False,
    ) -> list[StackResult]:
        """Bring up stacks and all that they use; with ``names`` None every stack that this release can make.

        Everything is checked before. ``refresh``: look at the real things first. Clusters that have shut themselves
        down are looked at anyway.
        ``lose_data``: do it even though changed specs let go of data, as ``changes`` tells. Raises InputError else;
        and when other stacks that are up hold what would be replaced.
        """
        if self.rehearsal is None and self.sweep(report):
            self._read_again()
        wanted, offline = self._sound(names), self.rehearsal is not None
        changes = find_changes(self.stacks, wanted, offline=offline)
        require_free(changes, offline=offline)
        if not lose_data:
            require_consent(changes, offline=offline, names=None if names is None else wanted)
        self.state.require_kept(item.stack for item in changes if item.change.loses_data)
        if self.rehearsal:
            return self.stacks.up(wanted, report, refresh=wanted if refresh else ())
        results = self.stacks.up(
            wanted, report, refresh=self.project.names() if refresh else self._removed_clusters(wanted)
        )
        # Nothing changes for the engine when agents have died, with their machine perhaps: it does not look at them.
        self.clusters.heal_all()
        return results

    def changes(self, names: Iterable[str] | None) -> list[StackChange]:
        """What ``up`` would replace or lose because specs have changed, of the stacks and all that they use."""
        return find_changes(self.stacks, self._sound(names), offline=self.rehearsal is not None)

    def preview(self, names: Iterable[str] | None, report: Report = quiet) -> list[StackResult]:
        """Say what ``up`` would do; changes nothing."""
        return self.stacks.preview(self._sound(names), report)

    def refresh(self, names: Iterable[str] | None, report: Report = quiet) -> list[StackResult]:
        """Look at the real things and note what is there."""
        return self.stacks.refresh(self._wanted(names), report)

    def destroy(self, names: Iterable[str] | None, report: Report = quiet) -> list[StackResult]:
        """Destroy stacks and all that stand on them; every stack when ``names`` is None. Data stays by default."""
        wanted = self._wanted(names)
        if self.rehearsal:
            return self.stacks.destroy(wanted, report)
        self.state.require_kept(self.project.with_dependents(wanted))
        removed = self._dedicated.remove_all(self.project.with_dependents(wanted), report)
        self._read_again()
        return self.stacks.destroy([name for name in wanted if name not in removed], report)

    def submit(self, spec: JobSpec, report: Report = quiet) -> JobRecord:
        """Put a job into its cluster's queue; see ``Submission.submit``. ``report``: told of a new cluster's steps."""
        return Submission(self.clusters, self._dedicated, environment=os.environ).submit(spec, report)

    def move_state(self, to: str, say: Say = silent) -> Moved:
        """Move the state of all stacks elsewhere; see ``State.move``. ``say``: told what has been done."""
        moved = self.state.move(to, say)
        self._read_again()
        return moved

    def sweep(self, report: Report = quiet) -> list[str]:
        """Remove what dedicated clusters have left behind; returns their names. ``submit`` does not do it."""
        return self._dedicated.sweep(report)

    def _describe(self, project: Project) -> None:
        """Stand on the project as it was read. None of the parts opens anything before it is used."""
        self.project = project
        self._stores = Stores(project)
        self._dedicated = DedicatedClusters(project, self._stores)
        self.stacks = Stacks(project, self.rehearsal)
        self.state = State(self.stacks)
        self.workspaces = Workspaces(self._stores)
        self.clusters = Clusters(project, self._stores)
        self.jobs = Jobs(self.clusters, self._stores)

    def _read_again(self) -> None:
        """After stack files have gone: what was read from them is forgotten."""
        self._describe(read_project(self.project.root))

    def _wanted(self, names: Iterable[str] | None) -> list[str]:
        if self.rehearsal is None:
            return self.project.names() if names is None else list(names)
        wanted = rehearsable(self.project) if names is None else list(names)
        require_rehearsable(self.project, wanted)
        return wanted

    def _sound(self, names: Iterable[str] | None) -> list[str]:
        wanted = self._wanted(names)
        if names is None:
            wanted = [name for name in wanted if name not in self.project.unmade]
        self.project.require_sound(wanted, machine_cores=physical_cores())
        self.project.require_makeable(wanted)
        raise_problems(offline_account_problems(self.project, wanted) if self.rehearsal is None else [])
        require_extras(self.project, wanted)
        return wanted

    def _removed_clusters(self, names: Iterable[str]) -> list[str]:
        """Those of the stacks whose cluster has shut itself down: their state does not know it yet."""
        there = {cluster.name for store in self._stores.existing() for cluster in list_clusters(store)}
        return [
            name
            for name in names
            if (stack := self.project.stack(name)).kind == "cluster" and stack.spec.name not in there
        ]
