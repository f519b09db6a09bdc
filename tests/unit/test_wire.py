"""The plugin protocol: what goes over the wire comes back, differences have paths, errors reach the user as text.

Proved here: codec, diffs and the servicer over a real gRPC connection. That the engine agrees: tests/engine.
"""

import os
import signal
import subprocess
import sys
from contextlib import contextmanager

import grpc
import pytest
from google.rpc import status_pb2
from hypothesis import given, settings
from hypothesis import strategies as st

from bodo_infra.errors import HostError, InputError, TransitionError
from bodo_infra.plugin import wire_codec
from bodo_infra.plugin.handler import Checked, Failure, Found, HalfMadeError, Handler, Made, Subject
from bodo_infra.plugin.servicer import Provider
from bodo_infra.plugin.wire import start_server
from bodo_infra.plugin.wire_codec import UNKNOWN, Secret, decode, encode, has_unknown, without_secrets
from bodo_infra.plugin.wire_diff import Change, diff, top_level
from bodo_infra.plugin.wire_protos import provider_pb2, provider_pb2_grpc
from tests.waiting import wait_until

URN = "urn:pulumi:demo::bodo::bodo:local:Cluster$test:index:Thing::demo-thing"

text = st.text(alphabet=st.characters(exclude_categories=("Cs",)), max_size=8).filter(
    lambda value: value != wire_codec.UNKNOWN_TEXT
)
names = st.from_regex(r"[a-z][a-zA-Z0-9]{0,6}", fullmatch=True)
scalars = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | text | st.just(UNKNOWN)
numbers = st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    scalars | numbers,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3) | inner.map(Secret),
    max_leaves=6,
)
bags = st.dictionaries(names, values, max_size=4)
few = settings(max_examples=40, deadline=None)


@few
@given(bags)
def test_a_bag_comes_back_from_the_wire_as_it_was(bag):
    assert decode(encode(bag)) == bag


@given(st.integers(-(2**53), 2**53))
def test_whole_numbers_come_back_as_int_and_not_as_float(number):
    assert type(decode(encode({"n": number}))["n"]) is int, "a float would read 2.0 in names and JSON"


@pytest.mark.parametrize("empty", [[], {}], ids=["list", "map"])
def test_an_empty_value_does_not_become_null(empty):
    assert decode(encode({"x": empty})) == {"x": empty}, "every later diff would show a change"


def test_a_reference_becomes_its_id_and_an_output_its_value():
    reference = {wire_codec.SIGNATURE: wire_codec.RESOURCE, "urn": "urn:x", "id": "i-1"}
    unborn = {**reference, "id": ""}
    output = {wire_codec.SIGNATURE: wire_codec.OUTPUT, "value": 3}
    hidden = {**output, "secret": True}
    unknown = {wire_codec.SIGNATURE: wire_codec.OUTPUT}

    bag = decode(encode({"r": reference, "u": unborn, "o": output, "h": hidden, "x": unknown}))

    assert bag == {"r": "i-1", "u": UNKNOWN, "o": 3, "h": Secret(3), "x": UNKNOWN}


def test_an_asset_stays_the_object_that_it_is_on_the_wire():
    asset = {wire_codec.SIGNATURE: "c44067f5952c0a294b673a41bacd8c17", "hash": "abc", "text": "hello"}

    assert decode(encode({"a": asset})) == {"a": asset}, "the engine restores its contents from the echoed object"


def test_a_secret_does_not_show_itself():
    assert "hunter2" not in repr(Secret("hunter2"))
    assert without_secrets({"a": [Secret("x")]}) == {"a": ["x"]}


def test_an_unknown_is_found_at_any_depth():
    assert has_unknown({"a": [Secret({"b": UNKNOWN})]})
    assert not has_unknown({"a": [Secret({"b": 1})]})


def test_a_value_that_the_wire_cannot_carry_is_refused():
    with pytest.raises(TypeError, match="set"):
        encode({"x": {1, 2}})


@few
@given(bags)
def test_a_bag_without_unknowns_does_not_differ_from_itself(bag):
    if not has_unknown(bag):
        assert diff(bag, decode(encode(bag))) == {}


@few
@given(bags, bags)
def test_every_difference_leads_into_a_property_of_one_of_the_two(old, new):
    found = diff(old, new)

    assert {top_level(path) for path in found} <= old.keys() | new.keys()
    for name in old.keys() ^ new.keys():
        assert found[name] is (Change.ADD if name in new else Change.DELETE)


