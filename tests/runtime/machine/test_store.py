"""What the machine plugin does to this machine: real stores of cloud-configs, without an engine.

Not proved here: that the engine calls it as it should (tests/engine).
"""

import pytest

from bodo_infra.errors import HostError, TransitionError
from bodo_infra.runtime.store import LocalStore
from tests.runtime.machine.handling import DIRECTORY, STORE, change, make, store_inputs, subject


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
