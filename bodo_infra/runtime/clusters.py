"""Clusters and workspaces in a store: read, find by name, change by compare-and-swap."""

from collections.abc import Callable

from bodo_infra.errors import NotFoundError
from bodo_infra.runtime import keys
from bodo_infra.runtime.records import ClusterRecord, WorkspaceRecord, read_record
from bodo_infra.runtime.states import ClusterState
from bodo_infra.runtime.store.base import ConflictError, MissingError, Store


def read_cluster(store: Store, uuid: str) -> ClusterRecord:
    """The cluster. Raises NotFoundError."""
    return _read(store, uuid)[0]


def list_clusters(store: Store, *, removed: bool = False) -> list[ClusterRecord]:
    """All clusters by name; those that are REMOVED only when asked for."""
    clusters = [read_record(ClusterRecord, key, json) for key, json, _ in store.list(keys.CLUSTERS)]
    present = [cluster for cluster in clusters if removed or cluster.state is not ClusterState.REMOVED]
    return sorted(present, key=lambda cluster: (cluster.name, cluster.created_at))


def find_cluster(store: Store, name: str, *, workspace_uuid: str | None = None) -> ClusterRecord | None:
    """The cluster of that name that is not REMOVED, in one workspace or in any."""
    found = [
        cluster
        for cluster in list_clusters(store)
        if cluster.name == name and workspace_uuid in (None, cluster.workspace_uuid)
    ]
    return found[0] if found else None


def change_cluster(store: Store, uuid: str, change: Callable[[ClusterRecord], ClusterRecord]) -> ClusterRecord:
    """Apply ``change`` to the newest version of the cluster, as often as others get in between, and return the result.

    ``change`` may raise (TransitionError, say): then nothing is written.
    """
    while True:
        cluster, version = _read(store, uuid)
        changed = change(cluster)
        if changed == cluster:
            return cluster
        try:
            store.replace(keys.cluster(uuid), changed.to_json(), version)
        except ConflictError:
            continue
        return changed


def list_workspaces(store: Store) -> list[WorkspaceRecord]:
    """All workspaces by name."""
    found = [read_record(WorkspaceRecord, key, json) for key, json, _ in store.list(keys.WORKSPACES)]
    return sorted(found, key=lambda workspace: workspace.name)


def _read(store: Store, uuid: str) -> tuple[ClusterRecord, int]:
    try:
        json, version = store.get(keys.cluster(uuid))
    except MissingError as error:
        raise NotFoundError(f"cluster {uuid!r} does not exist", "List them with `bodo-infra cluster list`") from error
    return read_record(ClusterRecord, keys.cluster(uuid), json), version
