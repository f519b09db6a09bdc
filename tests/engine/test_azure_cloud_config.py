"""A cloud-config on Azure and instance roles on it through their life, in the real engine on the offline account.

Instance roles are made by the service principal, with what the cloud-config has given it. Not proved here: that Azure
would have it, and that it evaluates conditions as the offline account does.
"""

import json

import pytest

from bodo_infra.azure.roles.definitions import ROLES
from bodo_infra.plans.arm_ids import OFFLINE_SUBSCRIPTION
from tests.engine.rehearsed_project import RehearsedProject, steps_of

pytestmark = pytest.mark.engine

STACK = "home"
READER = "Storage Blob Data Reader"
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
GROUP = f"/subscriptions/{AZURE['subscription_id']}/resourceGroups/bodo"
HOME = {"name": "data", "azure": AZURE, "delete_data": True}


def reads(row):
    """A statement, as the user writes it who does not rehearse."""
    return {"actions": [READER], "resources": [row.id.replace(OFFLINE_SUBSCRIPTION, AZURE["subscription_id"])]}


def with_account(**changes):
    return {**HOME, "azure": {**AZURE, **changes}}


@pytest.fixture(scope="module")
def project(engine, tmp_path_factory):
    with RehearsedProject.at(tmp_path_factory.mktemp("azure") / "project") as project:
        project.write(STACK, "cloud-config", HOME)
        yield project


def exports_of(project, stack):
    text = next((project.root / ".bodo-infra").rglob(f"{stack}.json")).read_text()
    resources = json.loads(text)["checkpoint"]["latest"]["resources"]
    (root,) = [each for each in resources if each["type"] == "pulumi:pulumi:Stack"]
    return root.get("outputs") or {}


def test_it_comes_up_as_it_was_previewed(project):
    planned = project.preview()[STACK]
    assert project.account.resources() == ()

    assert sorted(project.up()[STACK]) == sorted(planned)
    assert project.types() == {**DATA, "RoleDefinition": len(ROLES), "RoleAssignment": 2}


def test_another_one_in_the_same_group_does_not_meet_it(project):
    project.write("other", "cloud-config", {**with_account(existing_resource_group=True), "name": "other"})
    project.up("other")

    assert project.types() == {
        **{kind: 2 * number for kind, number in DATA.items()},
        "ResourceGroup": 1,
        "RoleDefinition": 2 * len(ROLES),
        "RoleAssignment": 4,
    }


DATA = {
    "ResourceGroup": 1,
    "StorageAccount": 1,
    "BlobServiceProperties": 1,
    "ManagementPolicy": 1,
    "BlobContainer": 1,
}
NO_SUCH = f"{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/none"


def test_edits_are_made_in_place_and_instance_roles_by_the_service_principal(project):
    account = project.account.resource("other-account")
    project.write(STACK, "cloud-config", {**with_account(grantable_roles=[READER]), "tags": {"team": "data"}})
    project.write("etl", "instance-role", {"name": "etl", "statements": [reads(account)]}, cloud_config=STACK)
    project.write("users", "instance-role", {"name": "users", "role_arn": NO_SUCH}, cloud_config=STACK)

    results = project.platform.up([STACK, "etl", "users"])

    steps = steps_of(results)
    assert set(steps[STACK]) == {
        ("update", "ResourceGroup home-group"),
        ("update", "StorageAccount home-account"),
        ("update", "RoleAssignment home-deployer"),
    }
    assert sorted(step.split()[0] for _, step in steps["etl"]) == [
        "RandomUuid",
        "RoleAssignment",
        "RoleAssignment",
        "UserAssignedIdentity",
    ]
    found = exports_of(project, "etl")
    assert (found["status"], found["reason"]) == ("Active", "")
    assert found["identity_id"] == project.account.resource("etl-identity").id
    (missing,) = [result for result in results if result.stack == "users"]
    assert any("identity not found" in warning for warning in missing.warnings)
    assert exports_of(project, "users")["status"] == "Failed"


def test_a_changed_statement_changes_its_assignment_alone_and_the_rest_stays_as_it_is(project):
    container = project.account.resource("other-container")
    project.write("etl", "instance-role", {"name": "etl", "statements": [reads(container)]}, cloud_config=STACK)

    steps = project.up("etl")
    assert list(steps) == ["etl"]
    assert sorted(operation for operation, _ in steps["etl"]) == ["create", "delete"]
    assert {step.split()[0] for _, step in steps["etl"]} == {"RoleAssignment"}
    assert project.refresh("etl") == {"etl": {}}


def test_destroy_leaves_nothing_but_the_group_in_which_others_may_have_something(project):
    project.destroy()

    assert project.types() == {"ResourceGroup": 1}


def test_data_outlives_its_stack_unless_it_is_to_be_deleted(project):
    project.write(STACK, "cloud-config", {**with_account(existing_resource_group=True), "delete_data": False})
    project.up(STACK)
    steps = dict(reversed(step) for step in project.destroy(STACK)[STACK])

    assert steps["StorageAccount home-account"] == "retain"
    assert project.types() == DATA, "what protects the container stays with it"


def test_it_comes_up_again_in_the_group_that_was_left(project):
    project.write(STACK, "cloud-config", with_account(existing_resource_group=True))
    project.up(STACK)

    assert project.types()["StorageAccount"] == 2, "the old one is not taken over: its data belongs to another uuid"
