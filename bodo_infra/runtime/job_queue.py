"""The leader's work on the jobs of its cluster: watch attempts, take over their ends, start the next one.

Every step may be the last one of this process. So a job is claimed in the store before anything is started, and what an
attempt's folder says decides how to go on, not what this process remembers.
"""

import logging
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from bodo_infra.errors import NotFoundError, TransitionError
from bodo_infra.runtime import attempt, scheduler
from bodo_infra.runtime.agent_config import SECRETS, AgentSettings, secrets_file
from bodo_infra.runtime.attempt import Exit, Order, Progress, RunnerFact
from bodo_infra.runtime.boot import read_boot_id
from bodo_infra.runtime.clock import Clock
from bodo_infra.runtime.clusters import read_cluster
from bodo_infra.runtime.effects import Effects
from bodo_infra.runtime.jobs import change_job, submit_job
from bodo_infra.runtime.records import ClusterRecord, JobRecord, SomeRecord
from bodo_infra.runtime.scheduler import AttemptFacts, AttemptStep
from bodo_infra.runtime.states import ClusterState, JobState
from bodo_infra.runtime.store.base import Store

log = logging.getLogger(__name__)

SECRETS_GRACE_S = 60.0


@dataclass
class _Starts:
    """How often this process has started the runner of an attempt, and when last."""

    count: int = 0
    last_at: datetime | None = None


class JobQueue:
    """One cluster's queue, in the hands of the agent that leads.

    ``folder_of``: the folder of a job's attempt by number.  ``active``: called when a job starts or ends.
    """

    def __init__(
        self,
        store: Store,
        *,
        effects: Effects,
        settings: AgentSettings,
        clock: Clock,
        folder_of: Callable[[str, int], Path],
        active: Callable[[], None],
    ) -> None:
        self._store = store
        self._effects = effects
        self._settings = settings
        self._clock = clock
        self._folder_of = folder_of
        self._active = active
        self._starts: dict[tuple[str, int], _Starts] = {}
        self._runners: list[subprocess.Popen[bytes]] = []
        self._remote_shell: Path | None = None
        self._remote_shell_known = False

    def watch(self, cluster: ClusterRecord, jobs: Sequence[JobRecord]) -> None:
        """See how the attempts that were begun are doing, and act on it."""
        self._runners = [runner for runner in self._runners if runner.poll() is None]  # reaped, they leave no zombies
        for job in jobs:
            if job.state in scheduler.ACTIVE:
                self._watch_one(cluster, job)

    def recur(self, jobs: Sequence[JobRecord]) -> None:
        """Make a job of every recurring one whose time has come."""
        for job in jobs:
            now = self._clock()
            try:
                plan = scheduler.plan_recurrence(job, now)
            except ValueError as error:
                self._change(job, partial(_fail, reason=f"schedule {job.schedule}: {error}", at=now))
                continue
            if plan is None:
                continue
            # The child first: killed in between, the next leader makes the same child once more, which is no second.
            if plan.child is not None and submit_job(self._store, plan.child):
                log.info("job %s (%s) recurs: made job %s for %s", job.uuid, job.name, plan.child.uuid, job.due_at)
            self._change(job, partial(_while_new, due_at=plan.parent.due_at, reason=plan.parent.reason))

    def start_next(self, cluster: ClusterRecord, jobs: Sequence[JobRecord], *, leads: Callable[[], bool]) -> None:
        """Claim the next due job and start it, if the cluster is there and nothing runs."""
        now = self._clock()
        job = scheduler.next_job(jobs, now)
        if job is None or cluster.state is not ClusterState.RUNNING:
            return
        if scheduler.refused(job, cluster, now) is not None:
            refused = self._change(job, lambda newest: scheduler.refused(newest, cluster, now) or newest)
            if refused is not None:
                log.info("job %s (%s) is refused: %s", job.uuid, job.name, refused.reason)
                self._forget_secrets(cluster, refused)
                self._active()
            return
        if not leads():
            return
        claimed = self._change(job, lambda newest: scheduler.claimed(newest, now))
        if claimed is None:
            return
        log.info("job %s (%s) is first in the queue and due: attempt %d", job.uuid, job.name, claimed.attempt)
        # Whoever pauses or scales writes the cluster's state first and then looks for jobs; this is the other half.
        state = read_cluster(self._store, cluster.uuid).state
        if state is not ClusterState.RUNNING:
            log.info("job %s is put back: the cluster is %s", job.uuid, state)
            self._change(claimed, lambda newest: scheduler.put_back(newest, now))
            return
        self._active()
        self._watch_one(cluster, claimed)

    def say_why(self, cluster: ClusterRecord, jobs: Sequence[JobRecord]) -> None:
        """Keep the reasons of waiting jobs true."""
        for job, reason in scheduler.waiting_reasons(jobs, cluster, self._clock()):
            if job.reason != reason:
                self._change(job, partial(_while_new, reason=reason))

    def forget_secrets(self, cluster: ClusterRecord, jobs: Sequence[JobRecord]) -> None:
        """Delete secrets that no job will ask for any more: of one that was cancelled while it waited, say."""
        needed = {uuid for job in jobs for uuid in (job.uuid, job.parent)}
        now_s = self._clock().timestamp()
        for path in (Path(cluster.private_path) / SECRETS).glob("*.json"):
            # Secrets are handed over before their job is submitted, so new ones are left alone.
            if path.stem not in needed and abs(now_s - path.stat().st_mtime) > SECRETS_GRACE_S:
                path.unlink(missing_ok=True)

    def _watch_one(self, cluster: ClusterRecord, job: JobRecord) -> None:
        folder = self._folder_of(job.uuid, job.attempt)
        facts = read_facts(folder)
        starts = self._starts.setdefault((job.uuid, job.attempt), _Starts())
        now = self._clock()
        settled = starts.last_at is None or not (
            timedelta(0) <= now - starts.last_at < timedelta(seconds=self._settings.settle_s)  # a clock may be set back
        )
        step = scheduler.judge_attempt(facts, starts=starts.count, settled=settled)
        if job.state is JobState.CANCELLING and step in (AttemptStep.WAIT, AttemptStep.START):
            _order_cancel(folder)
        match step:
            case AttemptStep.WAIT:
                if scheduler.with_progress(job, facts.progress) != job:
                    self._change(job, lambda newest: scheduler.with_progress(newest, facts.progress))
            case AttemptStep.START:
                self._start_runner(cluster, job, folder, starts)
            case AttemptStep.TAKE_OVER:
                assert facts.exit is not None
                self._take_over(cluster, job, facts, facts.exit)
            case AttemptStep.LOST | AttemptStep.GIVE_UP:
                bar_runner(folder)
                self._effects.sweep(attempt.mark(job.uuid, job.attempt))
                self._take_over(cluster, job, facts, scheduler.lost_exit(job, facts, step, now))

    def _start_runner(self, cluster: ClusterRecord, job: JobRecord, folder: Path, starts: _Starts) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not (folder / attempt.ORDER).exists():
            attempt.write_fact(folder, attempt.ORDER, self._order(cluster, job))
        if starts.count:
            log.warning("job %s: its runner has not shown itself yet, starting it once more", job.uuid)
        self._runners.append(self._effects.start_runner(folder))
        starts.count += 1
        starts.last_at = self._clock()

    def _take_over(self, cluster: ClusterRecord, job: JobRecord, facts: AttemptFacts, exit: Exit) -> None:
        now = self._clock()

        def end(newest: JobRecord) -> JobRecord:
            if newest.attempt != job.attempt or newest.state not in scheduler.ACTIVE:
                return newest
            return scheduler.ended(scheduler.with_progress(newest, facts.progress), exit, now)

        ended = self._change(job, end)
        self._starts.pop((job.uuid, job.attempt), None)
        if ended is None:
            return
        log.info("job %s (%s), attempt %d: %s, %s", job.uuid, job.name, job.attempt, ended.state, ended.reason)
        self._forget_secrets(cluster, ended)
        self._active()

    def _order(self, cluster: ClusterRecord, job: JobRecord) -> Order:
        own = secrets_file(cluster.private_path, job.uuid)
        inherited = secrets_file(cluster.private_path, job.parent) if job.parent else own
        secrets = own if own.exists() else inherited
        return Order(
            job_uuid=job.uuid,
            job_name=job.name,
            number=job.attempt,
            command=job.command,
            mode=job.mode,
            source=job.source,
            env=job.env,
            ranks=job.ranks,
            hostfile=cluster.hostfile,
            shared_path=cluster.shared_path,
            checkouts_path=cluster.checkouts_path,
            remote_shell=self._find_remote_shell(cluster),
            secrets_path=str(secrets) if secrets.exists() else None,
            timeout_s=job.timeout_minutes * 60,
        )

    def _find_remote_shell(self, cluster: ClusterRecord) -> str | None:
        if not self._remote_shell_known:
            self._remote_shell = self._effects.write_remote_shell(Path(cluster.private_path))
            self._remote_shell_known = True
        return str(self._remote_shell) if self._remote_shell else None

    def _forget_secrets(self, cluster: ClusterRecord, job: JobRecord) -> None:
        if job.state.ended:
            secrets_file(cluster.private_path, job.uuid).unlink(missing_ok=True)

    def _change(self, job: JobRecord, change: Callable[[JobRecord], JobRecord]) -> JobRecord | None:
        try:
            return change_job(self._store, job.uuid, change)
        except (NotFoundError, TransitionError) as error:
            # Cancelled, deleted or claimed by somebody since it was read: the next look sees what it is now.
            log.info("job %s: %s", job.uuid, error.message)
            return None


