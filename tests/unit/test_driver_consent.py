"""What a changed spec would replace or lose is found in the state and told, and a loss has to be agreed to."""

import json

import pytest

from bodo_infra.driver.consent import find_changes, require_consent, spec_in_state
from bodo_infra.errors import InputError
from bodo_infra.project.project import read_project

ROOT = "urn:pulumi:home::bodo::pulumi:pulumi:Stack::bodo-home"
ACCOUNT = {"region": "us-east-2", "account_id": "123456789012"}
STACK = """
config:
  bodo:kind: cloud-config
  bodo:spec:
    name: data
    aws: {region: us-east-2, account_id: "123456789012", table_name: NEW}
"""


def resource(kind, spec, parent=ROOT):
    return {"type": kind, "parent": parent, "inputs": {"spec": spec}}


def state(*resources):
    return json.dumps({"version": 3, "checkpoint": {"latest": {"resources": resources}}})


class Stacks:
    """Stacks whose states a test makes up."""

    def __init__(self, project, states):
        self.project = project
        self.states = states

    def state(self, name):
        return self.states.get(name)


@pytest.fixture
def project(tmp_path):
    (tmp_path / "Pulumi.yaml").write_text("name: bodo\nruntime: python\n")
    (tmp_path / "Pulumi.home.yaml").write_text(STACK)
    return read_project(tmp_path)


def brought_up_with(**account):
    return state(resource("bodo:aws:CloudConfig", {"name": "data", "aws": {**ACCOUNT, **account}}))


def test_the_spec_of_a_state_is_that_of_the_stacks_own_component():
    inner = resource("bodo:aws:Network", {"kind": "managed"}, parent="urn:pulumi:home::bodo::bodo:aws:Workspace::home")
    outer = resource("bodo:aws:Workspace", {"name": "team"})

    assert spec_in_state(state(inner, outer)) == {"name": "team"}


@pytest.mark.parametrize(
    "text",
    [state(), json.dumps({"version": 3, "checkpoint": {}}), '{"deployment": null}'],
    ids=["empty", "new", "none"],
)
def test_a_state_without_components_has_no_spec(text):
    assert spec_in_state(text) is None


def test_an_exported_state_is_read_like_a_file():
    exported = json.dumps({"version": 3, "deployment": {"resources": [resource("bodo:aws:Cluster", {"name": "etl"})]}})

    assert spec_in_state(exported) == {"name": "etl"}


def test_a_loss_is_refused_with_what_is_lost_and_how_to_agree(project):
    found = find_changes(Stacks(project, {"home": brought_up_with(table_name="OLD")}), ["home"], offline=False)

    with pytest.raises(InputError, match=r"home: aws\.table_name: OLD -> NEW \(data lost\)") as refused:
        require_consent(found)
    assert "--lose-data" in refused.value.fix


@pytest.mark.parametrize("states", [{}, {"home": state()}], ids=["unknown", "destroyed"])
def test_a_stack_that_is_not_there_loses_nothing(project, states):
    assert find_changes(Stacks(project, states), ["home"], offline=False) == []


def test_what_changes_in_place_is_not_told(project):
    there = brought_up_with(table_name="NEW", trusted_principals=["arn:aws:iam::123456789012:role/ci"])

    assert find_changes(Stacks(project, {"home": there}), ["home"], offline=False) == []


def test_the_number_of_the_offline_account_is_no_change(project):
    there = brought_up_with(account_id="000000000000", table_name="NEW")

    assert find_changes(Stacks(project, {"home": there}), ["home"], offline=True) == []
