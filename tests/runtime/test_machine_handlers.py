"""What the machine plugin does to this machine: real folders, records and agents, without an engine.

Not proved here: that the engine calls it as it should (tests/engine).
"""

import os
import signal
from pathlib import Path

import pytest

from bodo_infra.cores import physical_cores
from bodo_infra.errors import HostError, TransitionError
from bodo_infra.plugin.handler import HalfMadeError, Kept, Subject
from bodo_infra.plugin.machine.cluster import ClusterHandler
from bodo_infra.plugin.machine.directory import DirectoryHandler
from bodo_infra.plugin.machine.store import StoreHandler
from bodo_infra.plugin.wire_codec import UNKNOWN
from bodo_infra.plugin.wire_diff import diff
from bodo_infra.runtime import agent_config, attempt, keys
from bodo_infra.runtime.agent_config import AgentSettings
from bodo_infra.runtime.clusters import read_cluster
from bodo_infra.runtime.fleet.local import LocalFleet, announce_cluster, wish_cluster
from bodo_infra.runtime.records import WorkspaceRecord
from bodo_infra.runtime.states import ClusterState
from bodo_infra.runtime.store import LocalStore
from tests.waiting import wait_until

STORE, DIRECTORY, CLUSTER = StoreHandler(), DirectoryHandler(), ClusterHandler()


def subject(noun):
    return Subject(urn=f"urn:pulumi:test::bodo::bodo-machine:index:{noun}::thing", seed=b"")


def make(handler, noun, inputs):
    """Check and create, as the engine does for a new resource; what its state would keep then."""
    checked = handler.check(subject(noun), inputs, {})
    assert checked.failures == ()
    made = handler.create(subject(noun), checked.inputs)
    return Kept(subject=subject(noun), id=made.id, inputs=checked.inputs, outputs=made.outputs)


def change(handler, kept, **changes):
    inputs = {**kept.inputs, **changes}
    outputs = handler.update(kept, inputs)
    return Kept(subject=kept.subject, id=kept.id, inputs=inputs, outputs=outputs)


def store_inputs(tmp_path, **changes):
    return {"cloudConfig": "dev", "directory": str(tmp_path / "data"), "deleteData": False, **changes}


def directory_inputs(tmp_path, **changes):
    path = str(tmp_path / "data" / "workspaces" / "team")
    return {"workspace": "team", "store": str(tmp_path / "data"), "path": path, "deleteData": False, **changes}


@pytest.fixture
def store(tmp_path):
    return make(STORE, "Store", store_inputs(tmp_path))


@pytest.fixture
def directory(tmp_path, store):
    return make(DIRECTORY, "Directory", directory_inputs(tmp_path))


@pytest.fixture
def cluster_inputs(directory):
    return {
        "cluster": "etl",
        "store": directory.inputs["store"],
        "workspace": "team",
        "workspaceUuid": directory.id,
        "sharedPath": directory.inputs["path"],
        "nodes": 2,
        "slots": 1,
        "description": "",
    }


@pytest.fixture
def cluster(cluster_inputs):
    kept = make(CLUSTER, "Cluster", cluster_inputs)
    yield kept
    CLUSTER.delete(kept)


def opened(kept):
    return LocalStore(Path(kept.outputs["store"]))


def agent_pids(kept):
    """Node to process of the agents that live; the process is the one that its last heartbeat named."""
    living = [node.name for node in _fleet(kept).nodes() if node.alive]
    beats = {json["node"]: json["pid"] for _, json, _ in opened(kept).list(keys.heartbeats(kept.id))}
    return {node: beats.get(node) for node in living}


def _fleet(kept):
    return LocalFleet(opened(kept), kept.id)


# --- store ---


def test_a_store_that_was_made_is_found_again_with_its_uuid(tmp_path, store):
    again = make(STORE, "Store", store_inputs(tmp_path))

    assert again.id == store.id, "an interrupted update makes it a second time"
    assert STORE.read(store).inputs == store.inputs, "no drift where nothing drifted"


def test_a_folder_is_not_the_store_of_two_cloud_configs(tmp_path, store):
    with pytest.raises(TransitionError, match=r"'dev'.*'other'"):
        STORE.create(subject("Store"), store_inputs(tmp_path, cloudConfig="other"))


def test_a_renamed_cloud_config_keeps_its_records(tmp_path, store):
    renamed = change(STORE, store, cloudConfig="prod")

    assert renamed.outputs["uuid"] == store.id
    assert STORE.read(renamed).outputs["cloudConfig"] == "prod"


def test_a_store_whose_folder_was_deleted_is_gone(tmp_path, store):
    (tmp_path / "data" / "records.sqlite3").unlink()

    assert STORE.read(store) is None


@pytest.mark.parametrize("handler", [STORE, DIRECTORY], ids=["store", "directory"])
def test_a_store_that_cannot_be_read_is_not_gone(tmp_path, store, directory, handler):
    (tmp_path / "data" / "records.sqlite3").write_bytes(b"no database at all, but not nothing either")

    with pytest.raises(HostError, match="cannot be used"):
        handler.read(store if handler is STORE else directory)


