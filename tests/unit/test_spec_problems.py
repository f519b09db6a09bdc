# ruff: noqa: E501  # sentences stand on one line, as they are read
"""Every way in which the text of a spec can be wrong, and the sentence that its writer reads."""

import re
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bodo_infra.errors import InputError, Problem
from bodo_infra.spec import ClusterSpec, JobSpec
from bodo_infra.spec.base import NAME_MAX
from bodo_infra.spec.problems import parse_as, parse_spec, shown

CLUSTER = {"name": "etl"}
GIT = {"kind": "git", "url": "https://example.com/a.git"}
JOB = {"name": "etl", "cluster": "demo", "source": GIT, "command": "ex.py 1"}
CLOUD = {"name": "demo", "local": {"directory": "data"}}

# id: noun, data, the lines of the error
SENTENCES = {
    "unknown noun": (
        "clustr",
        CLUSTER,
        [
            "kind = clustr: is no known kind; there are cloud-config, workspace, cluster, "
            "instance-role, notebook, job, organization. Did you mean cluster?"
        ],
    ),
    "noun like nothing": (
        "zzz",
        CLUSTER,
        [
            "kind = zzz: is no known kind; there are cloud-config, workspace, cluster, "
            "instance-role, notebook, job, organization. Choose one of them."
        ],
    ),
    "no mapping": (
        "cluster",
        [1],
        ["cluster = a list of 1: must be a mapping of the fields of a cluster. Write one field per line."],
    ),
    "nothing at all": (
        "cluster",
        None,
        ["cluster = null: must be a mapping of the fields of a cluster. Write one field per line."],
    ),
    "missing": ("cluster", {}, ["name: is missing. Add it: Name of the cluster, unique in its workspace."]),
    "unknown key with a near one": (
        "cluster",
        {**CLUSTER, "nods": 2},
        [
            "nods: is no field here; there are description, "
            "instance_type, nodes, ranks_per_node, bodo_version, auto_pause_minutes, auto_shutdown_minutes, zone, efa, "
            "placement_group, spot, image_id, packages, tags, name. Did you mean nodes?"
        ],
    ),
    "unknown key like nothing": (
        "organization",
        {"name": "a", "zzz": 1},
        ["zzz: is no field here; there are name, members, spend_limit_usd_per_month, tags. Remove it."],
    ),
    "key with dashes": (
        "cluster",
        {**CLUSTER, "auto-pause-minutes": 2},
        [
            "auto-pause-minutes: is no field here; there are "
            "description, instance_type, nodes, ranks_per_node, bodo_version, auto_pause_minutes, auto_shutdown_minutes, zone, "
            "efa, placement_group, spot, image_id, packages, tags, name. Did you mean auto_pause_minutes?"
        ],
    ),
    "text for a number": (
        "cluster",
        {**CLUSTER, "nodes": "2"},
        ["nodes = 2: must be a whole number. Write it without quotes."],
    ),
    "truth for a number": (
        "cluster",
        {**CLUSTER, "nodes": True},
        ["nodes = true: must be a whole number. Write it without quotes."],
    ),
    "fraction": (
        "cluster",
        {**CLUSTER, "nodes": 1.5},
        ["nodes = 1.5: must be a whole number. Write it without quotes."],
    ),
    "number for text": (
        "cloud-config",
        {"name": "a", "aws": {"region": "us-east-2", "account_id": 12}},
        ["aws.account_id = 12: must be text. Write it in quotes."],
    ),
    "word for a truth": (
        "cluster",
        {**CLUSTER, "spot": "yes"},
        ["spot = yes: must be true or false. Write true or false, without quotes."],
    ),
    "word for a list": (
        "cluster",
        {**CLUSTER, "packages": "numpy"},
        ["packages = numpy: must be a list. Write one item per line, each after a dash."],
    ),
    "list for a mapping": (
        "cluster",
        {**CLUSTER, "tags": ["a"]},
        ["tags = a list of 1: must be a mapping. Write one `key: value` per line."],
    ),
    "null for a part": (
        "workspace",
        {"name": "a", "members": None},
        ["members = null: must be a mapping of fields. Write one `field: value` per line."],
    ),
    "word for a fraction": (
        "job",
        {**JOB, "timeout_minutes": "1h"},
        ["timeout_minutes = 1h: must be a number. Write it without quotes."],
    ),
    "no number at all": (
        "job",
        {**JOB, "timeout_minutes": float("nan")},
        ["timeout_minutes = nan: must be a finite number. Write a plain number."],
    ),
    "too low": ("cluster", {**CLUSTER, "nodes": 0}, ["nodes = 0: must be at least 1. Use 1 or more."]),
    "too high": ("cluster", {**CLUSTER, "nodes": 5000}, ["nodes = 5000: must be at most 4096. Use 4096 or less."]),
    "not above": (
        "job",
        {**JOB, "timeout_minutes": 0},
        ["timeout_minutes = 0: must be more than 0. Use a number above 0."],
    ),
    "name with capitals": (
        "cluster",
        {"name": "Etl"},
        [
            "name = Etl: must be lower-case letters, digits and single dashes, "
            "starting with a letter. Use a name such as etl-2, of at most 40 characters."
        ],
    ),
    "name too long": (
        "cluster",
        {"name": "a" * 41},
        [f"name = {'a' * 41}: must have at most 40 characters. Shorten it."],
    ),
    "empty text": (
        "cloud-config",
        {"name": "a", "local": {"directory": ""}},
        ['local.directory = "": must have at least 1 character(s). Write something.'],
    ),
    "empty list": (
        "instance-role",
        {"name": "a", "statements": [{"actions": [], "resources": ["a"]}]},
        ["statements[0].actions = a list of 0: must have at least 1 item(s). Add one."],
    ),
    "item of the wrong type": (
        "instance-role",
        {"name": "a", "statements": [{"actions": ["a"], "resources": [1]}]},
        ["statements[0].resources[0] = 1: must be text. Write it in quotes."],
    ),
    "word that is not on the list": (
        "cluster",
        {**CLUSTER, "efa": "Required"},
        ["efa = Required: must be one of auto, required, off. Did you mean required?"],
    ),
    "word far from the list": (
        "cluster",
        {**CLUSTER, "efa": "1"},
        ["efa = 1: must be one of auto, required, off. Write one of auto, required, off."],
    ),
    "kind is missing": (
        "job",
        {**JOB, "source": {"url": "a"}},
        ["source: kind is missing; one of git, folder, s3. Add a line `kind: ...`."],
    ),
    "kind is wrong": (
        "job",
        {**JOB, "source": {"kind": "svn"}},
        ["source: kind is 'svn', but must be one of git, folder, s3. Correct the kind."],
    ),
    "part of a managed network, kind left out": (
        "workspace",
        {"name": "a", "network": {"egress": "nonne"}},
        ["network.egress = nonne: must be one of nat, nat-per-zone, none. Did you mean none?"],
    ),
    "part of an existing network, kind left out": (
        "workspace",
        {"name": "a", "network": {"vpc_id": "vpc-1"}},
        [
            "network.private_subnet_ids: is missing. Add it: Private subnets for nodes and notebooks; on Azure resource ids, of which the first is for nodes."
        ],
    ),
    "wrong kind of network": (
        "workspace",
        {"name": "a", "network": {"kind": "own"}},
        ["network: kind is 'own', but must be one of managed, existing. Correct the kind."],
    ),
    "network as a word": (
        "workspace",
        {"name": "a", "network": "none"},
        ["network = none: must be a mapping of fields. Write one `field: value` per line."],
    ),
    "inside a kind": (
        "job",
        {**JOB, "source": {"kind": "git", "git": 1}},
        [
            "source.url: is missing. Add it: `https://`, `ssh://`, `git@host:path`, or `file://` on the local target.",
            "source.git: is no field here; there are kind, url, reference, username, password. Remove it.",
        ],
    ),
    "s3 place": (
        "job",
        {**JOB, "source": {"kind": "s3", "uri": "bucket/a"}},
        ["source.uri = bucket/a: must be a place in S3. Write s3://bucket/prefix."],
    ),
    "variable": (
        "job",
        {**JOB, "env": {"1A": "x"}},
        [
            "env.1A = 1A: must be the name of an environment variable: letters, digits and _, not starting with a digit. "
            "Rename the variable."
        ],
    ),
    "odd key": ("cluster", {**CLUSTER, "tags": {"a b": 1}}, ['tags["a b"] = 1: must be text. Write it in quotes.']),
    "key that is no text": (
        "cluster",
        {**CLUSTER, "tags": {1: "a"}},
        ['tags = 1: keys must be text. Write "1" in quotes.'],
    ),
    "account": (
        "cloud-config",
        {"name": "a", "aws": {"region": "us-east-2", "account_id": "12"}},
        ["aws.account_id = 12: must be the 12 digits of an AWS account, as text. Write them in quotes."],
    ),
    "account in other digits": (
        "cloud-config",
        {"name": "a", "aws": {"region": "us-east-2", "account_id": "\u0661" * 12}},
        [
            "aws.account_id = "
            + "\u0661" * 12
            + ": must be the 12 digits of an AWS account, as text. Write them in quotes."
        ],
    ),
    "mail": (
        "organization",
        {"name": "a", "members": [{"email": "jane"}]},
        ["members[0].email = jane: must be a mail address. Write it as name@example.com."],
    ),
    "user": (
        "notebook",
        {"name": "a", "user": "../jane"},
        [
            "user = ../jane: must be letters, digits and any of . _ @ -, starting with a letter or digit. "
            "Use a name such as jane.doe."
        ],
    ),
    "quotes": (
        "job",
        {**JOB, "command": 'a.py "b'},
        [
            'command = a.py "b: must split into words like a shell command (no closing quotation). '
            "Close the quotation, or escape the quote."
        ],
    ),
    "command of blanks": (
        "job",
        {**JOB, "command": " "},
        ['command = "": must name a script. Write the script and its arguments, such as `ex.py 1`.'],
    ),
    "a colon alone": (
        "job",
        {**JOB, "command": "a.py : -n 4 rm"},
        [
            "command = a.py : -n 4 rm: must not hold `:` as a word of its own: to mpiexec that is the start of another "
            "program. Join it to another word, or pass it in a variable (env)."
        ],
    ),
    "NUL": (
        "job",
        {**JOB, "env": {"A": "a\0b"}},
        ["env.A: holds a NUL character, which no path, command or variable can. Take the \\0 out."],
    ),
    "zone that is a folder of zones": (
        "job",
        {**JOB, "schedule": {"cron": "0 6 * * *", "timezone": "Europe"}},
        ["schedule.timezone = Europe: must be an IANA time zone. Use a name such as Europe/Berlin, or UTC."],
    ),
    "zone": (
        "job",
        {**JOB, "schedule": {"cron": "0 6 * * *", "timezone": "Berlin"}},
        ["schedule.timezone = Berlin: must be an IANA time zone. Use a name such as Europe/Berlin, or UTC."],
    ),
    "time": (
        "job",
        {**JOB, "schedule": {"at": "noon"}},
        ["schedule.at = noon: must be a date with time. Write it as 2026-12-31T18:00:00."],
    ),
    "number for a time": (
        "job",
        {**JOB, "schedule": {"at": 12}},
        ["schedule.at = 12: must be a date with time. Write it as 2026-12-31T18:00:00."],
    ),
    "two of one": (
        "job",
        {**JOB, "new_cluster": {}},
        [
            "job: exactly one of cluster, new_cluster must be given, not cluster and "
            "new_cluster. Keep one of cluster, new_cluster."
        ],
    ),
    "none of one": (
        "cloud-config",
        {"name": "a"},
        ["cloud-config: exactly one of aws, azure, local must be given, not none. Give one of aws, azure, local."],
    ),
    "both of at most one": (
        "instance-role",
        {"name": "a", "role_arn": "a", "statements": [{"actions": ["a"], "resources": ["b"]}]},
        [
            "instance-role: at most one of role_arn, statements must be given, not role_arn and statements. "
            "Keep one of role_arn, statements."
        ],
    ),
    "choice deep inside": (
        "job",
        {**JOB, "schedule": {}},
        ["schedule: exactly one of at, cron must be given, not none. Give one of at, cron."],
    ),
    "fields and choices at once": (
        "job",
        {"name": "a", "source": GIT, "command": "a", "retries": -1},
        [
            "retries = -1: must be at least 0. Use 0 or more.",
            "job: exactly one of cluster, new_cluster must be given, not none. Give one of cluster, new_cluster.",
        ],
    ),
    "secret instead of a reference": (
        "job",
        {**JOB, "source": {**GIT, "password": "hunter2"}},
        [
            "source.password = ***: must be a reference to a secret, never the secret itself. "
            "Write env:NAME, file:PATH, ssm:/path or keyvault:vault/name."
        ],
    ),
    "not a value of YAML": (
        "cluster",
        {**CLUSTER, "description": {1, 2}},
        ["description: must be text, a number, a list or a mapping, not set. Write it as text, in quotes."],
    ),
}


