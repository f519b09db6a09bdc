"""A foreign program with plain pulumi_azure_native lives its whole life in the offline account, under the real engine.

One stack for the file, brought up once; the tests go on from each other in this order. Not proved here: that Azure
would accept what the program asks for.
"""

import pytest

from bodo_infra.plugin.account.arm import tokens as t
from bodo_infra.testing import FaultKind, OfflineAccount
from tests.engine.account_project import ForeignProject
from tests.engine.azure_program import PROGRAM, RESOURCES

pytestmark = [pytest.mark.engine, pytest.mark.xdist_group("offline account of azure")]


@pytest.fixture(scope="module")
def project(engine, tmp_path_factory):
    folder = tmp_path_factory.mktemp("account")
    with OfflineAccount(folder) as account:
        yield ForeignProject(engine, account, folder / "program", PROGRAM)


def test_up_after_a_lack_of_machines_goes_on_with_the_scale_set_that_was_left(project):
    project.account.fault(FaultKind.NO_CAPACITY, type=t.SCALE_SET)

    failed = project.run("up")
    finished = project.up()

    assert failed.code != 0
    assert 'Status=409 Code="AllocationFailed"' in failed.said
    assert "nothing is created in any cloud" in finished.said, "everybody must see that this is a rehearsal"
    assert len([*failed.did("create"), *finished.did("create")]) == RESOURCES, "each was made once"
    assert finished.did("update") == ["VirtualMachineScaleSet nodes"]
    (cluster,) = project.account.resources(t.SCALE_SET)
    assert cluster.outputs["provisioningState"] == "Succeeded"


def test_nothing_changes_without_a_reason_and_nothing_has_drifted(project):
    assert project.run("preview", "--expect-no-changes").code == 0
    assert project.refresh().steps == []


def test_an_edit_does_what_it_says_and_a_renamed_subnet_takes_along_what_is_in_it(project):
    for key, value in (("team", "ops"), ("nodes", "4"), ("ends", "endpoints")):
        project.configure(key, value)

    outcome = project.up()

    assert sorted(outcome.did("update")) == ["ResourceGroup group", "VirtualMachineScaleSet nodes"]
    inside = ["PrivateDnsZoneGroup files", "PrivateEndpoint files", "Subnet ends"]
    assert outcome.did("delete-replaced") == inside, "a chosen name is free only when the old one is gone"
    assert outcome.did("create-replacement") == inside[::-1]
    (cluster,) = project.account.resources(t.SCALE_SET)
    assert cluster.inputs["sku"]["capacity"] == 4


def test_drift_and_loss_are_found_and_repaired(project):
    account = project.account
    account.drift(account.resource("group"), tags={"team": "nobody"})
    account.remove(account.resource("shared"))

    found = project.refresh()
    repaired = project.up()

    assert sorted(found.steps) == [("delete", "FileShare shared"), ("update", "ResourceGroup group")]
    assert sorted(repaired.steps) == [("create", "FileShare shared"), ("update", "ResourceGroup group")]


def test_what_azure_does_not_have_is_refused_before_anything_is_done(project):
    project.configure("size", "Standard_D8s_v55")

    outcome = project.run("preview")

    assert outcome.code != 0
    assert "The value Standard_D8s_v55 provided for the VM size is not valid." in outcome.said


def test_destroy_leaves_nothing_but_the_name_of_the_vault(project):
    outcome = project.run("destroy")

    assert outcome.code == 0, outcome.said
    assert len(outcome.did("delete")) == RESOURCES
    assert [row.type for row in project.account.resources()] == [t.DELETED_VAULT]