def test_an_empty_store_leaves_no_folder(tmp_path, store):
    STORE.delete(store)
    STORE.delete(store)  # once more: an interrupted destroy says it twice

    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("delete_data", [False, True], ids=["kept", "deleted"])
def test_jobs_and_logs_survive_unless_their_deletion_was_asked_for(tmp_path, delete_data):
    kept = make(STORE, "Store", store_inputs(tmp_path, deleteData=delete_data))
    LocalStore(tmp_path / "data").put("jobs/1/1/stdout", b"precious")
    (tmp_path / "data" / "notes.txt").write_text("not ours")

    STORE.delete(kept)

    assert (tmp_path / "data" / "records.sqlite3").exists() is not delete_data
    assert (tmp_path / "data" / "notes.txt").exists(), "what is not ours is never deleted"


def test_a_store_with_a_workspace_is_not_deleted(store, directory):
    with pytest.raises(TransitionError, match="workspace 'team'"):
        STORE.delete(store)


# --- directory ---


def test_a_shared_folder_is_private_to_its_owner(directory):
    assert Path(directory.outputs["path"]).stat().st_mode & 0o777 == 0o700


def test_a_deleted_folder_is_gone_and_comes_back_under_its_uuid(tmp_path, directory):
    Path(directory.outputs["path"]).rmdir()

    assert DIRECTORY.read(directory) is None
    foreseen = DIRECTORY.preview_create(subject("Directory"), directory.inputs)
    assert foreseen["uuid"] == directory.id, "an unknown uuid would show every cluster as replaced"
    assert make(DIRECTORY, "Directory", directory_inputs(tmp_path)).id == directory.id


def test_an_empty_workspace_leaves_neither_folder_nor_record(directory):
    DIRECTORY.delete(directory)

    assert not Path(directory.outputs["path"]).exists()
    assert list(opened(directory).list(keys.WORKSPACES)) == []


def test_files_of_a_workspace_survive_and_are_found_again(tmp_path, store, directory):
    (Path(directory.outputs["path"]) / "result.parquet").write_bytes(b"precious")

    DIRECTORY.delete(directory)
    STORE.delete(store)

    assert (Path(directory.outputs["path"]) / "result.parquet").exists()
    assert DIRECTORY.read(directory) is None
    assert make(DIRECTORY, "Directory", directory_inputs(tmp_path)).id == directory.id


def test_files_of_a_workspace_go_when_that_was_asked_for(directory):
    (Path(directory.outputs["path"]) / "result.parquet").write_bytes(b"x")

    DIRECTORY.delete(change(DIRECTORY, directory, deleteData=True))

    assert not Path(directory.outputs["path"]).exists()


def test_a_path_with_a_file_in_the_way_is_refused_and_named(tmp_path, store):
    (tmp_path / "data" / "workspaces").write_text("a file")

    checked = DIRECTORY.check(subject("Directory"), directory_inputs(tmp_path), {})

    assert [failure.name for failure in checked.failures] == ["path"]
    assert str(tmp_path / "data" / "workspaces") in checked.failures[0].reason


def test_every_problem_of_the_inputs_is_found_at_once(tmp_path, store):
    bad = {"workspace": 3, "store": str(tmp_path / "data"), "path": str(tmp_path), "deleteData": "yes"}

    failures = DIRECTORY.check(subject("Directory"), bad, {}).failures

    assert sorted(failure.name for failure in failures) == ["deleteData", "path", "workspace"]


# --- cluster ---


def test_a_cluster_is_up_when_its_creation_returns(cluster):
    record = read_cluster(opened(cluster), cluster.id)

    assert record.state is ClusterState.RUNNING
    assert len(agent_pids(cluster)) == 2
    assert (cluster.outputs["cores"], cluster.outputs["hostfile"]) == (2, record.hostfile)
    assert CLUSTER.read(cluster).inputs == cluster.inputs, "no drift where nothing drifted"


def test_a_cluster_scales_in_place(cluster):
    before = agent_pids(cluster)

    grown = change(CLUSTER, cluster, nodes=3)
    assert agent_pids(grown).items() >= before.items(), "nodes that stay are not touched"
    shrunk = change(CLUSTER, grown, nodes=1)

    assert (grown.outputs["cores"], shrunk.outputs["cores"]) == (3, 1)
    assert len(agent_pids(shrunk)) == 1


def test_a_description_touches_no_node(cluster):
    before = agent_pids(cluster)
    version = opened(cluster).get(keys.cluster(cluster.id))[0]["in_state_since"]

    changed = change(CLUSTER, cluster, description="nightly")

    assert agent_pids(changed) == before
    assert opened(cluster).get(keys.cluster(cluster.id))[0]["in_state_since"] == version
    assert changed.outputs["description"] == "nightly"


def test_dead_agents_are_drift_and_the_next_update_starts_them(cluster):
    for pid in agent_pids(cluster).values():
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not agent_pids(cluster), "the end of the agents")

    found = CLUSTER.read(cluster)
    assert (found.inputs["nodes"], found.outputs["cores"]) == (0, 0)

    drifted = Kept(subject=cluster.subject, id=cluster.id, inputs=found.inputs, outputs=found.outputs)
    change(CLUSTER, drifted, nodes=2)
    wait_until(lambda: len(agent_pids(cluster)) == 2, "the return of the agents")