def _while_new(job: JobRecord, **changes: Any) -> JobRecord:  # noqa: ANN401 - fields of JobRecord
    return replace(job, **changes) if job.state is JobState.NEW else job


def _fail(job: JobRecord, *, reason: str, at: datetime) -> JobRecord:
    return job.moved(JobState.FAILED, reason=reason, finished_at=at)


def read_facts(folder: Path) -> AttemptFacts:
    """What the folder of an attempt tells. The order of reading matters: see the comments."""
    # A runner holds its lock before it makes runner.json, and writes exit.json before it lets go. So: if it was there
    # in the first reading and the lock is free in the second, then what is missing in the third never comes.
    started = (folder / attempt.RUNNER).exists()
    alive = attempt.lock_held(folder / attempt.RUNNER_LOCK)
    runner = _read_or_none(folder, attempt.RUNNER, RunnerFact) if started else None
    return AttemptFacts(
        started=started,
        alive=alive,
        exit=_read_or_none(folder, attempt.EXIT, Exit),
        progress=_read_or_none(folder, attempt.PROGRESS, Progress),
        same_boot=runner is None or runner.boot_id == read_boot_id(),
    )


def bar_runner(folder: Path) -> None:
    """See to it that no runner takes this attempt any more: a slow one that comes now finds it taken."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / attempt.RUNNER).touch(exist_ok=True)


def _order_cancel(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / attempt.CANCEL).touch(exist_ok=True)


def _read_or_none(folder: Path, name: str, kind: type[SomeRecord]) -> SomeRecord | None:
    try:
        return attempt.read_fact(folder, name, kind)
    except (ValueError, TypeError):
        # Files are written whole; one that can't be read was spoiled from outside and says nothing.
        log.warning("%s cannot be read", folder / name)
        return None
