"""An `up` that is interrupted, or whose engine is killed, in the middle of making a cluster: the next one finds it."""

import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from bodo_infra.runtime import agent_config, attempt
from bodo_infra.runtime.agent_config import AgentSettings
from bodo_infra.runtime.clusters import list_clusters, list_workspaces
from bodo_infra.runtime.fleet.local import announce_cluster, wish_cluster
from bodo_infra.runtime.store import LocalStore
from tests.engine.conftest import IsolatedPulumi
from tests.engine.local_project import repository_project
from tests.waiting import wait_until

pytestmark = pytest.mark.engine

# An agent that does not start before it may, so that the engine waits for its cluster as long as the test wants.
HELD_BACK = """
import runpy, time
from pathlib import Path
while not Path({gate!r}).exists():
    time.sleep(0.02)
runpy.run_module("bodo_infra.runtime.agent", run_name="__main__")
"""


@pytest.fixture
def project(pulumi: IsolatedPulumi, tmp_path):
    project = repository_project(pulumi, tmp_path)
    project.up("demo-cloud-config")
    project.up("demo-workspace")
    project.init("demo-cluster")
    yield project
    project.kill_agents()


@pytest.fixture
def gate(project, tmp_path):
    """The file whose appearance lets the agents of cluster `demo` start."""
    gate = tmp_path / "gate"
    store = LocalStore(Path(project.outputs("demo-workspace")["store"]))
    announced = announce_cluster(store, wish_cluster("demo", list_workspaces(store)[0], nodes=2, slots=1))
    settings = AgentSettings(arguments=("-c", HELD_BACK.format(gate=str(gate))))
    attempt.write_fact(Path(announced.private_path), agent_config.SETTINGS, settings)
    return gate


def start_up(project) -> "subprocess.Popen[bytes]":
    """`pulumi up` of the cluster, waiting for its agents."""
    started = subprocess.Popen(
        [project.pulumi.engine.path, "up", "--yes", "--skip-preview", "--non-interactive", "--stack", "demo-cluster"],
        cwd=project.root,
        env={**project.pulumi.environ, "BODO_INFRA_PYTHON": sys.executable},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    wait_until(lambda: len(project.agents()) == 2, "the start of the agents", timeout_s=60)
    return started


def plugins(parent: int) -> list[psutil.Process]:
    children = psutil.Process(parent).children(recursive=True)
    return [child for child in children if "bodo_infra.plugin.machine" in child.cmdline()]


def only_cluster(project) -> str:
    store = LocalStore(Path(project.outputs("demo-workspace")["store"]))
    (cluster,) = list_clusters(store)
    return cluster.uuid


def test_an_interrupted_up_ends_with_what_it_began_and_leaves_no_lock(project, gate):
    started = start_up(project)
    started.send_signal(signal.SIGINT)
    gate.touch()
    assert started.wait(60) != 0

    project.up("demo-cluster")

    assert project.outputs("demo-cluster")["uuid"] == only_cluster(project)
    assert len(project.agents()) == 2
    project.destroy("demo-cluster")


def test_a_killed_engine_leaves_no_plugin_and_no_second_cluster(project, gate):
    started = start_up(project)
    (plugin,) = plugins(started.pid)
    started.kill()
    started.wait(10)
    gate.touch()
    wait_until(lambda: not plugin.is_running(), "the end of the orphaned plugin", timeout_s=60)

    cancelled = project.pulumi.run("cancel", "--yes", "--stack", "demo-cluster", cwd=project.root)
    assert cancelled.returncode == 0, cancelled.stderr
    # What was in flight is unknown to the state. Our creates adopt what they find, so forgetting it is safe.
    refreshed = project.run("refresh", "demo-cluster", "--clear-pending-creates")
    assert refreshed.code == 0, refreshed.said

    project.up("demo-cluster")

    assert project.outputs("demo-cluster")["uuid"] == only_cluster(project)
    assert len(project.agents()) == 2
    project.destroy("demo-cluster")
