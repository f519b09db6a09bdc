"""Clusters that serve one job: announced at once, brought up as stacks of their own, swept away when the job has ended.

The cluster's leader removes the nodes when the job ends, whoever is watching. What is left then is a stack without
anything in it, which the next call of the driver sweeps away together with its stack file.
"""

import contextlib
import time
from collections.abc import Collection, Iterator

from bodo_infra.cores import physical_cores
from bodo_infra.driver.operations import Report
from bodo_infra.driver.stacks import Stacks
from bodo_infra.driver.stores import Stores
from bodo_infra.errors import InputError, LockedError, NotFoundError
from bodo_infra.project.new_stack import plan_stack, write_stack
from bodo_infra.project.project import Project, read_project
from bodo_infra.project.stack_file import StackFile, stack_path
from bodo_infra.runtime.clusters import list_clusters, list_workspaces
from bodo_infra.runtime.fleet.local import LocalFleet, announce_cluster, wish_cluster
from bodo_infra.runtime.jobs import list_jobs
from bodo_infra.runtime.records import ClusterRecord, WorkspaceRecord
from bodo_infra.runtime.states import ClusterState, WorkspaceState
from bodo_infra.runtime.store import LocalStore
from bodo_infra.spec import JobSpec
from bodo_infra.spec.base import NAME_MAX

UUID_DIGITS = 8  # of the job's uuid, in the name of its cluster
LOCKED_PATIENCE_S = 60.0
LOCKED_POLL_S = 0.5


class DedicatedClusters:
    """Makes and removes the clusters of jobs with ``new_cluster``."""

    def __init__(self, project: Project, stores: Stores) -> None:
        self._project = project
        self._stores = stores

    def workspace_of(self, spec: JobSpec) -> StackFile:
        """The workspace stack that the job's cluster goes to. Raises InputError when it is not clear or not local."""
        names = self._project.names_of_kind("workspace")
        if spec.workspace is not None:
            stack = self._project.stack(spec.workspace)
            if stack.kind != "workspace":
                fix = f"Name a workspace: {', '.join(names) or 'there is none yet'}"
                raise InputError(f"workspace = {spec.workspace}: that is a stack of kind {stack.kind}", fix)
            return stack
        if len(names) != 1:
            there = f"{len(names)} workspaces ({', '.join(names)})" if names else "no workspace"
            raise InputError(
                f"job {spec.name!r}: new_cluster needs a workspace, and this project has {there}",
                "Say which: `workspace: NAME`" if names else "Write one: `bodo-infra new workspace NAME`",
            )
        return self._project.stack(names[0])

    def announce(self, spec: JobSpec, workspace: StackFile, job_uuid: str) -> tuple[LocalStore, ClusterRecord]:
        """Write the cluster's record (NEW) and its stack file: from now on everybody sees it, and `up` makes it."""
        shape = spec.new_cluster
        assert shape is not None
        store = self._stores.of_stack(workspace.name)
        place = _ready_workspace(store, workspace)
        name = f"{spec.name[: NAME_MAX - UUID_DIGITS - 1].rstrip('-')}-{job_uuid[:UUID_DIGITS]}"
        wish = wish_cluster(
            name,
            place,
            nodes=shape.nodes,
            slots=shape.ranks_per_node or physical_cores(),
            auto_pause_minutes=shape.auto_pause_minutes,
            auto_shutdown_minutes=shape.auto_shutdown_minutes,
            dedicated=True,
        )
        stack = plan_stack(self._project, "cluster", name, uses={"workspace": workspace.name}, values=shape.plain())
        cluster = announce_cluster(store, wish)
        write_stack(self._project, stack)
        return store, cluster

    def bring_up(self, cluster: ClusterRecord, report: Report) -> None:
        """Bring up the announced cluster. What it stands on is up already, or it could not have been announced.

        Whoever brings up the whole project meanwhile makes this cluster too: they are waited for.
        """
        stacks = self._stacks()
        deadline = time.monotonic() + LOCKED_PATIENCE_S
        while True:
            try:
                stacks.up_alone(cluster.name, report)
            except LockedError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(LOCKED_POLL_S)
            else:
                return

    def remove(self, store: LocalStore, cluster: ClusterRecord, report: Report) -> None:
        """Remove the cluster in whatever state it is, its stack, and its stack file."""
        LocalFleet(store, cluster.uuid).shutdown("its job has ended")
        stacks = self._stacks()
        if cluster.name in stacks.project.stacks:
            stacks.destroy([cluster.name], report)
            stacks.forget(cluster.name)
            stack_path(self._project.stack_dir, cluster.name).unlink(missing_ok=True)

    def remove_all(self, names: Collection[str], report: Report) -> set[str]:
        """Remove those of the clusters that serve one job, ended or not; returns their names.

        Those without a stack file go too: they were announced by a driver that was killed, and would bar the workspace.
        """
        files = set(read_project(self._project.root).names_of_kind("cluster"))
        removed = set()
        for store in self._stores.existing():
            for cluster in list_clusters(store):
                if cluster.dedicated and (cluster.name in names or cluster.name not in files):
                    self.remove(store, cluster, report)
                    removed.add(cluster.name)
        return removed

    def sweep(self, report: Report) -> list[str]:
        """Remove what is left of dedicated clusters that have nothing more to do; returns their names."""
        swept = []
        for store, cluster in list(self._leftovers()):
            with contextlib.suppress(LockedError):  # somebody else sweeps, too
                self.remove(store, cluster, report)
                swept.append(cluster.name)
        return swept

    def _leftovers(self) -> Iterator[tuple[LocalStore, ClusterRecord]]:
        for store in self._stores.existing():
            for cluster in list_clusters(store, removed=True):
                # The file itself, not the project: a job's own was written after the project had been read, and every
                # `job run` comes by here.
                left = cluster.dedicated and stack_path(self._project.stack_dir, cluster.name).exists()
                if left and _is_over(store, cluster):
                    yield store, cluster

    def _stacks(self) -> Stacks:
        return Stacks(read_project(self._project.root))


def _is_over(store: LocalStore, cluster: ClusterRecord) -> bool:
    if cluster.state is ClusterState.REMOVED:
        return True
    # A living leader removes its cluster by itself; only one that never came has to be removed by others.
    never_came = cluster.state in (ClusterState.NEW, ClusterState.INPROGRESS, ClusterState.FAILED)
    jobs = list_jobs(store, cluster_uuid=cluster.uuid)
    return never_came and bool(jobs) and all(job.state.ended for job in jobs)


def _ready_workspace(store: LocalStore, stack: StackFile) -> WorkspaceRecord:
    for workspace in list_workspaces(store):
        if workspace.name == stack.spec.name and workspace.state is WorkspaceState.READY:
            return workspace
    raise NotFoundError(f"workspace {stack.spec.name!r} is not up", f"Bring it up first: `bodo-infra up {stack.name}`")
