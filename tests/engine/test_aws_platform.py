"""The ready-made platform on AWS through its life: no drift, exact edits, failures at each resource, an empty account.

Brought up once, then each test works on a copy of it. Not proved here: that AWS agrees with the offline account.
"""

import re
import shutil
from collections import Counter
from itertools import cycle

import pytest
from ruamel.yaml import YAML

from bodo_infra.driver.platform import quiet
from bodo_infra.errors import StackError
from bodo_infra.testing import FaultKind, OfflineAccount
from tests.engine.rehearsed_project import REPOSITORY, RehearsedProject, steps_of

STACKS = tuple(sorted(path.stem.removeprefix("Pulumi.") for path in (REPOSITORY / "stacks").glob("Pulumi.aws-*.yaml")))
CLUSTERS = tuple(name for name in STACKS if name.endswith("cluster"))


def change(project, stack, **values):
    """Set fields of the stack's spec."""
    path = project.root / "stacks" / f"Pulumi.{stack}.yaml"
    yaml = YAML()
    content = yaml.load(path)
    content["config"]["bodo:spec"].update(values)
    with path.open("w") as file:
        yaml.dump(content, file)


@pytest.fixture(scope="module")
def standing(engine, tmp_path_factory):
    root = tmp_path_factory.mktemp("standing") / "project"
    with RehearsedProject.at(root) as project:
        project.take(*STACKS)
        for name in STACKS:
            if name.endswith(("config", "workspace")):
                change(project, name, delete_data=True)
        project.up()
    return root


@pytest.fixture
def project(standing, tmp_path):
    root = tmp_path / "project"
    shutil.copytree(standing, root)
    with OfflineAccount(root / ".bodo-infra" / "offline") as account:
        yield RehearsedProject(root, account)


def alone(project, stack) -> list[tuple[str, str]]:
    """Bring one stack up on those that stand; its steps in order of names."""
    return sorted(steps_of([project.platform.stacks.up_alone(stack, quiet)]).get(stack, []))


def test_what_is_up_has_nothing_to_change_and_has_not_drifted(project):
    assert project.preview() == {}
    assert project.refresh() == {name: {} for name in STACKS}


def test_destroying_the_bottom_destroys_all_that_stands_on_it_and_leaves_an_empty_account(project):
    assert project.account.resources() != ()

    destroyed = project.platform.destroy(["aws-cloud-config"])

    assert {result.stack for result in destroyed} == set(STACKS)
    assert project.account.resources() == ()


EDITS = {
    "nodes are added in place": ("aws-cluster", {"nodes": 3}, [("update", "Group aws-cluster-nodes")]),
    "a description touches nothing": ("aws-cluster", {"description": "nightly"}, []),
    "tags touch no node": (
        "aws-cluster",
        {"tags": {"team": "data"}},
        [
            ("update", "Group aws-cluster-nodes"),
            ("update", "LaunchTemplate aws-cluster-node"),
            ("update", "PlacementGroup aws-cluster-near"),
        ],
    ),
    "limits of idleness touch no node": (
        "aws-cluster",
        {"auto_pause_minutes": 15},
        [("update", "Group aws-cluster-nodes")],
    ),
    "statements of a role change in place": (
        "aws-role",
        {"statements": [{"actions": ["s3:ListBucket"], "resources": ["arn:aws:s3:::noaa-ghcn-pds"]}]},
        [("update", "RolePolicy aws-role-statements")],
    ),
}


@pytest.mark.parametrize(("stack", "values", "steps"), EDITS.values(), ids=EDITS)
def test_an_edit_does_what_it_says_and_no_more(project, stack, values, steps):
    change(project, stack, **values)

    assert alone(project, stack) == steps


@pytest.mark.parametrize(
    "values",
    [
        {"instance_type": "m6i.32xlarge"},
        {"spot": True, "auto_pause_minutes": None},
        {"bodo_version": "2026.9"},
        {"efa": "off"},
        {"image_id": "ami-0123456789abcdef0"},
    ],
    ids=lambda values: next(iter(values)),
)
def test_what_running_nodes_cannot_change_replaces_the_cluster(project, values):
    before = project.account.resource("aws-cluster-nodes")
    change(project, "aws-cluster", **values)
    operations = Counter(operation for operation, _ in alone(project, "aws-cluster"))

    after = project.account.resource("aws-cluster-nodes")
    assert before.id != after.id
    assert operations["replace"] >= 3
    assert not operations["delete"]
    assert len(project.account.resources("aws:autoscaling/group:Group")) == len(CLUSTERS)


