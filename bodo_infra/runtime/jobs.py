"""Jobs in a store: submit, read, change by compare-and-swap, cancel, delete."""

import contextlib
from collections.abc import Callable
from datetime import datetime

from bodo_infra.errors import NotFoundError, TransitionError
from bodo_infra.runtime import keys
from bodo_infra.runtime.records import JobRecord, read_record
from bodo_infra.runtime.states import JobState
from bodo_infra.runtime.store.base import AlreadyExistsError, ConflictError, MissingError, Store


def submit_job(store: Store, job: JobRecord) -> bool:
    """Write a new job into its cluster's queue; False when a job of this uuid is there already."""
    mark_queued(store, job)
    try:
        store.create(keys.job(job.uuid), job.to_json())
    except AlreadyExistsError:
        return False
    return True


def mark_queued(store: Store, job: JobRecord) -> None:
    """Make sure that the job's cluster sees it. Comes before the record: see ``keys.queue``."""
    with contextlib.suppress(AlreadyExistsError):
        store.create(keys.queued(job.cluster_uuid, job.uuid), {})


def read_job(store: Store, uuid: str) -> JobRecord:
    """The job. Raises NotFoundError."""
    return _read(store, uuid)[0]


def list_jobs(store: Store, *, cluster_uuid: str | None = None) -> list[JobRecord]:
    """All jobs, or those of one cluster, oldest first."""
    jobs = [read_record(JobRecord, key, json) for key, json, _ in store.list(keys.JOBS)]
    chosen = [job for job in jobs if cluster_uuid in (None, job.cluster_uuid)]
    return sorted(chosen, key=lambda job: (job.submitted_at, job.uuid))


def queued_jobs(store: Store, cluster_uuid: str) -> list[JobRecord]:
    """The jobs of a cluster that have not ended, first in, first out. Costs nothing for ended ones."""
    found = []
    for key, _, _ in store.list(keys.queue(cluster_uuid)):
        with contextlib.suppress(NotFoundError):
            found.append(read_job(store, key.rpartition("/")[2]))
    return sorted(found, key=lambda job: (job.submitted_at, job.uuid))


def change_job(store: Store, uuid: str, change: Callable[[JobRecord], JobRecord]) -> JobRecord:
    """Apply ``change`` to the newest version of the job, as often as others get in between, and return the result.

    ``change`` may raise (TransitionError, say): then nothing is written. A job that ends leaves its cluster's queue.
    """
    while True:
        job, version = _read(store, uuid)
        changed = change(job)
        try:
            if changed != job:
                store.replace(keys.job(uuid), changed.to_json(), version)
        except ConflictError:
            continue
        if changed.state.ended:
            store.delete(keys.queued(changed.cluster_uuid, uuid))
        return changed


def cancel_job(store: Store, uuid: str, *, at: datetime, reason: str = "cancelled by user") -> JobRecord:
    """Cancel a job: one that waits is CANCELLED at once, one that runs becomes CANCELLING and is stopped by the agent.

    Raises NotFoundError, and TransitionError for a job that has ended.
    """

    def cancel(job: JobRecord) -> JobRecord:
        if job.state is JobState.CANCELLING:
            return job
        if job.state is JobState.NEW:
            return job.moved(JobState.CANCELLED, reason=reason, finished_at=at)
        return job.moved(JobState.CANCELLING, reason=reason)

    return change_job(store, uuid, cancel)


def delete_job(store: Store, uuid: str) -> None:
    """Forget an ended job, logs and all. Raises NotFoundError, and TransitionError for one that has not ended."""
    job, version = _read(store, uuid)
    if not job.state.ended:
        raise TransitionError(
            f"job {job.name!r} ({uuid}) is {job.state.value}; only ended jobs can be deleted",
            f"Cancel it first: `bodo-infra job cancel {uuid}`",
        )
    store.delete_objects(keys.attempts(uuid))
    store.delete(keys.queued(job.cluster_uuid, uuid))
    store.delete(keys.job(uuid), version)


def _read(store: Store, uuid: str) -> tuple[JobRecord, int]:
    try:
        json, version = store.get(keys.job(uuid))
    except MissingError as error:
        raise NotFoundError(f"job {uuid!r} does not exist", "List the jobs with `bodo-infra job list`") from error
    return read_record(JobRecord, keys.job(uuid), json), version
