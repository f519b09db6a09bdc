"""A fleet on this machine: every node is an agent process, a name in the hostfile and some slots."""

import contextlib
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from bodo_infra.errors import HostError, InputError, TransitionError
from bodo_infra.runtime import agent_config, attempt, keys, scheduler
from bodo_infra.runtime.agent_config import AgentSettings
from bodo_infra.runtime.clock import Clock, utc_now
from bodo_infra.runtime.clusters import change_cluster, read_cluster
from bodo_infra.runtime.effects import REAL, Effects
from bodo_infra.runtime.file_lock import holding
from bodo_infra.runtime.fleet.base import NodeStatus
from bodo_infra.runtime.fleet.local_agents import LocalAgents
from bodo_infra.runtime.fleet.removal import end_jobs
from bodo_infra.runtime.jobs import queued_jobs
from bodo_infra.runtime.records import ClusterRecord, NodeRecord
from bodo_infra.runtime.states import UP, ClusterState
from bodo_infra.runtime.store.local import LocalStore

CLUSTERS = "clusters"
"""Folder beside the store's files that holds the private folders of clusters."""
POLL_S = 0.02
PUT_BACK_S = 2.0  # a job that was claimed while the cluster was being stopped is put back within this time
START_S = 60.0  # an agent needs 0.3 s to start; a machine under heavy load a hundred times that