@few
@given(bags, bags)
def test_what_is_added_one_way_is_deleted_the_other_way(old, new):
    mirror = {Change.ADD: Change.DELETE, Change.DELETE: Change.ADD, Change.UPDATE: Change.UPDATE}

    assert {path: mirror[change] for path, change in diff(old, new).items()} == diff(new, old)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"tags": {"team": "a"}}, {"tags": {"team": "b"}}, {"tags.team": Change.UPDATE}),
        ({"tags": {}}, {"tags": {"a b": "c"}}, {'tags["a b"]': Change.ADD}),
        ({"zones": ["a", "b"]}, {"zones": ["a"]}, {"zones[1]": Change.DELETE}),
        ({"nodes": 2}, {"nodes": UNKNOWN}, {"nodes": Change.UPDATE}),
        ({"on": True}, {"on": 1}, {"on": Change.UPDATE}),
        ({"key": Secret("x")}, {"key": "x"}, {}),
        ({"__defaults": ["a"]}, {}, {}),
    ],
    ids=["nested", "quoted", "list", "unknown", "bool is no number", "secret", "own names"],
)
def test_a_difference_is_shown_at_its_place(old, new, expected):
    assert diff(old, new) == expected


def test_an_asset_is_what_it_holds_wherever_the_file_lies():
    asset = {wire_codec.SIGNATURE: "c44067f5952c0a294b673a41bacd8c17", "path": "/tmp/one.zip", "hash": "ab"}

    assert diff({"source": asset}, {"source": {**asset, "path": "/home/other.zip"}}) == {}
    assert diff({"source": asset}, {"source": {**asset, "hash": "cd"}}) == {"source": Change.UPDATE}


class Thing(Handler):
    """A resource type that fails on demand."""

    replaces = frozenset({"place"})
    computed = ("uuid",)
    delete_before_replace = True

    def check(self, subject, inputs, was):
        failures = (Failure(name="size", reason="must be positive"),) if inputs.get("size", 1) == 0 else ()
        return Checked(inputs={"size": 1, **inputs}, failures=failures)

    def create(self, subject, inputs):
        match inputs.get("fail"):
            case "input":
                raise InputError("nodes = 0 is too few", "Use 1 or more")
            case "state":
                raise TransitionError("cluster is PAUSED", "Resume it")
            case "host":
                raise HostError("the disk is full", "Free some")
            case "half":
                made = Made(id="t-1", outputs={**inputs, "uuid": "u"})
                raise HalfMadeError(made, inputs, ["node-1 did not come up"])
            case "bug":
                raise KeyError("oops")
        return Made(id="t-1", outputs={**inputs, "uuid": "u"})

    def read(self, kept):
        return None if kept.id == "gone" else Found(inputs=kept.inputs, outputs=kept.outputs)

    def update(self, kept, inputs):
        return {**kept.outputs, **inputs}

    def delete(self, kept):
        pass


@contextmanager
def served():
    provider = Provider(
        name="test",
        version="1.0.0",
        handlers={"test:index:Thing": Thing()},
        functions={"test:index:double": lambda args: {"x": 2 * args["x"]}},
    )
    server, port = start_server(provider, threads=2)
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield provider_pb2_grpc.ResourceProviderStub(channel)
    server.stop(0).wait()


@pytest.fixture(scope="module")
def plugin():
    with served() as stub:
        yield stub


def create(plugin, preview=False, **inputs):
    return plugin.Create(provider_pb2.CreateRequest(urn=URN, properties=encode(inputs), preview=preview))


def test_the_type_and_name_of_a_resource_stand_in_its_urn():
    subject = Subject(urn=URN)

    assert (subject.token, subject.name) == ("test:index:Thing", "demo-thing")


def test_a_check_fills_in_defaults_and_returns_every_failure(plugin):
    answer = plugin.Check(provider_pb2.CheckRequest(urn=URN, news=encode({"size": 0})))

    assert [(failure.property, failure.reason) for failure in answer.failures] == [("size", "must be positive")]
    assert decode(plugin.Check(provider_pb2.CheckRequest(urn=URN, news=encode({}))).inputs) == {"size": 1}


def test_a_preview_knows_the_inputs_and_not_the_computed_outputs(plugin):
    answer = create(plugin, preview=True, size=2)

    assert answer.id == ""
    assert decode(answer.properties) == {"size": 2, "uuid": UNKNOWN}


def test_a_change_says_what_it_replaces_and_that_the_old_one_goes_first(plugin):
    request = provider_pb2.DiffRequest(
        urn=URN, id="t-1", old_inputs=encode({"place": "a", "size": 1}), news=encode({"place": "b", "size": 2})
    )
    answer = plugin.Diff(request)

    assert answer.changes == provider_pb2.DiffResponse.DIFF_SOME
    assert list(answer.replaces) == ["place"]
    assert sorted(answer.diffs) == ["place", "size"]
    assert answer.detailedDiff["place"].kind == provider_pb2.PropertyDiff.UPDATE_REPLACE
    assert answer.deleteBeforeReplace


