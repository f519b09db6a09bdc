"""The ready-made stacks of the local target under the real engine: stack by stack, over stack references."""

from pathlib import Path

import pytest

from bodo_infra.runtime import agent_config, attempt
from bodo_infra.runtime.agent_config import AgentSettings
from bodo_infra.runtime.clusters import list_workspaces
from bodo_infra.runtime.fleet.local import announce_cluster, wish_cluster
from bodo_infra.runtime.store import LocalStore
from tests.engine.conftest import IsolatedPulumi
from tests.engine.local_project import LocalProject, repository_project

pytestmark = pytest.mark.engine
STACKS = ("demo-cloud-config", "demo-workspace", "demo-cluster")


@pytest.fixture
def project(pulumi: IsolatedPulumi, tmp_path):
    project = repository_project(pulumi, tmp_path)
    yield project
    project.kill_agents()


def edit(project: LocalProject, stack: str, before: str, after: str) -> None:
    path = project.root / "stacks" / f"Pulumi.{stack}.yaml"
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after))


def test_the_ready_made_stacks_come_up_stay_as_they_are_and_go_without_a_trace(project):
    for stack in STACKS:
        project.init(stack)
    for stack in STACKS:
        preview = project.run("preview", stack)
        assert preview.code == 0, preview.said
        assert "warning" not in preview.said
        assert not (project.root / ".bodo-infra").exists(), "a preview touches nothing"

    for stack in STACKS:
        project.up(stack)
    assert len(project.agents()) == 2
    outputs = project.outputs("demo-cluster")
    assert (outputs["kind"], outputs["target"], outputs["name"], outputs["cores"]) == ("cluster", "local", "demo", 2)
    for stack in STACKS:
        project.preview_nothing(stack)

    refused = project.run("destroy", "demo-workspace")
    assert refused.code != 0
    assert "workspace 'demo' still has cluster 'demo'" in refused.said

    for stack in reversed(STACKS):
        project.destroy(stack)
    assert project.agents() == {}
    assert not (project.root / ".bodo-infra").exists() or list((project.root / ".bodo-infra").iterdir()) == []


def test_a_stack_whose_home_was_never_brought_up_says_what_to_do(project):
    project.init("demo-workspace")

    refused = project.run("up", "demo-cluster")

    assert refused.code != 0
    assert refused.said.count("stack 'demo-workspace' has not been brought up") == 1, "once is enough"
    assert "`bodo-infra up demo-workspace`" in refused.said
    assert "Traceback" not in refused.said


def test_a_cluster_that_does_not_come_up_is_kept_as_half_made_and_the_next_up_finishes_it(project):
    project.up("demo-cloud-config")
    project.up("demo-workspace")
    store = LocalStore(Path(project.outputs("demo-workspace")["store"]))
    (workspace,) = list_workspaces(store)
    announced = announce_cluster(store, wish_cluster("demo", workspace, nodes=2, slots=1))
    broken = AgentSettings(arguments=("-c", "raise SystemExit('no such module')"))
    attempt.write_fact(Path(announced.private_path), agent_config.SETTINGS, broken)

    failed = project.run("up", "demo-cluster")

    assert failed.code != 0
    assert "no such module" in failed.said, "the last words of the agent say why"
    assert project.agents() == {}

    attempt.write_fact(Path(announced.private_path), agent_config.SETTINGS, AgentSettings())
    assert project.up("demo-cluster").of_plugin() == [("update", "Cluster")], "not a second one"
    assert len(project.agents()) == 2
    assert project.outputs("demo-cluster")["uuid"] == announced.uuid
    project.destroy("demo-cluster")
    assert project.agents() == {}


CASES = {
    "a cluster stands in a workspace": ("workspace: demo-workspace", "workspace: demo-cloud-config", "cloud-config"),
    "this machine has no instance types": ("nodes: 2", "nodes: 2\n    instance_type: c5n.large", "instance_type"),
    "all problems are said": ("nodes: 2", "nodes: many\n    rank_per_node: 1", "rank_per_node"),
}


@pytest.mark.parametrize(("before", "after", "word"), CASES.values(), ids=CASES.keys())
def test_a_wrong_stack_file_is_refused_with_its_place_and_no_traceback(project, before, after, word):
    edit(project, "demo-cluster", before, after)

    refused = project.run("up", "demo-cluster")

    assert refused.code != 0
    assert "stacks/Pulumi.demo-cluster.yaml" in refused.said
    assert word in refused.said
    assert "Traceback" not in refused.said
    assert refused.of_plugin() == [], "bad input changes nothing"
