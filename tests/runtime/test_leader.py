"""The leader's steps one by one, with a fleet and a clock of our own: what no kill would hit at the right moment."""

import os
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from bodo_infra.runtime import keys
from bodo_infra.runtime.agent_config import AgentSettings, secrets_file
from bodo_infra.runtime.clusters import change_cluster, read_cluster
from bodo_infra.runtime.fleet.base import NodeStatus
from bodo_infra.runtime.fleet.local import plan_nodes
from bodo_infra.runtime.jobs import read_job, submit_job
from bodo_infra.runtime.leader import Leader
from bodo_infra.runtime.records import ClusterRecord, JobRecord, ScheduleRecord, SourceRecord
from bodo_infra.runtime.states import ClusterState, JobState
from bodo_infra.runtime.store.local import LocalStore
from tests.runtime.fake_runner import fake_effects

NOW = datetime.now(UTC)


@dataclass
class FakeFleet:
    """Notes what it is asked for."""

    calls: list[str] = field(default_factory=list)
    on_pause: object = None

    def nodes(self) -> list[NodeStatus]:
        return []

    def heal(self) -> list[str]:
        self.calls.append("heal")
        return ["node-0"]

    def pause(self) -> None:
        self.calls.append("pause")
        if self.on_pause:
            self.on_pause()

    def resume(self) -> None:
        self.calls.append("resume")

    def scale(self, nodes: int) -> None:
        self.calls.append(f"scale {nodes}")

    def shutdown(self, reason: str) -> None:
        self.calls.append(f"shutdown {reason}")


@dataclass
class Stage:
    """A cluster without agents, and a leader for it whose steps are called by hand."""

    home: Path
    now: datetime = NOW
    leads: bool = True
    fleet: FakeFleet = field(default_factory=FakeFleet)

    def __post_init__(self) -> None:
        self.store = LocalStore(self.home / "store", create=True)
        self.cluster = ClusterRecord(
            uuid=str(uuid4()),
            name="etl",
            workspace="ws",
            workspace_uuid="w1",
            state=ClusterState.RUNNING,
            nodes=plan_nodes(1, slots=2),
            shared_path=str(self.home),
            private_path=str(self.home),
            auto_pause_minutes=None,
            auto_shutdown_minutes=None,
            created_at=NOW,
            in_state_since=NOW,
            last_activity_at=NOW,
        )
        self.store.create(keys.cluster(self.cluster.uuid), self.cluster.to_json())
        self.started: list[Path] = []
        self.leader = Leader(
            self.store,
            self.cluster.uuid,
            fleet=self.fleet,
            effects=replace(fake_effects(), start_runner=self.start_runner),
            settings=AgentSettings(heartbeat_s=2.0, settle_s=3.0),
            clock=lambda: self.now,
            leads=lambda: self.leads,
            folder_of=lambda uuid, number: self.home / uuid / str(number),
        )

    def start_runner(self, folder: Path) -> "EndedRunner":
        self.started.append(folder)
        return EndedRunner()

    def turn(self, *, after_s: float = 0) -> None:
        self.now += timedelta(seconds=after_s)
        for _, step in self.leader.steps(changed=True):
            step()

    def submit(self, **fields: object) -> JobRecord:
        values: dict = {
            "uuid": str(uuid4()),
            "name": "job",
            "cluster": "etl",
            "cluster_uuid": self.cluster.uuid,
            "workspace": "ws",
            "command": "true",
            "source": SourceRecord(kind="folder", path="."),
            "submitted_at": self.now,
            "due_at": self.now,
        }
        job = JobRecord(**{**values, **fields})
        submit_job(self.store, job)
        return job

    def change(self, **fields: object) -> None:
        change_cluster(self.store, self.cluster.uuid, lambda cluster: replace(cluster, **fields))


class EndedRunner:
    """A runner that was started and never showed itself."""

    def poll(self) -> int:
        return 0


