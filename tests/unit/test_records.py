"""Records survive the way through JSON, field by field, and meet records of other versions."""

import json
from dataclasses import MISSING, fields, replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bodo_infra.errors import HostError, TransitionError
from bodo_infra.runtime import agent_config, attempt, records
from bodo_infra.runtime.states import ClusterState, JobState

ALL = [
    records.WorkspaceRecord,
    records.NodeRecord,
    records.ClusterRecord,
    records.SourceRecord,
    records.ScheduleRecord,
    records.JobRecord,
    records.LeaseRecord,
    records.HeartbeatRecord,
    attempt.Order,
    attempt.RunnerFact,
    attempt.Progress,
    attempt.Exit,
    agent_config.AgentSettings,
    agent_config.AgentConfig,
]
ZONES = st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30)), timezone(timedelta(hours=-5))])
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=ZONES)
st.register_type_strategy(datetime, MOMENTS)
st.register_type_strategy(float, st.floats(allow_nan=False, allow_infinity=False))
FEW = settings(max_examples=10, deadline=None)  # a drawn JobRecord costs 5 ms


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
@FEW
@given(data=st.data())
def test_a_record_comes_back_from_json_as_it_was(kind, data):
    record = data.draw(st.from_type(kind))
    text = json.dumps(record.to_json())

    assert kind.from_json(json.loads(text)) == record


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
@FEW
@given(data=st.data())
def test_every_field_is_written_none_included(kind, data):
    record = data.draw(st.from_type(kind))

    assert set(record.to_json()) == {field.name for field in fields(kind)}, "a field that is left out is lost"


@FEW
@given(st.from_type(records.JobRecord))
def test_a_record_of_a_newer_version_is_read_without_what_we_do_not_know(job):
    assert records.JobRecord.from_json({**job.to_json(), "colour": "blue"}) == job


@FEW
@given(st.from_type(records.JobRecord))
def test_a_record_of_an_older_version_takes_the_defaults(job):
    required = {
        field.name: job.to_json()[field.name]
        for field in fields(job)
        if field.default is MISSING and field.default_factory is MISSING
    }

    read = records.JobRecord.from_json(required)
    assert (read.retries, read.mode, read.state, read.schedule) == (0, "spmd", JobState.NEW, None)


@FEW
@given(st.from_type(records.JobRecord))
def test_moving_a_job_changes_nothing_else(job):
    running = replace(job, state=JobState.INPROGRESS)
    ended = running.moved(JobState.FAILED, reason="exit code 7", exit_code=7)

    assert ended == replace(running, state=JobState.FAILED, reason="exit code 7", exit_code=7)


@FEW
@given(st.from_type(records.JobRecord))
def test_a_job_that_has_ended_moves_no_more(job):
    with pytest.raises(TransitionError):
        replace(job, state=JobState.FINISHED).moved(JobState.NEW)


@FEW
@given(st.from_type(records.ClusterRecord))
def test_a_cluster_has_the_cores_of_all_nodes_and_the_documented_hostfile(cluster):
    assert cluster.cores == sum(node.slots for node in cluster.nodes)
    assert cluster.hostfile == f"{cluster.shared_path}/.hostfile-{cluster.uuid}"


@FEW
@given(st.from_type(records.ClusterRecord), MOMENTS)
def test_a_cluster_remembers_since_when_it_is_in_its_state(cluster, at):
    moved = replace(cluster, state=ClusterState.RUNNING).moved(ClusterState.PAUSING, at=at, reason="asked for")

    assert (moved.in_state_since, moved.reason) == (at, "asked for")


@pytest.mark.parametrize(
    "spoil",
    [{"state": "EXPLODED"}, {"created_at": "yesterday"}, {"name": ...}],
    ids=["a state of a later version", "no time", "a field of an earlier version is missing"],
)
def test_a_record_that_this_version_cannot_read_is_named_and_no_bug(spoil):
    now = datetime(2026, 11, 27, tzinfo=UTC)
    sound = records.WorkspaceRecord(uuid="u", name="shop", shared_path="/srv", created_at=now).to_json()
    spoiled = {key: value for key, value in {**sound, **spoil}.items() if value is not ...}

    with pytest.raises(HostError, match="record workspaces/u of the store cannot be read"):
        records.read_record(records.WorkspaceRecord, "workspaces/u", spoiled)