def problems_of(noun: str, data: object) -> tuple[Problem, ...]:
    with pytest.raises(InputError) as caught:
        parse_spec(noun, data)
    return caught.value.problems


@pytest.mark.parametrize(("noun", "data", "lines"), SENTENCES.values(), ids=SENTENCES)
def test_each_mistake_is_told_in_one_sentence_with_its_fix(noun, data, lines):
    assert [str(problem) for problem in problems_of(noun, data)] == lines


@pytest.mark.parametrize(("noun", "data", "lines"), SENTENCES.values(), ids=SENTENCES)
def test_every_sentence_is_whole_and_speaks_no_jargon(noun, data, lines):
    for problem in problems_of(noun, data):
        text = str(problem)
        assert problem.fix, "an error without a fix leaves its reader alone"
        assert problem.fix[0].isupper() or problem.fix[0] in "`-"
        assert text.endswith((".", "?")), "a sentence ends"
        assert not re.search(r"[^.]\.\.$", text), "one full stop is enough"
        assert "  " not in text
        for word in ("pydantic", "Input should", "Value error", "http://", "discriminator", "instance of"):
            assert word not in text


def test_data_that_holds_itself_is_refused():
    data: dict[str, object] = {"name": "a"}
    data["tags"] = data
    with pytest.raises(InputError, match="nested too deeply"):
        parse_spec("cluster", data)


