"""Merging what ranks write, and reading it back, without any rank."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bodo_infra.runtime import keys, logs, rank_logs
from bodo_infra.runtime.attempt import MERGED_LOG, RUNNER_ERR
from bodo_infra.runtime.logs import LogLine, read_log
from bodo_infra.runtime.rank_logs import LINE_MAX, Merger
from bodo_infra.runtime.store.local import LocalStore


@pytest.fixture
def store(tmp_path):
    store = LocalStore(tmp_path / "store", create=True)
    yield store
    store.close()


@pytest.fixture
def folder(store):
    folder = store.object_path(keys.attempt("j", 1))
    folder.mkdir(parents=True)
    return folder


def write(folder, name, content):
    with (folder / name).open("ab") as file:
        file.write(content)


def test_a_line_is_merged_when_it_has_ended(folder):
    merger = Merger(folder=folder)
    write(folder, "rank-0.out", b"one\ntw")
    merger.pump()
    assert (folder / MERGED_LOG).read_bytes() == b"o0 one\n", "half a line could be torn apart by another rank's"

    write(folder, "rank-0.out", b"o\n")
    merger.pump()
    assert (folder / MERGED_LOG).read_bytes() == b"o0 one\no0 two\n"
    merger.close()


def test_ranks_and_streams_are_told_apart(folder):
    merger = Merger(folder=folder)
    write(folder, "rank-12.err", b"bad\n")
    merger.pump()
    write(folder, "rank-3.out", b"good\n")
    merger.close()

    assert (folder / MERGED_LOG).read_bytes() == b"e12 bad\no3 good\n"
    assert {name: file.lines for name, file in merger.files.items()} == {"rank-12.err": 1, "rank-3.out": 1}


@given(pieces=st.lists(st.binary(max_size=40)))
def test_the_bytes_of_a_rank_come_out_as_they_went_in(tmp_path_factory, pieces):
    folder = tmp_path_factory.mktemp("attempt")
    merger = Merger(folder=folder)
    for piece in pieces:
        write(folder, "rank-0.out", piece)
        merger.pump()
    merger.close()

    content = b"".join(pieces)
    expected = content if not content or content.endswith(b"\n") else content + b"\n"
    lines = (folder / MERGED_LOG).read_bytes().split(b"\n")[:-1]
    assert all(line.startswith(b"o0 ") for line in lines)
    assert b"".join(line[3:] + b"\n" for line in lines) == expected


def test_a_line_without_end_does_not_fill_the_memory(folder):
    merger = Merger(folder=folder)
    write(folder, "rank-0.out", b"x" * (3 * LINE_MAX))
    while merger.pump():
        assert len(merger.files["rank-0.out"].rest) < LINE_MAX
    merger.close()

    merged = (folder / MERGED_LOG).read_bytes()
    assert merged.replace(b"o0 ", b"").replace(b"\n", b"") == b"x" * (3 * LINE_MAX)
    assert max(map(len, merged.split(b"\n"))) < logs.READ_SIZE, "a reader must get on"


def test_reading_goes_on_where_it_stopped_and_leaves_half_a_line(store, folder):
    write(folder, MERGED_LOG, b"o0 one\ne1 two\no0 thr")
    lines, start = read_log(store, "j", 1, 0)
    assert lines == [LogLine(rank=0, stream="stdout", text="one"), LogLine(rank=1, stream="stderr", text="two")]

    assert read_log(store, "j", 1, start) == ([], start)
    write(folder, MERGED_LOG, b"ee\n")
    lines, start = read_log(store, "j", 1, start)
    assert [line.text for line in lines] == ["three"]
    assert start == (folder / MERGED_LOG).stat().st_size


def test_a_long_log_is_read_in_pieces_of_whole_lines(store, folder):
    write(folder, MERGED_LOG, b"".join(b"o0 %06d %s\n" % (n, b"y" * 90) for n in range(60_000)))
    texts, start, reads = [], 0, 0
    while True:
        lines, start = read_log(store, "j", 1, start)
        if not lines:
            break
        texts += [line.text[:6] for line in lines]
        reads += 1

    assert texts == [f"{n:06d}" for n in range(60_000)]
    assert reads > 1, "one read of everything would hold gigabytes of a long job's log"


def test_odd_bytes_are_shown_and_odd_line_ends_divide_nothing(store, folder):
    write(folder, MERGED_LOG, "o0 a\u2028b\x0bc\r\n".encode() + b"o0 \xff\n")

    lines, _ = read_log(store, "j", 1, 0)

    assert [line.text for line in lines] == ["a\u2028b\x0bc\r", "\\xff"]


def test_an_attempt_that_has_not_begun_has_an_empty_log(store):
    assert read_log(store, "j", 1, 0) == ([], 0)
    assert logs.read_runner_messages(store, "j", 1) == ""


def test_what_the_runner_said_can_be_read(store, folder):
    write(folder, RUNNER_ERR, b"fatal: x\n")

    assert logs.read_runner_messages(store, "j", 1) == "fatal: x\n"


def test_the_end_of_a_file_is_read_from_a_given_byte_on(tmp_path):
    (tmp_path / "f").write_bytes(b"old\nnew\nend\n")

    assert rank_logs.tail(tmp_path / "f", since=4) == "new\nend\n"
    assert rank_logs.tail(tmp_path / "f", size=4) == "end\n"
    assert rank_logs.tail(tmp_path / "none") == ""
