"""Workspaces on Azure live their whole life in the real engine on the offline account, made by the service principal.

One platform, brought up once; the tests go on from each other in this order. Not proved here: that Azure would have it.
"""

import pytest

from bodo_infra.driver.platform import quiet
from tests.engine.rehearsed_project import RehearsedProject, steps_of

pytestmark = [pytest.mark.engine, pytest.mark.xdist_group("azure workspace")]

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
ANN, TEAM = "99999999-0000-0000-0000-000000000009", "99999999-0000-0000-0000-00000000000a"
SPEC = {
    "name": "team",
    "network": {"kind": "managed"},
    "members": {"admins": [ANN], "developers": [f"group:{TEAM}"]},
    "tags": {"team": "data"},
}
# In the same group, with no way out.
CLOSED = {"name": "team-closed", "network": {"kind": "managed", "cidr": "10.31.0.0/20", "egress": "none"}}
KEPT = {"StorageAccount dev-storage-account", "FileShare dev-storage-share", "DeletedVault dev-vault-deleted"}


class Workspaces(RehearsedProject):
    """The stack ``dev`` of a workspace; ``edit`` changes its spec."""

    spec = SPEC

    def put(self, spec, stack="dev"):
        self.write(stack, "workspace", spec, cloud_config="home")

    def edit(self, **changed):
        self.spec = {**self.spec, **changed}
        self.put(self.spec)
        return steps_of([self.platform.stacks.up_alone("dev", quiet)]).get("dev", [])

    def names(self, stack="dev"):
        """What the account has of a stack, as ``Type name``."""
        return {f"{row.type.rpartition(':')[2]} {row.urn.rpartition('::')[2]}" for row in self.of(stack)}

    def of(self, stack):
        return [row for row in self.account.resources() if row.urn.rpartition("::")[2].startswith(f"{stack}-")]


def words(steps, *operations):
    return sorted(step for operation, step in steps if operation in operations)


@pytest.fixture(scope="module")
def project(engine, tmp_path_factory):
    with Workspaces.at(tmp_path_factory.mktemp("azure") / "project") as project:
        project.write("home", "cloud-config", {"name": "data", "azure": AZURE, "delete_data": True})
        project.put(SPEC)
        project.put(CLOSED, "closed")
        yield project


def test_two_workspaces_come_up_in_one_group_one_of_them_closed(project):
    made = project.up()

    assert "NatGateway dev-network-nat" in words(made["dev"], "create")
    assert not [step for step in words(made["closed"], "create") if step.startswith(("NatGateway", "PublicIPAddress"))]
    types = project.types()
    assert types["VirtualNetwork"] == types["Vault"] == 2
    assert types["PrivateEndpoint"] == types["PrivateZone"] == types["PrivateRecordSet"] == 4


def test_nothing_changes_without_a_reason_and_nothing_has_drifted(project):
    assert project.preview("dev") == {}
    assert project.refresh("dev") == {"dev": {}}


def test_tags_members_the_size_of_files_and_the_way_out_change_in_place(project):
    steps = project.edit(
        tags={"team": "ops"},
        members={"admins": [ANN], "viewers": [f"group:{TEAM}"]},
        shared_storage={"kind": "azure-files", "capacity_gib": 200},
        network={"kind": "managed", "egress": "none"},
    )

    places = ("container", "files", "vault", "vnet")
    assert words(steps, "create") == [f"RoleAssignment dev-viewers-{TEAM}-{place}" for place in places]
    assert words(steps, "delete") == [
        "NatGateway dev-network-nat",
        "PublicIPAddress dev-network-nat-address",
        *(f"RoleAssignment dev-developers-{TEAM}-{place}" for place in places),
    ]
    assert words(steps, "replace") == []
    assert "natGateway" not in project.account.resource("dev-network-nodes-subnet").inputs
    assert project.account.resource("dev-storage-share").inputs["shareQuota"] == 200
    assert project.account.resource("dev-network-vnet").inputs["tags"]["team"] == "ops"


def test_another_range_is_another_network_and_files_and_vault_stay(project):
    steps = project.edit(network={"kind": "managed", "cidr": "10.40.0.0/20"})

    assert "VirtualNetwork dev-network-vnet" in words(steps, "replace")
    assert "NatGateway dev-network-nat" in words(steps, "create")
    touched = words(steps, "create", "replace", "delete", "update")
    assert not [step for step in touched if step.split()[0] in ("StorageAccount", "FileShare", "Vault")]


def test_destroy_leaves_the_files_without_a_way_to_them_and_a_vault_that_azure_remembers(project):
    project.destroy("dev")

    assert project.names() == KEPT


def test_it_comes_up_again_beside_both_and_with_delete_data_leaves_nothing_of_its_own(project):
    project.edit(delete_data=True)
    assert project.types()["StorageAccount"] == 4, "the cloud-config's, that of the other workspace, the kept, the new"

    project.destroy("dev")

    assert project.names() == KEPT, "of the time before, and one vault more that Azure remembers"
    assert project.types()["DeletedVault"] == 2


def test_a_netapp_volume_grows_in_place_and_when_it_is_kept_keeps_its_subnet_and_the_network_around_it(project):
    project.edit(shared_storage={"kind": "netapp", "capacity_tib": 1}, delete_data=False)
    steps = project.edit(shared_storage={"kind": "netapp", "capacity_tib": 2})
    assert steps == [("update", "CapacityPool dev-storage-pool"), ("update", "CapacityPoolVolume dev-storage-volume")]

    project.destroy("dev")

    assert project.names() - KEPT == {
        "VirtualNetwork dev-network-vnet",
        "Subnet dev-network-files-subnet",
        "Account dev-storage-account",
        "CapacityPool dev-storage-pool",
        "CapacityPoolVolume dev-storage-volume",
    }
