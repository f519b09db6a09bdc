"""Submitting a job: every reason to refuse it first, then its secrets, then its record."""

import uuid as uuids
from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from bodo_infra.checks import check_job
from bodo_infra.cores import physical_cores
from bodo_infra.driver.clusters import Clusters
from bodo_infra.driver.dedicated import DedicatedClusters
from bodo_infra.driver.operations import Report
from bodo_infra.errors import BodoInfraError, HostError, InputError, TransitionError, raise_problems
from bodo_infra.runtime.agent_config import secrets_file
from bodo_infra.runtime.clock import Clock, utc_now
from bodo_infra.runtime.jobs import change_job, read_job, submit_job
from bodo_infra.runtime.records import ClusterRecord, JobRecord, ScheduleRecord, SourceRecord
from bodo_infra.runtime.schedule import next_run
from bodo_infra.runtime.secrets import hand_over, resolve
from bodo_infra.runtime.states import RESUMABLE, SERVES, JobState
from bodo_infra.runtime.store import LocalStore
from bodo_infra.spec import FolderSource, GitSource, JobSpec, Schedule


class Submission:
    """Puts jobs into the queues of clusters. ``environment``: where ``env:NAME`` secrets are looked up."""

    def __init__(
        self,
        clusters: Clusters,
        dedicated: DedicatedClusters,
        *,
        environment: Mapping[str, str],
        clock: Clock = utc_now,
    ) -> None:
        self._clusters = clusters
        self._dedicated = dedicated
        self._environment = environment
        self._clock = clock

    def submit(self, spec: JobSpec, report: Report) -> JobRecord:
        """Submit the job and return its record; a paused cluster is resumed, a new one is brought up before.

        Refused before anything is made: InputError (spec, unknown cluster, ranks over slots, missing secret) and
        TransitionError (the cluster takes no jobs).
        """
        secrets = self._resolve_secrets(spec)
        if spec.new_cluster is not None:
            return self._submit_with_cluster(spec, secrets, report)
        assert spec.cluster is not None, "the spec demands one of cluster, new_cluster"
        store, cluster = self._clusters.find(spec.cluster)
        first = cluster.nodes[0].slots
        raise_problems(check_job(spec, "local", now=self._clock(), slots=cluster.cores, first_node_slots=first))
        if cluster.state not in SERVES | RESUMABLE:
            raise _takes_no_jobs(cluster)
        job = self._record(spec, cluster, str(uuids.uuid4()))
        _enqueue(store, cluster, job, secrets)
        try:
            # After the job is in the queue: a cluster with a job waiting does not pause itself any more.
            self._make_serving(store, cluster)
        except (BodoInfraError, KeyboardInterrupt) as error:
            _end_unstarted(store, job, error, self._clock())
            raise
        return job

    def _submit_with_cluster(self, spec: JobSpec, secrets: Mapping[str, str], report: Report) -> JobRecord:
        uuid = str(uuids.uuid4())
        workspace = self._dedicated.workspace_of(spec)
        raise_problems(check_job(spec, "local", now=self._clock(), machine_cores=physical_cores()))
        store, cluster = self._dedicated.announce(spec, workspace, uuid)
        job = self._record(spec, cluster, uuid)
        _enqueue(store, cluster, job, secrets)
        try:
            self._dedicated.bring_up(cluster, report)
        except (BodoInfraError, KeyboardInterrupt) as error:
            _end_unstarted(store, job, error, self._clock())
            self._dedicated.remove(store, cluster, report)
            raise
        return read_job(store, uuid)

    def _make_serving(self, store: LocalStore, cluster: ClusterRecord) -> None:
        found = self._clusters.wake(store, cluster.uuid)
        if found.state not in SERVES | RESUMABLE:
            raise _takes_no_jobs(found)

    def _resolve_secrets(self, spec: JobSpec) -> dict[str, str]:
        """Values of references that perhaps only this process can look up."""
        reference = spec.source.password if isinstance(spec.source, GitSource) else None
        if reference is None:
            return {}
        try:
            return {reference: resolve(reference, None, self._environment)}
        except HostError as error:
            raise InputError(f"job {spec.name!r}: {error.message}", error.fix) from error

    def _record(self, spec: JobSpec, cluster: ClusterRecord, uuid: str) -> JobRecord:
        now = self._clock()
        return JobRecord(
            uuid=uuid,
            name=spec.name,
            cluster=cluster.name,
            cluster_uuid=cluster.uuid,
            workspace=cluster.workspace,
            command=spec.command,
            mode=spec.mode,
            source=source_record(spec),
            env=dict(spec.env),
            ranks=spec.ranks,
            timeout_minutes=spec.timeout_minutes,
            retries=spec.retries,
            retry_delay_minutes=spec.retry_delay_minutes,
            retry_on_timeout=spec.retry_on_timeout,
            dedicated=cluster.dedicated,
            schedule=schedule_record(spec.schedule),
            submitted_at=now,
            due_at=first_due(spec.schedule, now),
        )


def _takes_no_jobs(cluster: ClusterRecord) -> TransitionError:
    why = f" ({cluster.reason})" if cluster.reason else ""
    return TransitionError(
        f"cluster {cluster.name!r} is {cluster.state.value} and takes no jobs{why}",
        "Bring its stack up again: `bodo-infra up`",
    )


def source_record(spec: JobSpec) -> SourceRecord:
    """The source as the runtime keeps it: references to secrets stay references."""
    source = spec.source
    if isinstance(source, GitSource):
        return SourceRecord(
            kind="git",
            url=source.url,
            reference=source.reference,
            username=source.username,
            password=source.password,
        )
    if isinstance(source, FolderSource):
        return SourceRecord(kind="folder", path=source.path)
    return SourceRecord(kind="s3", url=source.uri)


def schedule_record(schedule: Schedule | None) -> ScheduleRecord | None:
    """What makes a job recurring; None for one that runs once."""
    if schedule is None or schedule.cron is None:
        return None
    return ScheduleRecord(cron=schedule.cron, timezone=schedule.timezone)


def first_due(schedule: Schedule | None, now: datetime) -> datetime:
    """The first moment at which a job with this schedule may start."""
    if schedule is None:
        return now
    if schedule.cron is not None:
        return next_run(schedule.cron, schedule.timezone, now)
    assert schedule.at is not None, "the spec demands one of at, cron"
    at = schedule.at if schedule.at.tzinfo else schedule.at.replace(tzinfo=ZoneInfo(schedule.timezone))
    return at.astimezone(UTC)


def _enqueue(store: LocalStore, cluster: ClusterRecord, job: JobRecord, secrets: Mapping[str, str]) -> None:
    place = secrets_file(cluster.private_path, job.uuid)
    try:
        if secrets:
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            hand_over(place, secrets)
        submit_job(store, job)
    except BaseException:
        place.unlink(missing_ok=True)
        raise


def _end_unstarted(store: LocalStore, job: JobRecord, error: BaseException, now: datetime) -> None:
    """The job's cluster did not come: the job ends, with the reason."""

    def end(newest: JobRecord) -> JobRecord:
        if newest.state is not JobState.NEW:
            return newest
        if isinstance(error, KeyboardInterrupt):
            reason = "interrupted before its cluster was there"
            return newest.moved(JobState.CANCELLED, reason=reason, finished_at=now)
        reason = f"its cluster did not come up: {str(error).splitlines()[0]}"
        return newest.moved(JobState.FAILED, reason=reason, finished_at=now)

    change_job(store, job.uuid, end)
