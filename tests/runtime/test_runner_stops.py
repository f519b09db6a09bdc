"""Attempts that end before their time: orders, limits, killed processes, a full disk. Nothing outlives an attempt."""

import os
import signal
import subprocess
from pathlib import Path

import pytest

from bodo_infra.runtime.attempt import CANCEL, EXIT, RUNNER_LOCK, Stage, lock_held
from bodo_infra.runtime.processes import marked_pids, sweep
from bodo_infra.runtime.records import SourceRecord
from bodo_infra.runtime.states import JobState
from tests.git_server import make_repository, serve_git
from tests.waiting import wait_until

pytestmark = pytest.mark.mpi

SLEEP = "import time; print('started'); time.sleep(60)"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + SLEEP
HUNG = (
    "from mpi4py import MPI; import time; print('started')\n"
    "time.sleep(60) if MPI.COMM_WORLD.rank else MPI.COMM_WORLD.Barrier()"
)


def test_a_hung_program_ends_at_its_limit(bench):
    ending, _ = bench.run(HUNG, timeout_s=1.5)

    assert (ending.state, ending.exit_code) == (JobState.TIMEOUT, None)
    assert ending.reason == "stopped after 0.025 minutes, the limit of an attempt"


def test_a_cancelled_program_ends(bench):
    running = bench.start(bench.order(SLEEP))
    running.started(count=2)

    (running.folder / CANCEL).touch()

    ending = running.end()
    assert (ending.state, ending.exit_code) == (JobState.CANCELLED, None)


def test_a_program_may_tidy_up_and_say_so_before_it_is_stopped(bench):
    program = "import signal, sys\nsignal.signal(signal.SIGTERM, lambda *_: sys.exit(print('tidied up')))\n" + SLEEP
    running = bench.start(bench.order(program))
    running.started(count=2)

    (running.folder / CANCEL).touch()

    assert running.end().state is JobState.CANCELLED
    assert running.text("merged.log").count("tidied up") == 2


def test_a_program_that_does_not_listen_is_killed_after_the_grace(bench):
    running = bench.start(bench.order(STUBBORN, kill_grace_s=0.3))
    running.started(count=2)

    (running.folder / CANCEL).touch()

    assert running.end(timeout_s=10).state is JobState.CANCELLED


def test_an_order_to_cancel_reaches_git_too(bench, tmp_path):
    make_repository(tmp_path / "repositories", "etl", {"ex.py": ""})
    with serve_git(tmp_path / "repositories") as server:
        server.gate.clear()
        running = bench.start(bench.order(source=SourceRecord(kind="git", url=server.url("etl")), kill_grace_s=0.3))
        assert server.waiting.wait(20)
        (running.folder / CANCEL).touch()

        ending = running.end()

    assert ending.state is JobState.CANCELLED
    assert list((bench.shared / ".checkouts").glob("*")) == [], "half a checkout was left"


def test_an_attempt_cancelled_before_it_starts_launches_nothing(bench):
    order = bench.order(SLEEP)
    folder = bench.folder(order)
    (folder / CANCEL).touch()

    assert bench.start(order, folder).end().state is JobState.CANCELLED
    assert not (folder / "merged.log").exists()


def test_a_killed_rank_ends_the_attempt_and_is_named(bench):
    running = bench.start(bench.order(SLEEP))
    running.started(count=2)

    os.kill(running.pids("ex.py")[-1], signal.SIGKILL)

    ending = running.end()
    assert (ending.state, ending.exit_code) == (JobState.FAILED, 9)
    assert ending.reason == "a rank was killed (SIGKILL, often out of memory)"


def test_a_crashed_rank_is_named_by_its_signal(bench):
    ending, _ = bench.run("import os; os.kill(os.getpid(), 11)")

    assert "SIGSEGV" in ending.reason


