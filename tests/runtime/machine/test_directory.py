"""What the machine plugin does to this machine: real shared folders and their records, without an engine.

Not proved here: that the engine calls it as it should (tests/engine).
"""

from pathlib import Path

import pytest

from bodo_infra.errors import TransitionError
from bodo_infra.runtime import keys
from tests.runtime.machine.handling import DIRECTORY, STORE, change, directory_inputs, make, opened, subject


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


def test_a_workspace_with_a_cluster_is_not_deleted(directory, cluster):
    with pytest.raises(TransitionError, match="cluster 'etl'"):
        DIRECTORY.delete(directory)
