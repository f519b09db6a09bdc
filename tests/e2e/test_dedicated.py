"""Jobs with a cluster of their own: it appears at once, serves the one job, and is gone afterwards."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from bodo_infra.driver import Platform
from bodo_infra.runtime.clusters import list_workspaces
from bodo_infra.runtime.fleet.local import announce_cluster, wish_cluster
from bodo_infra.runtime.store import LocalStore
from tests.e2e.conftest import Project, new_project
from tests.waiting import wait_until

PROGRAM = "import sys\nprint('hello', flush=True)\nsys.exit(int(sys.argv[1]))"
WAITS = "import time\nprint('waiting', flush=True)\ntime.sleep(600)"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A project whose workspace is up, without a cluster."""
    project = new_project(tmp_path_factory.mktemp("dedicated"))
    project.ok("up", "demo-workspace")
    yield project
    project.ok("destroy")


@pytest.mark.parametrize(("exit_code", "state"), [(0, "FINISHED"), (5, "FAILED")])
def test_its_cluster_comes_serves_and_goes_also_when_the_job_fails(project: Project, exit_code: int, state: str):
    folder = project.script("ends.py", PROGRAM)

    done = project.run(
        "job",
        "run",
        "--folder",
        folder,
        "--command",
        f"ends.py {exit_code}",
        "--new-cluster",
        "nodes=2,ranks_per_node=1",
    )

    assert done.returncode == (0 if exit_code == 0 else 1), done.stderr
    assert sorted(done.stdout.splitlines()[:2]) == ["[0] hello", "[1] hello"]
    assert project.job("ends")["state"] == state
    _assert_nothing_is_left(project, project.job("ends")["cluster_uuid"])


def test_detached_its_cluster_is_seen_at_once_and_goes_by_itself(project: Project):
    folder = project.script("ends.py", PROGRAM)

    job = project.json(
        "job", "run", "--folder", folder, "--command", "ends.py 0", "--name", "alone",
        "--new-cluster", "nodes=1,ranks_per_node=1", "--detach",
    )  # fmt: skip

    wait_until(lambda: project.job(job["uuid"])["state"] == "FINISHED", "the job ends", timeout_s=60)
    wait_until(lambda: not _agents(job["cluster_uuid"]), "its agents end by themselves", timeout_s=30)
    assert job["cluster"].startswith("alone-")
    project.ok("up")  # of all stacks, of which this sweeps one away before it begins
    project.ok("destroy", "demo-cluster")
    _assert_nothing_is_left(project, job["cluster_uuid"])


def test_two_at_once_do_not_stand_in_each_others_way(project: Project):
    folder = project.script("ends.py", PROGRAM)
    command = ("job", "run", "--folder", folder, "--command", "ends.py 0", "--new-cluster", "nodes=1,ranks_per_node=1")
    runs = [project.start(*command, "--name", name) for name in ("one", "other")]

    outputs = [run.communicate(timeout=120) for run in runs]

    assert [run.returncode for run in runs] == [0, 0], outputs
    for name in ("one", "other"):
        _assert_nothing_is_left(project, project.job(name)["cluster_uuid"])


def test_a_stack_that_the_engine_never_saw_is_unlocked_and_forgotten_without_complaint(project: Project):
    path = project.root / "stacks" / "Pulumi.never-up.yaml"
    path.write_text((project.root / "stacks" / "Pulumi.demo-cluster.yaml").read_text().replace("demo\n", "never\n"))
    try:
        stacks = Platform.open(project.root).stacks
        stacks.forget("never-up")
        assert "nobody held it" in project.ok("unlock", "never-up")
    finally:
        path.unlink()


def test_one_that_a_killed_driver_has_only_announced_does_not_bar_a_destroy(project: Project):
    store = LocalStore(project.shared.parents[1])
    wish = wish_cluster(
        "orphan", list_workspaces(store)[0], nodes=1, slots=1, auto_pause_minutes=None, auto_shutdown_minutes=None,
        dedicated=True,
    )  # fmt: skip
    announced = announce_cluster(store, wish)

    project.ok("destroy", "demo-cluster")

    _assert_nothing_is_left(project, announced.uuid)


