"""Stacks by the command line under the real engine: from nothing up, edits, repairs, refusals, interruptions, down."""

from pathlib import Path

import psutil
import pytest

from tests.e2e.conftest import Project, press_ctrl_c
from tests.waiting import wait_until

DEMO = ("demo-cloud-config", "demo-workspace", "demo-cluster")


def test_from_nothing_up_and_down_again(fresh: Project):
    assert "3 stacks are sound" in fresh.ok("check")
    planned = fresh.json("preview")
    assert [result["stack"] for result in planned] == list(DEMO), "a platform of which nothing exists can be previewed"
    assert not (fresh.root / ".bodo-infra" / "platform").exists(), "a preview changes nothing"

    fresh.ok("up")

    assert {stack["state"] for stack in fresh.json("status")} == {"up"}
    assert all(not result["changes"] for result in fresh.json("up")), "nothing to change the second time"
    assert all("encryptionsalt" not in path.read_text() for path in (fresh.root / "stacks").iterdir())
    agents = _agents(fresh)
    assert len(agents) == 2
    down = fresh.ok("destroy").splitlines()
    assert [line.split(":")[0] for line in down] == ["demo-cluster", "demo-workspace", "demo-cloud-config"]
    assert {stack["state"] for stack in fresh.json("status")} == {"destroyed"}
    assert not any(agent.is_running() for agent in agents)
    assert fresh.ok("destroy") == "Nothing to do.\n"


def test_a_stack_whose_file_is_gone_is_seen_and_not_pulled_the_ground_from_under(project: Project):
    path = project.root / "stacks" / "Pulumi.demo-cluster.yaml"
    text = path.read_text()
    path.unlink()
    try:
        gone = next(stack for stack in project.json("status") if stack["name"] == "demo-cluster")
        refused = project.run("destroy", "demo-workspace")
    finally:
        path.write_text(text)

    assert (gone["kind"], gone["state"], gone["uses"]) == ("cluster", "up", {"workspace": "demo-workspace"})
    assert "its stack file is gone" in gone["note"]
    assert refused.returncode != 0
    assert "stack 'demo-cluster' is up on demo-workspace, and its stack file is gone" in refused.stderr
    assert {stack["state"] for stack in project.json("status")} == {"up"}, "nothing has been destroyed"


def test_refresh_finds_a_killed_agent_and_up_repairs_it(project: Project):
    uuid = project.cluster()["uuid"]
    for agent in _agents(project):
        agent.kill()

    refreshed = project.json("refresh", "demo-cluster")

    assert refreshed[0]["changes"], "the drift is seen"
    project.ok("up", "demo-cluster")
    cluster = project.cluster()
    assert {node["state"] for node in cluster["nodes"]} == {"running"}
    assert cluster["uuid"] == uuid


def test_an_unknown_stack_is_answered_with_the_nearest_one(project: Project):
    done = project.run("up", "demo-clutser")

    assert done.returncode == 2
    assert "Did you mean demo-cluster?" in done.stderr


def test_a_wrong_stack_file_is_refused_with_every_fault_and_others_go_on(project: Project):
    path = _stack(project, "broken", "cluster", {"workspace": "demo-workspace"}, "{name: broken, nodes: 0, spto: true}")
    try:
        done = project.run("up", "broken")
        assert done.returncode == 2
        for part in ("Pulumi.broken.yaml", "bodo:spec.nodes", "spto", "Did you mean spot?"):
            assert part in done.stderr
        assert project.run("up", "demo-workspace").returncode == 0
        assert "broken" in project.ok("status")
        assert project.run("check").returncode == 2
    finally:
        path.unlink()


def test_uses_in_a_circle_and_uses_of_nothing_are_named(project: Project):
    one = _stack(project, "one", "workspace", {"cloud_config": "two"}, "{name: one}")
    two = _stack(project, "two", "cloud-config", {"organization": "one"}, "{name: two, local: {directory: x}}")
    three = _stack(project, "three", "cluster", {"workspace": "nowhere"}, "{name: three}")
    try:
        circle = project.run("up", "one")
        missing = project.run("up", "three")
        assert (circle.returncode, missing.returncode) == (2, 2)
        assert "one -> two -> one" in circle.stderr or "two -> one -> two" in circle.stderr
        assert "nowhere" in missing.stderr
    finally:
        for path in (one, two, three):
            path.unlink()


