"""The shared folder of a workspace, and the workspace's record in the store."""

import contextlib
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from bodo_infra.errors import HostError, TransitionError
from bodo_infra.plugin.handler import Checked, Failure, Found, Handler, Kept, Made, Subject
from bodo_infra.plugin.machine.inputs import check_folder, check_types
from bodo_infra.plugin.machine.opening import opened, store_exists
from bodo_infra.plugin.wire_codec import UNKNOWN, Bag
from bodo_infra.runtime import keys
from bodo_infra.runtime.clusters import list_clusters, list_workspaces
from bodo_infra.runtime.records import CHECKOUTS, WorkspaceRecord
from bodo_infra.runtime.states import WorkspaceState
from bodo_infra.runtime.store import LocalStore
from bodo_infra.runtime.store.base import MissingError


class DirectoryHandler(Handler):
    """Inputs: workspace (its name), store, path, deleteData. Outputs: those and uuid.

    The folder is made with mode 0700: others of this machine are let in by its owner, not by default.
    Delete: an empty folder goes; files stay, unless deleteData. Refused while clusters stand in the workspace.
    """

    replaces = frozenset({"workspace", "store", "path"})
    computed = ("uuid",)
    delete_before_replace = True

    def check(self, subject: Subject, inputs: Bag, was: Bag) -> Checked:
        failures = (
            *check_types(inputs, workspace=str, store=str, path=str, deleteData=bool),
            *check_folder(inputs, "path"),
            *_check_own_folder(inputs),
        )
        return Checked(inputs=inputs, failures=failures)

    def preview_create(self, subject: Subject, inputs: Bag) -> Bag:
        # A folder that was deleted by hand is made again under the same uuid: what stands on it is not to be replaced.
        record = None
        known = UNKNOWN not in (inputs["store"], inputs["path"], inputs["workspace"])
        if known and store_exists(inputs["store"]):
            with opened(inputs["store"]) as store:
                record = _find(store, inputs)
        return {**inputs, "uuid": record.uuid if record else UNKNOWN}

    def create(self, subject: Subject, inputs: Bag) -> Made:
        path = Path(inputs["path"])
        _make_folder(path)
        with opened(inputs["store"]) as store:
            record = _find(store, inputs)
            if record is None:
                record = WorkspaceRecord(
                    uuid=str(uuid4()), name=inputs["workspace"], shared_path=str(path), created_at=datetime.now(UTC)
                )
                store.create(keys.workspace(record.uuid), record.to_json())
            else:
                _write_state(store, record.uuid, WorkspaceState.READY)
        return Made(id=record.uuid, outputs={**inputs, "uuid": record.uuid})

    def read(self, kept: Kept) -> Found | None:
        if not Path(kept.outputs["path"]).is_dir() or not store_exists(kept.outputs["store"]):
            return None
        with opened(kept.outputs["store"]) as store:
            try:
                record = _read(store, kept.id)
            except MissingError:
                return None
        return Found(inputs=kept.inputs, outputs=kept.outputs) if record.state is WorkspaceState.READY else None

    def update(self, kept: Kept, inputs: Bag) -> Bag:
        return {**inputs, "uuid": kept.id}  # deleteData, which is read when the workspace goes

    def delete(self, kept: Kept) -> None:
        path, delete_data = Path(kept.outputs["path"]), kept.outputs["deleteData"]
        if not store_exists(kept.outputs["store"]):
            _remove_folder(path, delete_data=delete_data)
            return
        with opened(kept.outputs["store"]) as store:
            _refuse_in_use(store, kept)
            if _remove_folder(path, delete_data=delete_data):
                store.delete(keys.workspace(kept.id))
            else:
                _write_state(store, kept.id, WorkspaceState.DESTROYED)


def _check_own_folder(inputs: Bag) -> Iterator[Failure]:
    path, store = inputs.get("path"), inputs.get("store")
    if not isinstance(path, str) or not isinstance(store, str):
        return
    # With deleteData the folder is removed with all that is in it.
    if Path(path) in (Path.home(), *Path.home().parents, Path(store), *Path(store).parents):
        reason = "it must be a folder of its own, not one that holds the home folder or the store"
        yield Failure(name="path", reason=reason)


def _make_folder(path: Path) -> None:
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise HostError(
            f"shared folder {path} cannot be made: {error.strerror}", "Check the path and your rights there"
        ) from error


def _find(store: LocalStore, inputs: Bag) -> WorkspaceRecord | None:
    """The record that an earlier create, or a destroy that kept the files, has left of this very workspace."""
    same = (record for record in list_workspaces(store) if record.name == inputs["workspace"])
    return next((record for record in same if record.shared_path == inputs["path"]), None)


def _read(store: LocalStore, uuid: str) -> WorkspaceRecord:
    return WorkspaceRecord.from_json(store.get(keys.workspace(uuid))[0])


def _write_state(store: LocalStore, uuid: str, state: WorkspaceState) -> None:
    with contextlib.suppress(MissingError):
        json, version = store.get(keys.workspace(uuid))
        store.replace(keys.workspace(uuid), replace(WorkspaceRecord.from_json(json), state=state).to_json(), version)


def _refuse_in_use(store: LocalStore, kept: Kept) -> None:
    names = [repr(cluster.name) for cluster in list_clusters(store) if cluster.workspace_uuid == kept.id]
    if names:
        raise TransitionError(
            f"workspace {kept.outputs['workspace']!r} still has cluster {', '.join(names)}", "Destroy it first"
        )


def _remove_folder(path: Path, *, delete_data: bool) -> bool:
    """Whether the folder is gone. Files stay unless ``delete_data``."""
    if delete_data:
        shutil.rmtree(path, ignore_errors=True)
    for folder in (path / CHECKOUTS, path):
        with contextlib.suppress(OSError):  # missing, or not empty
            folder.rmdir()
    return not path.exists()
