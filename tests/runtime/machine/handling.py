"""Calls the machine plugin's handlers as the engine does, and looks at what they made."""

from pathlib import Path

from bodo_infra.plugin.handler import Kept, Subject
from bodo_infra.plugin.machine.cluster import ClusterHandler
from bodo_infra.plugin.machine.directory import DirectoryHandler
from bodo_infra.plugin.machine.store import StoreHandler
from bodo_infra.runtime import keys
from bodo_infra.runtime.fleet.local import LocalFleet
from bodo_infra.runtime.store import LocalStore

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


def opened(kept):
    return LocalStore(Path(kept.outputs["store"]))


def agent_pids(kept):
    """Node to process of the agents that live; the process is the one that its last heartbeat named."""
    living = [node.name for node in fleet_of(kept).nodes() if node.alive]
    beats = {json["node"]: json["pid"] for _, json, _ in opened(kept).list(keys.heartbeats(kept.id))}
    return {node: beats.get(node) for node in living}


def fleet_of(kept):
    return LocalFleet(opened(kept), kept.id)
