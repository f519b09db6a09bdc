"""The components of the local target: their graph, names, inputs and outputs, in a preview and in an update.

Not proved here: what the plugin makes of the inputs (tests/runtime, tests/engine).
"""

import pulumi
import pytest

from bodo_infra import tokens
from bodo_infra.errors import InputError
from bodo_infra.local import CloudConfig, CloudConfigArgs, Cluster, ClusterArgs, Workspace, WorkspaceArgs
from bodo_infra.spec import (
    AwsAccount,
    CloudConfigSpec,
    ClusterSpec,
    DirectoryStorage,
    LocalMachine,
    ManagedNetwork,
    WorkspaceSpec,
)
from tests.components.recorder import both_modes, record

COMPUTED = {
    tokens.MACHINE_STORE: {"uuid": "u-store"},
    tokens.MACHINE_DIRECTORY: {"uuid": "u-workspace"},
    tokens.MACHINE_CLUSTER: {"uuid": "u-cluster", "cores": 6, "hostfile": "/data/workspaces/team/.hostfile-u"},
}


def platform(cluster=None, workspace=None, opts=None):
    config = CloudConfig(
        "dev-config",
        CloudConfigArgs(spec=CloudConfigSpec(name="dev", local=LocalMachine(directory="/data"))),
    )
    place = Workspace(
        "dev-place",
        WorkspaceArgs(spec=workspace or WorkspaceSpec(name="team"), cloud_config=config.links),
    )
    spec = cluster or ClusterSpec(name="etl", nodes=3, ranks_per_node=2)
    return Cluster("dev-etl", ClusterArgs(spec=spec, workspace=place.links), opts)


@both_modes
def test_every_child_is_named_after_its_component_and_stands_below_it(preview):
    graph = {(r.type, r.name, r.parent) for r in record(platform, preview=preview, computed=COMPUTED).resources}

    assert graph == {
        (tokens.LOCAL_CLOUD_CONFIG, "dev-config", "project-stack"),
        (tokens.MACHINE_STORE, "dev-config-store", "dev-config"),
        (tokens.LOCAL_WORKSPACE, "dev-place", "project-stack"),
        (tokens.MACHINE_DIRECTORY, "dev-place-directory", "dev-place"),
        (tokens.LOCAL_CLUSTER, "dev-etl", "project-stack"),
        (tokens.MACHINE_CLUSTER, "dev-etl-nodes", "dev-etl"),
    }


@both_modes
def test_a_spec_reaches_the_plugin_whole(preview):
    spec = ClusterSpec(
        name="etl", description="nightly", nodes=3, ranks_per_node=2, auto_pause_minutes=5, auto_shutdown_minutes=50
    )

    inputs = record(lambda: platform(spec), preview=preview, computed=COMPUTED).of_type(tokens.MACHINE_CLUSTER).inputs

    expected = {
        "cluster": "etl",
        "nodes": 3,
        "slots": 2,
        "autoPauseMinutes": 5,
        "autoShutdownMinutes": 50,
        "description": "nightly",
        "store": "/data",
        "workspace": "team",
        "sharedPath": "/data/workspaces/team",
    }
    assert {name: inputs[name] for name in expected} == expected


def test_what_is_never_to_happen_is_not_given_to_the_plugin():
    spec = ClusterSpec(name="etl", auto_pause_minutes=None, auto_shutdown_minutes=None)

    inputs = record(lambda: platform(spec), preview=False, computed=COMPUTED).of_type(tokens.MACHINE_CLUSTER).inputs

    assert inputs.get("autoPauseMinutes") is None
    assert inputs.get("slots") is None, "the plugin counts the cores: a component knows no machine"


def test_a_workspace_in_a_folder_of_its_own_does_not_go_beside_the_records():
    workspace = WorkspaceSpec(name="team", shared_storage=DirectoryStorage(kind="directory", path="/mnt/team"))

    recorded = record(lambda: platform(workspace=workspace), preview=False, computed=COMPUTED)

    assert recorded.of_type(tokens.MACHINE_DIRECTORY).inputs["path"] == "/mnt/team"
    assert recorded.outputs["dev-place"]["shared_path"] == "/mnt/team"


def test_the_outputs_of_an_update_are_those_of_the_plugin():
    outputs = record(platform, preview=False, computed=COMPUTED).outputs

    assert outputs["dev-config"] == {"uuid": "u-store", "name": "dev", "store": "/data"}
    assert outputs["dev-place"] == {
        "uuid": "u-workspace",
        "name": "team",
        "store": "/data",
        "shared_path": "/data/workspaces/team",
    }
    assert outputs["dev-etl"] == {
        "uuid": "u-cluster",
        "name": "etl",
        "store": "/data",
        "shared_path": "/data/workspaces/team",
        "cores": 6,
        "hostfile": "/data/workspaces/team/.hostfile-u",
    }


def test_options_of_a_component_are_not_merged_into_its_children():
    opts = pulumi.ResourceOptions(aliases=[pulumi.Alias(name="old")], ignore_changes=["spec"])

    recorded = record(lambda: platform(opts=opts), preview=False, computed=COMPUTED)

    assert recorded.of_type(tokens.MACHINE_CLUSTER).parent == "dev-etl"


CASES = {
    "cloud fields on this machine": (
        ClusterSpec(name="etl", instance_type="c5n.18xlarge", spot=True, efa="required", bodo_version="2026.2"),
        None,
        ["spec.instance_type = c5n.18xlarge", "spec.spot", "spec.efa = required", "spec.bodo_version = 2026.2"],
    ),
    "a network on this machine": (None, WorkspaceSpec(name="team", network=ManagedNetwork()), ["spec.network"]),
    "a folder that depends on the working folder": (
        None,
        WorkspaceSpec(name="team", shared_storage=DirectoryStorage(kind="directory", path="team")),
        ["spec.shared_storage.path = team", "absolute"],
    ),
}


@pytest.mark.parametrize(("cluster", "workspace", "words"), CASES.values(), ids=CASES.keys())
def test_what_this_target_does_not_know_is_refused_with_every_problem(cluster, workspace, words):
    with pytest.raises(InputError) as raised:
        record(lambda: platform(cluster, workspace), preview=True)

    for word in words:
        assert word in str(raised.value)


def test_a_cloud_config_of_another_target_is_refused_before_anything_is_registered():
    spec = CloudConfigSpec(name="dev", aws=AwsAccount(region="us-east-2", account_id="123456789012"))
    seen = []

    def program():
        with pytest.raises(InputError, match="local target"):
            CloudConfig("dev", CloudConfigArgs(spec=spec))
        seen.append("refused")

    assert record(program, preview=False).resources == []
    assert seen == ["refused"]
