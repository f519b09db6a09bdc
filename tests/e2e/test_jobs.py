"""Jobs by the command line, on a real cluster of this machine: what ends well, what does not, and what is said then."""

import os
import signal
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from bodo_infra.driver import Platform
from bodo_infra.runtime.jobs import change_job
from bodo_infra.runtime.states import ClusterState
from tests.e2e.conftest import Project
from tests.waiting import wait_until

RANKS = """
from mpi4py import MPI
import sys
world = MPI.COMM_WORLD
print(f"rank {world.rank} of {world.size} {' '.join(sys.argv[1:])}".strip())
print(f"warning of {world.rank}", file=sys.stderr)
"""
WAIT_FOR_FILE = """
import pathlib, sys, time
print("waiting", flush=True)
while not pathlib.Path(sys.argv[1]).exists():
    time.sleep(0.02)
"""
KILLED = """
import os, signal
from mpi4py import MPI
if MPI.COMM_WORLD.rank == 1:
    os.kill(os.getpid(), signal.SIGKILL)
MPI.COMM_WORLD.Barrier()
"""
HANGS = """
from mpi4py import MPI
print("in", flush=True)
if MPI.COMM_WORLD.rank == 0:
    MPI.COMM_WORLD.Barrier()
else:
    MPI.COMM_WORLD.recv(source=0)
"""


def test_a_job_runs_on_every_rank_and_its_record_says_how_it_went(project: Project):
    folder = project.script("ranks.py", RANKS)

    done = project.run("job", "run", "--folder", folder, "--command", "ranks.py one 'two three'", "--name", "ranks")

    assert done.returncode == 0, done.stderr
    assert sorted(done.stdout.splitlines()) == ["[0] rank 0 of 2 one two three", "[1] rank 1 of 2 one two three"]
    assert "[1] warning of 1" in done.stderr, "standard error stays apart from standard output"
    for state in ("NEW", "INPROGRESS", "FINISHED"):
        assert state in done.stderr, "every state is shown"
    job = project.job("ranks")
    assert (job["state"], job["exit_code"], job["attempt"], job["cores"]) == ("FINISHED", 0, 1, 2)
    assert job["cluster"] == "demo"
    assert job["submitted_at"] <= job["started_at"] <= job["finished_at"]


def test_logs_are_whole_per_rank_merged_and_by_stream(project: Project):
    folder = project.script("many.py", "for number in range(2000): print('line', number)")
    project.ok("job", "run", "--folder", folder, "--command", "many.py", "--name", "many")

    expected = [f"line {number}" for number in range(2000)]
    assert project.ok("job", "logs", "many", "--rank", "1").splitlines() == expected
    merged = project.ok("job", "logs", "many").splitlines()
    assert [line.removeprefix("[0] ") for line in merged if line.startswith("[0] ")] == expected
    assert len(merged) == 4000
    assert project.ok("job", "logs", "many", "--stderr") == ""


@pytest.mark.parametrize(
    ("name", "script", "exit_code", "says"),
    [
        ("exit-seven", "import sys; sys.exit(7)", 7, "7"),
        ("raises", "raise ValueError('no such luck')", 1, "1"),
        ("killed", KILLED, 9, "SIGKILL"),
    ],
)
def test_a_program_that_fails_makes_a_failed_job_and_exit_code_1(
    project: Project, name: str, script: str, exit_code: int, says: str
):
    folder = project.script(f"{name}.py", script)

    done = project.run("job", "run", "--folder", folder, "--command", f"{name}.py", "--name", name)

    assert done.returncode == 1
    job = project.job(name)
    assert (job["state"], job["exit_code"]) == ("FAILED", exit_code)
    assert says in job["reason"]


def test_a_job_that_hangs_ends_with_its_timeout_and_leaves_no_process(project: Project):
    folder = project.script("hangs.py", HANGS)

    done = project.run(
        "job", "run", "--folder", folder, "--command", "hangs.py", "--name", "hangs", "--timeout-minutes", 0.03
    )

    assert done.returncode == 1
    job = project.job("hangs")
    assert job["state"] == "TIMEOUT"
    assert _processes_of(job["uuid"]) == []


def test_a_script_that_is_not_there_is_named(project: Project):
    folder = project.script("ranks.py", RANKS)

    done = project.run("job", "run", "--folder", folder, "--command", "rnaks.py", "--name", "missing-script")

    assert done.returncode == 1
    reason = project.job("missing-script")["reason"]
    assert "rnaks.py" in reason


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (("--ranks", "3"), "must be at most 2"),
        (("--mode", "spawn"), "spawn needs 2 slots"),
        (("--cluster", "dmeo"), "Did you mean demo?"),
        (("--cron", "61 * * * *"), "cron"),
        (("--timezone", "Europe/Berlni", "--cron", "1 * * * *"), "Europe/Berlni"),
        (("--retries", "-1"), "retries"),
        (("--env", "1A=2"), "env"),
        (("--password", "hunter2hunter2", "--git", "https://example.org/a/b"), "password"),
        (("--password", "env:NO_SUCH_TOKEN", "--git", "https://example.org/a/b"), "NO_SUCH_TOKEN"),
        (("--git", "https://anna:hunter2hunter2@example.org/a/b"), "password"),
    ],
)
def test_a_job_that_cannot_be_sound_is_refused_before_anything_is_made(
    project: Project, flags: tuple[str, ...], says: str
):
    source = () if "--git" in flags else ("--folder", project.script("ranks.py", RANKS))
    before = project.json("job", "list")

    done = project.run("job", "run", *source, "--command", "ranks.py", *flags)

    assert done.returncode == 2, done.stderr
    assert says in done.stderr
    assert "hunter2" not in done.stderr + done.stdout, "a secret is never repeated"
    assert project.json("job", "list") == before


