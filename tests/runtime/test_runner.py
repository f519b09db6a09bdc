"""The life of an attempt with the real mpiexec: source, launch, run, ending, logs."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bodo_infra.runtime import hostfile, logs
from bodo_infra.runtime.attempt import (
    EXIT,
    RUNNER,
    RUNNER_LOCK,
    Exit,
    Progress,
    RunnerFact,
    Stage,
    lock_held,
    read_fact,
)
from bodo_infra.runtime.boot import read_boot_id
from bodo_infra.runtime.hostfile import Host
from bodo_infra.runtime.records import SourceRecord
from bodo_infra.runtime.runner import start_runner
from bodo_infra.runtime.states import JobState
from tests.git_server import USERNAME, make_repository, serve_git
from tests.waiting import wait_until

pytestmark = pytest.mark.mpi

SLEEP = "import time; print('started'); time.sleep(60)"


@pytest.mark.parametrize("code", [0, 1, 3, 7, 9])
def test_the_programs_exit_code_is_the_attempts(bench, code):
    ending, _ = bench.run("import sys; sys.exit(int(sys.argv[1]))", command=f"ex.py {code}")

    assert ending.exit_code == code
    assert ending.state is (JobState.FINISHED if code == 0 else JobState.FAILED)
    assert ending.reason == ("finished" if code == 0 else f"exit code {code}")


def test_the_code_of_one_rank_among_many_is_kept(bench):
    program = "from mpi4py import MPI; import sys; sys.exit(7 if MPI.COMM_WORLD.rank == 1 else 0)"

    ending, _ = bench.run(program, ranks=3)

    assert ending.exit_code == 7


def test_ranks_work_together_over_nodes_that_have_names_of_their_own(bench):
    program = (
        "from mpi4py import MPI; import os\n"
        "total = MPI.COMM_WORLD.allreduce(MPI.COMM_WORLD.rank)\n"
        "print(total, os.uname().nodename, MPI.Get_processor_name())"
    )

    ending, running = bench.run(program, ranks=None)

    if bench.remote_shell is None:
        pytest.skip("this system forbids namespaces: nodes are told apart by PMI_HOSTNAME only")
    lines, _ = logs.read_log(bench.store, running.order.job_uuid, 1, 0)
    assert ending.state is JobState.FINISHED, ending.reason
    assert {line.rank: line.text for line in lines} == {
        0: "6 node-0 node-0",
        1: "6 node-0 node-0",
        2: "6 node-1 node-1",
        3: "6 node-1 node-1",
    }


def test_arguments_environment_and_folder_reach_the_program(bench):
    program = "import os, sys; print(sys.argv[1:], os.environ['COLOR'], os.getcwd(), os.environ['BODO_INFRA_SHARED'])"

    _, running = bench.run(program, command="ex.py 1 'a b'", env={"COLOR": "blue"}, ranks=1)

    assert running.text("rank-0.out") == f"['1', 'a b'] blue {bench.programs} {bench.shared}\n"


def test_stages_are_told_as_they_are_reached(bench):
    running = bench.start(bench.order(SLEEP))

    progress = running.reached(Stage.RUN)

    assert progress == Progress(stage=Stage.RUN, commit=None, ranks=2)
    assert lock_held(running.folder / RUNNER_LOCK)
    fact = read_fact(running.folder, RUNNER, RunnerFact)
    assert fact is not None
    assert (fact.pid, fact.boot_id) == (running.process.pid, read_boot_id())


def test_a_rank_that_raises_ends_those_that_wait_for_it(bench):
    program = (
        "from mpi4py import MPI\n"
        "if MPI.COMM_WORLD.rank == 1:\n"
        "    raise ValueError('no such column')\n"
        "MPI.COMM_WORLD.Barrier()"
    )

    ending, running = bench.run(program)

    assert (ending.state, ending.exit_code) == (JobState.FAILED, 1)
    assert "job logs" in ending.reason
    assert "no such column" in running.text("rank-1.err")
    assert "no such column" not in ending.reason, "a reason is shown in lists; what programs print stays in the logs"


def test_a_program_runs_from_git_and_its_commit_is_told(bench, tmp_path):
    repository = make_repository(tmp_path / "repositories", "etl", {"ex.py": "print(open('state.txt').read().strip())"})
    with serve_git(tmp_path / "repositories", "hunter2-secret") as server:
        os.environ["TEST_GIT_TOKEN"] = "hunter2-secret"
        source = SourceRecord(
            kind="git", url=server.url("etl"), reference="v1", username=USERNAME, password="env:TEST_GIT_TOKEN"
        )
        program_env = {"SHOW": "1"}
        running = bench.start(bench.order(source=source, ranks=1, env=program_env))
        del os.environ["TEST_GIT_TOKEN"]
        progress = running.reached(Stage.RUN)
        ending = running.end()

    assert ending.state is JobState.FINISHED, ending.reason
    assert progress.commit == repository.first
    assert running.text("rank-0.out") == "first\n"
    for path in running.folder.rglob("*"):
        assert b"hunter2-secret" not in path.read_bytes(), f"{path} holds the password"


def test_a_program_cannot_read_the_secret_from_its_environment(bench):
    os.environ["TEST_GIT_TOKEN"] = "hunter2-secret"
    _, running = bench.run("import os; print(dict(os.environ))", ranks=1)
    del os.environ["TEST_GIT_TOKEN"]

    assert "hunter2-secret" not in running.text("rank-0.out")


@pytest.mark.parametrize(
    ("changes", "stage", "says"),
    [
        pytest.param({"command": "none.py"}, "launch", "there is no file 'none.py'", id="missing script"),
        pytest.param({"ranks": 5}, "launch", "ranks = 5: must be 1 to 4", id="too many ranks"),
        pytest.param({"hostfile": "/none"}, "launch", "hostfile /none does not exist", id="no hostfile"),
        pytest.param(
            {"source": SourceRecord(kind="folder", path="none")}, "source", "no such folder", id="missing folder"
        ),
        pytest.param(
            {"source": SourceRecord(kind="git", url="file:///none")}, "source", "no repository", id="no repository"
        ),
        pytest.param({"source": SourceRecord(kind="s3", url="s3://b/p")}, "source", "source.kind = s3", id="s3"),
    ],
)
def test_an_order_that_cannot_run_is_refused_before_anything_is_launched(bench, changes, stage, says):
    ending, running = bench.run("", **changes)

    assert (ending.state, ending.exit_code) == (JobState.FAILED, None)
    assert ending.reason.startswith(f"{stage}: ")
    assert says in ending.reason
    assert not (running.folder / "merged.log").exists()


def test_spawn_mode_on_a_first_node_of_one_slot_is_refused(bench):
    hostfile.write(bench.hostfile, [Host(name="node-0", slots=1), Host(name="node-1", slots=4)])

    ending, _ = bench.run("", mode="spawn", ranks=None)

    assert "2 or more slots on the first node, and node-0 has 1" in ending.reason


def test_spawn_mode_runs_the_program_once_and_its_workers_over_the_nodes(bench):
    program = (
        "import sys; from mpi4py import MPI\n"
        "parent = MPI.Comm.Get_parent()\n"
        "if parent == MPI.COMM_NULL:\n"
        "    children = MPI.COMM_SELF.Spawn(sys.executable, args=[__file__], maxprocs=3)\n"
        "    print('sum', children.reduce(None, root=MPI.ROOT)); children.Disconnect()\n"
        "else:\n"
        "    print('worker'); parent.reduce(MPI.COMM_WORLD.rank, root=0); parent.Disconnect()"
    )

    ending, running = bench.run(program, mode="spawn", ranks=None)

    assert ending.state is JobState.FINISHED, ending.reason
    text = running.text("merged.log")
    assert (text.count("worker"), text.count("sum 3")) == (3, 1)


def test_without_mpiexec_the_extras_are_named(bench, tmp_path):
    order = bench.order("")
    folder = bench.folder(order)
    python = tmp_path / "bin/python"
    python.parent.mkdir()
    python.write_text(f'#!/bin/sh\nexec -a "{python}" "{sys.executable}" "$@"\n')
    (tmp_path / "bin/git").symlink_to("/usr/bin/git")
    code = (
        f"import sys; sys.path.insert(0, {str(Path.cwd())!r}); sys.executable = {str(python)!r}\n"
        f"import pathlib; from bodo_infra.runtime.runner import run_attempt; run_attempt(pathlib.Path({str(folder)!r}))"
    )

    subprocess.run([sys.executable, "-c", code], env={"PATH": str(python.parent)}, check=True)

    ending = read_fact(folder, EXIT, Exit)
    assert ending is not None
    assert "mpiexec is missing" in ending.reason
    assert "bodo-infra[bodo]" in ending.reason


def test_an_attempt_runs_once_however_often_its_runner_is_started(bench):
    order = bench.order("import os; os.write(os.open('runs', os.O_CREAT | os.O_APPEND | os.O_WRONLY), b'x')", ranks=1)
    running = bench.start(order)
    others = [start_runner(running.folder) for _ in range(3)]
    for runner in (running.process, *others):
        # Whichever is first runs the attempt; one that still waits for its turn is ended with the attempt's leftovers.
        assert runner.wait(30) in (0, -signal.SIGKILL)
    assert running.end().state is JobState.FINISHED
    assert start_runner(running.folder).wait(20) == 0, "an attempt that has ended stays ended"

    assert (bench.programs / "runs").read_text() == "x"


def test_an_observer_of_the_lock_does_not_keep_the_runner_from_starting(bench):
    order = bench.order("", ranks=1)
    folder = bench.folder(order)
    (folder / RUNNER_LOCK).touch()
    running = bench.start(order, folder)

    while running.process.poll() is None:
        lock_held(folder / RUNNER_LOCK)

    assert running.end().state is JobState.FINISHED


def test_the_runner_outlives_the_process_that_started_it(bench):
    order = bench.order(SLEEP.replace("60", "0.5"), ranks=1)
    folder = bench.folder(order)
    code = (
        f"import sys; sys.path.insert(0, {str(Path.cwd())!r})\n"
        "import os, pathlib, signal; from bodo_infra.runtime.runner import start_runner\n"
        f"start_runner(pathlib.Path({str(folder)!r})); os.killpg(0, signal.SIGKILL)"
    )

    subprocess.run([sys.executable, "-c", code], check=False, start_new_session=True)

    ending = wait_until(lambda: read_fact(folder, EXIT, Exit), "the attempt's exit")
    assert ending.state is JobState.FINISHED
    wait_until(lambda: not lock_held(folder / RUNNER_LOCK), "the runner's end")


def test_every_line_comes_once_in_order_of_its_rank_and_with_its_stream(bench):
    program = (
        "import sys, os\n"
        "for n in range(2000):\n"
        "    print(os.environ['PMI_RANK'], n)\n"
        "    print(os.environ['PMI_RANK'], n, file=sys.stderr)"
    )

    _, running = bench.run(program)

    lines, start = [], 0
    while True:
        more, start = logs.read_log(bench.store, running.order.job_uuid, 1, start)
        if not more:
            break
        lines += more
    for rank in range(2):
        for stream in ("stdout", "stderr"):
            texts = [line.text for line in lines if (line.rank, line.stream) == (rank, stream)]
            assert texts == [f"{rank} {n}" for n in range(2000)]


def test_bytes_come_through_unharmed_and_a_last_line_gets_its_line_feed(bench):
    program = "import os; os.write(1, b'\\xff\\x00\\r\\n\\n \\tend')"

    _, running = bench.run(program, ranks=1)

    assert (running.folder / "rank-0.out").read_bytes() == b"\xff\x00\r\n\n \tend"
    assert (running.folder / "merged.log").read_bytes() == b"o0 \xff\x00\r\no0 \no0  \tend\n"


def test_lines_appear_while_the_program_runs(bench):
    running = bench.start(bench.order(SLEEP))

    running.started(count=2)

    assert running.process.poll() is None


def test_a_fault_of_the_runner_itself_still_ends_the_attempt(bench):
    ending, running = bench.run("", command="ex.py 'unfinished")  # a spec would refuse it: it does not split into words

    assert (ending.state, ending.exit_code) == (JobState.FAILED, None)
    assert "the job's runner itself failed" in ending.reason
    assert "No closing quotation" in running.text("runner.err")
