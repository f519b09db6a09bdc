"""What is to happen to the jobs of a cluster: which is next, what became of an attempt, whether there is another.

Pure: jobs and facts in, jobs and decisions out. ``job_queue`` gathers the facts and stores the results.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, auto
from uuid import UUID, uuid5

from bodo_infra.runtime.attempt import Exit, Progress
from bodo_infra.runtime.records import ClusterRecord, JobRecord
from bodo_infra.runtime.schedule import next_run
from bodo_infra.runtime.states import ClusterState, JobState

ACTIVE = (JobState.INPROGRESS, JobState.CANCELLING)
START_LIMIT = 10  # starts of a runner that never showed itself, before the attempt counts as failed


@dataclass(frozen=True, kw_only=True)
class AttemptFacts:
    """What the folder of an attempt tells."""

    started: bool
    """A runner has taken the attempt: no other ever will."""
    alive: bool
    exit: Exit | None = None
    progress: Progress | None = None
    same_boot: bool = True
    """The machine has not been restarted since the runner took the attempt."""


class AttemptStep(Enum):
    """What the leader does about an attempt."""

    WAIT = auto()
    START = auto()
    TAKE_OVER = auto()
    """The runner has said how it ended."""
    LOST = auto()
    """The runner is gone and has said nothing."""
    GIVE_UP = auto()
    """No runner ever came, as often as one was started."""


def judge_attempt(facts: AttemptFacts, *, starts: int, settled: bool) -> AttemptStep:
    """``starts``: how often this leader has started a runner.  ``settled``: the last start was long enough ago."""
    if facts.exit is not None:
        return AttemptStep.TAKE_OVER
    if facts.alive:
        return AttemptStep.WAIT
    if facts.started:
        return AttemptStep.LOST
    if not settled:
        return AttemptStep.WAIT
    return AttemptStep.START if starts < START_LIMIT else AttemptStep.GIVE_UP


def next_job(jobs: Sequence[JobRecord], now: datetime) -> JobRecord | None:
    """The job to start, if any: the first one that is due, unless one runs. ``jobs``: the queue, first in first."""
    if any(job.state in ACTIVE for job in jobs):
        return None
    return next(iter(due_jobs(jobs, now)), None)


def due_jobs(jobs: Sequence[JobRecord], now: datetime) -> list[JobRecord]:
    """The jobs that wait for nothing but their turn."""
    return [job for job in jobs if job.state is JobState.NEW and job.schedule is None and job.due_at <= now]


def claimed(job: JobRecord, now: datetime) -> JobRecord:
    """The job with its next attempt begun. Raises TransitionError when it is not NEW any more."""
    number = job.attempt + 1
    return job.moved(
        JobState.INPROGRESS,
        reason=f"attempt {number} of {job.retries + 1}" if job.retries else "started",
        attempt=number,
        exit_code=None,
        cores=None,
        commit=None,
        started_at=now,
        finished_at=None,
    )


def put_back(job: JobRecord, now: datetime) -> JobRecord:
    """The claimed job as before: nothing has been started. A cancel that came in between is kept."""
    if job.state is JobState.CANCELLING:
        return job.moved(JobState.CANCELLED, reason=job.reason, finished_at=now, attempt=job.attempt - 1)
    return job.moved(
        JobState.NEW, reason="waiting for the cluster", attempt=job.attempt - 1, started_at=None, cores=None
    )


def refused(job: JobRecord, cluster: ClusterRecord, now: datetime) -> JobRecord | None:
    """The job as FAILED when no attempt could ever do on the cluster as it is; else None."""
    if job.ranks is None or job.ranks <= cluster.cores:
        return None
    reason = (
        f"ranks = {job.ranks}: must be 1 to {cluster.cores}, the slots of cluster {cluster.name!r}. "
        f"Lower ranks, or add nodes with `bodo-infra cluster scale {cluster.name} NODES`"
    )
    return job.moved(JobState.FAILED, reason=reason, finished_at=now)


def with_progress(job: JobRecord, progress: Progress | None) -> JobRecord:
    """The running job with what is known of it by now."""
    if progress is None or job.state not in ACTIVE:
        return job
    return replace(job, commit=progress.commit or job.commit, cores=progress.ranks or job.cores)


def lost_exit(job: JobRecord, facts: AttemptFacts, step: AttemptStep, now: datetime) -> Exit:
    """How an attempt ended whose runner left no word."""
    if job.state is JobState.CANCELLING:
        return Exit(state=JobState.CANCELLED, exit_code=None, reason=job.reason, at=now)
    if step is AttemptStep.GIVE_UP:
        reason = f"the runner did not start, {START_LIMIT} times over; look at the log of the cluster's agent"
    elif facts.same_boot:
        reason = "runner lost: it was killed before the program ended; what was left of the program has been ended"
    else:
        reason = "runner lost: the machine was restarted before the program ended"
    return Exit(state=JobState.FAILED, exit_code=None, reason=reason, at=now)


def ended(job: JobRecord, exit: Exit, now: datetime) -> JobRecord:
    """The job after its attempt: ended, or NEW again when another attempt is due.

    A job that was being cancelled never gets another attempt, even if it failed by itself before the order reached it.
    """
    if exit.state is JobState.CANCELLED and job.state is JobState.INPROGRESS:
        # The order came by the folder alone; the table wants the stop in between to be seen.
        job = job.moved(JobState.CANCELLING, reason=exit.reason)
    if job.state is JobState.CANCELLING or not _another(job, exit):
        reason = job.reason if exit.state is JobState.CANCELLED else exit.reason
        return job.moved(exit.state, reason=reason, exit_code=exit.exit_code, finished_at=exit.at)
    due_at = now + timedelta(minutes=job.retry_delay_minutes)
    how = "failed" if exit.state is JobState.FAILED else "ran out of time"
    reason = f"attempt {job.attempt} of {job.retries + 1} {how}: {exit.reason}; next at {_text(due_at)}"
    return job.moved(JobState.NEW, reason=reason, exit_code=exit.exit_code, due_at=due_at)


def _another(job: JobRecord, exit: Exit) -> bool:
    if job.attempt > job.retries:
        return False
    return exit.state is JobState.FAILED or (exit.state is JobState.TIMEOUT and job.retry_on_timeout)


@dataclass(frozen=True, kw_only=True)
class Recurrence:
    """A recurring job after its time has come, and the job that this made (None: its first time was unknown yet)."""

    parent: JobRecord
    child: JobRecord | None


def plan_recurrence(parent: JobRecord, now: datetime) -> Recurrence | None:
    """What follows from a recurring job now; None when its time has not come.

    Of the times that were missed, while no agent ran, one is made up for. The child's uuid follows from the parent's
    and the time, so that an agent that is killed in between makes no second one.
    """
    if parent.schedule is None or parent.state is not JobState.NEW:
        return None
    if parent.due_at <= parent.submitted_at:
        return _rescheduled(parent, parent.submitted_at, child=None)
    if parent.due_at > now:
        return None
    fire = parent.due_at
    child = replace(
        parent,
        uuid=str(uuid5(UUID(parent.uuid), fire.isoformat())),
        parent=parent.uuid,
        schedule=None,
        reason="recently submitted",
        submitted_at=fire,
        attempt=0,
    )
    return _rescheduled(parent, now, child=child)


def _rescheduled(parent: JobRecord, after: datetime, *, child: JobRecord | None) -> Recurrence:
    assert parent.schedule is not None
    due_at = next_run(parent.schedule.cron, parent.schedule.timezone, after)
    moved = replace(parent, due_at=due_at, reason=f"next run at {_text(due_at)}")
    return Recurrence(parent=moved, child=child)


def waiting_reasons(
    jobs: Sequence[JobRecord], cluster: ClusterRecord, now: datetime
) -> Iterator[tuple[JobRecord, str]]:
    """Every waiting job with what it waits for. A reason that tells of a failed attempt is kept until it is due."""
    before = sum(job.state in ACTIVE for job in jobs)
    for job in jobs:
        if job.state is not JobState.NEW or job.schedule is not None:
            continue
        if job.due_at > now:
            if job.attempt == 0:
                yield job, f"waiting for its time, {_text(job.due_at)}"
            continue
        if cluster.state is not ClusterState.RUNNING:
            yield job, f"waiting for cluster {cluster.name!r}, which is {cluster.state.value}"
        elif before:
            yield job, f"in queue: {before} before it"
        before += 1


def _text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
