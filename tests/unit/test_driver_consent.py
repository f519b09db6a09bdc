"""What a changed spec would replace or lose is found in the state and told, and a loss has to be agreed to."""

import json

import pytest

from bodo_infra.driver.consent import find_changes, require_consent, require_free
from bodo_infra.driver.state_text import StateText
from bodo_infra.errors import InputError, StackError
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


WORKSPACE = """
config:
  bodo:kind: workspace
  bodo:uses: {cloud_config: home}
  bodo:spec:
    name: team
    network: {kind: managed, NETWORK}
"""
CLUSTER = """
config:
  bodo:kind: cluster
  bodo:uses: {workspace: team}
  bodo:spec: {name: etl, instance_type: c5n.18xlarge}
"""


def resource(kind, spec, parent=ROOT, **outputs):
    return {"type": kind, "parent": parent, "inputs": {"spec": spec}, "outputs": outputs}


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

    assert StateText.read(state(inner, outer)).spec == {"name": "team"}


@pytest.mark.parametrize(
    "text",
    [state(), json.dumps({"version": 3, "checkpoint": {}}), '{"deployment": null}'],
    ids=["empty", "new", "none"],
)
def test_a_state_without_components_has_no_spec(text):
    assert StateText.read(text).spec is None


def test_an_exported_state_is_read_like_a_file():
    exported = json.dumps({"version": 3, "deployment": {"resources": [resource("bodo:aws:Cluster", {"name": "etl"})]}})

    assert StateText.read(exported).spec == {"name": "etl"}


def test_a_loss_is_refused_with_what_is_lost_and_how_to_agree(project):
    found = find_changes(Stacks(project, {"home": brought_up_with(table_name="OLD")}), ["home"], offline=False)

    with pytest.raises(InputError, match=r"home: aws\.table_name: OLD -> NEW \(data lost\)") as refused:
        require_consent(found, offline=True, names=["home"])
    assert "`bodo-infra up --offline --lose-data home`" in refused.value.fix


def test_what_the_cloud_may_refuse_is_told_and_needs_no_consent(tmp_path):
    ids = [f"{digit * 8}-1234-1234-1234-123456789abc" for digit in "1234"]
    azure = {"tenant_id": ids[0], "subscription_id": ids[1], "resource_group": "bodo", "location": "westeurope"}
    azure["service_principal"] = {"application_id": ids[2], "object_id": ids[3]}
    sky = {"config": {"bodo:kind": "cloud-config", "bodo:spec": {"name": "data", "azure": azure}}}
    files = {"kind": "azure-files", "capacity_gib": 200}
    team = {"name": "team", "region": "westeurope", "shared_storage": files}
    (tmp_path / "Pulumi.yaml").write_text("name: bodo\nruntime: python\n")
    (tmp_path / "Pulumi.home.yaml").write_text(json.dumps(sky))
    (tmp_path / "Pulumi.team.yaml").write_text(WORKSPACE.replace("NETWORK", ""))
    states = {"team": state(resource("bodo:azure:Workspace", team))}

    (found,) = find_changes(Stacks(read_project(tmp_path), states), ["team"], offline=False)

    assert "shared_storage.capacity_gib: 200 -> 100 (in place, unless it is refused): the share shrinks" in str(found)
    require_free([found], offline=False)
    require_consent([found], offline=False, names=None)


@pytest.mark.parametrize("states", [{}, {"home": state()}], ids=["unknown", "destroyed"])
def test_a_stack_that_is_not_there_loses_nothing(project, states):
    assert find_changes(Stacks(project, states), ["home"], offline=False) == []


def test_what_changes_in_place_is_not_told(project):
    there = brought_up_with(table_name="NEW", trusted_principals=["arn:aws:iam::123456789012:role/ci"])

    assert find_changes(Stacks(project, {"home": there}), ["home"], offline=False) == []


def test_the_number_of_the_offline_account_is_no_change(project):
    there = brought_up_with(account_id="000000000000", table_name="NEW")

    assert find_changes(Stacks(project, {"home": there}), ["home"], offline=True) == []


