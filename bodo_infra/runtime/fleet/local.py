"""Clusters of this machine: how one comes into being. Interrupted anywhere, the next call goes on with it.

``make_cluster`` makes it live, ``LocalFleet`` (see ``local_fleet``) is its nodes from then on.
"""

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from bodo_infra.runtime import agent_config, attempt, keys
from bodo_infra.runtime.agent_config import AgentSettings
from bodo_infra.runtime.clock import Clock, utc_now
from bodo_infra.runtime.clusters import change_cluster, find_cluster, read_cluster
from bodo_infra.runtime.effects import REAL, Effects
from bodo_infra.runtime.file_lock import holding
from bodo_infra.runtime.fleet.local_fleet import CLUSTERS, LocalFleet, plan_nodes
from bodo_infra.runtime.records import ClusterRecord, WorkspaceRecord
from bodo_infra.runtime.states import ClusterState
from bodo_infra.runtime.store.local import LocalStore

__all__ = ["LocalFleet", "announce_cluster", "make_cluster", "plan_nodes", "wish_cluster"]

PATIENCE_S = 60.0  # for another process that makes a cluster in the same store


def wish_cluster(
    name: str,
    workspace: WorkspaceRecord,
    *,
    nodes: int,
    slots: int,
    auto_pause_minutes: int | None = None,
    auto_shutdown_minutes: int | None = None,
    dedicated: bool = False,
    now: datetime | None = None,
) -> ClusterRecord:
    """A cluster as it is asked for: ``nodes`` nodes of ``slots`` MPI slots. It has no uuid yet."""
    now = now or utc_now()
    return ClusterRecord(
        uuid="",
        name=name,
        workspace=workspace.name,
        workspace_uuid=workspace.uuid,
        state=ClusterState.NEW,
        nodes=plan_nodes(nodes, slots=slots),
        shared_path=workspace.shared_path,
        private_path="",
        auto_pause_minutes=auto_pause_minutes,
        auto_shutdown_minutes=auto_shutdown_minutes,
        dedicated=dedicated,
        created_at=now,
        in_state_since=now,
        last_activity_at=now,
    )


def announce_cluster(store: LocalStore, wish: ClusterRecord, *, effects: Effects = REAL) -> ClusterRecord:
    """Make the cluster known, in state NEW, so that jobs can queue for it; ``make_cluster`` then makes it live.

    A cluster of that name in that workspace that is not REMOVED is returned as it is.
    ``wish``: see ``wish_cluster``; a uuid that it has is kept, its private path is not.
    """
    folder = store.directory / CLUSTERS
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Two who make a cluster of the same name at once must end up with one.
    with holding(folder / "making.lock", patience_s=PATIENCE_S, what=f"cluster {wish.name!r}"):
        found = find_cluster(store, wish.name, workspace_uuid=wish.workspace_uuid)
        if found is not None and found.state is ClusterState.SHUTTING_DOWN:
            LocalFleet(store, found.uuid, effects=effects).shutdown(found.reason)
            found = None
        if found is not None:
            _make_folders(found)
            return found
        uuid = wish.uuid or str(uuid4())
        cluster = replace(wish, uuid=uuid, state=ClusterState.NEW, private_path=str(folder / uuid))
        _make_folders(cluster)
        store.create(keys.cluster(uuid), cluster.to_json())
        return cluster


def make_cluster(
    store: LocalStore,
    wish: ClusterRecord,
    *,
    settings: AgentSettings | None = None,
    effects: Effects = REAL,
    clock: Clock = utc_now,
) -> ClusterRecord:
    """Make the cluster and start its agents; ``LocalFleet.wait_running`` then waits for them.

    A cluster of that name in that workspace is adopted, whether it is announced, half made, failed, paused or running,
    and becomes as wished. Raises TransitionError when nodes that would have to go are busy with a job.
    ``settings``: how agents are started and their times; None keeps those that the cluster has, or the defaults.
    """
    uuid = announce_cluster(store, wish, effects=effects).uuid
    cluster = change_cluster(store, uuid, lambda newest: _as_wished(newest, wish, clock()))
    private = Path(cluster.private_path)
    if settings is not None or not (private / agent_config.SETTINGS).exists():
        attempt.write_fact(private, agent_config.SETTINGS, settings or AgentSettings())
    effects.write_remote_shell(private)
    fleet = LocalFleet(store, uuid, effects=effects, clock=clock)
    if cluster.state in (ClusterState.PAUSED, ClusterState.PAUSING):
        fleet.resume()
    if cluster.nodes != wish.nodes:
        fleet.reshape(wish.nodes)
    fleet.heal()
    return read_cluster(store, uuid)


def _make_folders(cluster: ClusterRecord) -> None:
    # The mode of mkdir is not that of parents, so each by itself.
    for folder in (Path(cluster.private_path), Path(cluster.private_path) / agent_config.SECRETS):
        folder.mkdir(mode=0o700, exist_ok=True)


def _as_wished(cluster: ClusterRecord, wish: ClusterRecord, now: datetime) -> ClusterRecord:
    if cluster.state in (ClusterState.NEW, ClusterState.FAILED):
        started = cluster.moved(ClusterState.INPROGRESS, at=now)
        cluster = replace(started, nodes=wish.nodes, last_activity_at=now)
    return replace(
        cluster,
        shared_path=wish.shared_path,
        auto_pause_minutes=wish.auto_pause_minutes,
        auto_shutdown_minutes=wish.auto_shutdown_minutes,
    )
