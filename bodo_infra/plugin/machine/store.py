"""The store of a cloud-config: a folder with a SQLite file, and the record that says whose it is."""

import contextlib
import shutil
from pathlib import Path
from uuid import uuid4

from bodo_infra.errors import TransitionError
from bodo_infra.plugin.handler import Checked, Found, Handler, Kept, Made, Subject
from bodo_infra.plugin.machine.inputs import check_folder, check_types
from bodo_infra.plugin.machine.opening import opened, store_exists
from bodo_infra.plugin.wire_codec import Bag
from bodo_infra.runtime import keys
from bodo_infra.runtime.clusters import list_clusters, list_workspaces
from bodo_infra.runtime.fleet.local_fleet import CLUSTERS
from bodo_infra.runtime.records import Json
from bodo_infra.runtime.states import WorkspaceState
from bodo_infra.runtime.store import LocalStore
from bodo_infra.runtime.store.base import AlreadyExistsError, MissingError
from bodo_infra.runtime.store.local import DATABASE, OBJECTS


class StoreHandler(Handler):
    """Inputs: cloudConfig (its name), directory, deleteData. Outputs: those and uuid.

    Delete: what people would miss is the records of jobs, their logs and artifacts, and shared files that a destroyed
    workspace has left. While any of them is there the folder stays, unless deleteData; a later create finds it again.
    """

    replaces = frozenset({"directory"})
    computed = ("uuid",)
    delete_before_replace = True

    def check(self, subject: Subject, inputs: Bag, was: Bag) -> Checked:
        failures = (
            *check_types(inputs, cloudConfig=str, directory=str, deleteData=bool),
            *check_folder(inputs, "directory"),
        )
        return Checked(inputs=inputs, failures=failures)

    def create(self, subject: Subject, inputs: Bag) -> Made:
        directory = Path(inputs["directory"])
        with contextlib.closing(LocalStore(directory, create=True)) as store:
            record = _claim(store, inputs["cloudConfig"])
        return Made(id=record["uuid"], outputs={**inputs, "uuid": record["uuid"]})

    def read(self, kept: Kept) -> Found | None:
        if not store_exists(kept.outputs["directory"]):
            return None
        with opened(kept.outputs["directory"]) as store:
            try:
                record, _ = store.get(keys.CLOUD_CONFIG)
            except MissingError:
                return None
        if record["uuid"] != kept.id:
            return None
        seen = {"cloudConfig": record["name"]}
        return Found(inputs={**kept.inputs, **seen}, outputs={**kept.outputs, **seen})

    def update(self, kept: Kept, inputs: Bag) -> Bag:
        with opened(inputs["directory"]) as store:
            record, version = store.get(keys.CLOUD_CONFIG)
            if record["name"] != inputs["cloudConfig"]:
                store.replace(keys.CLOUD_CONFIG, {**record, "name": inputs["cloudConfig"]}, version)
        return {**inputs, "uuid": kept.id}

    def delete(self, kept: Kept) -> None:
        if not store_exists(kept.outputs["directory"]):
            return
        with opened(kept.outputs["directory"]) as store:
            _refuse_in_use(store, kept.outputs["cloudConfig"])
            if not kept.outputs["deleteData"] and _holds_data(store):
                return
        _remove(Path(kept.outputs["directory"]))


def _claim(store: LocalStore, name: str) -> Json:
    """The cloud-config's record: a new one, or the one that an earlier create or destroy has left."""
    record: Json = {"uuid": str(uuid4()), "name": name}
    try:
        store.create(keys.CLOUD_CONFIG, record)
    except AlreadyExistsError:
        record, _ = store.get(keys.CLOUD_CONFIG)
        if record["name"] != name:
            raise TransitionError(
                f"{store.directory} is the store of cloud-config {record['name']!r} and cannot be that of {name!r}",
                "Give this cloud-config another directory, or use the name that the store has",
            ) from None
    return record


def _refuse_in_use(store: LocalStore, name: str) -> None:
    clusters = [f"cluster {cluster.name!r}" for cluster in list_clusters(store)]
    ready = [workspace for workspace in list_workspaces(store) if workspace.state is WorkspaceState.READY]
    workspaces = [f"workspace {workspace.name!r}" for workspace in ready]
    if clusters or workspaces:
        raise TransitionError(
            f"cloud-config {name!r} still has {', '.join([*workspaces, *clusters])}", "Destroy their stacks first"
        )


def _holds_data(store: LocalStore) -> bool:
    has_jobs = next(store.list(keys.JOBS), None) is not None
    return has_jobs or bool(list_workspaces(store)) or next(store.list_objects(""), None) is not None


def _remove(directory: Path) -> None:
    """Only what is ours: people may keep other things in the folder."""
    for folder in (OBJECTS, CLUSTERS):
        shutil.rmtree(directory / folder, ignore_errors=True)
    for suffix in ("", "-wal", "-shm"):
        (directory / f"{DATABASE}{suffix}").unlink(missing_ok=True)
    for path in (directory / "workspaces", directory):
        with contextlib.suppress(OSError):  # missing, or not empty
            path.rmdir()
