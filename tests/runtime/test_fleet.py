"""The contract of a fleet on this machine: idempotent, safe from two processes at once, nothing left over."""

import contextlib
import json
import multiprocessing
import os
import stat
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from bodo_infra.errors import BodoInfraError, HostError, InputError, TransitionError
from bodo_infra.runtime import keys
from bodo_infra.runtime.attempt import MARK_VARIABLE
from bodo_infra.runtime.clock import utc_now
from bodo_infra.runtime.clusters import list_clusters, read_cluster
from bodo_infra.runtime.fleet.local import LocalFleet, announce_cluster, make_cluster
from bodo_infra.runtime.jobs import queued_jobs
from bodo_infra.runtime.states import ClusterState, JobState
from bodo_infra.runtime.store.local import LocalStore
from tests.runtime.fake_runner import fake_effects
from tests.runtime.local_world import QUICK, carrying, kill
from tests.waiting import wait_until


def names(world, cluster) -> list[str]:
    return [node.name for node in world.fleet(cluster).nodes() if node.alive]


def test_a_new_cluster_runs_all_its_nodes_in_a_folder_of_its_own(world):
    cluster = world.make(nodes=3)
    private = Path(cluster.private_path)

    assert names(world, cluster) == ["node-0", "node-1", "node-2"]
    assert private.is_relative_to(world.store.directory)
    assert stat.S_IMODE(private.stat().st_mode) == 0o700
    assert stat.S_IMODE((private / "secrets").stat().st_mode) == 0o700


def test_agents_know_nothing_of_the_terminal_they_were_started_from(world):
    os.environ["SOME_PASSWORD"] = "hunter2"
    try:
        cluster = world.make(nodes=1)
    finally:
        del os.environ["SOME_PASSWORD"]
    (pid,) = world.agents(cluster)
    environment = Path(f"/proc/{pid}/environ").read_text().split("\0")

    assert not [line for line in environment if "hunter2" in line]
    assert os.getsid(pid) == pid, "the terminal's end must not be theirs"


def test_making_a_cluster_that_is_there_adopts_it(world):
    first = world.make()
    pids = world.agents(first)
    again = world.make(auto_pause_minutes=5)

    assert (again.uuid, again.auto_pause_minutes) == (first.uuid, 5)
    assert world.agents(first) == pids


def test_a_cluster_whose_maker_was_killed_is_adopted(world):
    announced = announce_cluster(world.store, world.wish(), effects=world.effects)
    assert announced.state is ClusterState.NEW
    made = world.make()

    assert made.uuid == announced.uuid
    assert len(list_clusters(world.store)) == 1


def test_a_removed_cluster_is_not_adopted(world):
    first = world.make()
    world.fleet(first).shutdown("destroyed")

    assert world.make().uuid != first.uuid


def make_in_child(home: Path, wish) -> None:
    store = LocalStore(home / "store")
    made = make_cluster(store, wish, settings=QUICK, effects=fake_effects())
    LocalFleet(store, made.uuid, effects=fake_effects()).wait_running()


def test_two_makers_at_once_end_up_with_one_cluster(world):
    both([(make_in_child, world.home, world.wish()) for _ in range(2)])

    (cluster,) = list_clusters(world.store)
    assert len(world.agents(cluster)) == 2


def test_an_agent_that_cannot_come_up_is_quoted_and_nothing_is_left_running(world):
    broken = replace(QUICK, arguments=("-c", "raise SystemExit('cannot import name frobnicate')"))
    made = make_cluster(world.store, world.wish(), settings=broken, effects=world.effects)
    with pytest.raises(HostError, match="cannot import name frobnicate"):
        world.fleet(made).wait_running(timeout_s=20)

    assert read_cluster(world.store, made.uuid).state is ClusterState.FAILED
    assert not world.agents(made)
    assert world.make().state is ClusterState.RUNNING, "the next `up` goes on from there"


def test_a_cluster_that_does_not_come_in_time_is_failed(world):
    silent = replace(QUICK, arguments=("-c", "import time; time.sleep(60)"))
    made = make_cluster(world.store, world.wish(), settings=silent, effects=world.effects)
    with pytest.raises(HostError, match=r"not there after 0\.5 s"):
        world.fleet(made).wait_running(timeout_s=0.5)

    assert not world.agents(made)


def test_a_killed_node_is_seen_and_healed(world):
    cluster = world.make(nodes=1)
    kill(*world.agents(cluster))
    assert names(world, cluster) == []

    assert world.fleet(cluster).heal() == ["node-0"]
    wait_until(lambda: names(world, cluster) == ["node-0"], "the node's return")