def test_cancelled_it_takes_its_cluster_along(project: Project):
    folder = project.script("waits.py", WAITS)
    job = project.json(
        "job",
        "run",
        "--folder",
        folder,
        "--command",
        "waits.py",
        "--new-cluster",
        "nodes=1,ranks_per_node=1",
        "--detach",
    )
    wait_until(lambda: project.job(job["uuid"])["state"] == "INPROGRESS", "the job runs", timeout_s=60)

    project.ok("job", "cancel", job["uuid"])

    wait_until(lambda: project.job(job["uuid"])["state"] == "CANCELLED", "the job is cancelled", timeout_s=30)
    wait_until(lambda: not _agents(job["cluster_uuid"]), "its agents end", timeout_s=30)
    project.ok("up", "demo-workspace")
    _assert_nothing_is_left(project, job["cluster_uuid"])


def test_ctrl_c_while_its_cluster_comes_up_cancels_it_and_leaves_nothing(project: Project):
    folder = project.script("ends.py", PROGRAM)
    run = project.start(
        "job", "run", "--folder", folder, "--command", "ends.py 0", "--name", "hasty",
        "--new-cluster", "nodes=1,ranks_per_node=1",
    )  # fmt: skip
    assert run.stderr is not None
    line = run.stderr.readline()
    assert "creating" in line, line

    os.killpg(run.pid, signal.SIGINT)
    out, err = run.communicate(timeout=90)

    assert run.returncode == 130, out + err
    assert "Traceback" not in err
    job = project.job("hasty")
    assert job["state"] == "CANCELLED"
    _assert_nothing_is_left(project, job["cluster_uuid"])


def test_kill_9_while_its_cluster_comes_up_leaves_what_the_next_commands_see_and_finish(project: Project):
    folder = project.script("ends.py", PROGRAM)
    run = project.start(
        "job", "run", "--folder", folder, "--command", "ends.py 0", "--name", "murdered",
        "--new-cluster", "nodes=1,ranks_per_node=1",
    )  # fmt: skip
    assert run.stderr is not None
    assert "creating" in run.stderr.readline()

    run.kill()
    run.communicate(timeout=30)

    job = project.job("murdered")
    assert job["state"] in ("NEW", "INPROGRESS", "FINISHED"), "the job is seen"
    # The engine is a process of its own: it either finishes the stack, or `up` does once its lock is free.
    wait_until(lambda: not _engines(project), "the engine ends", timeout_s=60)
    if project.job("murdered")["state"] == "NEW":
        project.ok("unlock", job["cluster"])
        project.ok("up", job["cluster"])
    wait_until(lambda: project.job("murdered")["state"] == "FINISHED", "the job runs after all", timeout_s=60)
    wait_until(lambda: not _agents(job["cluster_uuid"]), "its agents end", timeout_s=30)
    project.ok("up", "demo-workspace")
    _assert_nothing_is_left(project, job["cluster_uuid"])


def test_without_a_workspace_that_is_up_it_is_refused(fresh: Project):
    done = fresh.run("job", "run", "--folder", "x", "--command", "a.py", "--new-cluster", "nodes=1,ranks_per_node=1")

    assert done.returncode in (2, 3)
    assert "bodo-infra up demo" in done.stderr
    assert not list((fresh.root / "stacks").glob("Pulumi.a-*"))


def _assert_nothing_is_left(project: Project, cluster_uuid: str) -> None:
    assert not _agents(cluster_uuid)
    names = {path.name for path in (project.root / "stacks").iterdir()}
    assert names == {f"Pulumi.demo-{noun}.yaml" for noun in ("cloud-config", "workspace", "cluster")}
    assert project.json("cluster", "list") == []
    assert not list((project.root / ".bodo-infra" / "platform" / "clusters").glob("*/node-*"))


def _agents(cluster_uuid: str) -> list[psutil.Process]:
    return [process for process in psutil.process_iter() if _serves(process, cluster_uuid)]


def _serves(process: psutil.Process, cluster_uuid: str) -> bool:
    try:
        return process.environ().get("BODO_INFRA_AGENT", "").startswith(cluster_uuid)
    except psutil.Error:
        return False


def _engines(project: Project) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter(["name", "cwd"]):
        if process.info["name"] == "pulumi" and Path(process.info["cwd"] or "/") == project.root:
            found.append(process)
    return found