def test_no_change_is_said_in_so_many_words(plugin):
    answer = plugin.Diff(provider_pb2.DiffRequest(urn=URN, old_inputs=encode({"a": 1}), news=encode({"a": 1})))

    assert answer.changes == provider_pb2.DiffResponse.DIFF_NONE, "DIFF_UNKNOWN would cost an update"


def test_a_resource_that_is_gone_is_read_as_nothing(plugin):
    assert plugin.Read(provider_pb2.ReadRequest(urn=URN, id="gone")).id == ""
    assert plugin.Read(provider_pb2.ReadRequest(urn=URN, id="t-1")).id == "t-1"


@pytest.mark.parametrize(
    ("fail", "code", "words"),
    [
        ("input", grpc.StatusCode.INVALID_ARGUMENT, "nodes = 0 is too few\n  Use 1 or more"),
        ("state", grpc.StatusCode.FAILED_PRECONDITION, "cluster is PAUSED\n  Resume it"),
        ("host", grpc.StatusCode.FAILED_PRECONDITION, "the disk is full\n  Free some"),
        ("bug", grpc.StatusCode.FAILED_PRECONDITION, "a bug in the plugin: KeyError: 'oops'"),
    ],
)
def test_an_error_arrives_as_its_text_and_never_as_a_state_that_nobody_knows(plugin, fail, code, words):
    with pytest.raises(grpc.RpcError) as raised:
        create(plugin, fail=fail)

    assert raised.value.code() is code
    assert raised.value.details() == words


def test_a_half_made_resource_comes_with_its_id_outputs_and_reasons(plugin):
    with pytest.raises(grpc.RpcError) as raised:
        create(plugin, fail="half")

    trailing = dict(raised.value.trailing_metadata())
    status = status_pb2.Status.FromString(trailing["grpc-status-details-bin"])
    detail = provider_pb2.ErrorResourceInitFailed()
    status.details[0].Unpack(detail)
    assert detail.id == "t-1"
    assert list(detail.reasons) == ["node-1 did not come up"]
    assert decode(detail.properties)["uuid"] == "u"


def test_a_function_is_answered_and_an_unknown_one_names_those_that_are_known(plugin):
    answer = plugin.Invoke(provider_pb2.InvokeRequest(tok="test:index:double", args=encode({"x": 4})))
    assert decode(getattr(answer, "return")) == {"x": 8}

    with pytest.raises(grpc.RpcError) as raised:
        plugin.Invoke(provider_pb2.InvokeRequest(tok="test:index:triple"))
    assert "test:index:double" in raised.value.details()


def test_an_unknown_resource_type_names_those_that_are_known(plugin):
    with pytest.raises(grpc.RpcError) as raised:
        plugin.Check(provider_pb2.CheckRequest(urn=URN.replace("Thing", "Thong", 1).replace("Thing", "Thong")))

    assert raised.value.code() is grpc.StatusCode.NOT_FOUND
    assert "test:index:Thing" in raised.value.details()


PLUGIN = "from bodo_infra.plugin.wire import serve; serve('test', '1.0.0', {})"


def test_a_plugin_prints_its_port_first_and_leaves_quietly_when_told():
    process = subprocess.Popen(
        [sys.executable, "-c", PLUGIN, "127.0.0.1:1"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    port = process.stdout.readline().strip()
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        info = provider_pb2_grpc.ResourceProviderStub(channel).GetPluginInfo(
            provider_pb2_grpc.google_dot_protobuf_dot_empty__pb2.Empty()
        )
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=10)

    assert info.version == "1.0.0"
    assert process.returncode == 0
    assert said == "", "a traceback would be shown to the user"


def test_a_plugin_whose_engine_was_killed_does_not_live_on():
    engine = f"""
import subprocess, sys, time
plugin = subprocess.Popen([sys.executable, "-c", {PLUGIN!r}])
print(plugin.pid, flush=True)
time.sleep(60)
"""
    parent = subprocess.Popen([sys.executable, "-c", engine], stdout=subprocess.PIPE, text=True)
    pid = int(parent.stdout.readline())
    parent.stdout.readline()  # the plugin's port: it is serving
    parent.kill()
    parent.wait()

    wait_until(lambda: not _lives(pid), "the end of an orphaned plugin", timeout_s=10)


def _lives(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_the_machine_plugin_imports_neither_the_sdk_nor_pydantic():
    code = "import sys, bodo_infra.plugin.machine.__main__; print({'pulumi', 'pydantic'} & sys.modules.keys())"

    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert said.strip() == "set()", "each costs 0.2 s in every plugin process, and each operation starts one"
