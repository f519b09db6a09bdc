"""What the leading agent of a cluster does: hostfile, nodes, queue, idle clock. One small step after the other.

Another agent may believe that it leads too, for a moment. So every change of a record is a compare-and-swap that states
what it expects, and every other effect does no harm when it happens twice.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from bodo_infra.runtime import keys, scheduler
from bodo_infra.runtime.agent_config import AgentSettings
from bodo_infra.runtime.boot import read_boot_id
from bodo_infra.runtime.clock import Clock
from bodo_infra.runtime.clusters import change_cluster, read_cluster
from bodo_infra.runtime.effects import Effects
from bodo_infra.runtime.fleet.base import Fleet
from bodo_infra.runtime.idle import IdleStep, plan_idle
from bodo_infra.runtime.job_queue import JobQueue
from bodo_infra.runtime.jobs import list_jobs, queued_jobs
from bodo_infra.runtime.records import ClusterRecord, HeartbeatRecord, JobRecord, NodeRecord
from bodo_infra.runtime.states import STARTING, UP, ClusterState
from bodo_infra.runtime.store.base import Store

log = logging.getLogger(__name__)

ACTIVITY_WRITE_S = 60.0  # while a job runs, its activity is written no more often than this
HEAL_LIMIT_S = 60.0  # longest pause between two starts of nodes that keep dying

Signals = Mapping[str, Callable[[], datetime | None]]
"""By name, what tells the last activity besides jobs (attached notebooks, say); None when it can't be read now."""


@dataclass(frozen=True, kw_only=True)
class View:
    """What the store said at the last look."""

    cluster: ClusterRecord
    jobs: tuple[JobRecord, ...]