def test_file_and_path_stand_before_the_field():
    with pytest.raises(InputError) as caught:
        parse_spec("cluster", {"name": "etl", "nodes": 0}, file="stacks/Pulumi.etl.yaml", path="bodo:spec")
    assert str(caught.value) == "stacks/Pulumi.etl.yaml: bodo:spec.nodes = 0: must be at least 1. Use 1 or more."


def test_a_sound_spec_becomes_a_model():
    spec = parse_as(JobSpec, {**JOB, "schedule": {"at": "2026-12-31T18:00:00+01:00"}})
    assert spec.schedule is not None
    assert spec.schedule.at is not None
    assert spec.schedule.at.isoformat() == "2026-12-31T18:00:00+01:00"


@pytest.mark.parametrize("noun", ["cluster", "job"])
def test_what_plain_gives_out_can_be_read_again(noun):
    spec = parse_spec(noun, {"cluster": {**CLUSTER, "packages": ["a"], "tags": {"a": "b"}}, "job": JOB}[noun])
    assert parse_spec(noun, spec.plain()) == spec


def test_the_defaults_of_a_kind_are_enough_for_a_union():
    spec = parse_spec("workspace", {"name": "a", "network": {"kind": "managed"}, "shared_storage": {"kind": "efs"}})
    assert parse_spec("workspace", spec.plain() | {"network": {"kind": "managed"}}) == spec