class LocalFleet:
    """See ``Fleet``. Works on clusters that ``local.make_cluster`` made.

    ``inside``: this process is one of the cluster's agents. It then never waits for others or for itself, and its own
    process is left alone: it ends when it sees that its cluster is PAUSED or REMOVED.
    """

    def __init__(
        self,
        store: LocalStore,
        cluster_uuid: str,
        *,
        effects: Effects = REAL,
        inside: bool = False,
        patience_s: float = 60.0,
        clock: Clock = utc_now,
    ) -> None:
        self._store = store
        self._uuid = cluster_uuid
        self._effects = effects
        self._inside = inside
        self._patience_s = 0.0 if inside else patience_s
        self._clock = clock
        settings = attempt.read_fact(self._private, agent_config.SETTINGS, AgentSettings) or AgentSettings()
        self._agents = LocalAgents(store.directory, settings, inside=inside)

    def nodes(self) -> list[NodeStatus]:
        cluster = self._read()
        return [
            NodeStatus(name=node.name, slots=node.slots, alive=self._agents.alive(cluster, node.name))
            for node in cluster.nodes
        ]

    def heal(self) -> list[str]:
        if self._read().state not in UP:
            return []
        with self._alone():
            # Again: it may have been paused or removed while we waited for our turn.
            return self._start_missing() if self._read().state in UP else []

    def pause(self) -> None:
        with self._alone():
            cluster = self._read()
            if cluster.state is ClusterState.PAUSED:
                return
            if cluster.state is not ClusterState.PAUSING:
                self._move_while_quiet(ClusterState.PAUSING, "pause", back=ClusterState.RUNNING)
            self._finish_pause()

    def resume(self, *, timeout_s: float = START_S) -> None:
        with self._alone():
            cluster = self._read()
            if cluster.state is ClusterState.PAUSING:
                cluster = self._finish_pause()
            if cluster.state not in UP:
                now = self._clock()
                self._change(lambda newest: replace(newest.moved(ClusterState.RESUMING, at=now), last_activity_at=now))
            self._start_missing()
        if not self._inside:
            self.wait_running(timeout_s)

    def scale(self, nodes: int, *, timeout_s: float = START_S) -> None:
        if nodes < 1:
            raise InputError(f"nodes = {nodes}: a cluster has 1 or more nodes", "To stop all nodes, pause the cluster")
        self.reshape(plan_nodes(nodes, slots=self._read().nodes[0].slots), timeout_s=timeout_s)

    def reshape(self, wished: tuple[NodeRecord, ...], *, timeout_s: float = START_S) -> None:
        """Make the cluster consist of these nodes. A paused one stays paused.

        Raises TransitionError when a node that would go is busy with a job.
        """
        with self._alone():
            cluster = self._read()
            if cluster.state is ClusterState.PAUSED:
                self._change(lambda newest: replace(newest, nodes=wished))
                return
            if wished != cluster.nodes:
                self._reshape(cluster, wished)
            self._start_missing()
        if not self._inside:
            self.wait_running(timeout_s)

    def shutdown(self, reason: str) -> None:
        if self._read().state is ClusterState.REMOVED:
            return
        with self._alone():
            cluster = self._read()
            if cluster.state is ClusterState.REMOVED:
                self._lock_file.unlink(missing_ok=True)
                return
            now = self._clock()
            if cluster.state is not ClusterState.SHUTTING_DOWN:
                cluster = self._change(lambda newest: newest.moved(ClusterState.SHUTTING_DOWN, at=now, reason=reason))
            self._agents.stop(cluster, _node_folders(cluster))
            text = f"cluster {cluster.name!r} was removed ({cluster.reason})"
            end_jobs(self._store, cluster, text, effects=self._effects, folder_of=self.attempt_folder, now=now)
            self._forget_agents(cluster)
            shutil.rmtree(cluster.checkouts_path, ignore_errors=True)
            Path(cluster.hostfile).unlink(missing_ok=True)
            shutil.rmtree(cluster.private_path, ignore_errors=True)
            self._change(lambda newest: newest.moved(ClusterState.REMOVED, at=self._clock(), reason=newest.reason))
            # Once more: a job may have been submitted while its cluster was going.
            end_jobs(self._store, cluster, text, effects=self._effects, folder_of=self.attempt_folder, now=now)
            self._lock_file.unlink(missing_ok=True)

    def wait_running(self, timeout_s: float = START_S) -> ClusterRecord:
        """Wait until the leader says that all nodes are there; a dedicated cluster may have served and gone by then.

        Raises HostError, with the last words of an agent that did not come, after ``timeout_s`` seconds or as soon as
        it is clear; nothing is left running then, and the cluster is FAILED (PAUSED again when it was to be resumed).
        """
        deadline = time.monotonic() + timeout_s
        while True:
            cluster = self._read()
            served = cluster.dedicated and cluster.state in (ClusterState.SHUTTING_DOWN, ClusterState.REMOVED)
            if cluster.state is ClusterState.RUNNING or served:
                return cluster
            if cluster.state not in UP:
                raise HostError(
                    f"cluster {cluster.name!r} does not come up: it is {cluster.state}, {cluster.reason}",
                    "Look at it with `bodo-infra cluster show`, and bring it up again with `bodo-infra up`",
                )
            broken = self._agents.failed_start(cluster)
            if broken or time.monotonic() >= deadline:
                self._give_up(cluster, broken, timeout_s)
            time.sleep(POLL_S)

    def attempt_folder(self, job_uuid: str, number: int) -> Path:
        """Folder of a job's attempt."""
        return self._store.object_path(keys.attempt(job_uuid, number))

    @property
    def _private(self) -> Path:
        return self._store.directory / CLUSTERS / self._uuid

    def _read(self) -> ClusterRecord:
        return read_cluster(self._store, self._uuid)

    def _change(self, change: Callable[[ClusterRecord], ClusterRecord]) -> ClusterRecord:
        return change_cluster(self._store, self._uuid, change)

    def _alone(self) -> contextlib.AbstractContextManager[None]:
        return holding(self._lock_file, patience_s=self._patience_s, what=f"cluster {self._uuid}")

    @property
    def _lock_file(self) -> Path:
        # Not inside the private folder, which goes away under those who wait.
        return self._private.with_suffix(".lock")

    def _start_missing(self) -> list[str]:
        cluster = self._read()
        missing = self._agents.missing(cluster)
        if len(missing) == len(cluster.nodes):
            # Nobody was left to renew the lease, so nobody has to wait for its end; and whoever makes a cluster live
            # again, after a restart of the machine, wants to use it: the idle clock starts anew.
            self._store.delete(keys.lease(self._uuid))
            now = self._clock()
            self._change(lambda newest: replace(newest, last_activity_at=now))
        for name in missing:
            self._agents.start(cluster, name)
        return missing

    def _move_while_quiet(self, to: ClusterState, verb: str, *, back: ClusterState) -> ClusterRecord:
        """Move the cluster on, unless a job runs. The leader looks at the state after it has claimed a job, and we look
        for jobs after we have changed the state: one of the two sees the other."""
        self._refuse_while_busy(verb)
        moved = self._change(lambda newest: newest.moved(to, at=self._clock(), reason=f"{verb} asked for"))
        deadline = time.monotonic() + PUT_BACK_S
        while True:
            try:
                self._refuse_while_busy(verb)
            except TransitionError:
                if self._inside or time.monotonic() >= deadline:
                    self._change(lambda newest: newest.moved(back, at=self._clock()))
                    raise
                time.sleep(POLL_S)
            else:
                return moved

    def _refuse_while_busy(self, verb: str) -> None:
        busy = [job for job in queued_jobs(self._store, self._uuid) if job.state in scheduler.ACTIVE]
        for job in busy:
            raise TransitionError(
                f"cannot {verb} cluster {self._read().name!r}: job {job.name!r} ({job.uuid}) is {job.state}",
                f"Wait for the job, or cancel it: `bodo-infra job cancel {job.uuid}`",
            )

    def _finish_pause(self) -> ClusterRecord:
        cluster = self._read()
        self._agents.stop(cluster, _node_folders(cluster))
        self._forget_agents(cluster)
        return self._change(lambda newest: newest.moved(ClusterState.PAUSED, at=self._clock(), reason=newest.reason))

    def _forget_agents(self, cluster: ClusterRecord) -> None:
        for key, _, _ in self._store.list(keys.heartbeats(cluster.uuid)):
            self._store.delete(key)
        self._store.delete(keys.lease(cluster.uuid))

    def _reshape(self, cluster: ClusterRecord, wished: tuple[NodeRecord, ...]) -> None:
        leaving = {node.name for node in cluster.nodes} - {node.name for node in wished}
        reason = f"scaling from {len(cluster.nodes)} to {len(wished)} nodes"
        if cluster.state is ClusterState.RUNNING and leaving:
            self._move_while_quiet(ClusterState.INPROGRESS, "scale down", back=ClusterState.RUNNING)
        elif cluster.state is not ClusterState.INPROGRESS:
            self._change(lambda newest: newest.moved(ClusterState.INPROGRESS, at=self._clock(), reason=reason))
        self._change(lambda newest: replace(newest, nodes=wished, reason=reason))
        self._agents.stop(cluster, leaving)
        for name in leaving:
            self._store.delete(keys.heartbeat(cluster.uuid, name))
            shutil.rmtree(agent_config.node_folder(cluster.private_path, name), ignore_errors=True)

    def _give_up(self, cluster: ClusterRecord, broken: str | None, timeout_s: float) -> None:
        missing = [node.name for node in self.nodes() if not node.alive]
        node = broken or next(iter(missing), cluster.nodes[0].name)
        words = self._agents.last_words(cluster, node)
        how = "ended at once" if broken else f"is not there after {timeout_s:g} s"
        with self._alone():
            state = self._read().state
            if state not in UP or state is ClusterState.RUNNING:
                return
            reason = f"the agent of {node} {how}"
            if state is ClusterState.RESUMING:
                self._change(lambda newest: newest.moved(ClusterState.PAUSING, at=self._clock(), reason=reason))
                self._finish_pause()
            else:
                self._change(lambda newest: newest.moved(ClusterState.FAILED, at=self._clock(), reason=reason))
                self._agents.stop(cluster, _node_folders(cluster))
                self._forget_agents(cluster)
        raise HostError(
            f"cluster {cluster.name!r} does not come up: the agent of {node} {how}. Its last words:\n{words}",
            "Repair that, then bring the cluster up again: `bodo-infra up`",
        )


def plan_nodes(count: int, *, slots: int) -> tuple[NodeRecord, ...]:
    """``count`` nodes of the same size; a node keeps its name whatever happens to the others."""
    return tuple(NodeRecord(name=f"node-{index}", slots=slots) for index in range(count))


def _node_folders(cluster: ClusterRecord) -> list[str]:
    """Every node that has or had an agent here, the ones of a scaling that was cut short too."""
    private = Path(cluster.private_path)
    found = {folder.name for folder in private.glob("node-*") if folder.is_dir()}
    return sorted(found | {node.name for node in cluster.nodes})
