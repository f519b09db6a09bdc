"""Jobs of a project as scripts see them: list, show, follow, read logs, cancel, delete. Submitting: ``submission``."""

import contextlib
import time
from collections.abc import Iterator

from bodo_infra.driver.clusters import Clusters
from bodo_infra.driver.results import JobNews
from bodo_infra.driver.stores import Stores
from bodo_infra.errors import BodoInfraError, InputError, NotFoundError
from bodo_infra.runtime import jobs as records
from bodo_infra.runtime.clock import Clock, utc_now
from bodo_infra.runtime.logs import LogLine, read_log, read_runner_messages
from bodo_infra.runtime.records import JobRecord
from bodo_infra.runtime.states import JobState
from bodo_infra.runtime.store import LocalStore

FOLLOW_POLL_S = 0.05
HEAL_EVERY_S = 2.0
SHORTEST_PREFIX = 4


class Jobs:
    """Jobs by uuid, by the beginning of one (4 characters or more), or by name (the newest of that name)."""

    def __init__(self, clusters: Clusters, stores: Stores, *, clock: Clock = utc_now) -> None:
        self._clusters = clusters
        self._stores = stores
        self._clock = clock

    def all(self, *, cluster: str | None = None) -> list[JobRecord]:
        """All jobs, oldest first, or those of one cluster (its name or uuid). NotFoundError: no such one."""
        jobs = [job for store in self._stores.existing() for job in records.list_jobs(store)]
        if not all(job.state.ended for job in jobs):
            self._heal_if_possible()
        chosen = [job for job in jobs if cluster in (None, job.cluster, job.cluster_uuid)]
        if cluster is not None and not chosen:
            self._clusters.find(cluster)  # raises NotFoundError; one that is removed may still have had jobs
        return chosen

    def show(self, reference: str) -> JobRecord:
        """One job. Raises NotFoundError."""
        job = self._find(reference)[1]
        if not job.state.ended:
            self._heal_if_possible()
        return job

    def cancel(self, reference: str) -> JobRecord:
        """Stop a job, or take it out of the queue. A name means the one of that name that has not ended.

        Raises TransitionError when it has ended, InputError when several of that name have not: the schedule of a
        recurring job and its run, say.
        """
        store, job = self._find(reference, going=True)
        cancelled = records.cancel_job(store, job.uuid, at=self._clock())
        self._clusters.heal(store, job.cluster_uuid)
        return cancelled

    def delete(self, reference: str) -> JobRecord:
        """Forget an ended job, its logs too. Raises TransitionError while it has not ended."""
        store, job = self._find(reference)
        records.delete_job(store, job.uuid)
        return job

    def follow(self, reference: str) -> Iterator[JobNews]:
        """Yield news of a job until it has ended: its lines as they come, its record whenever it changed.

        Looks after the cluster too: agents that were killed are started again, and a cluster that was paused while the
        job was on its way to it is resumed.
        """
        store, job = self._find(reference)
        yield JobNews(job=job, changed=True)
        attempt, offset, seen, healed_at = max(job.attempt, 1), 0, -1, 0.0
        while True:
            if time.monotonic() - healed_at > HEAL_EVERY_S and not job.state.ended:
                self._look_after(store, job)
                healed_at = time.monotonic()
            changes = store.changes()
            fresh = records.read_job(store, job.uuid) if changes != seen else job
            seen = changes
            lines, offset = read_log(store, job.uuid, attempt, offset)
            if fresh != job or lines:
                yield JobNews(job=fresh, changed=fresh != job, lines=tuple(lines))
            job = fresh
            if lines:
                continue
            if job.attempt > attempt:
                attempt, offset = attempt + 1, 0
            elif job.state.ended:
                return
            else:
                time.sleep(FOLLOW_POLL_S)

    def wait(self, reference: str) -> JobRecord:
        """Wait until a job has ended and return it; its state says how."""
        job = self.show(reference)
        for news in self.follow(job.uuid):
            job = news.job
        return job

    def log(self, reference: str, *, attempt: int | None = None) -> Iterator[LogLine]:
        """The lines of an attempt (the newest one by default), all ranks, in order of arrival, as far as they go."""
        store, job = self._find(reference)
        number, offset = _chosen_attempt(job, attempt), 0
        while number:
            lines, offset = read_log(store, job.uuid, number, offset)
            if not lines:
                return
            yield from lines

    def messages(self, reference: str, *, attempt: int | None = None) -> str:
        """What the attempt's runner, Git and mpiexec had to say; empty when nothing."""
        store, job = self._find(reference)
        number = _chosen_attempt(job, attempt)
        return read_runner_messages(store, job.uuid, number) if number else ""

    def _heal_if_possible(self) -> None:
        # After a restart of the machine a job would be INPROGRESS until somebody follows it; people look first.
        with contextlib.suppress(BodoInfraError, OSError):  # a full disk, say: what is known is shown all the same
            self._clusters.heal_all()

    def _look_after(self, store: LocalStore, job: JobRecord) -> None:
        if job.state is JobState.NEW and job.due_at <= self._clock():
            self._clusters.wake(store, job.cluster_uuid)
        else:
            self._clusters.heal(store, job.cluster_uuid)

    def _find(self, reference: str, *, going: bool = False) -> tuple[LocalStore, JobRecord]:
        known = [(store, job) for store in self._stores.existing() for job in records.list_jobs(store)]
        named = [pair for pair in known if reference in (pair[1].uuid, pair[1].name)]
        still = [pair for pair in named if not pair[1].state.ended] if going else []
        if len(still) > 1:
            uuids = "; ".join(f"{job.uuid} ({job.reason})" for _, job in still)
            raise InputError(f"{len(still)} jobs named {reference!r} have not ended: {uuids}", "Say which by its uuid")
        if named:
            return (still or named)[-1]
        begun = [pair for pair in known if pair[1].uuid.startswith(reference) and len(reference) >= SHORTEST_PREFIX]
        if len(begun) > 1:
            uuids = ", ".join(job.uuid for _, job in begun)
            raise InputError(f"{reference!r} is the beginning of {len(begun)} jobs: {uuids}", "Say more of it")
        if not begun:
            raise NotFoundError(f"job {reference!r} does not exist", "List the jobs with `bodo-infra job list`")
        return begun[0]


def _chosen_attempt(job: JobRecord, attempt: int | None) -> int:
    if attempt is not None and not 1 <= attempt <= job.attempt:
        raise InputError(f"attempt = {attempt}: job {job.name!r} has had {job.attempt}", "Choose one of them")
    return attempt or job.attempt
