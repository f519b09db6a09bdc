"""The launch plan as tables: command line and environment from order, nodes and tools."""

from dataclasses import replace
from pathlib import Path

import pytest

from bodo_infra.runtime import mpi
from bodo_infra.runtime.attempt import MARK_VARIABLE, Order
from bodo_infra.runtime.hostfile import Host
from bodo_infra.runtime.mpi import Flavour, Tools
from bodo_infra.runtime.records import SourceRecord

NODES = [Host(name="node-0", slots=2), Host(name="node-1", slots=2)]
HYDRA = Tools(python=Path("/venv/bin/python"), mpiexec=Path("/venv/bin/mpiexec"), flavour=Flavour.HYDRA, mpi4py=True)
OPENMPI = replace(HYDRA, flavour=Flavour.OPENMPI)
ATTEMPT = Path("/store/jobs/j/1")
LOGS = ("-outfile-pattern", f"{ATTEMPT}/rank-%r.out", "-errfile-pattern", f"{ATTEMPT}/rank-%r.err")

ORDER = Order(
    job_uuid="j",
    job_name="etl",
    number=2,
    command="ex.py 1",
    mode="spmd",
    source=SourceRecord(kind="folder", path="p"),
    ranks=None,
    hostfile="/shared/.hostfile-c",
    shared_path="/shared",
    checkouts_path="/shared/.checkouts",
    remote_shell="/private/node-shell",
    timeout_s=60,
)


def plan(order=ORDER, *, tools=HYDRA, hosts=NODES, machine=None, as_root=False):
    return mpi.plan_launch(order, hosts, tools, attempt=ATTEMPT, machine=machine or {}, as_root=as_root)


MPI4PY = ("-m", "mpi4py")


@pytest.mark.parametrize(
    ("command", "tools", "program"),
    [
        pytest.param("ex.py 1", HYDRA, (*MPI4PY, "ex.py", "1"), id="script"),
        pytest.param("ex.py 'a b'", HYDRA, (*MPI4PY, "ex.py", "a b"), id="quoted argument"),
        pytest.param("-m pkg.etl", HYDRA, (*MPI4PY, "-m", "pkg.etl"), id="module"),
        pytest.param("-u ex.py", HYDRA, ("-u", "ex.py"), id="an option of python"),
        pytest.param("ex.py 1", replace(HYDRA, mpi4py=False), ("ex.py", "1"), id="without mpi4py"),
    ],
)
def test_every_slot_gets_a_rank_that_runs_python_with_the_command(command, tools, program):
    launch = plan(replace(ORDER, command=command), tools=tools)

    start = ("/venv/bin/mpiexec", "-n", "4", "-f", f"{ATTEMPT}/hostfile", *LOGS, "/venv/bin/python")
    assert launch.argv == start + program
    assert launch.ranks == 4


def test_fewer_ranks_than_slots_may_be_asked_for():
    launch = plan(replace(ORDER, ranks=3))

    assert launch.argv[1:3] == ("-n", "3")
    assert launch.ranks == 3


def test_the_hostfile_of_the_launch_is_the_clusters():
    assert plan().hostfile == "node-0:2\nnode-1:2\n"


def test_spmd_forbids_bodo_to_spawn():
    assert plan().env["BODO_SPAWN_MODE"] == "0", "every rank would spawn workers and die with exit code 9"


def test_spawn_mode_starts_one_process_and_lets_bodo_spawn_the_rest():
    launch = plan(replace(ORDER, mode="spawn", ranks=3))

    assert launch.argv[1:3] == ("-n", "1")
    assert launch.argv[-3:] == ("/venv/bin/python", "ex.py", "1")
    assert launch.env["BODO_NUM_WORKERS"] == "3"
    assert "BODO_SPAWN_MODE" not in launch.env
    assert launch.ranks == 3


def test_spawn_mode_without_ranks_leaves_the_number_of_workers_to_bodo():
    assert "BODO_NUM_WORKERS" not in plan(replace(ORDER, mode="spawn")).env


def test_the_environment_is_made_anew_and_holds_nothing_of_the_terminal():
    env = plan(machine={"PATH": "/usr/bin", "HOME": "/home/anna", "AWS_SECRET_ACCESS_KEY": "x", "PYTHONPATH": "/y"}).env

    assert env["PATH"] == "/venv/bin:/usr/bin"
    assert env["HOME"] == "/home/anna"
    assert not {"AWS_SECRET_ACCESS_KEY", "PYTHONPATH"} & set(env)


