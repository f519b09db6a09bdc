"""Clusters of a project as scripts see them: list, show, pause, resume, scale, and the environment of their MPI."""

import contextlib
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from bodo_infra.driver.results import Cluster, Node, StackResult
from bodo_infra.driver.stacks import Stacks
from bodo_infra.driver.stores import Stores
from bodo_infra.errors import BodoInfraError, InputError, LockedError, NotFoundError, TransitionError
from bodo_infra.project.project import Project, read_project
from bodo_infra.project.stack_file import StackFile, change_spec, read_stack_file
from bodo_infra.project.yaml_files import shown_path
from bodo_infra.runtime.clusters import list_clusters, read_cluster
from bodo_infra.runtime.file_lock import holding
from bodo_infra.runtime.jobs import queued_jobs
from bodo_infra.runtime.records import ClusterRecord
from bodo_infra.runtime.states import RESUMABLE, ClusterState, JobState
from bodo_infra.runtime.store import LocalStore
from bodo_infra.spec import Target
from bodo_infra.spec.problems import nearest

if TYPE_CHECKING:
    from bodo_infra.driver.operations import Report
    from bodo_infra.runtime.fleet.local import LocalFleet

REMOVED_POLL_S = 0.05
SCALING_PATIENCE_S = 60.0


class Clusters:
    """Clusters by the name in their spec, the name of their stack, or their uuid."""

    def __init__(self, project: Project, stores: Stores) -> None:
        self._project = project
        self._stores = stores

    def all(self) -> list[Cluster]:
        """All clusters that are not removed, by name, with their nodes as they are now."""
        return [self._with_nodes(store, record) for store in self._stores.existing() for record in list_clusters(store)]

    def show(self, name: str) -> Cluster:
        """One cluster. Raises NotFoundError, with the nearest name or how to bring it up."""
        store, record = self.find(name)
        return self._with_nodes(store, record)

    def pause(self, name: str) -> Cluster:
        """Stop the nodes, keep the definition. Raises TransitionError while a job runs."""
        store, record = self.find(name)
        self.fleet(store, record).pause()
        return self.show(record.uuid)

    def resume(self, name: str) -> Cluster:
        """Start all nodes of a paused cluster; returns when it is RUNNING."""
        store, record = self.find(name)
        self.fleet(store, record).resume()
        return self.show(record.uuid)

    def scale(self, name: str, nodes: int, report: "Report") -> StackResult:
        """Change ``nodes`` in the cluster's stack file and bring the stack up: file and cluster say the same.

        Refused before anything is changed: InputError (nodes, no stack file), TransitionError (a leaving node is busy).
        """
        store, record = self.find(name)
        stack = self._stack_of(record)
        busy = [job for job in queued_jobs(store, record.uuid) if job.state is not JobState.NEW]
        if busy and nodes < len(record.nodes):
            raise TransitionError(
                f"cluster {record.name!r} cannot give nodes back: job {busy[0].name!r} ({busy[0].uuid}) runs on it",
                f"Wait for it, or cancel it: `bodo-infra job cancel {busy[0].uuid}`",
            )
        # One after the other: of two that scale at once each gets what it says, the last one for good.
        turn = Path(record.private_path).with_suffix(".scaling")
        with holding(turn, patience_s=SCALING_PATIENCE_S, what=f"cluster {record.name!r}"):
            before = read_stack_file(stack.path).spec
            change_spec(stack.path, {"nodes": nodes})
            try:
                return Stacks(read_project(self._project.root)).up_alone(stack.name, report)
            except LockedError:
                change_spec(stack.path, {"nodes": getattr(before, "nodes", nodes)})
                raise
            finally:
                turn.unlink(missing_ok=True)

    def environment(self, name: str) -> tuple[ClusterRecord, dict[str, str]]:
        """The variables with which the documented ``mpiexec -n <cores> -f <hostfile> ...`` reaches the nodes."""
        from bodo_infra.runtime.mpi import mpi_environment
        from bodo_infra.runtime.node_shell import write_remote_shell

        _, record = self.find(name)
        if record.state is not ClusterState.RUNNING:
            raise TransitionError(
                f"cluster {record.name!r} is {record.state.value}; a shell needs it RUNNING",
                f"Start it: `bodo-infra cluster resume {record.name}`",
            )
        variables = mpi_environment(
            Path(sys.executable), record.hostfile, write_remote_shell(Path(record.private_path)), record.shared_path
        )
        return record, variables

    def wait_removed(self, uuid: str, *, timeout_s: float = 30.0) -> bool:
        """Wait until a dedicated cluster has removed itself after its job; False when it has not in time."""
        deadline = time.monotonic() + timeout_s
        for store in self._stores.existing():
            while any(cluster.uuid == uuid for cluster in list_clusters(store)):
                if time.monotonic() > deadline:
                    return False
                time.sleep(REMOVED_POLL_S)
        return True

    def find(self, name: str) -> tuple[LocalStore, ClusterRecord]:
        """The cluster of that name or uuid, and the store that keeps it. Raises NotFoundError."""
        known = [(store, record) for store in self._stores.existing() for record in list_clusters(store)]
        found = [(store, record) for store, record in known if name in (record.name, record.uuid)]
        if not found and (own_name := self._name_in_stack(name)):
            found = [(store, record) for store, record in known if record.name == own_name]
        if len(found) > 1:
            uuids = ", ".join(f"{record.uuid} (workspace {record.workspace})" for _, record in found)
            raise InputError(f"cluster {name!r} is the name of {len(found)} clusters: {uuids}", "Say the uuid")
        if not found:
            raise self._missing(name, [record.name for _, record in known])
        return found[0]

    def fleet(self, store: LocalStore, record: ClusterRecord, *, patience_s: float = 60.0) -> "LocalFleet":
        """The nodes of a cluster. ``patience_s``: how long to wait for others who work on them."""
        from bodo_infra.runtime.fleet.local import LocalFleet

        return LocalFleet(store, record.uuid, patience_s=patience_s)

    def heal(self, store: LocalStore, uuid: str) -> ClusterRecord:
        """Start agents that should live and do not: what every call does that depends on them. Returns the record
        from before."""
        record = read_cluster(store, uuid)
        self.fleet(store, record).heal()
        return record

    def heal_all(self) -> None:
        """The same for every cluster that is there. One that somebody else works on just now is left to them."""
        for store in self._stores.existing():
            for record in list_clusters(store):
                with contextlib.suppress(TransitionError):
                    self.fleet(store, record, patience_s=0).heal()

    def wake(self, store: LocalStore, uuid: str) -> ClusterRecord:
        """See to it that the cluster serves a job that is due: heal or resume it. Returns the record from before."""
        record = self.heal(store, uuid)
        if record.state in RESUMABLE:
            self.fleet(store, record).resume()
        return record

    def _with_nodes(self, store: LocalStore, record: ClusterRecord) -> Cluster:
        nodes = tuple(
            Node(name=node.name, slots=node.slots, state="running" if node.alive else "stopped")
            for node in self.fleet(store, record).nodes()
        )
        return Cluster(record=record, nodes=nodes)

    def _stack_of(self, record: ClusterRecord) -> StackFile:
        for name in self._project.names_of_kind("cluster"):
            stack = self._project.stack(name)
            if stack.spec.name == record.name:
                return stack
        raise InputError(
            f"cluster {record.name!r} was made by a program of its own: this project has no stack file for it",
            "Change `nodes` in that program and run it",
        )

    def _name_in_stack(self, stack: str) -> str | None:
        """The name of the cluster that a stack makes here: people say the one for the other."""
        if stack not in self._project.names_of_kind("cluster") or self._cloud_of(stack) is not None:
            return None
        return self._project.stack(stack).spec.name

    def _missing(self, name: str, known: list[str]) -> BodoInfraError:
        stacks = self._project.names_of_kind("cluster")
        meant = [(stack.name != name, self._cloud_of(stack.name) or "", stack) for stack in self._stacks_named(name)]
        if meant:
            # A stack of that name comes first, then one of this machine.
            _, cloud, stack = min(meant, key=lambda place: place[:2])
            up = f"Bring it up: `bodo-infra up {stack.name}`"
            return _elsewhere(stack, cloud) if cloud else NotFoundError(f"cluster {name!r} is not up", up)
        near = nearest(name, [*known, *stacks])
        there = ", ".join(known) or "none"
        fix = f"Did you mean {near}?" if near else "List them with `bodo-infra cluster list`"
        return NotFoundError(f"cluster {name!r} does not exist; there are: {there}", fix)

    def _stacks_named(self, name: str) -> list[StackFile]:
        """The cluster stacks of that name, and those whose cluster has it, as their files say."""
        stacks = [self._project.stack(stack) for stack in self._project.names_of_kind("cluster")]
        return [stack for stack in stacks if name in (stack.name, _name_in(stack))]

    def _cloud_of(self, stack: str) -> Target | None:
        """The cloud that a stack goes to; None for the local target, and where the stack files do not say."""
        try:
            target = self._project.target_of(stack)
        except InputError:
            return None
        return None if target == "local" else target


def _name_in(stack: StackFile) -> object:
    return stack.spec_data.get("name") if isinstance(stack.spec_data, Mapping) else None


def _elsewhere(stack: StackFile, cloud: str) -> NotFoundError:
    return NotFoundError(
        f"cluster {str(_name_in(stack))!r} is on {cloud} (stack {stack.name}), which these commands do not know yet",
        f"To scale it change `nodes` in {shown_path(stack.path)}, then say `bodo-infra up {stack.name}`",
    )
