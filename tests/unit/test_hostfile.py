"""The hostfile: bytes that Hydra and people read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bodo_infra.errors import InputError
from bodo_infra.runtime import hostfile
from bodo_infra.runtime.hostfile import Host

NAMES = st.from_regex(r"[a-z0-9]([a-z0-9.-]{0,20}[a-z0-9])?", fullmatch=True)
HOSTS = st.lists(st.builds(Host, name=NAMES, slots=st.integers(1, 999)))


def test_a_node_is_a_line_of_name_and_slots_in_the_order_given():
    hosts = [Host(name="node-1", slots=2), Host(name="node-0", slots=16)]

    assert hostfile.render(hosts) == "node-1:2\nnode-0:16\n"


@given(HOSTS)
def test_what_is_written_is_read_back(hosts):
    assert hostfile.parse(hostfile.render(hosts)) == hosts


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        ("", []),
        ("# a comment\n\nnode-0:2  # beside\n", [Host(name="node-0", slots=2)]),
        ("10.0.0.7:8\r\n", [Host(name="10.0.0.7", slots=8)]),
        ("node-0", [Host(name="node-0", slots=1)]),
    ],
)
def test_comments_blank_lines_and_single_slots_are_read_like_hydra_does(text, hosts):
    assert hostfile.parse(text) == hosts


def test_every_line_that_is_none_is_named():
    with pytest.raises(InputError, match=r"line 1 is 'node-0:x'; line 3 is 'node-1:2 binding=user'"):
        hostfile.parse("node-0:x\nnode-2:1\nnode-1:2 binding=user\n")


def test_a_missing_hostfile_and_an_empty_one_say_so(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        hostfile.read(tmp_path / "none")
    (tmp_path / "empty").write_text("# nobody\n")
    with pytest.raises(InputError, match="names no node"):
        hostfile.read(tmp_path / "empty")


def test_writing_replaces_the_file_whole_and_readable_for_all(tmp_path):
    path = tmp_path / ".hostfile-x"
    path.write_text("node-9:9\n")
    with path.open() as reader:
        hostfile.write(path, [Host(name="node-0", slots=2)])
        assert reader.read() == "node-9:9\n", "who reads the old file reads it to its end"

    assert hostfile.read(path) == [Host(name="node-0", slots=2)]
    assert path.stat().st_mode & 0o777 == 0o644
    assert [left.name for left in tmp_path.iterdir()] == [path.name]