def test_the_variable_of_a_secret_is_kept_from_the_program():
    order = replace(ORDER, source=SourceRecord(kind="git", url="https://h/r", password="env:HTTPS_PROXY"))

    assert "HTTPS_PROXY" not in plan(order, machine={"HTTPS_PROXY": "http://u:p@proxy"}).env


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HYDRA_LAUNCHER", "ssh"),
        ("HYDRA_LAUNCHER_EXEC", "/private/node-shell"),
        ("HYDRA_IFACE", "lo"),
        ("HYDRA_HOST_FILE", f"{ATTEMPT}/hostfile"),
        ("BODO_PLATFORM_CACHE_LOCATION", "/shared/.cache"),
        ("BODO_INFRA_SHARED", "/shared"),
        ("BODO_INFRA_JOB_UUID", "j"),
        ("PYTHONUNBUFFERED", "1"),
        (MARK_VARIABLE, "j/2"),
    ],
)
def test_a_program_is_told_where_it_runs(name, value):
    assert plan().env[name] == value


def test_without_a_remote_shell_nodes_are_told_apart_by_name_only():
    env = plan(replace(ORDER, remote_shell=None)).env

    assert env["HYDRA_LAUNCHER"] == "fork"
    assert not {"HYDRA_LAUNCHER_EXEC", "HYDRA_IFACE"} & set(env)


def test_the_jobs_own_variables_win_but_cannot_hide_its_processes():
    env = plan(replace(ORDER, env={"PYTHONUNBUFFERED": "", "N": "5", MARK_VARIABLE: "other"})).env

    assert (env["PYTHONUNBUFFERED"], env["N"]) == ("", "5")
    assert env[MARK_VARIABLE] == "j/2"


def test_open_mpi_gets_its_own_flags_hostfile_and_log_files():
    launch = plan(tools=OPENMPI)

    logs = f"{ATTEMPT}/rank-$OMPI_COMM_WORLD_RANK"
    shell = ("sh", "-c", f'exec "$0" "$@" >{logs}.out 2>{logs}.err')
    program = ("/venv/bin/python", "-m", "mpi4py", "ex.py", "1")
    assert launch.argv == ("/venv/bin/mpiexec", "-n", "4", "--hostfile", f"{ATTEMPT}/hostfile", *shell, *program)
    assert launch.hostfile == "localhost slots=4\n"


def test_open_mpi_is_allowed_to_run_as_root_only_as_root():
    assert plan(tools=OPENMPI, as_root=True).env["OMPI_ALLOW_RUN_AS_ROOT"] == "1"
    assert "OMPI_ALLOW_RUN_AS_ROOT" not in plan(tools=OPENMPI).env


@pytest.mark.parametrize(
    ("said", "flavour"),
    [
        ("HYDRA build details:\n    Version:   5.0.2", Flavour.HYDRA),
        ("mpiexec (Open MPI) 4.1.6", Flavour.OPENMPI),
        ("mpiexec (Open MPI) 5.0.11\nReport bugs to", Flavour.OPENMPI),
        ("prterun (PRRTE) 3.0.9", Flavour.OPENMPI),
        ("Intel(R) MPI Library for Linux* OS, Version 2021.18", Flavour.HYDRA),
    ],
)
def test_the_launcher_is_told_by_its_version(said, flavour):
    assert mpi.flavour_of(said) is flavour


@pytest.mark.parametrize(
    ("changes", "hosts", "says"),
    [
        pytest.param({"ranks": 5}, NODES, "ranks = 5: must be 1 to 4, the slots of 2 node(s)", id="too many"),
        pytest.param({"ranks": 0}, NODES, "ranks = 0: must be 1 to 4", id="none"),
        pytest.param({"mode": "spawn"}, [Host(name="n", slots=1)], "n has 1", id="spawn on one slot"),
        pytest.param({"command": "none.py 1"}, NODES, "no file 'none.py'", id="missing script"),
    ],
)
def test_a_launch_that_would_misbehave_is_refused(tmp_path, changes, hosts, says):
    (tmp_path / "ex.py").touch()

    (problem,) = mpi.check_launch(replace(ORDER, **changes), hosts, tmp_path)

    assert says in str(problem)


def test_all_faults_of_a_launch_are_named_at_once(tmp_path):
    problems = mpi.check_launch(replace(ORDER, ranks=9, mode="spawn"), [Host(name="n", slots=1)], tmp_path)

    assert [problem.path for problem in problems] == ["ranks", "mode", "command"]


def test_a_sound_launch_has_no_problems(tmp_path):
    (tmp_path / "ex.py").touch()

    assert mpi.check_launch(ORDER, NODES, tmp_path) == []
    assert mpi.check_launch(replace(ORDER, command="-m pkg"), NODES, tmp_path) == []