def test_all_faults_of_a_job_file_are_told_at_once(project: Project):
    file = project.root / "bad.yaml"
    file.write_text("name: Bad Name\ncomand: ex.py\nsource: {kind: git}\ntimeout_minutes: -1\n")

    done = project.run("job", "run", file)

    assert done.returncode == 2
    for part in ("name", "comand", "Did you mean command?", "source.url", "timeout_minutes", "bad.yaml"):
        assert part in done.stderr


def test_two_jobs_at_once_both_run_one_after_the_other(project: Project):
    folder = project.script("spans.py", "import os,time\nprint(time.time())\ntime.sleep(0.5)\nprint(time.time())")
    runs = [
        project.start("job", "run", "--folder", folder, "--command", "spans.py", "--name", name, "--ranks", 1)
        for name in ("first", "second")
    ]

    outputs = [run.communicate(timeout=120) for run in runs]

    assert [run.returncode for run in runs] == [0, 0], outputs
    spans = sorted([float(line.split()[1]) for line in out.splitlines()] for out, _ in outputs)
    assert spans[0][1] <= spans[1][0], "a cluster's queue runs one job at a time"


def test_ctrl_c_on_a_followed_job_leaves_the_job_and_says_how_to_go_on(project: Project, tmp_path: Path):
    folder = project.script("waits.py", WAIT_FOR_FILE)
    gate = tmp_path / "gate"
    run = project.start("job", "run", "--folder", folder, "--command", f"waits.py {gate}", "--name", "ctrl-c")
    assert run.stdout is not None
    assert "waiting" in run.stdout.readline()

    os.killpg(run.pid, signal.SIGINT)
    _, err = run.communicate(timeout=30)

    assert run.returncode == 130
    assert "job logs --follow" in err
    assert "Traceback" not in err
    assert project.job("ctrl-c")["state"] == "INPROGRESS"
    follow = project.start("job", "logs", "--follow", "ctrl-c")
    assert follow.stdout is not None
    assert "waiting" in follow.stdout.readline(), "a follower that comes late sees the lines from the start"
    os.killpg(follow.pid, signal.SIGINT)
    follow.communicate(timeout=30)
    assert follow.returncode == 130
    gate.touch()
    done = project.run("job", "logs", "--follow", "ctrl-c")
    assert done.returncode == 0
    assert project.job("ctrl-c")["state"] == "FINISHED"


def test_a_running_job_is_cancelled_and_an_ended_one_is_not(project: Project, tmp_path: Path):
    folder = project.script("waits.py", WAIT_FOR_FILE)
    uuid = project.json(
        "job", "run", "--folder", folder, "--command", f"waits.py {tmp_path}/never", "--name", "stopped", "--detach"
    )["uuid"]
    wait_until(lambda: _state(project, uuid) == "INPROGRESS", "the job runs", timeout_s=30)

    project.ok("job", "cancel", uuid)

    wait_until(lambda: _state(project, uuid) == "CANCELLED", "the job is cancelled", timeout_s=30)
    assert _processes_of(uuid) == []
    again = project.run("job", "cancel", uuid)
    assert again.returncode == 2
    assert "CANCELLED" in again.stderr
    project.ok("job", "delete", uuid)
    assert project.run("job", "show", uuid).returncode == 2


def test_a_paused_cluster_keeps_its_definition_and_a_job_resumes_it(project: Project):
    folder = project.script("ranks.py", RANKS)
    before = project.cluster()

    paused = project.json("cluster", "pause", "demo")

    assert paused["state"] == "PAUSED"
    assert paused["uuid"] == before["uuid"]
    assert {node["state"] for node in paused["nodes"]} == {"stopped"}
    assert Path(paused["hostfile"]).exists()
    done = project.run("job", "run", "--folder", folder, "--command", "ranks.py", "--name", "resumes")
    assert done.returncode == 0, done.stderr
    assert project.cluster()["state"] == "RUNNING"