@pytest.fixture
def busy(project):
    """A function: the stacks of a workspace with two clusters that are up and one that is not, its network as given."""
    root = project.root

    def stacks(network):
        (root / "Pulumi.team.yaml").write_text(WORKSPACE.replace("NETWORK", network))
        for name in ("etl", "ml", "off"):
            (root / f"Pulumi.{name}.yaml").write_text(CLUSTER.replace("etl", name))
        network = {"kind": "managed", "zones": ["use2-az1", "use2-az2"]}
        spec = {"name": "team", "region": "us-east-2", "network": network}
        ids = {"use2-az1": "subnet-1", "use2-az2": "subnet-2"}
        states = {
            "home": brought_up_with(table_name="NEW"),
            "team": state(resource("bodo:aws:Workspace", spec, subnet_ids=ids)),
            "etl": state(resource("bodo:aws:Cluster", {"name": "etl"}, zone="use2-az1")),
            "ml": state(resource("bodo:aws:Cluster", {"name": "ml"}, zone="use2-az2")),
            "off": state(),
        }
        return Stacks(read_project(root), states)

    return stacks


@pytest.mark.parametrize(
    ("network", "holding"),
    [
        ("cidr: 10.50.0.0/16, zones: [use2-az1, use2-az2]", "etl ml"),
        ("zones: [use2-az2]", "etl"),
        ("zones: [use2-az1]", "ml"),
    ],
    ids=["range", "first zone", "second zone"],
)
def test_what_other_stacks_hold_is_not_replaced_before_they_are_gone(busy, network, holding):
    found = find_changes(busy(network), ["team"], offline=False)

    with pytest.raises(InputError, match=rf"Up on it: {holding.replace(' ', ', ')}\.") as refused:
        require_free(found, offline=False)
    assert f"`bodo-infra destroy {holding}`" in refused.value.fix


def test_in_a_rehearsal_the_command_is_that_of_the_rehearsal(busy):
    stacks = busy("cidr: 10.50.0.0/16, zones: [use2-az1, use2-az2]")
    stacks.states["home"] = brought_up_with(account_id="000000000000", table_name="NEW")
    found = find_changes(stacks, ["team"], offline=True)

    with pytest.raises(InputError) as refused:
        require_free(found, offline=True)
    assert "`bodo-infra destroy --offline etl ml`" in refused.value.fix


def test_what_nobody_holds_may_be_replaced(busy):
    stacks = busy("cidr: 10.50.0.0/16, zones: [use2-az1, use2-az2]")
    stacks.states |= dict.fromkeys(("etl", "ml"), state())
    found = find_changes(stacks, ["team"], offline=False)

    assert [(item.change.path, item.in_the_way) for item in found] == [("network.cidr", ())]
    require_free(found, offline=False)


def up_on(spec, uses):
    """The state of a stack that was brought up on others."""
    stack = {"type": "pulumi:pulumi:Stack", "outputs": {"uses": uses}}
    return state(stack, resource("bodo:aws:Workspace", spec))


def test_another_stack_below_is_a_loss_that_is_told_with_who_is_in_the_way(project):
    (project.stack_dir / "Pulumi.team.yaml").write_text(WORKSPACE.replace("NETWORK", ""))
    (project.stack_dir / "Pulumi.etl.yaml").write_text(CLUSTER)
    project = read_project(project.root)
    spec = {"name": "team", "region": "us-east-2"}
    cluster = state(resource("bodo:aws:Cluster", {"name": "etl", "instance_type": "c5n.18xlarge"}))

    def found(**uses):
        stacks = Stacks(project, {"team": up_on(spec, uses), "etl": cluster})
        return [item for item in find_changes(stacks, ["team"], offline=False) if item.change.path.startswith("uses")]

    (change,) = found(cloud_config="another")
    assert str(change).startswith("team: uses.cloud_config: another -> home (data lost)")
    assert change.in_the_way == ("etl",)
    assert found(cloud_config="home") == []


def test_a_state_that_was_cut_is_told_with_where_the_one_before_is(project):
    cut = brought_up_with(table_name="OLD")[:-20]

    with pytest.raises(StackError, match=r"is broken: it was cut(.|\n)*json\.bak"):
        find_changes(Stacks(project, {"home": cut}), ["home"], offline=False)
