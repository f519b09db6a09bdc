"""One machine as many nodes: the documented commands tell them apart."""

import os
import shlex
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from bodo_infra.runtime.mpi import mpi_environment
from bodo_infra.runtime.node_shell import FORBIDDEN_EXIT_CODE, node_and_command, write_remote_shell

SYSTEM_PYTHON = "/usr/bin/python3"  # one that other users may run


@pytest.fixture
def shell(tmp_path):
    shell = write_remote_shell(tmp_path)
    if shell is None:
        pytest.skip("this system forbids UTS namespaces")
    return shell


def cluster_environment(bench):
    ours = mpi_environment(Path(sys.executable), bench.hostfile, bench.remote_shell, bench.shared)
    return {**os.environ, **ours, "PATH": f"{ours['PATH']}{os.pathsep}{os.environ['PATH']}"}


def test_the_documented_check_prints_a_line_per_core_and_a_name_per_node(bench):
    if bench.remote_shell is None:
        pytest.skip("this system forbids UTS namespaces")
    env = cluster_environment(bench)

    said = subprocess.run(
        ["mpiexec", "-n", "4", "-f", bench.hostfile, "hostname"], env=env, capture_output=True, text=True, check=True
    ).stdout

    assert Counter(said.split()) == {"node-0": 2, "node-1": 2}


def test_a_machine_whose_name_does_not_resolve_launches_too(bench, shell):
    env = cluster_environment(bench)

    # The shell itself gives the launch a machine with such a name.
    command = [shell, "no-such-name", "mpiexec -n 4 hostname"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=30)

    assert Counter(done.stdout.split()) == {"node-0": 2, "node-1": 2}, done.stderr


def test_a_command_runs_under_the_nodes_name_and_its_exit_code_is_kept(shell):
    done = subprocess.run([shell, "-x", "node-7", "uname", "-n;", "exit", "5"], capture_output=True, text=True)

    assert (done.stdout, done.returncode) == ("node-7\n", 5)


def test_the_machine_keeps_its_own_name(shell):
    before = os.uname().nodename
    subprocess.run([shell, "node-7", "true"], check=True)

    assert os.uname().nodename == before


@pytest.mark.skipif(
    os.geteuid() != 0 or not Path(SYSTEM_PYTHON).exists(),
    reason="needs root, to become another user, and a Python that this one may run",
)
def test_a_plain_user_stays_the_user():
    source = (Path(__file__).parents[2] / "bodo_infra/runtime/node_shell.py").read_text()
    done = subprocess.run(
        [
            "setpriv",
            "--reuid=65534",
            "--regid=65534",
            "--clear-groups",
            SYSTEM_PYTHON,
            "-IS",
            "-",
            "node-7",
            "uname -n; id -u",
        ],
        input=source,
        capture_output=True,
        text=True,
    )
    if done.returncode == FORBIDDEN_EXIT_CODE:
        pytest.skip(f"a plain user may not make namespaces here: {done.stderr.strip()}")

    assert done.stdout.split() == ["node-7", "65534"], done.stderr


def test_a_python_with_blanks_in_its_path_will_do(tmp_path, monkeypatch):
    python = tmp_path / "a folder" / "it's python"
    python.parent.mkdir()
    python.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} "$@"\n')
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))

    assert write_remote_shell(tmp_path) == tmp_path / "node-shell"


def test_the_jobs_python_settings_do_not_reach_the_shell(shell, tmp_path):
    (tmp_path / "ctypes.py").write_text("raise SystemExit('a module of the job')")

    env = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run([shell, "node-7", "uname -n"], env=env, capture_output=True, text=True, cwd=tmp_path)

    assert done.stdout == "node-7\n", done.stderr


def test_where_namespaces_are_forbidden_there_is_no_shell(tmp_path):
    code = (
        "import sys, pathlib; from bodo_infra.runtime.node_shell import write_remote_shell\n"
        f"print(write_remote_shell(pathlib.Path({str(tmp_path)!r})), list(pathlib.Path({str(tmp_path)!r}).iterdir()))"
    )
    # A limit of zero namespaces is how hardened systems forbid them; it binds root too inside of a new user namespace.
    limited = f"echo 0 > /proc/sys/user/max_uts_namespaces && exec {shlex.quote(sys.executable)} -c {shlex.quote(code)}"
    done = subprocess.run(["unshare", "--user", "--map-root-user", "sh", "-c", limited], capture_output=True, text=True)
    if done.returncode != 0:
        pytest.skip(f"namespaces cannot be limited here: {done.stderr.strip()}")

    assert done.stdout == "None []\n"


@pytest.mark.parametrize(
    ("arguments", "node", "command"),
    [
        (
            ["-x", "node-0", '"/venv/bin/hydra_pmi_proxy"', "--port", "h:1"],
            "node-0",
            '"/venv/bin/hydra_pmi_proxy" --port h:1',
        ),
        (["node-0", "hostname"], "node-0", "hostname"),
        (["-x", "-q", "node-0", "sh", "-c"], "node-0", "sh -c"),
    ],
)
def test_arguments_are_split_like_ssh_splits_them(arguments, node, command):
    assert node_and_command(arguments) == (node, command)
