"""The idle verdict, and what follows from it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bodo_infra.runtime.idle import IdleStep, judge_idle, plan_idle
from bodo_infra.runtime.records import ClusterRecord, JobRecord, NodeRecord, ScheduleRecord, SourceRecord
from bodo_infra.runtime.states import ClusterState, JobState

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
CLUSTER = ClusterRecord(
    uuid="c1",
    name="etl",
    workspace="ws",
    workspace_uuid="w1",
    state=ClusterState.RUNNING,
    nodes=(NodeRecord(name="node-0", slots=2),),
    shared_path="/shared",
    private_path="/private",
    auto_pause_minutes=60,
    auto_shutdown_minutes=None,
    created_at=NOW - timedelta(days=1),
    in_state_since=NOW - timedelta(days=1),
    last_activity_at=NOW - timedelta(hours=2),
)
JOB = JobRecord(
    uuid="j1",
    name="nightly",
    cluster="etl",
    cluster_uuid="c1",
    workspace="ws",
    command="ex.py",
    source=SourceRecord(kind="folder", path="."),
    submitted_at=NOW,
    due_at=NOW + timedelta(hours=9),
)


def plan(cluster=CLUSTER, jobs=(), signals=None):
    return plan_idle(cluster, jobs, signals=signals or {}, now=NOW)


def test_a_signal_that_cannot_be_read_keeps_the_cluster_up():
    verdict = judge_idle({"jobs": 0.0, "kernels": None}, now_s=7200.0, limit_s=3600.0)

    assert not verdict.idle, "stopping on a failed reading loses somebody's run"
    assert "kernels" in verdict.because, "the log must name the signal that decided"


def test_two_quiet_hours_pause_a_cluster_with_a_limit_of_one():
    assert plan().step is IdleStep.PAUSE


def test_a_kernel_that_was_busy_lately_keeps_the_cluster_up():
    verdict = plan(signals={"kernels": NOW - timedelta(minutes=5)})

    assert verdict.step is IdleStep.STAY
    assert "kernels" in verdict.because


def test_auto_shutdown_wins_when_both_limits_have_passed():
    assert plan(replace(CLUSTER, auto_shutdown_minutes=90)).step is IdleStep.SHUTDOWN


def test_auto_pause_comes_first_when_only_its_limit_has_passed():
    assert plan(replace(CLUSTER, auto_shutdown_minutes=1440)).step is IdleStep.PAUSE


def test_a_cluster_that_was_just_resumed_has_its_full_time_again():
    assert plan(replace(CLUSTER, in_state_since=NOW - timedelta(minutes=1))).step is IdleStep.STAY


def test_never_means_never():
    assert plan(replace(CLUSTER, auto_pause_minutes=None)).step is IdleStep.STAY


def test_a_job_that_waits_for_its_time_keeps_the_cluster_up_by_name():
    verdict = plan(jobs=[JOB])

    assert verdict.step is IdleStep.STAY, "a stopped cluster has nobody to start the job"
    assert "nightly" in verdict.because


def test_a_recurring_job_keeps_the_cluster_up_by_name():
    verdict = plan(jobs=[replace(JOB, schedule=ScheduleRecord(cron="0 21 * * *", timezone="UTC"))])

    assert verdict.step is IdleStep.STAY
    assert "0 21 * * *" in verdict.because


def test_a_running_job_keeps_the_cluster_up():
    assert plan(jobs=[replace(JOB, state=JobState.INPROGRESS, due_at=NOW - timedelta(days=1))]).step is IdleStep.STAY
