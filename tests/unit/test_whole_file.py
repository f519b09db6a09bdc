"""Files that are replaced whole, and what is left of a write that fails."""

import stat

import pytest

from bodo_infra.runtime.whole_file import write_whole


def test_a_file_is_made_and_replaced(tmp_path):
    path = tmp_path / "a"

    write_whole(path, b"a longer content")
    write_whole(path, b"short")

    assert path.read_bytes() == b"short"


def test_only_this_user_may_read_it_unless_it_is_said_otherwise(tmp_path):
    write_whole(tmp_path / "private", b"")
    write_whole(tmp_path / "shared", b"", mode=0o644)

    assert stat.S_IMODE((tmp_path / "private").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "shared").stat().st_mode) == 0o644


def test_who_has_the_old_file_open_reads_it_to_its_end(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"old")

    with path.open("rb") as reader:
        write_whole(path, b"new")

        assert reader.read() == b"old"


def test_a_write_that_fails_leaves_nothing_behind(tmp_path):
    (tmp_path / "a").mkdir()

    with pytest.raises(OSError, match="directory"):
        write_whole(tmp_path / "a", b"a folder is in the way")

    assert [path.name for path in tmp_path.iterdir()] == ["a"]
