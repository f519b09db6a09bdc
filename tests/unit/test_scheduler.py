"""Judgements about jobs: next in the queue, the end of an attempt, retries, recurring jobs. No clock, no store."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from bodo_infra.errors import TransitionError
from bodo_infra.runtime import scheduler
from bodo_infra.runtime.attempt import Exit, Progress, Stage
from bodo_infra.runtime.records import ClusterRecord, JobRecord, NodeRecord, ScheduleRecord, SourceRecord
from bodo_infra.runtime.scheduler import START_LIMIT, AttemptFacts, AttemptStep
from bodo_infra.runtime.states import ClusterState, JobState

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
CLUSTER = ClusterRecord(
    uuid="c1",
    name="etl",
    workspace="ws",
    workspace_uuid="w1",
    state=ClusterState.RUNNING,
    nodes=(NodeRecord(name="node-0", slots=2), NodeRecord(name="node-1", slots=2)),
    shared_path="/shared",
    private_path="/private",
    auto_pause_minutes=None,
    auto_shutdown_minutes=None,
    created_at=NOW,
    in_state_since=NOW,
    last_activity_at=NOW,
)


def job(name: str = "j", *, age_s: float = 10, due_in_s: float = -10, **changes) -> JobRecord:
    values = {
        "uuid": str(uuid4()),
        "name": name,
        "cluster": "etl",
        "cluster_uuid": "c1",
        "workspace": "ws",
        "command": "ex.py",
        "source": SourceRecord(kind="folder", path="."),
        "submitted_at": NOW - timedelta(seconds=age_s),
        "due_at": NOW + timedelta(seconds=due_in_s),
    }
    return JobRecord(**{**values, **changes})


def running(**changes) -> JobRecord:
    return job(**{"state": JobState.INPROGRESS, "attempt": 1, "reason": "started", **changes})


def exit_(state: JobState, code: int | None = 7, reason: str = "exit code 7") -> Exit:
    return Exit(state=state, exit_code=code, reason=reason, at=NOW)


def facts(**changes) -> AttemptFacts:
    return AttemptFacts(**{"started": False, "alive": False, **changes})


@pytest.mark.parametrize(
    ("seen", "starts", "settled", "expected"),
    [
        pytest.param(facts(), 0, True, AttemptStep.START, id="claimed and nothing else: start"),
        pytest.param(facts(), 1, False, AttemptStep.WAIT, id="just started: no runner per tick"),
        pytest.param(facts(), 1, True, AttemptStep.START, id="started in vain: once more"),
        pytest.param(facts(), START_LIMIT, True, AttemptStep.GIVE_UP, id="started in vain too often"),
        pytest.param(facts(alive=True), 1, True, AttemptStep.WAIT, id="lock held, runner.json not there yet"),
        pytest.param(facts(started=True, alive=True), 0, True, AttemptStep.WAIT, id="runs"),
        pytest.param(facts(started=True), 0, True, AttemptStep.LOST, id="runner gone without a word"),
        pytest.param(
            facts(started=True, exit=exit_(JobState.FINISHED)), 0, True, AttemptStep.TAKE_OVER, id="runner has ended"
        ),
        pytest.param(
            facts(started=True, alive=True, exit=exit_(JobState.FAILED)), 0, True, AttemptStep.TAKE_OVER, id="is ending"
        ),
    ],
)
def test_what_the_folder_says_decides(seen, starts, settled, expected):
    assert scheduler.judge_attempt(seen, starts=starts, settled=settled) is expected


def test_the_first_one_in_is_the_first_one_out():
    first, second = job("first", age_s=20), job("second", age_s=10)

    assert scheduler.next_job([first, second], NOW) == first


def test_a_job_whose_time_has_not_come_holds_nobody_up():
    later, due = job("later", age_s=20, due_in_s=60), job("due")

    assert scheduler.next_job([later, due], NOW) == due


@pytest.mark.parametrize("state", [JobState.INPROGRESS, JobState.CANCELLING])
def test_one_job_runs_at_a_time(state):
    assert scheduler.next_job([running(state=state), job()], NOW) is None


def test_a_recurring_job_itself_is_never_run():
    assert scheduler.next_job([job(schedule=ScheduleRecord(cron="* * * * *", timezone="UTC"))], NOW) is None


def test_claiming_counts_the_attempt_before_anything_is_started():
    claimed = scheduler.claimed(job(retries=2, exit_code=3), NOW)

    assert (claimed.state, claimed.attempt, claimed.exit_code) == (JobState.INPROGRESS, 1, None)
    assert claimed.reason == "attempt 1 of 3"


def test_a_job_that_was_cancelled_meanwhile_cannot_be_claimed():
    with pytest.raises(TransitionError):
        scheduler.claimed(job(state=JobState.CANCELLED), NOW)


def test_a_claim_that_is_put_back_costs_no_attempt():
    before = job()
    back = scheduler.put_back(scheduler.claimed(before, NOW), NOW)

    assert (back.state, back.attempt, back.started_at) == (JobState.NEW, 0, None)


def test_a_failure_with_retries_left_waits_for_the_next_attempt_and_says_so():
    after = scheduler.ended(running(retries=2, retry_delay_minutes=5), exit_(JobState.FAILED), NOW)

    assert (after.state, after.due_at) == (JobState.NEW, NOW + timedelta(minutes=5))
    assert after.reason == "attempt 1 of 3 failed: exit code 7; next at 2026-11-27 12:05:00 UTC"


def test_the_last_failure_is_the_end():
    after = scheduler.ended(running(retries=2, attempt=3), exit_(JobState.FAILED), NOW)

    assert (after.state, after.exit_code, after.reason) == (JobState.FAILED, 7, "exit code 7")


@pytest.mark.parametrize(("retry_on_timeout", "state"), [(False, JobState.TIMEOUT), (True, JobState.NEW)])
def test_a_timeout_is_retried_only_when_asked_for(retry_on_timeout, state):
    after = scheduler.ended(running(retries=1, retry_on_timeout=retry_on_timeout), exit_(JobState.TIMEOUT, None), NOW)

    assert after.state is state


def test_success_is_never_retried():
    assert scheduler.ended(running(retries=5), exit_(JobState.FINISHED, 0), NOW).state is JobState.FINISHED


@pytest.mark.parametrize("state", [JobState.CANCELLED, JobState.FAILED, JobState.TIMEOUT])
def test_a_job_that_is_being_cancelled_gets_no_further_attempt(state):
    after = scheduler.ended(running(state=JobState.CANCELLING, retries=5, retry_on_timeout=True), exit_(state), NOW)

    assert after.state is state


def test_a_cancelled_job_keeps_the_reason_of_who_cancelled_it():
    cancelling = running(state=JobState.CANCELLING, reason="cancelled by user")

    assert scheduler.ended(cancelling, exit_(JobState.CANCELLED), NOW).reason == "cancelled by user"


def test_an_order_to_stop_that_came_by_the_folder_alone_ends_cancelled():
    assert scheduler.ended(running(), exit_(JobState.CANCELLED), NOW).state is JobState.CANCELLED


def test_a_lost_runner_is_told_from_a_restarted_machine():
    lost = facts(started=True)
    killed = scheduler.lost_exit(running(), lost, AttemptStep.LOST, NOW)
    restarted = scheduler.lost_exit(running(), replace(lost, same_boot=False), AttemptStep.LOST, NOW)

    assert "killed" in killed.reason
    assert "restarted" in restarted.reason


def test_a_lost_runner_of_a_job_that_was_being_cancelled_counts_as_cancelled():
    cancelling = running(state=JobState.CANCELLING, reason="cancelled by user", retries=3)
    exit = scheduler.lost_exit(cancelling, facts(started=True), AttemptStep.LOST, NOW)

    assert scheduler.ended(cancelling, exit, NOW).state is JobState.CANCELLED


def test_progress_reaches_the_record_and_is_not_lost_again():
    known = scheduler.with_progress(running(), Progress(stage=Stage.RUN, commit="c0ffee", ranks=4))

    assert (known.commit, known.cores) == ("c0ffee", 4)
    assert scheduler.with_progress(known, Progress(stage=Stage.RUN)) == known


def test_more_ranks_than_slots_are_refused_before_an_attempt():
    refused = scheduler.refused(job(ranks=5), CLUSTER, NOW)

    assert (refused.state, refused.attempt) == (JobState.FAILED, 0)
    assert "ranks = 5: must be 1 to 4" in refused.reason
    assert scheduler.refused(job(ranks=4), CLUSTER, NOW) is None


RECURRING = job("nightly", due_in_s=0, age_s=3600, schedule=ScheduleRecord(cron="0 * * * *", timezone="UTC"))


def test_a_recurring_job_makes_a_job_of_its_own_when_its_time_comes():
    plan = scheduler.plan_recurrence(RECURRING, NOW)

    assert (plan.child.parent, plan.child.schedule, plan.child.due_at) == (RECURRING.uuid, None, NOW)
    assert plan.parent.due_at == NOW + timedelta(hours=1)
    assert plan.parent.reason == "next run at 2026-11-27 13:00:00 UTC"
    assert plan.parent.state is JobState.NEW


def test_the_same_time_always_makes_the_same_job():
    first, again = (scheduler.plan_recurrence(RECURRING, NOW).child for _ in range(2))

    assert first.uuid == again.uuid, "a leader that is killed in between must not run it twice"


def test_of_many_missed_times_one_is_made_up_for():
    plan = scheduler.plan_recurrence(RECURRING, NOW + timedelta(hours=30, minutes=10))

    assert plan.parent.due_at == NOW + timedelta(hours=31)


def test_a_recurring_job_whose_first_time_is_unknown_is_not_run_at_once():
    plan = scheduler.plan_recurrence(replace(RECURRING, due_at=RECURRING.submitted_at), NOW)

    assert plan.child is None
    assert plan.parent.due_at > RECURRING.submitted_at


def test_a_recurring_job_before_its_time_is_left_alone():
    assert scheduler.plan_recurrence(RECURRING, NOW - timedelta(seconds=1)) is None


def reasons(jobs, cluster=CLUSTER) -> dict[str, str]:
    return {job.name: reason for job, reason in scheduler.waiting_reasons(jobs, cluster, NOW)}


def test_waiting_jobs_say_how_many_are_before_them():
    found = reasons([running(name="a"), job("b"), job("c")])

    assert found == {"b": "in queue: 1 before it", "c": "in queue: 2 before it"}


def test_a_job_that_waits_for_its_time_says_which():
    assert reasons([job("later", due_in_s=60)]) == {"later": "waiting for its time, 2026-11-27 12:01:00 UTC"}


def test_a_job_that_waits_for_its_cluster_says_so():
    found = reasons([job("a")], replace(CLUSTER, state=ClusterState.RESUMING))

    assert found == {"a": "waiting for cluster 'etl', which is RESUMING"}


def test_the_story_of_a_failed_attempt_is_kept_until_the_next():
    waiting = scheduler.ended(running(retries=1, retry_delay_minutes=5), exit_(JobState.FAILED), NOW)

    assert reasons([waiting]) == {}
