"""Clusters on AWS live their whole life in the offline account, under the real engine.

One stack, brought up once; the tests go on from each other in this order. Not proved here: that the cloud-config's role
may do all this, that AWS would have it, and what nodes do when they start.
"""

import json

import pytest

from bodo_infra.plugin.account.rules import tokens as t
from bodo_infra.testing import FaultKind, OfflineAccount
from tests.engine.account_project import ForeignProject
from tests.engine.cluster_program import PROGRAM

pytestmark = pytest.mark.engine

LONG = "Nightly" + "x" * 93
SPEC = {"name": "etl", "instance_type": "c5n.18xlarge", "nodes": 2}


class Clusters(ForeignProject):
    """The stack's clusters by name; ``edit`` changes the spec of the first."""

    def put(self, **clusters):
        self.specs = clusters
        self.configure("clusters", json.dumps(clusters))

    def edit(self, **changed):
        self.put(**{**self.specs, "dev": {**self.specs["dev"], **changed}})

    def group(self):
        return self.account.resource("dev-nodes", t.AUTOSCALING_GROUP)


@pytest.fixture(scope="module")
def project(engine, tmp_path_factory):
    folder = tmp_path_factory.mktemp("cluster")
    with OfflineAccount(folder) as account:
        yield Clusters(engine, account, folder / "program", PROGRAM)


def of_cluster(outcome, *operations, name="dev"):
    """What was done to the parts of one cluster, without its role's."""
    parts = [part for part in outcome.did(*operations) if f" {name}-" in part and "-role" not in part]
    return sorted(part.partition(f" {name}-")[2] for part in parts)


def in_cloud(outcome):
    """The steps without those of components, which only note their new inputs."""
    return [(step, part) for step, part in outcome.steps if part.split()[0] not in ("Cluster", "InstanceRole")]


PARTS = ["agent", "near", "node", "nodes", "uuid"]


def test_where_there_is_no_capacity_the_next_up_goes_on(project):
    project.put(dev=SPEC)
    project.account.fault(FaultKind.NO_CAPACITY, instance_type="c5n.18xlarge")

    failed = project.run("up")
    project.put(dev=SPEC, **{LONG: {**SPEC, "instance_type": "hpc7a.96xlarge", "nodes": 3}})
    finished = project.up()

    assert failed.code != 0
    assert "there is no capacity for c5n.18xlarge" in failed.said
    assert of_cluster(finished, "create", "update") == ["nodes"], "all else was there"
    assert project.group().inputs["desiredCapacity"] == 2
    assert of_cluster(finished, "create", name=LONG) == PARTS


def test_two_clusters_of_one_name_do_not_clash_and_long_names_of_the_program_fit(project):
    for kind in (t.LAUNCH_TEMPLATE, t.AUTOSCALING_GROUP, t.PLACEMENT_GROUP):
        names = [row.inputs["name"] for row in project.account.resources(kind)]
        assert len(set(names)) == 2, kind


def test_nothing_changes_without_a_reason_and_nothing_has_drifted(project):
    preview = project.run("preview", "--expect-no-changes")
    refreshed = project.refresh()

    assert preview.code == 0, preview.said
    assert refreshed.steps == []


def test_scaling_is_done_in_place_and_a_description_touches_nothing(project):
    before = project.group().id
    project.edit(nodes=1000, description="of every night")

    outcome = project.up()

    assert in_cloud(outcome) == [("update", "Group dev-nodes")]
    assert (project.group().id, project.group().inputs["desiredCapacity"]) == (before, 1000)


def test_tags_and_limits_touch_no_node_and_resume_no_paused_cluster(project):
    suspended = ["HealthCheck", "Launch", "ReplaceUnhealthy", "Terminate"]
    project.account.drift(project.group(), suspendedProcesses=suspended)
    project.refresh()
    project.edit(tags={"team": "ops"}, auto_pause_minutes=5)

    outcome = project.up()

    assert {step for step, _ in in_cloud(outcome)} == {"update"}
    assert of_cluster(outcome, "update") == ["near", "node", "nodes"]
    group = project.group().inputs
    assert "instanceRefresh" not in group, "nodes that run stay as they are"
    assert group["suspendedProcesses"] == suspended


def test_what_nodes_are_made_of_replaces_them_and_the_old_ones_go_first(project):
    before = project.group()
    project.edit(instance_type="m6i.32xlarge", bodo_version="2026.2", zone="use2-az1", nodes=2)

    outcome = project.up()

    assert of_cluster(outcome, "create-replacement") == PARTS
    assert of_cluster(outcome, "delete-replaced") == PARTS
    steps = [step for step, part in outcome.steps if part == "Group dev-nodes"]
    assert steps.index("delete-replaced") < steps.index("create-replacement"), "a full account can do it"
    assert project.group().id != before.id


def test_a_failed_instance_role_refuses_a_new_cluster_before_anything_of_it_is_made(project):
    clusters, before = project.specs, len(project.account.resources())
    project.configure("role", json.dumps({"name": "own", "role_arn": "arn:aws:iam::000000000000:role/missing"}))
    project.put(**clusters, late={**SPEC, "name": "late"})

    outcome = project.run("up")
    project.configure("role", None)
    project.put(**clusters)

    assert outcome.code != 0
    assert "instance_role = own: is Failed: role not found: arn:aws:iam::000000000000:role/missing" in outcome.said
    assert of_cluster(outcome, "create", name="late") == []
    assert len(project.account.resources()) == before


def test_a_group_that_somebody_has_removed_comes_back(project):
    project.account.remove(project.group())

    found = project.refresh()
    outcome = project.up()

    assert found.steps == [("delete", "Group dev-nodes")]
    assert of_cluster(outcome, "create") == ["nodes"]


def test_destroy_leaves_the_account_empty(project):
    outcome = project.run("destroy")

    assert outcome.code == 0, outcome.said
    assert project.account.resources() == ()
