"""What becomes of the jobs of a cluster that is removed."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from bodo_infra.runtime import keys, scheduler
from bodo_infra.runtime.attempt import Exit, mark
from bodo_infra.runtime.effects import Effects
from bodo_infra.runtime.job_queue import bar_runner, read_facts
from bodo_infra.runtime.jobs import change_job, queued_jobs
from bodo_infra.runtime.records import ClusterRecord, JobRecord
from bodo_infra.runtime.states import JobState
from bodo_infra.runtime.store.base import Store


def end_jobs(
    store: Store,
    cluster: ClusterRecord,
    reason: str,
    *,
    effects: Effects,
    folder_of: Callable[[str, int], Path],
    now: datetime,
) -> None:
    """End every job of the cluster and its processes. The cluster's agents must be gone: nobody starts a job now."""
    for job in queued_jobs(store, cluster.uuid):
        exit = None
        if job.state in scheduler.ACTIVE:
            folder = folder_of(job.uuid, job.attempt)
            bar_runner(folder)
            effects.sweep(mark(job.uuid, job.attempt))
            exit = read_facts(folder).exit
        change_job(store, job.uuid, lambda newest, exit=exit: _end(newest, exit, reason, now))  # type: ignore[misc]
    for key, _, _ in store.list(keys.queue(cluster.uuid)):
        store.delete(key)


def _end(job: JobRecord, exit: Exit | None, reason: str, now: datetime) -> JobRecord:
    if job.state.ended:
        return job
    if exit is not None and job.state in scheduler.ACTIVE:
        return scheduler.ended(replace(job, retries=0), exit, now)
    state = JobState.CANCELLED if job.state is JobState.CANCELLING else JobState.FAILED
    return job.moved(state, reason=reason, finished_at=now)