class Leader:
    """The steps of one cluster's leader. ``leads``: whether this agent does, at the moment of asking."""

    def __init__(
        self,
        store: Store,
        cluster_uuid: str,
        *,
        fleet: Fleet,
        effects: Effects,
        settings: AgentSettings,
        clock: Clock,
        leads: Callable[[], bool],
        folder_of: Callable[[str, int], Path],
        signals: Signals | None = None,
    ) -> None:
        self._store = store
        self._uuid = cluster_uuid
        self._fleet = fleet
        self._effects = effects
        self._settings = settings
        self._clock = clock
        self._leads = leads
        self._signals = signals or {}
        self._queue = JobQueue(
            store, effects=effects, settings=settings, clock=clock, folder_of=folder_of, active=self._note_activity
        )
        self._view: View | None = None
        self._look_at = clock()
        self._hostfile_nodes: tuple[NodeRecord, ...] = ()
        self._heal_at = clock()
        self._heal_pause_s = settings.heartbeat_s
        self._stay_because = ""

    def steps(self, *, changed: bool) -> Iterator[tuple[str, Callable[[], None]]]:
        """The steps of one turn, by name. ``changed``: the store has moved since the last turn.

        Between looks at the store only the running job's folder and the clock are looked at.
        """
        look = changed or self._view is None or self._clock() >= self._look_at
        if look:
            yield "look", self._look
        if self._view is None:
            return
        if look:
            yield "finish", self._finish_half_done
            yield "hostfile", self._write_hostfile
            yield "nodes", self._raise_nodes
        yield "watch", self._watch_jobs
        yield "start", self._start_next
        if look:
            yield "reasons", self._say_why
            yield "secrets", self._forget_secrets
            yield "dedicated", self._remove_dedicated
            yield "idle", self._judge_idle

    def _look(self) -> None:
        self._look_at = self._clock() + timedelta(seconds=self._settings.heartbeat_s)
        self._view = None
        cluster = read_cluster(self._store, self._uuid)
        self._view = View(cluster=cluster, jobs=tuple(queued_jobs(self._store, self._uuid)))

    def _seen(self) -> View:
        assert self._view is not None
        return self._view

    def _finish_half_done(self) -> None:
        cluster = self._seen().cluster
        # Whoever began this was killed, or works on it still; then the fleet is busy and says so.
        if cluster.state is ClusterState.PAUSING:
            log.info("cluster is PAUSING: finishing that")
            self._fleet.pause()
        elif cluster.state is ClusterState.SHUTTING_DOWN:
            log.info("cluster is SHUTTING_DOWN: finishing that")
            self._fleet.shutdown(cluster.reason)

    def _write_hostfile(self) -> None:
        cluster = self._seen().cluster
        path = Path(cluster.hostfile)
        if cluster.state not in UP or (cluster.nodes == self._hostfile_nodes and path.exists()):
            return
        self._effects.write_hostfile(path, cluster.nodes)
        self._hostfile_nodes = cluster.nodes
        log.info("hostfile %s written: %s", path, ", ".join(f"{node.name}:{node.slots}" for node in cluster.nodes))

    def _raise_nodes(self) -> None:
        cluster = self._seen().cluster
        if cluster.state not in UP:
            return
        missing = self._without_sign_of_life(cluster)
        if missing:
            self._heal()
        if missing or cluster.state not in STARTING or self._hostfile_nodes != cluster.nodes:
            return
        if any(not node.alive for node in self._fleet.nodes()):
            return
        now = self._clock()

        def run(newest: ClusterRecord) -> ClusterRecord:
            if newest.state not in STARTING or newest.nodes != cluster.nodes:
                return newest
            return replace(newest.moved(ClusterState.RUNNING, at=now), last_activity_at=now)

        if change_cluster(self._store, self._uuid, run).state is ClusterState.RUNNING:
            log.info("all %d nodes show signs of life: the cluster is RUNNING", len(cluster.nodes))

    def _without_sign_of_life(self, cluster: ClusterRecord) -> list[str]:
        now, boot = self._clock(), read_boot_id()
        beats = [HeartbeatRecord.from_json(json) for _, json, _ in self._store.list(keys.heartbeats(self._uuid))]
        limit = timedelta(seconds=self._settings.fresh_s)
        fresh = {beat.node for beat in beats if now - beat.at <= limit and beat.boot_id == boot}
        return [node.name for node in cluster.nodes if node.name not in fresh]

    def _heal(self) -> None:
        now = self._clock()
        if now < self._heal_at <= now + timedelta(seconds=HEAL_LIMIT_S):  # a clock may be set back
            return
        started = self._fleet.heal()
        if started:
            log.warning("started again, for they had died: %s", ", ".join(started))
            self._heal_pause_s = min(2 * self._heal_pause_s, HEAL_LIMIT_S)
        else:
            self._heal_pause_s = self._settings.heartbeat_s
        self._heal_at = now + timedelta(seconds=self._heal_pause_s)

    def _watch_jobs(self) -> None:
        view = self._seen()
        self._queue.watch(view.cluster, view.jobs)
        running = any(job.state in scheduler.ACTIVE for job in view.jobs)
        quiet = self._clock() - view.cluster.last_activity_at
        if running and quiet >= timedelta(seconds=ACTIVITY_WRITE_S):
            self._note_activity()

    def _start_next(self) -> None:
        view = self._seen()
        self._queue.recur(view.jobs)
        self._queue.start_next(view.cluster, view.jobs, leads=self._leads)

    def _say_why(self) -> None:
        view = self._seen()
        self._queue.say_why(view.cluster, view.jobs)

    def _forget_secrets(self) -> None:
        view = self._seen()
        self._queue.forget_secrets(view.cluster, view.jobs)

    def _note_activity(self) -> None:
        now = self._clock()
        change_cluster(self._store, self._uuid, lambda cluster: replace(cluster, last_activity_at=now))

    def _remove_dedicated(self) -> None:
        view = self._seen()
        if not view.cluster.dedicated or view.jobs or view.cluster.state not in UP:
            return
        ended = list_jobs(self._store, cluster_uuid=self._uuid)
        if ended and all(job.state.ended for job in ended):
            job = ended[-1]
            log.info("the cluster is dedicated and job %s is %s: removing the cluster", job.uuid, job.state)
            self._fleet.shutdown(f"dedicated cluster: job {job.name!r} ({job.uuid}) ended, {job.state}")

    def _judge_idle(self) -> None:
        view = self._seen()
        if view.cluster.state is not ClusterState.RUNNING or not self._leads():
            return
        signals = {name: read() for name, read in self._signals.items()}
        plan = plan_idle(view.cluster, view.jobs, signals=signals, now=self._clock())
        if plan.step is IdleStep.STAY:
            if plan.because != self._stay_because:
                log.info("the cluster stays up: %s", plan.because)
                self._stay_because = plan.because
            return
        log.info("the cluster is idle, %s: %s", plan.because, plan.step)
        if plan.step is IdleStep.SHUTDOWN:
            self._fleet.shutdown(f"auto shutdown: {plan.because}")
            return
        self._fleet.pause()
        # Whoever submits a job writes it first and then looks whether the cluster must be resumed; this is the other
        # half: one of the two sees the other.
        if scheduler.due_jobs(queued_jobs(self._store, self._uuid), self._clock()):
            log.info("a job came while the cluster was being paused: resuming it")
            self._fleet.resume()