@pytest.fixture
def stage(tmp_path):
    stage = Stage(tmp_path)
    yield stage
    stage.store.close()


def test_a_runner_that_does_not_show_itself_is_started_again_but_not_every_tick(stage):
    stage.submit()
    for _ in range(10):
        stage.turn(after_s=0.5)

    assert len(stage.started) == 2, "5 s with a pause of 3 s between starts"


def test_a_runner_that_never_comes_fails_the_job_and_can_never_come_later(stage):
    job = stage.submit()
    for _ in range(12):
        stage.turn(after_s=4)
    ended = read_job(stage.store, job.uuid)

    assert ended.state is JobState.FAILED
    assert "the runner did not start" in ended.reason
    assert (stage.home / job.uuid / "1" / "runner.json").exists(), "a slow runner would run a job that has ended"


def test_a_clock_that_is_set_back_does_not_keep_a_job_waiting(stage):
    stage.submit(due_at=NOW - timedelta(days=1))
    stage.turn()
    stage.turn(after_s=-3600)

    assert len(stage.started) == 2


def test_a_job_that_is_claimed_while_the_cluster_is_being_paused_is_put_back(stage):
    job = stage.submit()
    steps = stage.leader.steps(changed=True)
    name, look = next(steps)
    assert name == "look"
    look()
    stage.change(state=ClusterState.PAUSING)
    for name, step in steps:
        if name != "finish":
            step()
    waiting = read_job(stage.store, job.uuid)

    assert (waiting.state, waiting.attempt) == (JobState.NEW, 0)
    assert stage.started == []


def test_an_agent_that_has_lost_the_lead_starts_nothing(stage):
    job = stage.submit()
    stage.leads = False
    stage.turn()

    assert read_job(stage.store, job.uuid).state is JobState.NEW


def test_a_job_that_comes_while_the_idle_cluster_is_being_paused_wakes_it_again(stage):
    stage.change(auto_pause_minutes=1)
    stage.fleet.on_pause = stage.submit
    stage.turn(after_s=120)

    assert stage.fleet.calls[-2:] == ["pause", "resume"], "nobody else would start that job"


def test_nodes_that_keep_dying_are_started_at_ever_longer_intervals(stage):
    for _ in range(100):
        stage.turn(after_s=1)

    assert stage.fleet.calls.count("heal") <= 8, "an agent that cannot live must not cost a core"


def test_activity_is_written_at_most_once_a_minute_while_a_job_runs(stage):
    job = stage.submit(state=JobState.INPROGRESS, attempt=1)
    (stage.home / job.uuid / "1").mkdir(parents=True)
    seen = set()
    for _ in range(13):
        stage.turn(after_s=10)
        seen.add(read_cluster(stage.store, stage.cluster.uuid).last_activity_at)

    assert 2 <= len(seen) <= 4


def test_secrets_of_a_job_that_was_cancelled_while_it_waited_are_deleted(stage):
    (stage.home / "secrets").mkdir()
    parent = stage.submit(due_at=NOW + timedelta(days=1))
    orphan, fresh, needed = (secrets_file(str(stage.home), uuid) for uuid in ("gone", "coming", parent.uuid))
    for path in (orphan, fresh, needed):
        path.write_text("{}")
    old_s = (NOW - timedelta(minutes=5)).timestamp()
    for path, written_s in ((orphan, old_s), (needed, old_s), (fresh, NOW.timestamp())):
        os.utime(path, (written_s, written_s))
    stage.turn()

    assert [path.exists() for path in (orphan, fresh, needed)] == [False, True, True]


def test_a_recurring_job_that_cannot_recur_fails_and_harms_no_other(stage):
    broken = stage.submit(schedule=ScheduleRecord(cron="61 * * * *", timezone="UTC"), due_at=NOW - timedelta(days=1))
    stage.submit()
    stage.turn()
    stage.turn()

    assert read_job(stage.store, broken.uuid).state is JobState.FAILED
    assert len(stage.started) == 1