def test_pausing_stops_all_nodes_keeps_the_definition_and_is_idempotent(world):
    cluster = world.make()
    for _ in range(2):
        world.fleet(cluster).pause()
        paused = read_cluster(world.store, cluster.uuid)
        assert (paused.state, paused.nodes) == (ClusterState.PAUSED, cluster.nodes)
        assert not world.agents(cluster)
    assert world.fleet(cluster).heal() == [], "a paused cluster stays paused"


def test_resuming_starts_all_nodes_and_is_idempotent(world):
    cluster = world.make()
    world.fleet(cluster).pause()
    for _ in range(2):
        world.fleet(cluster).resume()
        assert read_cluster(world.store, cluster.uuid).state is ClusterState.RUNNING
        assert len(world.agents(cluster)) == 2


def test_a_job_that_waited_for_a_paused_cluster_runs_after_the_resume(world):
    cluster = world.make()
    world.fleet(cluster).pause()
    job = world.submit(cluster, "echo x >> runs")
    world.fleet(cluster).resume()

    assert world.wait_job(job).state is JobState.FINISHED


@pytest.mark.parametrize(
    "step",
    [pytest.param(LocalFleet.pause, id="pause"), pytest.param(lambda fleet: fleet.scale(1), id="scale down")],
)
def test_a_cluster_with_a_running_job_loses_no_node(world, step):
    cluster = world.make()
    job = world.submit(cluster, "sleep 1")
    world.wait_job(job, JobState.INPROGRESS)
    with pytest.raises(TransitionError, match=job.uuid):
        step(world.fleet(cluster))

    assert world.wait_job(job).state is JobState.FINISHED
    step(world.fleet(cluster))


def test_a_resume_that_fails_leaves_the_cluster_paused_again(world):
    cluster = world.make()
    world.fleet(cluster).pause()
    broken = replace(QUICK, arguments=("-c", "raise SystemExit('no more memory')"))
    settings = Path(cluster.private_path) / "settings.json"
    good = settings.read_text()
    settings.write_text(json.dumps(broken.to_json()))
    with pytest.raises(HostError, match="no more memory"):
        world.fleet(cluster).resume()

    assert read_cluster(world.store, cluster.uuid).state is ClusterState.PAUSED
    settings.write_text(good)
    world.fleet(cluster).resume()


def test_scaling_up_keeps_the_nodes_that_are_there(world):
    cluster = world.make(nodes=1)
    before = world.agents(cluster)
    world.fleet(cluster).scale(3)

    assert set(before) < set(world.agents(cluster))
    assert names(world, cluster) == ["node-0", "node-1", "node-2"]
    assert Path(cluster.hostfile).read_text() == "node-0:2\nnode-1:2\nnode-2:2\n"


def test_scaling_down_ends_the_last_nodes_and_rewrites_the_hostfile(world):
    cluster = world.make(nodes=3)
    for _ in range(2):
        world.fleet(cluster).scale(1)
        assert names(world, cluster) == ["node-0"]
        assert len(world.agents(cluster)) == 1
        assert Path(cluster.hostfile).read_text() == "node-0:2\n", "RUNNING must mean that launches see these nodes"


def test_a_running_job_does_not_forbid_more_nodes(world):
    cluster = world.make(nodes=1)
    job = world.submit(cluster, "sleep 1")
    world.wait_job(job, JobState.INPROGRESS)
    world.fleet(cluster).scale(2)

    assert world.wait_job(job).state is JobState.FINISHED
    assert len(world.agents(cluster)) == 2


def test_a_paused_cluster_is_scaled_by_its_definition(world):
    cluster = world.make(nodes=1)
    world.fleet(cluster).pause()
    world.fleet(cluster).scale(2)
    assert read_cluster(world.store, cluster.uuid).state is ClusterState.PAUSED

    world.fleet(cluster).resume()
    assert len(world.agents(cluster)) == 2


def test_a_cluster_without_nodes_is_refused(world):
    with pytest.raises(InputError, match="nodes = 0"):
        world.fleet(world.make(nodes=1)).scale(0)


def test_a_shut_down_cluster_leaves_its_record_and_nothing_else(world):
    cluster = world.make()
    checkouts = Path(cluster.checkouts_path)
    checkouts.mkdir(parents=True)
    for _ in range(2):
        world.fleet(cluster).shutdown("destroyed")
        removed = read_cluster(world.store, cluster.uuid)
        assert (removed.state, removed.reason) == (ClusterState.REMOVED, "destroyed")
    left = [Path(cluster.private_path), Path(cluster.hostfile), checkouts]

    assert not world.agents(cluster)
    assert [path for path in left if path.exists()] == []
    assert [path.name for path in Path(cluster.private_path).parent.iterdir()] == ["making.lock"]
    prefixes = (keys.heartbeats(cluster.uuid), keys.lease(cluster.uuid), keys.queue(cluster.uuid))
    assert [list(world.store.list(prefix)) for prefix in prefixes] == [[], [], []]


