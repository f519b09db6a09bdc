"""The ready-made platform of each cloud through its life: no drift, exact edits, failures at each resource.

Brought up once for each cloud, then each test works on a copy of it. Not proved here: that AWS and Azure agree with the
offline account.
"""

import shutil
from collections import Counter
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from bodo_infra.driver.platform import quiet
from bodo_infra.errors import StackError
from bodo_infra.testing import FaultKind
from tests.engine.ready_made import ALL
from tests.engine.rehearsed_project import RehearsedProject, steps_of

pytestmark = pytest.mark.engine


def of_each(field, argument):
    """For tests of one entry of a table or list that every platform has. ``field``: of ReadyMade."""
    cases = []
    for ready in ALL:
        entries = getattr(ready, field)
        named = entries.items() if isinstance(entries, dict) else ((_name(entry), entry) for entry in entries)
        cases += [pytest.param(ready, entry, id=f"{ready.target}-{name}") for name, entry in named]
    return pytest.mark.parametrize(("ready", argument), cases)


def _name(entry):
    return entry if isinstance(entry, str) else next(iter(entry))


def change(project, stack, **values):
    """Set fields of the stack's spec."""
    path = project.root / "stacks" / f"Pulumi.{stack}.yaml"
    yaml = YAML()
    content = yaml.load(path)
    content["config"]["bodo:spec"].update(values)
    with path.open("w") as file:
        yaml.dump(content, file)


@dataclass(frozen=True)
class Standing:
    """A project in which all is up, and copies of how it was just before each stack."""

    whole: Path
    before: dict[str, Path]


@pytest.fixture(scope="module")
def standing(engine, tmp_path_factory):
    """From a platform to its Standing, made when it is first asked for."""
    made = {}

    def stand(ready):
        if ready.target not in made:
            folder = tmp_path_factory.mktemp(ready.target)
            made[ready.target] = bring_up(ready, folder)
        return made[ready.target]

    return stand


def bring_up(ready, folder):
    whole, before = folder / "whole", {}
    with RehearsedProject.at(whole) as project:
        project.take(*ready.stacks)
        for name in ready.stacks:
            if name.endswith(("config", "workspace")):
                change(project, name, delete_data=True)
    for name in [name for level in project.platform.project.order(ready.stacks) for name in level]:
        before[name] = shutil.copytree(whole, folder / f"before-{name}")
        with RehearsedProject.opened(whole) as project:
            project.platform.stacks.up_alone(name, quiet)
    return Standing(whole, before)


@pytest.fixture
def project(standing, ready, tmp_path):
    root = shutil.copytree(standing(ready).whole, tmp_path / "project")
    with RehearsedProject.opened(root) as project:
        yield project


on_each_cloud = pytest.mark.parametrize("ready", ALL, ids=lambda ready: ready.target)


def alone(project, stack) -> list[tuple[str, str]]:
    """Bring one stack up on those that stand; its steps in order of names."""
    return sorted(steps_of([project.platform.stacks.up_alone(stack, quiet)]).get(stack, []))


def nodes_of(project, ready):
    return project.account.resource(f"{ready.stack('cluster')}-nodes", ready.nodes)


@on_each_cloud
def test_what_is_up_has_nothing_to_change_and_has_not_drifted(project, ready):
    assert project.preview() == {}
    assert project.refresh() == {name: {} for name in ready.stacks}


@on_each_cloud
def test_destroying_the_bottom_destroys_all_that_stands_on_it_and_leaves_an_empty_account(project, ready):
    assert project.account.resources() != ()

    destroyed = project.platform.destroy([ready.stack("cloud-config")])

    assert {result.stack for result in destroyed} == set(ready.stacks)
    assert [row for row in project.account.resources() if row.type not in ready.remains] == []


@of_each("edits", "edit")
def test_an_edit_does_what_it_says_and_no_more(project, ready, edit):
    word, values, steps = edit
    change(project, ready.stack(word), **values)

    assert alone(project, ready.stack(word)) == steps


@of_each("replacing", "values")
def test_what_running_nodes_cannot_change_replaces_the_cluster(project, ready, values):
    cluster = ready.stack("cluster")
    before, all_before = nodes_of(project, ready), len(project.account.resources(ready.nodes))
    change(project, cluster, **values)
    operations = Counter(operation for operation, _ in alone(project, cluster))

    assert nodes_of(project, ready).id != before.id
    assert operations["replace"] >= 3
    assert len(project.account.resources(ready.nodes)) == all_before


