"""Agents, runners and whole clusters killed in the middle: no job is lost, run twice unasked, or INPROGRESS for ever.

Seeds are fixed so that a failure comes back; what no seed here hits, the folder protocol's own tests argue.
"""

import os
import random
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from bodo_infra.runtime import attempt
from bodo_infra.runtime.attempt import MARK_VARIABLE, Exit, read_fact
from bodo_infra.runtime.clock import utc_now
from bodo_infra.runtime.jobs import cancel_job, change_job
from bodo_infra.runtime.scheduler import claimed
from bodo_infra.runtime.states import ClusterState, JobState
from tests.runtime.local_world import QUICK, LocalWorld, carrying, kill
from tests.waiting import wait_until


def pause_for(seconds: float) -> None:
    """Not a wait for an event: the moment of a kill is chosen by the seed."""
    time.sleep(seconds)


@pytest.mark.parametrize("seed", range(6))
def test_agents_killed_at_random_moments_lose_no_job_and_run_none_twice(world, seed):
    chance = random.Random(seed)
    cluster = world.make(nodes=2)
    jobs = [world.submit(cluster, f"echo x >> runs-{n}; sleep 0.4") for n in range(3)]
    for _ in range(3):
        pause_for(chance.uniform(0, 0.7))
        alive = world.agents(cluster)
        kill(*(alive if chance.random() < 0.4 else alive[: chance.randint(0, 1)]))
        if not world.agents(cluster):
            world.fleet(cluster).heal()  # what the next command does
    for n, job in enumerate(jobs):
        ended = world.wait_job(job)
        assert (ended.state, ended.attempt) == (JobState.FINISHED, 1), world.log(cluster)
        assert world.runs(f"runs-{n}") == 1


def test_a_killed_leader_is_followed_by_its_peer_and_started_again_by_it(world):
    cluster = world.make(nodes=2)
    leader = world.holder(cluster)
    kill(*world.agents(cluster, leader))
    started = time.monotonic()
    wait_until(lambda: world.holder(cluster) not in (leader, None), "another leader", timeout_s=10)

    assert time.monotonic() - started <= world.settings.lease_s + 1.0
    wait_until(lambda: world.agents(cluster, leader), "the dead one's successor")
    wait_until(lambda: all(node.alive for node in world.fleet(cluster).nodes()), "all nodes alive")


def test_a_leader_that_sleeps_is_followed_and_does_no_harm_when_it_wakes(world):
    cluster = world.make(nodes=2)
    sleeper = world.holder(cluster)
    (pid,) = world.agents(cluster, sleeper)
    os.kill(pid, signal.SIGSTOP)
    try:
        wait_until(lambda: world.holder(cluster) not in (sleeper, None), "another leader", timeout_s=10)
        job = world.submit(cluster, "echo x >> runs; sleep 0.5")
        world.wait_job(job, JobState.INPROGRESS)
    finally:
        os.kill(pid, signal.SIGCONT)

    assert world.wait_job(job).state is JobState.FINISHED
    assert (world.job(job).attempt, world.runs()) == (1, 1)
    assert len(world.agents(cluster)) == 2


def test_a_job_that_ended_while_no_agent_lived_is_taken_over_later(world):
    cluster = world.make(nodes=1)
    job = world.submit(cluster, "echo x >> runs; sleep 0.5; exit 7")
    wait_until(world.runs, "the start of the program")
    kill(*world.agents(cluster))
    folder = world.fleet(cluster).attempt_folder(job.uuid, 1)
    wait_until(lambda: read_fact(folder, attempt.EXIT, Exit), "the runner's last word")
    assert world.job(job).state is JobState.INPROGRESS

    world.fleet(cluster).heal()
    assert (world.wait_job(job).exit_code, world.runs()) == (7, 1)


def restart_machine(world, cluster, job) -> None:
    """Everything of the cluster dies at once, as when the power goes."""
    kill(*world.agents(cluster), *carrying(MARK_VARIABLE, job.uuid))


def test_after_a_restart_of_everything_a_running_job_is_failed_with_the_reason(world):
    cluster = world.make()
    job = world.submit(cluster, "echo x >> runs; sleep 60")
    wait_until(world.runs, "the start of the program")
    restart_machine(world, cluster, job)
    world.fleet(cluster).heal()
    ended = world.wait_job(job)

    assert (ended.state, ended.exit_code, ended.attempt) == (JobState.FAILED, None, 1)
    assert "runner lost" in ended.reason
    assert world.runs() == 1, "nobody asked for a second run"


def test_after_a_restart_of_everything_a_job_with_retries_is_tried_again(world):
    cluster = world.make()
    job = world.submit(cluster, "echo x >> runs; test $(wc -l < runs) = 2 || sleep 60", retries=1)
    wait_until(world.runs, "the start of the program")
    restart_machine(world, cluster, job)
    world.fleet(cluster).heal()

    assert (world.wait_job(job).state, world.job(job).attempt, world.runs()) == (JobState.FINISHED, 2, 2)


def test_a_restarted_machine_is_told_from_a_killed_runner(world):
    cluster = world.make(nodes=1)
    job = world.submit(cluster, "echo x >> runs; sleep 60")
    wait_until(world.runs, "the start of the program")
    restart_machine(world, cluster, job)
    folder = world.fleet(cluster).attempt_folder(job.uuid, 1)
    fact = read_fact(folder, attempt.RUNNER, attempt.RunnerFact)
    attempt.write_fact(folder, attempt.RUNNER, replace(fact, boot_id="the boot before"))
    world.fleet(cluster).heal()

    assert "the machine was restarted" in world.wait_job(job).reason


