"""Which job a name means to whoever cancels it: a real store, no agent."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bodo_infra.driver.jobs import Jobs
from bodo_infra.errors import InputError, TransitionError
from bodo_infra.runtime.jobs import submit_job
from bodo_infra.runtime.records import JobRecord, SourceRecord
from bodo_infra.runtime.states import JobState
from bodo_infra.runtime.store import LocalStore

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
SCHEDULE = JobRecord(
    uuid="schedule",
    name="tick",
    cluster="etl",
    cluster_uuid="c1",
    workspace="ws",
    command="tick.py",
    source=SourceRecord(kind="folder", path="."),
    submitted_at=NOW,
    due_at=NOW,
)
RUN = replace(SCHEDULE, uuid="run", parent="schedule", submitted_at=NOW + timedelta(minutes=1))
ENDED_RUN = replace(RUN, state=JobState.FINISHED, reason="finished")


class OneStore:
    def __init__(self, store):
        self.store = store

    def existing(self):
        yield self.store


class NoAgents:
    def heal(self, store, cluster_uuid):
        pass


@pytest.fixture
def store(tmp_path):
    return LocalStore(tmp_path, create=True)


@pytest.fixture
def jobs(store):
    return Jobs(NoAgents(), OneStore(store), clock=lambda: NOW)


def test_a_schedule_is_cancelled_by_its_name_though_its_newest_run_has_ended(jobs, store):
    for job in (SCHEDULE, ENDED_RUN):
        submit_job(store, job)

    cancelled = jobs.cancel("tick")

    assert (cancelled.uuid, cancelled.state) == ("schedule", JobState.CANCELLED)


def test_a_name_that_means_a_schedule_and_its_run_is_refused_with_both(jobs, store):
    for job in (SCHEDULE, RUN):
        submit_job(store, job)

    with pytest.raises(InputError, match=r"2 jobs named 'tick' have not ended: schedule .*; run "):
        jobs.cancel("tick")
    assert jobs.cancel("run").uuid == "run"


def test_a_name_of_ended_jobs_alone_is_told_so(jobs, store):
    submit_job(store, ENDED_RUN)

    with pytest.raises(TransitionError, match="FINISHED"):
        jobs.cancel("tick")