@pytest.mark.parametrize(
    ("network", "kind"),
    [
        ({}, "managed"),
        ({"egress": "none"}, "managed"),
        ({"vpc_id": "vpc-1", "private_subnet_ids": ["subnet-1"]}, "existing"),
    ],
)
def test_a_network_needs_no_kind_and_is_given_out_with_one(network, kind):
    spec = parse_spec("workspace", {"name": "a", "network": network})
    assert spec.plain()["network"] == {"kind": kind, **network}
    assert parse_spec("workspace", spec.plain()) == spec


SECRETS = {
    "password of a URL": {**JOB, "source": {**GIT, "reference": ["https://jane:hunter2@example.com"]}},
    "URL where a number belongs": {**JOB, "retries": "https://jane:hunter2@example.com/x"},
    "token as the user of a URL": {**JOB, "retries": "https://hunter2@example.com/x"},
    "token in a query": {**JOB, "retries": "https://example.com/x?access_token=hunter2&a=b"},
    "option": {**JOB, "command": "a.py --password=hunter2 'b"},
    "key of the variable": {
        **JOB,
        "env": {"DB_PASSWORD": ["hunter2"], "API_TOKEN": 1, "ok": {"client_secret": "hunter2"}},
    },
    "unknown key": {**JOB, "token": "hunter2"},
    "below a key": {**JOB, "source": {"kind": "git", "url": "a", "password": {"value": "hunter2"}}},
    "external id": {"name": "a", "aws": {"external_id": 7, "region": "a", "account_id": "b"}},
}


