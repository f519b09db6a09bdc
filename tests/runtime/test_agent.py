"""Agents of a local cluster as real processes, with a runner that needs no MPI (with MPI: test_agent_real_runner)."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import psutil

from bodo_infra.runtime.agent_config import secrets_file
from bodo_infra.runtime.attempt import CANCEL
from bodo_infra.runtime.clock import utc_now
from bodo_infra.runtime.clusters import read_cluster
from bodo_infra.runtime.jobs import cancel_job, list_jobs
from bodo_infra.runtime.records import ScheduleRecord
from bodo_infra.runtime.states import ClusterState, JobState
from tests.runtime.local_world import LocalWorld
from tests.waiting import wait_until


def test_a_job_runs_once_and_its_outcome_is_in_its_record(world):
    cluster = world.make()
    job = world.wait_job(world.submit(cluster, "echo x >> runs"))

    assert (job.state, job.exit_code, job.attempt, job.reason) == (JobState.FINISHED, 0, 1, "exit code 0")
    assert (job.commit, job.cores) == ("c0ffee", 2), "what the runner found out must reach the record"
    assert job.started_at <= job.finished_at
    assert world.runs() == 1


def test_jobs_run_one_at_a_time_in_the_order_they_came(world):
    cluster = world.make()
    jobs = [world.submit(cluster, f"echo {n} start >> order; sleep 0.1; echo {n} end >> order") for n in range(3)]
    reasons = set()

    def all_ended() -> bool:
        reasons.update(world.job(job).reason for job in jobs)
        return all(world.job(job).state.ended for job in jobs)

    wait_until(all_ended, "the end of all jobs", poll_s=0.01)

    expected = [f"{n} {what}" for n in range(3) for what in ("start", "end")]
    assert (world.shared / "order").read_text().splitlines() == expected
    assert "in queue: 2 before it" in reasons, "a waiting user wants to know how long"


def test_a_job_whose_time_has_not_come_waits_and_says_so_and_holds_nobody_up(world):
    cluster = world.make()
    later = world.submit(cluster, "echo x >> runs", due_in_s=3)
    world.wait_job(world.submit(cluster, "true"))
    wait_until(lambda: world.job(later).reason.startswith("waiting for its time"), "the reason")

    ended = world.wait_job(later)
    assert ended.started_at >= later.due_at


def test_a_failed_job_is_tried_again_as_often_as_asked_for(world):
    cluster = world.make()
    job = world.wait_job(world.submit(cluster, "echo x >> runs; exit 7", retries=2))

    assert (job.state, job.exit_code, job.attempt) == (JobState.FAILED, 7, 3)
    assert world.runs() == 3


def test_between_attempts_the_record_tells_what_went_wrong_and_what_comes(world):
    cluster = world.make()
    job = world.submit(cluster, "test -e again || { touch again; exit 7; }", retries=2, retry_delay_minutes=0.03)
    waiting = wait_until(
        lambda: (now := world.job(job)).state is JobState.NEW and now.attempt == 1 and now, "the next attempt's wait"
    )

    assert waiting.reason.startswith("attempt 1 of 3 failed: exit code 7; next at ")
    ended = world.wait_job(job)
    assert (ended.state, ended.attempt) == (JobState.FINISHED, 2)


def test_a_program_that_takes_too_long_is_a_timeout(world):
    cluster = world.make()
    job = world.wait_job(world.submit(cluster, "sleep 60", timeout_minutes=0.005, retries=3))

    assert (job.state, job.attempt) == (JobState.TIMEOUT, 1), "a timeout is retried only when asked for"


def test_a_running_job_can_be_cancelled(world):
    cluster = world.make()
    job = world.submit(cluster, "echo x >> runs; sleep 60", retries=3)
    wait_until(world.runs, "the start of the program")
    cancel_job(world.store, job.uuid, at=utc_now())
    ended = world.wait_job(job)

    assert (ended.state, ended.reason, ended.attempt) == (JobState.CANCELLED, "cancelled by user", 1)


def test_a_job_cancelled_while_it_waits_never_runs(world):
    cluster = world.make()
    first, second = world.submit(cluster, "sleep 0.5"), world.submit(cluster, "echo x >> runs")
    world.wait_job(first, JobState.INPROGRESS)
    cancel_job(world.store, second.uuid, at=utc_now())
    world.wait_job(world.submit(cluster, "true"))

    assert world.job(second).state is JobState.CANCELLED
    assert world.runs() == 0


def test_more_ranks_than_slots_fail_before_anything_is_started(world):
    cluster = world.make(nodes=2, slots=2)
    job = world.wait_job(world.submit(cluster, "echo x >> runs", ranks=5))

    assert (job.state, job.attempt, world.runs()) == (JobState.FAILED, 0, 0)
    assert "ranks = 5: must be 1 to 4" in job.reason


def test_a_recurring_job_makes_jobs_and_stays(world):
    cluster = world.make()
    schedule = ScheduleRecord(cron="0 0 1 1 *", timezone="UTC")
    parent = world.submit(cluster, "echo x >> runs", name="yearly", schedule=schedule, due_in_s=0.5)
    child = wait_until(
        lambda: next((job for job in list_jobs(world.store) if job.parent == parent.uuid), None), "the occurrence"
    )

    assert world.wait_job(child).state is JobState.FINISHED
    stays = world.job(parent)
    assert stays.state is JobState.NEW
    assert stays.reason == f"next run at {stays.due_at.year}-01-01 00:00:00 UTC"
    assert world.runs() == 1


def test_secrets_of_a_job_are_handed_on_and_gone_when_it_has_ended(world):
    cluster = world.make()
    job = world.submit(cluster, "sleep 0.3", due_in_s=0.5, retries=1)
    secret = secrets_file(cluster.private_path, job.uuid)
    secret.write_text("{}")
    world.wait_job(job)
    order = (world.fleet(cluster).attempt_folder(job.uuid, 1) / "order.json").read_text()

    assert str(secret) in order
    assert not secret.exists()


def test_the_hostfile_stands_where_the_documentation_says_and_comes_back_when_deleted(world):
    cluster = world.make(nodes=2, slots=3)
    hostfile = world.shared / f".hostfile-{cluster.uuid}"
    assert hostfile.read_text() == "node-0:3\nnode-1:3\n"

    hostfile.unlink()
    wait_until(hostfile.exists, "the hostfile's return")


def test_a_second_agent_of_the_same_node_ends_at_once(world):
    cluster = world.make(nodes=1)
    config = Path(cluster.private_path) / "node-0" / "agent.json"
    second = subprocess.run([sys.executable, *world.settings.arguments, str(config)], timeout=20, check=False)

    assert second.returncode == 0
    assert len(world.agents(cluster)) == 1


def test_an_agent_told_to_end_does_so_at_once_and_its_job_goes_on(world):
    cluster = world.make(nodes=1)
    job = world.submit(cluster, "echo x >> runs; sleep 1; echo x >> runs")
    wait_until(world.runs, "the start of the program")
    (pid,) = world.agents(cluster)
    os.kill(pid, signal.SIGTERM)
    started = time.monotonic()
    psutil.Process(pid).wait(5)

    assert time.monotonic() - started < 2
    assert world.holder(cluster) is None, "a peer must not have to wait for the lease's end"
    wait_until(lambda: world.runs() == 2, "the second line of the program")
    world.fleet(cluster).heal()
    assert world.wait_job(job).state is JobState.FINISHED


def test_an_agent_whose_folder_is_deleted_ends(world):
    cluster = world.make(nodes=1)
    folder = Path(cluster.private_path) / "node-0"
    folder.rename(folder.with_name("away"))

    wait_until(lambda: not world.agents(cluster), "the end of the agent")


def test_a_dedicated_cluster_goes_when_its_job_has_ended(world):
    for command, state in (("true", JobState.FINISHED), ("exit 3", JobState.FAILED)):
        cluster = world.make(command.replace(" ", "-"), nodes=1, dedicated=True)
        job = world.submit(cluster, command)
        removed = world.wait_cluster(cluster, ClusterState.REMOVED)

        assert world.job(job).state is state
        assert job.uuid in removed.reason
        assert not Path(cluster.private_path).exists()
        wait_until(lambda cluster=cluster: not world.agents(cluster), "the end of the agents")


def test_a_dedicated_cluster_goes_when_its_job_is_cancelled_before_it_ran(world):
    cluster = world.make(nodes=1, dedicated=True)
    job = world.submit(cluster, "true", due_in_s=3600)
    wait_until(lambda: world.job(job).reason.startswith("waiting for its time"), "the agent to have seen the job")
    cancel_job(world.store, job.uuid, at=utc_now())

    world.wait_cluster(cluster, ClusterState.REMOVED)


def test_a_dedicated_cluster_stays_while_a_retry_is_due(world):
    cluster = world.make(nodes=1, dedicated=True)
    job = world.submit(cluster, "echo x >> runs; exit 1", retries=1, retry_delay_minutes=0.02)
    world.wait_cluster(cluster, ClusterState.REMOVED)

    assert world.job(job).attempt == 2


def test_an_idle_cluster_is_paused_and_a_resumed_one_has_its_time_again(world):
    cluster = world.make(auto_pause_minutes=1.5 / 60)
    paused = world.wait_cluster(cluster, ClusterState.PAUSED)
    wait_until(lambda: not world.agents(cluster), "the end of the agents")
    assert paused.in_state_since - cluster.last_activity_at >= timedelta(seconds=1.5)

    world.fleet(cluster).resume()
    assert read_cluster(world.store, cluster.uuid).state is ClusterState.RUNNING
    assert world.wait_job(world.submit(cluster, "true")).state is JobState.FINISHED


def test_an_idle_cluster_is_removed_when_auto_shutdown_has_passed(world):
    cluster = world.make(auto_pause_minutes=1 / 60, auto_shutdown_minutes=1 / 60)
    removed = world.wait_cluster(cluster, ClusterState.REMOVED)

    assert "auto shutdown" in removed.reason
    wait_until(lambda: not world.agents(cluster), "the end of the agents")


def test_a_running_job_keeps_the_cluster_up_however_long_it_takes(world):
    cluster = world.make(auto_pause_minutes=1 / 60)
    job = world.submit(cluster, "sleep 3")

    assert world.wait_job(job).state is JobState.FINISHED
    ended = world.wait_cluster(cluster, ClusterState.PAUSED)
    assert ended.last_activity_at >= world.job(job).finished_at - timedelta(seconds=0.1)


def test_a_scheduled_job_keeps_an_idle_cluster_up(world):
    cluster = world.make(auto_pause_minutes=0.5 / 60)
    job = world.submit(cluster, "true", due_in_s=3)

    assert world.wait_job(job).state is JobState.FINISHED, "nobody could have woken the cluster for it"


def test_a_step_that_fails_is_logged_and_harms_no_other(world):
    cluster = world.make(nodes=1)
    world.shared.rename(world.home / "away")
    wait_until(lambda: "hostfile failed" in world.log(cluster), "the failing step in the log")
    assert "Traceback" in world.log(cluster)

    (world.home / "away").rename(world.shared)
    assert world.wait_job(world.submit(cluster, "true")).state is JobState.FINISHED


def test_agents_load_neither_pydantic_nor_pulumi():
    code = "import sys; import bodo_infra.runtime.agent; print([m for m in ('pydantic', 'pulumi') if m in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert loaded.stdout.strip() == "[]", "each costs an agent tens of MB on every node"


def test_an_idle_agent_costs_next_to_nothing(tmp_path):
    world = LocalWorld(tmp_path, settings=replace(LocalWorld.settings, tick_s=0.1, heartbeat_s=2.0))
    try:
        cluster = world.make(nodes=2)
        leader = psutil.Process(world.agents(cluster, world.holder(cluster))[0])
        before, started = leader.cpu_times(), time.monotonic()
        wait_until(lambda: time.monotonic() - started > 5, "five idle seconds", timeout_s=10)
        used = sum(leader.cpu_times()[:2]) - sum(before[:2])

        assert used / (time.monotonic() - started) < 0.02, "an idle cluster must cost no CPU (target: 1 % of a core)"
        assert leader.memory_info().rss < 60e6
    finally:
        world.close()


def test_a_cancel_that_comes_before_the_runner_stops_the_job_too(world):
    cluster = world.make(nodes=1)
    job = world.submit(cluster, "sleep 60")
    wait_until(lambda: world.job(job).state is not JobState.NEW, "the claim", poll_s=0.001)
    cancel_job(world.store, job.uuid, at=utc_now())

    assert world.wait_job(job).state is JobState.CANCELLED
    assert (world.fleet(cluster).attempt_folder(job.uuid, 1) / CANCEL).exists()
