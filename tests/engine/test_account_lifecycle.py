"""A foreign program with plain pulumi_aws lives its whole life in the offline account, under the real engine.

One stack for the file, brought up once; the tests go on from each other in this order. Not proved here: that AWS would
accept what the program asks for.
"""

import json

import pytest

from bodo_infra.plugin.account.rules import tokens as t
from bodo_infra.testing import FaultKind, OfflineAccount
from tests.engine.account_project import RESOURCES, ForeignProject

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def project(engine, tmp_path_factory):
    folder = tmp_path_factory.mktemp("account")
    with OfflineAccount(folder) as account:
        yield ForeignProject(engine, account, folder / "program")


def test_a_typo_is_refused_with_the_suggestion_before_anything_is_made(project):
    project.configure("typo", "httpToken")

    outcome = project.run("preview")

    assert outcome.code != 0
    assert "property metadataOptions.httpToken" in outcome.said
    assert "did you mean httpTokens?" in outcome.said
    assert project.account.resources() == ()
    project.configure("typo", None)


def test_up_after_a_failure_in_the_middle_goes_on_to_the_end(project):
    project.account.fault(FaultKind.THROTTLED, name="near", verb="create")

    failed = project.run("up")
    finished = project.up()

    assert failed.code != 0
    assert "Throttling: rate exceeded while creating PlacementGroup" in failed.said
    assert "nothing is created in any cloud" in finished.said, "everybody must see that this is a rehearsal"
    made = [*failed.did("create"), *finished.did("create")]
    assert len(made) == RESOURCES + 1, "the one that failed was tried twice, all others once"


def test_nothing_changes_without_a_reason_and_nothing_has_drifted(project):
    assert project.run("preview", "--expect-no-changes").code == 0
    refreshed = project.refresh()

    assert refreshed.steps == []


def test_no_secret_stands_in_the_state_in_clear(project):
    deployment = json.loads(project.state())["checkpoint"]["latest"]
    (password,) = [r for r in deployment["resources"] if r["type"].endswith(":RandomPassword")]

    assert "ciphertext" in password["outputs"]["result"]
    assert "ciphertext" in password["outputs"]["bcryptHash"]


def test_an_edit_does_what_it_says_and_no_more(project):
    for key, value in (("team", "ops"), ("nodes", "4"), ("round", "2"), ("instance_type", "c6in.32xlarge")):
        project.configure(key, value)

    outcome = project.up()

    assert sorted(outcome.did("update")) == ["Group nodes", "LaunchTemplate node", "Table state"]
    assert outcome.did("replace") == ["RandomPassword password"], "a keeper has changed"
    (group,) = project.account.resources(t.AUTOSCALING_GROUP)
    assert group.inputs["desiredCapacity"] == 4
    assert group.inputs["launchTemplate"]["version"] == "2"


def test_a_replacement_makes_the_new_one_first_and_takes_along_what_stands_on_it(project):
    project.configure("group_description", "nodes, anew")

    outcome = project.up()

    made = outcome.did("create-replacement")
    assert made[0] == "SecurityGroup nodes"
    assert sorted(made[1:]) == ["SecurityGroupEgressRule nodes-out", "SecurityGroupIngressRule nodes-in"]
    assert outcome.did("delete-replaced")[-1] == "SecurityGroup nodes", "what is in use goes last"
    order = [step for step, _ in outcome.steps]
    assert order.index("create-replacement") < order.index("delete-replaced")


def test_drift_and_loss_are_found_and_repaired(project):
    account = project.account
    account.drift(account.resource("state", t.TABLE), tags={"team": "nobody"})
    account.remove(account.resource("data", t.BUCKET_SETTINGS[0]))

    found = project.refresh()
    repaired = project.up()

    assert sorted(found.steps) == [("delete", "BucketVersioning data"), ("update", "Table state")]
    assert sorted(repaired.steps) == [("create", "BucketVersioning data"), ("update", "Table state")]
    assert account.resource("state", t.TABLE).inputs["tags"] == {"team": "ops"}


def test_destroy_leaves_the_account_empty(project):
    outcome = project.run("destroy")

    assert outcome.code == 0, outcome.said
    assert len(outcome.did("delete")) == RESOURCES
    assert project.account.resources() == ()