def test_no_rank_outlives_a_killed_mpiexec(bench):
    running = bench.start(bench.order(STUBBORN))
    running.started(count=2)

    os.kill(running.pids("bin/mpiexec")[0], signal.SIGKILL)

    ending = running.end()
    assert (ending.state, ending.exit_code) == (JobState.FAILED, None)
    assert "mpiexec was killed (SIGKILL)" in ending.reason


def test_a_killed_node_fails_the_attempt_when_its_ranks_have_ended(bench):
    # Hydra does not notice before: a program that waits for the lost node ends at its limit.
    running = bench.start(bench.order(SLEEP.replace("60", "1"), ranks=4))
    running.started(count=4)

    os.kill(running.pids("bin/hydra_pmi_proxy --control-port")[-1], signal.SIGKILL)

    ending = running.end()
    assert ending.state is JobState.FAILED
    assert "lost a node" in ending.reason, running.text("runner.err")


def test_a_killed_runner_leaves_its_lock_free_no_exit_and_ranks_that_a_sweep_ends(bench):
    running = bench.start(bench.order(STUBBORN))
    running.started(count=2)

    running.process.kill()
    running.process.wait()

    assert not lock_held(running.folder / RUNNER_LOCK), "the lock dies with the runner"
    assert not (running.folder / EXIT).exists()
    assert running.pids("ex.py"), "without ranks left this test proves nothing"
    assert sweep(running.mark)
    assert marked_pids(running.mark) == []


def test_a_runner_that_is_asked_to_end_ends_its_program_and_says_so(bench):
    running = bench.start(bench.order(SLEEP))
    running.started(count=2)

    running.process.terminate()

    ending = running.end()
    assert (ending.state, ending.reason) == (JobState.FAILED, "the job's runner was told to end (SIGTERM)")


def test_what_a_program_left_running_in_the_background_ends_with_it(bench):
    program = "import subprocess; subprocess.Popen(['sleep', '61'], start_new_session=True, stdout=-3, stderr=-3)"

    ending, running = bench.run(program)

    assert ending.state is JobState.FINISHED
    assert marked_pids(running.mark) == []


def test_a_sweep_ends_nobody_elses_processes():
    with subprocess.Popen(["sleep", "60"], env={**os.environ, "BODO_INFRA_ATTEMPT": "job/11"}) as other:
        wait_until(lambda: other.pid in marked_pids("job/11"), "the other process")

        assert sweep("job/1") == []

        assert other.poll() is None, "attempt 1 must not end attempt 11"
        assert sweep("job/11") == [other.pid]


@pytest.fixture
def small_disk(tmp_path):
    folder = tmp_path / "small"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "none", folder]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("only root with the right to mount can have a disk of 1 MiB")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def test_a_full_disk_ends_the_attempt_and_the_exit_is_still_written(bench, small_disk):
    program = "print('started')\nfor _ in range(100_000): print('x' * 60)\nimport time; time.sleep(60)"
    order = bench.order(program)
    bench.folder = lambda order: _written(small_disk, order)

    running = bench.start(order)

    ending = running.end()
    assert ending.state is JobState.FAILED
    assert "the disk is full" in ending.reason


def test_a_program_that_meets_a_full_disk_is_told_apart_from_other_failures(bench, small_disk):
    ending, _ = bench.run(f"open('{small_disk}/data', 'w').write('x' * 2_000_000)", ranks=1)

    assert "the disk is full" in ending.reason


def test_a_checkout_onto_a_full_disk_says_so(bench, small_disk, tmp_path):
    import random

    noise = "".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyz0123456789", k=3_000_000))
    repository = make_repository(tmp_path / "repositories", "etl", {"ex.py": "", "noise.txt": noise})
    source = SourceRecord(kind="git", url=repository.url)

    ending, running = bench.run("", source=source, checkouts_path=str(small_disk / "checkouts"))

    assert running.reached(Stage.SOURCE)
    assert "the disk is full" in ending.reason
    assert list((small_disk / "checkouts").iterdir()) == []


def _written(folder: Path, order):
    from bodo_infra.runtime.attempt import ORDER, write_fact

    write_fact(folder, ORDER, order)
    return folder
