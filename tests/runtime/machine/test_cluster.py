"""What the machine plugin does to this machine: real clusters with their agents, without an engine.

Not proved here: that the engine calls it as it should (tests/engine).
"""

import os
import signal
from pathlib import Path

import pytest

from bodo_infra.cores import physical_cores
from bodo_infra.errors import HostError, TransitionError
from bodo_infra.plugin.handler import HalfMadeError, Kept
from bodo_infra.plugin.wire_codec import UNKNOWN
from bodo_infra.plugin.wire_diff import diff
from bodo_infra.runtime import agent_config, attempt, keys
from bodo_infra.runtime.agent_config import AgentSettings
from bodo_infra.runtime.clusters import read_cluster
from bodo_infra.runtime.fleet.local import announce_cluster, wish_cluster
from bodo_infra.runtime.records import WorkspaceRecord
from bodo_infra.runtime.states import ClusterState
from bodo_infra.runtime.store import LocalStore
from tests.runtime.machine.handling import (
    CLUSTER,
    agent_pids,
    change,
    fleet_of,
    make,
    opened,
    subject,
)
from tests.waiting import wait_until


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
    fleet_of(cluster).pause()

    assert CLUSTER.read(cluster).inputs == cluster.inputs
    change(CLUSTER, cluster, nodes=3, autoPauseMinutes=7)

    record = read_cluster(opened(cluster), cluster.id)
    assert (record.state, len(record.nodes), record.auto_pause_minutes) == (ClusterState.PAUSED, 3, 7)
    assert agent_pids(cluster) == {}


def test_a_cluster_that_removed_itself_is_gone_and_cannot_be_updated(cluster):
    fleet_of(cluster).shutdown("idle for 60 minutes")

    assert CLUSTER.read(cluster) is None
    with pytest.raises(TransitionError, match=r"idle for 60 minutes.*\n.*refresh"):
        change(CLUSTER, cluster, nodes=3)


def test_a_destroyed_cluster_leaves_no_process_and_no_file(cluster):
    CLUSTER.delete(cluster)
    CLUSTER.delete(cluster)

    assert agent_pids(cluster) == {}
    assert list(Path(cluster.outputs["sharedPath"]).iterdir()) == []
    assert not (Path(cluster.outputs["store"]) / "clusters" / cluster.id).exists()


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