def test_a_paused_cluster_is_no_drift_and_scales_without_waking_up(cluster):
    _fleet(cluster).pause()

    assert CLUSTER.read(cluster).inputs == cluster.inputs
    change(CLUSTER, cluster, nodes=3, autoPauseMinutes=7)

    record = read_cluster(opened(cluster), cluster.id)
    assert (record.state, len(record.nodes), record.auto_pause_minutes) == (ClusterState.PAUSED, 3, 7)
    assert agent_pids(cluster) == {}


def test_a_cluster_that_removed_itself_is_gone_and_cannot_be_updated(cluster):
    _fleet(cluster).shutdown("idle for 60 minutes")

    assert CLUSTER.read(cluster) is None
    with pytest.raises(TransitionError, match=r"idle for 60 minutes.*\n.*refresh"):
        change(CLUSTER, cluster, nodes=3)


def test_a_destroyed_cluster_leaves_no_process_and_no_file(cluster):
    CLUSTER.delete(cluster)
    CLUSTER.delete(cluster)

    assert agent_pids(cluster) == {}
    assert list(Path(cluster.outputs["sharedPath"]).iterdir()) == []
    assert not (Path(cluster.outputs["store"]) / "clusters" / cluster.id).exists()


def test_a_workspace_with_a_cluster_is_not_deleted(directory, cluster):
    with pytest.raises(TransitionError, match="cluster 'etl'"):
        DIRECTORY.delete(directory)


def test_an_announced_cluster_is_the_one_that_comes_up(cluster_inputs):
    place = WorkspaceRecord.from_json(
        LocalStore(Path(cluster_inputs["store"])).get(keys.workspace(cluster_inputs["workspaceUuid"]))[0]
    )
    announced = announce_cluster(
        LocalStore(Path(cluster_inputs["store"])), wish_cluster("etl", place, nodes=1, slots=1, dedicated=True)
    )

    kept = make(CLUSTER, "Cluster", cluster_inputs)
    try:
        assert kept.id == announced.uuid
        record = read_cluster(opened(kept), kept.id)
        assert (record.dedicated, len(record.nodes)) == (True, 2)
    finally:
        CLUSTER.delete(kept)


def test_a_cluster_whose_agent_does_not_come_leaves_nothing_running_and_is_tried_again(cluster_inputs):
    store = LocalStore(Path(cluster_inputs["store"]))
    place = WorkspaceRecord.from_json(store.get(keys.workspace(cluster_inputs["workspaceUuid"]))[0])
    announced = announce_cluster(store, wish_cluster("etl", place, nodes=2, slots=1))
    broken = AgentSettings(arguments=("-c", "raise SystemExit('no such module')"))
    attempt.write_fact(Path(announced.private_path), agent_config.SETTINGS, broken)

    with pytest.raises(HalfMadeError, match="no such module") as raised:
        CLUSTER.create(subject("Cluster"), cluster_inputs)

    half = raised.value.made
    kept = Kept(subject=subject("Cluster"), id=half.id, inputs=cluster_inputs, outputs=half.outputs)
    assert agent_pids(kept) == {}
    with pytest.raises(HostError, match="no such module"):
        change(CLUSTER, kept)
    attempt.write_fact(Path(announced.private_path), agent_config.SETTINGS, AgentSettings())
    change(CLUSTER, kept)
    assert len(agent_pids(kept)) == 2
    CLUSTER.delete(kept)


def test_slots_that_nobody_chose_are_the_cores_of_the_machine_and_stay_what_they_were(cluster_inputs):
    del cluster_inputs["slots"]

    first = CLUSTER.check(subject("Cluster"), cluster_inputs, {})
    assert first.inputs["slots"] == physical_cores()
    before = {**first.inputs, "slots": 7}
    assert CLUSTER.check(subject("Cluster"), cluster_inputs, before).inputs["slots"] == 7
    chosen = CLUSTER.check(subject("Cluster"), {**cluster_inputs, "slots": 2}, before)
    assert set(diff(before, chosen.inputs)) == {"slots"}


def test_more_ranks_than_the_machine_carries_are_refused(cluster_inputs):
    failures = CLUSTER.check(subject("Cluster"), {**cluster_inputs, "nodes": 900, "slots": 9}, {}).failures

    assert [failure.name for failure in failures] == ["nodes"]
    assert "8100 ranks" in failures[0].reason


def test_a_preview_of_a_platform_that_is_not_there_knows_what_can_be_known(cluster_inputs):
    unknown = {**cluster_inputs, "store": UNKNOWN, "workspaceUuid": UNKNOWN, "sharedPath": UNKNOWN}

    checked = CLUSTER.check(subject("Cluster"), unknown, {})
    outputs = CLUSTER.preview_create(subject("Cluster"), checked.inputs)

    assert checked.failures == ()
    assert (outputs["cores"], outputs["uuid"]) == (2, UNKNOWN)