def test_a_shutdown_ends_the_jobs_of_the_cluster_and_says_why(world):
    cluster = world.make()
    running, waiting = world.submit(cluster, "echo x >> runs; sleep 60"), world.submit(cluster, "true")
    wait_until(world.runs, "the start of the program")
    world.fleet(cluster).shutdown("destroyed")

    for job in (running, waiting):
        ended = world.job(job)
        assert (ended.state, ended.reason) == (JobState.FAILED, "cluster 'etl' was removed (destroyed)")
    assert not carrying(MARK_VARIABLE, running.uuid), "ranks must not outlive their cluster"
    assert queued_jobs(world.store, cluster.uuid) == []


def test_every_state_can_be_shut_down(world):
    for state in ("announced", "paused", "failed"):
        cluster = announce_cluster(world.store, world.wish(state, nodes=1), effects=world.effects)
        if state == "failed":
            world.change(cluster, lambda newest: newest.moved(ClusterState.FAILED, at=utc_now()))
        elif state == "paused":
            world.fleet(world.make(state, nodes=1)).pause()
        world.fleet(cluster).shutdown("destroyed")
        assert read_cluster(world.store, cluster.uuid).state is ClusterState.REMOVED


def call_in_child(home: Path, uuid: str, step: str) -> None:
    fleet = LocalFleet(LocalStore(home / "store"), uuid, effects=fake_effects())
    arguments = {"scale": [3], "shutdown": ["destroyed"]}
    getattr(fleet, step)(*arguments.get(step, []))


def both(calls) -> None:
    """Run the calls in processes of their own at the same time; AssertionError when one fails."""
    context = multiprocessing.get_context("spawn")
    children = [context.Process(target=target, args=arguments) for target, *arguments in calls]
    for child in children:
        child.start()
    for child in children:
        child.join(60)
    assert [child.exitcode for child in children] == [0] * len(children)


@pytest.mark.parametrize(
    ("step", "state", "agents"),
    [
        ("pause", ClusterState.PAUSED, 0),
        ("scale", ClusterState.RUNNING, 3),
        ("shutdown", ClusterState.REMOVED, 0),
        ("resume", ClusterState.RUNNING, 2),
    ],
)
def test_two_processes_that_want_the_same_get_it(world, step, state, agents):
    cluster = world.make()
    if step == "resume":
        world.fleet(cluster).pause()
    both([(call_in_child, world.home, cluster.uuid, step)] * 2)

    assert read_cluster(world.store, cluster.uuid).state is state
    wait_until(lambda: len(world.agents(cluster)) == agents, f"{agents} agents")


def test_calls_that_want_different_things_end_in_one_of_them(world):
    cluster = world.make()
    steps = [LocalFleet.pause, LocalFleet.resume, lambda fleet: fleet.scale(1), lambda fleet: fleet.scale(3)]

    def call(step) -> None:
        try:
            step(world.fleet(cluster))
        except BodoInfraError:
            return  # refused, or overtaken by another: both are answers

    threads = [threading.Thread(target=call, args=(step,)) for step in steps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    settled = read_cluster(world.store, cluster.uuid)

    assert settled.state in (ClusterState.RUNNING, ClusterState.PAUSED)
    expected = len(settled.nodes) if settled.state is ClusterState.RUNNING else 0
    wait_until(lambda: len(world.agents(cluster)) == expected, f"{expected} agents")


def test_a_dedicated_cluster_that_has_served_before_anybody_looked_is_no_failure(world):
    announced = announce_cluster(world.store, world.wish(nodes=1, dedicated=True), effects=world.effects)
    job = world.submit(announced, "true", ranks=99)
    made = make_cluster(world.store, world.wish(nodes=1), settings=world.settings, effects=world.effects)
    world.wait_cluster(made, ClusterState.REMOVED)

    assert world.fleet(made).wait_running().state is ClusterState.REMOVED
    assert world.job(job).state is JobState.FAILED


def test_jobs_that_come_while_a_cluster_is_paused_and_resumed_again_and_again_run_once_each(world):
    cluster = world.make()
    jobs = []
    for n in range(6):
        jobs.append(world.submit(cluster, f"echo x >> runs-{n}"))
        with contextlib.suppress(TransitionError):  # refused when a job runs: the point is what happens otherwise
            world.fleet(cluster).pause()
        jobs.append(world.submit(cluster, f"echo x >> runs-{n}"))
        world.fleet(cluster).resume()
    for job in jobs:
        assert (world.wait_job(job).state, world.job(job).attempt) == (JobState.FINISHED, 1)

    assert [world.runs(f"runs-{n}") for n in range(6)] == [2] * 6