def test_a_machine_without_an_engine_is_told_the_three_ways_out(project: Project, tmp_path: Path):
    done = project.run("up", PATH="/usr/bin:/bin", XDG_CACHE_HOME=str(tmp_path))

    assert done.returncode == 3
    for way in ("PATH", "Go", "bodo-infra engine install"):
        assert way in done.stderr


def test_two_ups_at_once_one_works_and_the_other_says_who_holds_the_stack(fresh: Project):
    runs = [fresh.start("up", "demo-cloud-config") for _ in range(2)]
    outputs = [run.communicate(timeout=120) for run in runs]

    codes = [run.returncode for run in runs]
    assert 0 in codes, outputs
    for code, (_, err) in zip(codes, outputs, strict=True):
        if code != 0:
            assert code == 3, err
            assert "is locked by" in err
            assert "pid" in err
            assert "bodo-infra unlock demo-cloud-config" in err


def test_a_stack_whose_holder_was_killed_is_unlocked_and_finished(fresh: Project):
    fresh.ok("up", "demo-workspace")
    run = fresh.start("up", "demo-cluster")
    assert run.stderr is not None
    while "demo-cluster-nodes" not in run.stderr.readline():
        pass
    engines = _engines(fresh)
    assert engines, "the engine works while the cluster is being created"
    for engine in engines:
        engine.kill()
    run.communicate(timeout=60)
    wait_until(lambda: not _engines(fresh), "the engine is dead")

    refused = fresh.run("up", "demo-cluster")

    assert refused.returncode == 3
    assert "is locked by" in refused.stderr
    assert {stack["state"] for stack in fresh.json("status")} == {"up", "locked"}
    assert "is free" in fresh.ok("unlock", "demo-cluster")
    fresh.ok("up", "demo-cluster")
    assert len(fresh.json("cluster", "list")) == 1, "what was half made is adopted, not made twice"
    assert len(_agents(fresh)) == 2


@pytest.mark.parametrize("moment", ["demo-cloud-config", "demo-workspace", "demo-cluster-nodes"])
def test_ctrl_c_during_up_leaves_what_the_next_up_finishes(fresh: Project, moment: str):
    run = fresh.start("up")
    assert run.stderr is not None
    while moment not in (line := run.stderr.readline()):
        assert line, "it ended before the moment came"

    press_ctrl_c(run)
    out, err = run.communicate(timeout=90)

    assert run.returncode == 130, out + err
    assert "Traceback" not in err + out
    assert "locked" not in {stack["state"] for stack in fresh.json("status")}, "no lock is left"
    fresh.ok("up")
    assert {stack["state"] for stack in fresh.json("status")} == {"up"}
    assert len(_agents(fresh)) == 2


def test_a_failure_in_the_middle_says_what_was_not_started_and_the_next_up_goes_on(fresh: Project):
    place = fresh.root / ".bodo-infra" / "platform" / "workspaces"
    place.mkdir(parents=True)
    (place / "demo").write_text("in the way")

    failed = fresh.run("up")

    assert failed.returncode == 1
    assert str(place / "demo") in failed.stderr
    assert "demo-cluster" in failed.stderr, "what was not started is named"
    assert {stack["name"]: stack["state"] for stack in fresh.json("status")} == {
        "demo-cloud-config": "up",
        "demo-workspace": "unfinished",
        "demo-cluster": "not up",
    }
    (place / "demo").unlink()
    fresh.ok("up")
    assert {stack["state"] for stack in fresh.json("status")} == {"up"}


def test_no_command_of_the_command_line_shows_the_passphrase(fresh: Project):
    fresh.ok("up", "demo-cloud-config")
    passphrase = (Path(fresh.environ["HOME"]) / ".config" / "bodo-infra" / "passphrase").read_text().strip()

    for path in fresh.root.rglob("*"):
        if path.is_file():
            assert passphrase.encode() not in path.read_bytes(), path


def _stack(project: Project, name: str, kind: str, uses: dict[str, str], spec: str) -> Path:
    path = project.root / "stacks" / f"Pulumi.{name}.yaml"
    path.write_text(f"config:\n  bodo:kind: {kind}\n  bodo:uses: {uses}\n  bodo:spec: {spec}\n")
    return path


def _agents(project: Project) -> list[psutil.Process]:
    """Agents of all clusters of the project: their configuration lies below it."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or []
        if "bodo_infra.runtime.agent" in words and words[-1].startswith(str(project.root)):
            found.append(process)
    return found


def _engines(project: Project) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter(["name", "cwd"]):
        if process.info["name"] == "pulumi" and process.info["cwd"] == str(project.root):
            found.append(process)
    return found