@pytest.mark.parametrize("data", SECRETS.values(), ids=SECRETS)
def test_no_error_repeats_a_secret(data):
    noun = "cloud-config" if "aws" in data else "job"
    assert "hunter2" not in "".join(str(problem) for problem in problems_of(noun, data))
    assert " = 7" not in "".join(str(problem) for problem in problems_of(noun, data))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        ("", '""'),
        ("a\nb", "a b"),
        ("x" * 100, "x" * 77 + "..."),
        ({"a": 1}, "a mapping of 1"),
        ("ssh://git@example.com/a", "ssh://git@example.com/a"),
        ("ssh://git:pw@example.com/a", "ssh://git:***@example.com/a"),
        ("git@example.com:a/b", "git@example.com:a/b"),
    ],
)
def test_values_are_shown_short_and_on_one_line(value, text):
    assert shown(value) == text


words = st.from_regex(r"[a-z][a-z0-9]{0,5}", fullmatch=True)
names = st.lists(words, min_size=1, max_size=5).map("-".join).filter(lambda name: len(name) <= NAME_MAX)


@settings(max_examples=30)
@given(names)
def test_words_joined_by_single_dashes_are_names(name):
    assert parse_as(ClusterSpec, {"name": name}).name == name


@given(st.text(string.printable, max_size=50))
def test_every_other_text_is_refused_by_name_alone(text):
    allowed = set(string.ascii_lowercase + string.digits + "-")
    sound = (
        set(text) <= allowed
        and text[:1] in set(string.ascii_lowercase)
        and not text.endswith("-")
        and "--" not in text
        and len(text) <= NAME_MAX
    )
    if not sound:
        assert [problem.path for problem in problems_of("cluster", {"name": text})] == ["name"]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=60)
@given(
    st.sampled_from(["cluster", "job", "workspace", "cloud-config", "instance-role", "notebook", "organization"]),
    st.dictionaries(
        st.sampled_from(
            ["name", "nodes", "source", "schedule", "env", "network", "aws", "local", "statements", "members"]
        ),
        json_values,
    ),
)
def test_whatever_stands_in_a_file_ends_as_a_spec_or_as_sentences(noun, data):
    problems: tuple[Problem, ...] | None = None
    try:
        parse_spec(noun, data)
    except InputError as error:
        problems = error.problems
    assert problems is None or problems, "refused without a word"
    assert all(problem.fix and problem.rule and problem.path for problem in problems or ())