def test_somebodys_change_by_hand_is_found_and_set_right(project):
    project.account.drift(project.account.resource("aws-cluster-nodes"), desiredCapacity=7, maxSize=7)
    project.account.remove(project.account.resource("aws-workspace-network-nodes-in-nodes-all"))

    found = project.refresh("aws-cluster", "aws-workspace")
    assert found["aws-cluster"] == {"update": 1}
    assert found["aws-workspace"] == {"delete": 1}

    assert alone(project, "aws-workspace") == [
        ("create", "SecurityGroupIngressRule aws-workspace-network-nodes-in-nodes-all")
    ]
    assert alone(project, "aws-cluster") == [("update", "Group aws-cluster-nodes")]


FAULTS = (FaultKind.THROTTLED, FaultKind.HALF_MADE, FaultKind.TIMEOUT, FaultKind.QUOTA)


@pytest.mark.parametrize("stack", STACKS)
def test_after_a_failure_at_each_resource_up_goes_on_to_the_same_end(project, stack):
    whole = project.types()
    destroyed = project.platform.destroy([stack])
    others = [result.stack for result in destroyed if result.stack != stack]
    planned = [named.split() for _, named in project.preview(stack)[stack]]
    names = [name for kind, name in planned if not kind.startswith("Random")]
    for kind, name in zip(cycle(FAULTS), names, strict=False):
        project.account.fault(kind, name=name, verb="create")

    # One stack as people bring it up; the others with fewer starts of the engine, which goes on after a failure.
    failures = up_again_and_again(project, stack, most=len(names) + 1, keep_going=stack != "aws-cluster")

    assert failures, "not a single fault has struck"
    for other in others:
        project.platform.up([other])
    assert project.types() == whole, "something is there twice, or not at all"
    assert project.preview(*STACKS) == {}


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


def with_role(project, **spec):
    """A role beside the others, and a cluster that names it."""
    project.write("etl-role", "instance-role", {"name": "etl", **spec}, cloud_config="aws-cloud-config")
    uses = {"workspace": "aws-workspace", "instance_role": "etl-role"}
    project.write("etl", "cluster", {"name": "etl", "instance_type": "c6i.32xlarge", "nodes": 2}, **uses)


def refusal_of(project, stack) -> str:
    with pytest.raises(StackError) as refused:
        project.platform.stacks.up_alone(stack, quiet)
    return str(refused.value)


def test_a_role_that_is_not_there_comes_up_failed_and_its_clusters_are_refused_with_the_reason(project):
    missing = "arn:aws:iam::000000000000:role/etl"
    change(
        project,
        "aws-cloud-config",
        aws={"region": "us-east-2", "account_id": "0" * 12, "instance_role_arns": [missing]},
    )
    project.up("aws-cloud-config")
    with_role(project, role_arn=missing)
    role = project.platform.stacks.up_alone("etl-role", quiet)
    before = project.types()

    assert "is Failed" in " ".join(role.warnings)
    assert re.search(r"instance_role = etl: is Failed: .*not.* found", refusal_of(project, "etl"))
    assert project.types() == before, "nothing was made"


def test_a_role_that_could_not_be_completed_says_so_to_its_clusters(project):
    with_role(project, statements=[{"actions": ["s3:GetObject"], "resources": ["arn:aws:s3:::data/*"]}])
    attachment = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
    project.account.fault(FaultKind.QUOTA, type=attachment, verb="create")

    assert "LimitExceeded" in refusal_of(project, "etl-role")
    assert "instance_role = etl: is Failed: policies could not be attached" in refusal_of(project, "etl")

    project.up("etl")
    assert project.account.resource("etl-nodes").inputs["desiredCapacity"] == 2


def test_a_type_without_capacity_says_so_and_comes_when_there_is_some(project):
    project.platform.destroy(["aws-cluster"])
    project.account.fault(FaultKind.NO_CAPACITY, instance_type="c6i.32xlarge", times=2)

    failures = up_again_and_again(project, "aws-cluster", most=3)

    assert failures
    assert all("c6i.32xlarge" in failure and "capacity" in failure for failure in failures)
