"""Sources that come from no repository: folders of the shared files, and what this machine cannot read."""

from dataclasses import replace
from pathlib import Path

import pytest

from bodo_infra.errors import InputError
from bodo_infra.runtime.records import SourceRecord
from bodo_infra.runtime.source import fetch_source


def from_folder(order, path):
    return replace(order, source=SourceRecord(kind="folder", path=path))


def test_a_folder_of_the_shared_files_is_used_where_it_is(order, git):
    folder = Path(order.shared_path) / "team/etl"
    folder.mkdir(parents=True)

    source = fetch_source(from_folder(order, "team/etl"), git)

    assert (source.folder, source.commit) == (folder, None)


@pytest.mark.parametrize("path", ["..", "../shared-other", "/etc", "link-out", "a/../.."])
def test_a_folder_outside_of_the_shared_files_is_refused(order, git, path):
    (Path(order.shared_path) / "link-out").symlink_to("/etc")

    with pytest.raises(InputError, match="leads out of"):
        fetch_source(from_folder(order, path), git)


@pytest.mark.parametrize("path", ["none", "file"])
def test_a_folder_that_is_none_is_refused(order, git, path):
    (Path(order.shared_path) / "file").touch()

    with pytest.raises(InputError, match=f"source.path = {path}: there is no such folder"):
        fetch_source(from_folder(order, path), git)


def test_s3_is_refused_on_this_machine(order, git):
    with pytest.raises(InputError, match=r"source.kind = s3.*git and folder sources only"):
        fetch_source(replace(order, source=SourceRecord(kind="s3", url="s3://b/p")), git)
