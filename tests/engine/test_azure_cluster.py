"""Clusters on Azure live their whole life in the real engine on the offline account, made by the service principal.

One platform, brought up once; the tests go on from each other in this order. Not proved here: that Azure would have it,
and what nodes do when they start.
"""

import pytest

from bodo_infra.driver.platform import quiet
from bodo_infra.errors import StackError
from bodo_infra.testing import FaultKind
from tests.engine.rehearsed_project import RehearsedProject, steps_of

pytestmark = pytest.mark.engine

AZURE = {
    "tenant_id": "55555555-0000-0000-0000-000000000005",
    "subscription_id": "66666666-0000-0000-0000-000000000006",
    "resource_group": "bodo",
    "location": "westeurope",
    "service_principal": {
        "application_id": "77777777-0000-0000-0000-000000000007",
        "object_id": "88888888-0000-0000-0000-000000000008",
    },
}
HPC = "Standard_HB120rs_v3"
LONG = "nightly-" + "x" * 32
SPEC = {"name": "etl", "instance_type": HPC, "nodes": 2}
ORDINARY = {"name": LONG, "instance_type": "Standard_D16as_v5", "nodes": 3}
SCALE_SET, PLACEMENT = "VirtualMachineScaleSet", "ProximityPlacementGroup"


class Clusters(RehearsedProject):
    """The stack ``etl`` of a cluster; ``edit`` changes its spec."""

    spec = SPEC

    def put(self, stack="etl", **changed):
        self.spec = {**self.spec, **changed}
        self.write(stack, "cluster", self.spec, workspace="team")

    def edit(self, **changed):
        self.put(**changed)
        return self.alone("etl")

    def alone(self, stack):
        """The steps of one stack, brought up on those that stand."""
        return steps_of([self.platform.stacks.up_alone(stack, quiet)]).get(stack, [])

    def nodes(self, stack="etl"):
        return self.account.resource(f"{stack}-nodes")


@pytest.fixture(scope="module")
def project(engine, tmp_path_factory):
    with Clusters.at(tmp_path_factory.mktemp("azure") / "project") as project:
        project.write("home", "cloud-config", {"name": "data", "azure": AZURE, "delete_data": True})
        project.write("team", "workspace", {"name": "team", "delete_data": True}, cloud_config="home")
        project.write("nightly", "cluster", ORDINARY, workspace="team")
        project.put()
        yield project


def words(steps, *operations):
    return sorted(step for operation, step in steps if operation in operations)


def test_where_there_is_no_capacity_the_next_up_goes_on(project):
    project.up("home", "team")
    project.account.fault(FaultKind.NO_CAPACITY, instance_type=HPC)

    with pytest.raises(StackError, match="AllocationFailed"):
        project.alone("etl")
    finished = project.alone("etl")

    repaired = set(words(finished, "create", "update"))
    # The right to the vault hangs on no node: it may have come with the first `up`.
    assert repaired - {"RoleAssignment etl-secrets"} == {f"{SCALE_SET} etl-nodes", "RoleAssignment etl-fleet"}
    assert project.nodes().inputs["sku"]["capacity"] == 2


def test_a_cluster_without_infiniband_and_with_a_long_name_comes_up_beside_it(project):
    made = words(project.alone("nightly"), "create")

    assert {f"{SCALE_SET} nightly-nodes", f"{PLACEMENT} nightly-near"} <= set(made)


def test_nothing_changes_without_a_reason_and_nothing_has_drifted(project):
    assert [project.alone(stack) for stack in ("etl", "nightly")] == [[], []]
    assert project.refresh("etl", "nightly") == {"etl": {}, "nightly": {}}


def test_scaling_is_done_in_place_and_a_description_touches_nothing(project):
    before = project.nodes().id

    steps = project.edit(nodes=300, description="of every night")

    assert steps == [("update", f"{SCALE_SET} etl-nodes")]
    assert (project.nodes().id, project.nodes().inputs["sku"]["capacity"]) == (before, 300)


def test_nodes_without_infiniband_become_more_than_a_placement_group_has_and_fewer_again_in_place(project):
    before = project.nodes("nightly").id

    for nodes in (150, 3):
        project.write("nightly", "cluster", {**ORDINARY, "nodes": nodes}, workspace="team")
        assert project.alone("nightly") == [("update", f"{SCALE_SET} nightly-nodes")]
        assert (project.nodes("nightly").id, project.nodes("nightly").inputs["sku"]["capacity"]) == (before, nodes)


def test_tags_and_limits_touch_no_node(project):
    steps = project.edit(tags={"team": "ops"}, auto_pause_minutes=5)

    assert {operation for operation, _ in steps} == {"update"}
    assert project.nodes().inputs["tags"]["bodo-infra:auto-pause-minutes"] == "5"


def test_what_nodes_are_made_of_replaces_them_and_the_old_ones_go_first(project):
    before = project.nodes().id

    steps = project.edit(bodo_version="2026.2", nodes=2)

    assert words(steps, "replace") == ["RandomUuid etl-uuid", "RoleAssignment etl-fleet", f"{SCALE_SET} etl-nodes"]
    order = [operation for operation, step in steps if step == f"{SCALE_SET} etl-nodes"]
    assert order.index("delete-replaced") < order.index("create-replacement"), "a full subscription can do it"
    assert project.nodes().id != before


def test_destroy_leaves_nothing_but_the_group_and_what_azure_keeps_of_the_vault(project):
    project.destroy()

    assert project.types() == {"DeletedVault": 1, "ResourceGroup": 1}