def test_a_killed_runner_fails_the_job_and_ends_what_is_left_of_the_program(world):
    cluster = world.make()
    job = world.submit(cluster, "echo x >> runs; sleep 60")
    wait_until(world.runs, "the start of the program")
    folder = world.fleet(cluster).attempt_folder(job.uuid, 1)
    kill(read_fact(folder, attempt.RUNNER, attempt.RunnerFact).pid)
    ended = world.wait_job(job)

    assert (ended.state, "runner lost" in ended.reason) == (JobState.FAILED, True)
    assert not carrying(MARK_VARIABLE, job.uuid)
    assert world.wait_job(world.submit(cluster, "true")).state is JobState.FINISHED, "the next job has the nodes"


def test_a_killed_runner_of_a_job_that_is_being_cancelled_leaves_it_cancelled(world):
    cluster = world.make(nodes=1)
    job = world.submit(cluster, "echo x >> runs; sleep 60", retries=5)
    wait_until(world.runs, "the start of the program")
    kill(*world.agents(cluster), *carrying(MARK_VARIABLE, job.uuid))
    cancel_job(world.store, job.uuid, at=utc_now())
    world.fleet(cluster).heal()

    assert (world.wait_job(job).state, world.job(job).reason) == (JobState.CANCELLED, "cancelled by user")


def test_an_agent_killed_between_claim_and_order_is_gone_on_with(world):
    cluster = world.make()
    kill(*world.agents(cluster))
    job = world.submit(cluster, "echo x >> runs")
    change_job(world.store, job.uuid, lambda newest: claimed(newest, utc_now()))
    world.fleet(cluster).heal()

    assert (world.wait_job(job).state, world.job(job).attempt, world.runs()) == (JobState.FINISHED, 1, 1)


def test_a_spoiled_runner_file_does_not_keep_a_job_in_progress_for_ever(world):
    cluster = world.make(nodes=1)
    job = world.submit(cluster, "echo x >> runs; sleep 60")
    wait_until(world.runs, "the start of the program")
    restart_machine(world, cluster, job)
    (world.fleet(cluster).attempt_folder(job.uuid, 1) / attempt.RUNNER).write_text("")
    world.fleet(cluster).heal()

    assert world.wait_job(job).state is JobState.FAILED


def test_a_cluster_without_any_agent_uses_its_idle_time_anew_when_it_is_healed(world):
    cluster = world.make(nodes=1, auto_pause_minutes=2 / 60)
    kill(*world.agents(cluster))
    wait_until(lambda: (utc_now() - cluster.last_activity_at).total_seconds() > 2.2, "the limit to pass")
    world.fleet(cluster).heal()
    job = world.submit(cluster, "true")

    assert world.wait_job(job).state is JobState.FINISHED, "whoever wakes a cluster wants to use it"


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 2 MB, for this test alone."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "none", place], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"needs the right to mount a small file system: {mounted.stderr.strip()}")
    yield place
    subprocess.run(["umount", "--lazy", place], check=True)


def fill(path: Path) -> None:
    """Write until the disk is full."""
    with path.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))


def test_agents_live_through_a_full_disk_and_go_on_when_there_is_space(small_disk):
    world = LocalWorld(small_disk)
    cluster = world.make(nodes=2)
    pids = {pid: psutil.Process(pid).create_time() for pid in world.agents(cluster)}
    filler = small_disk / "filler"
    fill(filler)
    lease = world.store.get(f"leases/{cluster.uuid}")[1]
    started = time.monotonic()
    wait_until(lambda: time.monotonic() - started > 2 * QUICK.lease_s, "two lease lengths on a full disk")
    assert world.store.get(f"leases/{cluster.uuid}")[1] == lease, "the disk was not full for the store"
    filler.unlink()

    assert world.wait_job(world.submit(cluster, "echo x >> runs")).state is JobState.FINISHED
    assert {pid: psutil.Process(pid).create_time() for pid in pids} == pids, "the agents must be the same ones"
    world.close()


def test_a_store_that_is_deleted_takes_its_agents_along(world):
    cluster = world.make(nodes=2)
    shutil.move(world.store.directory, world.home / "trash")
    wait_until(lambda: not world.agents(cluster), "the end of the agents", timeout_s=10)
    shutil.move(world.home / "trash", world.store.directory)


def test_a_pause_whose_caller_was_killed_is_finished_by_the_leader(world):
    cluster = world.make(nodes=2)
    world.change(cluster, lambda newest: newest.moved(ClusterState.PAUSING, at=utc_now()))

    world.wait_cluster(cluster, ClusterState.PAUSED)
    wait_until(lambda: not world.agents(cluster), "the end of the agents")


def test_a_removal_whose_caller_was_killed_is_finished_by_the_leader(world):
    cluster = world.make(nodes=2)
    world.change(cluster, lambda newest: newest.moved(ClusterState.SHUTTING_DOWN, at=utc_now(), reason="destroyed"))

    world.wait_cluster(cluster, ClusterState.REMOVED)
    wait_until(lambda: not world.agents(cluster), "the end of the agents")