def test_a_job_outlives_the_death_of_every_agent(project: Project, tmp_path: Path):
    gate, ran = tmp_path / "gate", tmp_path / "ran"
    folder = project.script("once.py", f"open({str(ran)!r}, 'a').write('ran\\n')\n" + WAIT_FOR_FILE)
    run = project.start(
        "job", "run", "--folder", folder, "--command", f"once.py {gate}", "--name", "outlives", "--ranks", 1
    )
    assert run.stdout is not None
    assert "waiting" in run.stdout.readline()

    cluster = project.cluster()["uuid"]
    agents = _agents_of(cluster)
    assert len(agents) == 2
    for agent in agents:
        agent.kill()
    gate.touch()
    out, err = run.communicate(timeout=60)

    assert run.returncode == 0, out + err
    assert ran.read_text() == "ran\n", "nothing is run twice"


def test_the_documented_checks_work_in_the_cluster_shell(project: Project):
    cluster = project.cluster()
    hostfile, cores = cluster["hostfile"], cluster["cores"]

    listed = project.ok("cluster", "shell", "demo", "--", "ls", "-la", hostfile)
    names = project.ok("cluster", "shell", "demo", "--", "mpiexec", "-n", cores, "-f", hostfile, "hostname")

    assert hostfile in listed
    assert sorted(names.split()) == ["node-0", "node-1"], "one line per core, one distinct name per node"


def test_scaling_changes_the_file_and_the_cluster_in_place(project: Project):
    before = project.cluster()

    scaled = project.json("cluster", "scale", "demo", 3)

    assert [node["name"] for node in scaled["nodes"]] == ["node-0", "node-1", "node-2"]
    assert scaled["uuid"] == before["uuid"]
    assert "nodes: 3" in (project.root / "stacks" / "Pulumi.demo-cluster.yaml").read_text()
    assert Path(scaled["hostfile"]).read_text().split() == ["node-0:1", "node-1:1", "node-2:1"]
    assert project.json("cluster", "scale", "demo", 2)["cores"] == 2


def test_of_two_that_scale_at_once_each_gets_what_it_says_and_the_file_says_the_last(project: Project):
    runs = [project.start("cluster", "scale", "demo", nodes, "--output", "json") for nodes in (1, 2)]
    outputs = [run.communicate(timeout=120) for run in runs]
    assert [run.returncode for run in runs] == [0, 0], outputs
    told = "nodes: " + str(len(project.cluster()["nodes"]))
    assert told in (project.root / "stacks" / "Pulumi.demo-cluster.yaml").read_text()
    project.ok("cluster", "scale", "demo", 2)


def test_a_job_whose_cluster_was_paused_before_it_came_wakes_it(project: Project):
    folder = project.script("ranks.py", RANKS)
    job = project.json(
        "job",
        "run",
        "--folder",
        folder,
        "--command",
        "ranks.py",
        "--name",
        "wakes",
        "--at",
        "2090-01-01T00:00",
        "--detach",
    )
    project.ok("cluster", "pause", "demo")
    store, record = Platform.open(project.root).clusters.find("demo")
    change_job(store, job["uuid"], lambda newest: replace(newest, due_at=newest.submitted_at))
    assert record.state is ClusterState.PAUSED

    assert project.run("job", "logs", "--follow", job["uuid"]).returncode == 0


def test_up_starts_agents_that_have_died_with_their_machine(project: Project):
    for agent in _agents_of(project.cluster()["uuid"]):
        agent.kill()
    project.ok("up", "demo-cluster")
    wait_until(
        lambda: {node["state"] for node in project.cluster()["nodes"]} == {"running"}, "the agents live", timeout_s=30
    )


def test_reading_commands_print_the_promised_keys(project: Project):
    project.ok("job", "run", "--folder", project.script("ranks.py", RANKS), "--command", "ranks.py", "--name", "keys")
    workspace = project.json("workspace", "show", "demo")
    cluster = project.json("cluster", "list")[0]

    assert {"uuid", "name", "state", "shared_path"} <= set(workspace)
    assert {"uuid", "name", "state", "nodes", "cores", "hostfile", "last_activity_at"} <= set(cluster)
    assert {"name", "slots", "state"} <= set(cluster["nodes"][0])
    jobs = [project.json("job", "show", "keys"), *project.json("job", "list")]
    keys = (
        """uuid name state reason exit_code attempt cluster cores command commit submitted_at started_at finished_at"""
    )
    assert all(set(keys.split()) <= set(job) for job in jobs)
    assert project.json("cluster", "show", "demo") == project.cluster()


def _state(project: Project, uuid: str) -> str:
    return str(project.job(uuid)["state"])


def _agents_of(cluster_uuid: str) -> list[psutil.Process]:
    # The runner of a job carries the variable of the agent that started it.
    found = [process for process in psutil.process_iter() if _carries(process, "BODO_INFRA_AGENT", cluster_uuid)]
    return [process for process in found if "bodo_infra.runtime.agent" in process.cmdline()]


def _processes_of(job_uuid: str) -> list[psutil.Process]:
    return [process for process in psutil.process_iter() if _carries(process, "BODO_INFRA_ATTEMPT", job_uuid)]


def _carries(process: psutil.Process, variable: str, beginning: str) -> bool:
    try:
        return process.environ().get(variable, "").startswith(beginning)
    except psutil.Error:
        return False