@on_each_cloud
def test_somebodys_change_by_hand_is_found_and_set_right(project, ready):
    cluster, workspace = ready.stack("cluster"), ready.stack("workspace")
    kind, name = ready.rule
    project.account.drift(nodes_of(project, ready), **ready.by_hand)
    project.account.remove(project.account.resource(name))

    found = project.refresh(cluster, workspace)
    assert found[cluster] == {"update": 1}
    assert found[workspace] == {"delete": 1}

    assert alone(project, workspace) == [("create", f"{kind} {name}")]
    assert [step for step in alone(project, cluster) if step[0] == "update"] == [
        ("update", f"{ready.nodes.rpartition(':')[2]} {cluster}-nodes")
    ]


@of_each("differing", "stack")
def test_after_a_failure_at_each_resource_up_goes_on_to_the_same_end(standing, ready, stack, tmp_path):
    root = shutil.copytree(standing(ready).before[stack], tmp_path / "project")
    with RehearsedProject.opened(root) as project:
        before = made_by(project, stack)
        planned = [named.split() for _, named in project.preview(stack)[stack]]
        names = [name for kind, name in planned if not kind.startswith("Random")]
        for kind, name in zip(cycle(ready.faults), names, strict=False):
            project.account.fault(kind, name=name, verb="create")

        # One stack as people bring it up; the others with fewer starts of the engine, which goes on after a failure.
        failures = up_again_and_again(project, stack, most=len(names) + 1, keep_going=stack != ready.stack("cluster"))

        assert failures, "not a single fault has struck"
        assert before == {}
        assert made_by(project, stack) == expected(standing(ready), stack), "something is there twice, or not at all"
        assert project.preview(stack) == {}


def made_by(project, stack) -> Counter[str]:
    """Names of what the stack has in the account, by how often they are there."""
    return Counter(
        row.urn.rpartition("::")[2]
        for row in project.account.resources()
        if row.urn.startswith(f"urn:pulumi:{stack}::")
    )


def expected(standing, stack) -> Counter[str]:
    with RehearsedProject.opened(standing.whole) as project:
        return made_by(project, stack)


def up_again_and_again(project, stack, *, most, keep_going=False) -> list[str]:
    """What went wrong until the stack was up."""
    failures: list[str] = []
    while len(failures) <= most:
        try:
            project.platform.stacks.up_alone(stack, quiet, keep_going=keep_going)
        except StackError as error:
            failures.append(str(error))
        else:
            return failures
    raise AssertionError("\n".join(failures))


@on_each_cloud
def test_a_type_without_capacity_says_so_and_comes_when_there_is_some(project, ready):
    project.platform.destroy([ready.stack("cluster")])
    project.account.fault(FaultKind.NO_CAPACITY, instance_type=ready.instance_type, times=2)

    failures = up_again_and_again(project, ready.stack("cluster"), most=3)

    assert failures
    assert all(ready.capacity in failure for failure in failures)


def with_role(project, ready, **spec):
    """A role beside the others, and a cluster that names it."""
    project.write("etl-role", "instance-role", {"name": "etl", **spec}, cloud_config=ready.stack("cloud-config"))
    uses = {"workspace": ready.stack("workspace"), "instance_role": "etl-role"}
    project.write("etl", "cluster", {"name": "etl", "instance_type": ready.instance_type, "nodes": 2}, **uses)


def refusal_of(project, stack) -> str:
    with pytest.raises(StackError) as refused:
        project.platform.stacks.up_alone(stack, quiet)
    return str(refused.value)


@on_each_cloud
def test_a_role_that_is_not_there_comes_up_failed_and_its_clusters_are_refused_with_the_reason(project, ready):
    bottom = ready.stack("cloud-config")
    if ready.bottom_of_missing_role:
        change(project, bottom, **ready.bottom_of_missing_role)
        project.up(bottom)
    with_role(project, ready, role_arn=ready.missing_role)
    role = project.platform.stacks.up_alone("etl-role", quiet)
    before = project.types()

    assert "is Failed" in " ".join(role.warnings)
    refusal = refusal_of(project, "etl")
    assert "instance_role = etl: is Failed: " in refusal
    assert "not found" in refusal
    assert project.types() == before, "nothing was made"


@on_each_cloud
def test_a_role_that_could_not_be_completed_says_so_to_its_clusters(project, ready):
    with_role(project, ready)
    project.account.fault(FaultKind.QUOTA, type=ready.right_of_nodes, verb="create")

    assert ready.quota in refusal_of(project, "etl-role")
    assert "instance_role = etl: is Failed: " in refusal_of(project, "etl")

    project.up("etl")
    assert project.account.resource("etl-nodes", ready.nodes)
