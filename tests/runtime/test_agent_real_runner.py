"""Jobs from queue to end with everything real: agents, runner, mpiexec over two nodes, ranks."""

import random
import time

import pytest

from bodo_infra.runtime.agent_config import AgentSettings
from bodo_infra.runtime.attempt import MARK_VARIABLE
from bodo_infra.runtime.clock import utc_now
from bodo_infra.runtime.effects import REAL
from bodo_infra.runtime.jobs import cancel_job
from bodo_infra.runtime.states import JobState
from tests.runtime.local_world import LocalWorld, carrying, kill
from tests.waiting import wait_until

pytestmark = pytest.mark.mpi

QUICK_REAL = AgentSettings(tick_s=0.05, heartbeat_s=0.5, lease_s=2.0, settle_s=2.0, stop_grace_s=3.0)
PROGRAM = """
import os, sys, time
from mpi4py import MPI
world = MPI.COMM_WORLD
total = world.allreduce(world.rank)
with open(os.path.join(os.environ["BODO_INFRA_SHARED"], sys.argv[1]), "a") as runs:
    runs.write(f"{world.rank}\\n")
print("rank", world.rank, "of", world.size, "on", MPI.Get_processor_name(), "total", total)
time.sleep(float(sys.argv[2]))
"""


@pytest.fixture
def world(tmp_path):
    world = LocalWorld(tmp_path, settings=QUICK_REAL, effects=REAL)
    (world.shared / "ex.py").write_text(PROGRAM)
    yield world
    world.close()


def test_a_job_runs_on_every_slot_of_every_node(world):
    cluster = world.make(nodes=2, slots=1)
    job = world.wait_job(world.submit(cluster, "ex.py runs 0"))
    log = (world.fleet(cluster).attempt_folder(job.uuid, 1) / "merged.log").read_text()

    assert (job.state, job.exit_code, job.cores) == (JobState.FINISHED, 0, 2), job.reason
    assert "rank 0 of 2" in log
    assert "rank 1 of 2" in log
    assert world.runs() == 2


@pytest.mark.parametrize("seed", range(4))
def test_agents_killed_while_a_job_starts_and_runs_do_not_disturb_it(world, seed):
    chance = random.Random(seed)
    cluster = world.make(nodes=2, slots=1)
    jobs = [world.submit(cluster, f"ex.py runs-{n} 0.5") for n in range(2)]
    for _ in range(2):
        time.sleep(chance.uniform(0, 1.0))  # no event is awaited: this is the moment of the kill
        kill(*world.agents(cluster))
        world.fleet(cluster).heal()
    for n, job in enumerate(jobs):
        ended = world.wait_job(job)
        assert (ended.state, ended.attempt) == (JobState.FINISHED, 1), ended.reason
        assert world.runs(f"runs-{n}") == 2, "each rank must have run once"


@pytest.mark.parametrize("retries", [0, 1])
def test_a_restart_of_everything_in_the_middle_ends_with_a_reason_or_another_attempt(world, retries):
    cluster = world.make(nodes=2, slots=1)
    job = world.submit(cluster, "ex.py runs 2", retries=retries)
    wait_until(lambda: world.runs() == 2, "both ranks at work")
    kill(*world.agents(cluster), *carrying(MARK_VARIABLE, job.uuid))
    world.fleet(cluster).heal()
    ended = world.wait_job(job)

    assert ended.attempt == 1 + retries
    assert ended.state is (JobState.FINISHED if retries else JobState.FAILED)
    assert retries or "runner lost" in ended.reason
    assert world.runs() == 2 * (1 + retries)


def test_a_running_job_is_cancelled_with_all_its_ranks(world):
    cluster = world.make(nodes=2, slots=1)
    job = world.submit(cluster, "ex.py runs 60")
    wait_until(lambda: world.runs() == 2, "both ranks at work")
    cancel_job(world.store, job.uuid, at=utc_now())

    assert world.wait_job(job).state is JobState.CANCELLED
    wait_until(lambda: not carrying(MARK_VARIABLE, job.uuid), "the end of all ranks", timeout_s=5)


def test_a_cluster_that_is_removed_takes_its_ranks_along(world):
    cluster = world.make(nodes=2, slots=1)
    job = world.submit(cluster, "ex.py runs 60")
    wait_until(lambda: world.runs() == 2, "both ranks at work")
    world.fleet(cluster).shutdown("destroyed")

    assert world.job(job).state is JobState.FAILED
    assert not carrying(MARK_VARIABLE, job.uuid)
