"""Names fit every service, stay the same for ever, and never meet by accident."""

import re

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from bodo_infra.plans import names
from bodo_infra.plans.names import NameRule, bounded_name
from bodo_infra.spec.base import NAME_MAX, NAME_PATTERN

few = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])  # on a loaded machine

RULES = {name: rule for name, rule in vars(names).items() if isinstance(rule, NameRule)}

# What each service takes, from its model or API reference; bodo_infra writes less.
LEGAL = {
    "IAM_ROLE": r"[\w+=,.@-]{1,64}",
    "INSTANCE_PROFILE": r"[\w+=,.@-]{1,128}",
    "IAM_POLICY": r"[\w+=,.@-]{1,128}",
    "DYNAMODB_TABLE": r"[a-zA-Z0-9_.-]{3,255}",
    "EFS_CREATION_TOKEN": r".{1,64}",
    "AUTO_SCALING_GROUP": r"[!-9;-~]{1,255}",
    "SCHEDULE": r"[0-9a-zA-Z_.-]{1,64}",
    "LOG_GROUP": r"[.\-_/#A-Za-z0-9]{1,512}",
    "KMS_ALIAS": r"[a-zA-Z0-9:/_-]{1,250}",
    "LAUNCH_TEMPLATE": r"[a-zA-Z0-9().\-/_]{3,128}",
    "PLACEMENT_GROUP": r"[ -~]{1,255}",
    "SECURITY_GROUP": r"(?!sg-)[a-zA-Z0-9 ._\-:/()#,@\[\]+=&;{}!$*]{1,255}",
    "KEY_PAIR": r"[!-~]{1,255}",
    "S3_BUCKET": (
        r"(?!xn--|sthree-|amzn-s3-demo-)[a-z0-9][a-z0-9-]{1,61}[a-z0-9]"
        r"(?<!-s3alias)(?<!--ol-s3)(?<!--x-s3)(?<!--table-s3)"
    ),
    "STORAGE_ACCOUNT": r"[a-z0-9]{3,24}",
    "STORAGE_CONTAINER": r"(?!.*--)[a-z0-9][a-z0-9-]{1,61}[a-z0-9]",
    "FILE_SHARE": r"(?!.*--)[a-z0-9][a-z0-9-]{1,61}[a-z0-9]",
    "KEY_VAULT": r"(?!.*--)[a-zA-Z][a-zA-Z0-9-]{1,22}[a-zA-Z0-9]",
    "RESOURCE_GROUP": r"[\w().-]{0,89}[\w()-]",
    "VIRTUAL_NETWORK": r"[a-zA-Z0-9][\w.-]{0,62}[a-zA-Z0-9_]",
    "SUBNET": r"[a-zA-Z0-9]([\w.-]{0,78}[a-zA-Z0-9_])?",
    "NETWORK_SECURITY_GROUP": r"[a-zA-Z0-9]([\w.-]{0,78}[a-zA-Z0-9_])?",
    "SECURITY_RULE": r"[a-zA-Z0-9]([\w.-]{0,78}[a-zA-Z0-9_])?",
    "NAT_GATEWAY": r"[a-zA-Z0-9]([\w.-]{0,78}[a-zA-Z0-9_])?",
    "PUBLIC_IP": r"[a-zA-Z0-9]([\w.-]{0,78}[a-zA-Z0-9_])?",
    "NETWORK_INTERFACE": r"[a-zA-Z0-9]([\w.-]{0,78}[a-zA-Z0-9_])?",
    "PRIVATE_ENDPOINT": r"[a-zA-Z0-9][\w.-]{0,62}[a-zA-Z0-9_]",
    "PRIVATE_DNS_LINK": r"[a-zA-Z0-9]([\w.-]{0,78}[a-zA-Z0-9_])?",
    "USER_ASSIGNED_IDENTITY": r"[a-zA-Z0-9][\w-]{2,127}",
    "ROLE_NAME": r".{1,128}",
    "PROXIMITY_PLACEMENT_GROUP": r"[a-zA-Z0-9]([\w.-]{0,78}[a-zA-Z0-9_])?",
    "SCALE_SET": r"[a-zA-Z0-9]([a-zA-Z0-9-]{0,62}[a-zA-Z0-9])?",
    "VIRTUAL_MACHINE": r"[a-zA-Z0-9]([a-zA-Z0-9-]{0,62}[a-zA-Z0-9])?",
    "COMPUTER_NAME_PREFIX": r"[a-z]([a-z0-9-]{0,13}[a-z0-9])?",
    "NETAPP_ACCOUNT": r"[a-zA-Z0-9][\w-]{0,127}",
    "NETAPP_POOL": r"[a-zA-Z0-9][\w-]{0,63}",
    "NETAPP_VOLUME": r"[a-zA-Z][\w-]{0,63}",
    "NETAPP_EXPORT": r"[a-zA-Z][a-zA-Z0-9-]{0,79}",
}

RULE = st.sampled_from(sorted(RULES)).map(lambda name: (name, RULES[name]))
WORDS = st.text("abz09", min_size=1, max_size=9)
OURS = st.lists(WORDS, min_size=1, max_size=4).map(lambda words: "n" + "-".join(words))
AWKWARD = st.sampled_from(
    [
        "9-lives",
        "A" * 100,
        "microsoft",
        "micro",
        "soft",
        "xn",
        "sthree-a",
        "amzn-s3-demo-b",
        "sg-1",
        "aws",
        "x-s3",
        "ol-s3",
        "a-s3alias",
        "table-s3",
    ]
)
PARTS = st.lists(st.one_of(OURS, AWKWARD, st.text(max_size=80)), max_size=6)


@few
@given(OURS)
def test_the_names_tried_here_are_names_that_a_spec_takes(name):
    assert re.fullmatch(NAME_PATTERN, name)
    assert len(name) <= NAME_MAX


def test_every_rule_has_a_pattern_to_hold_it_against():
    assert RULES.keys() == LEGAL.keys()


@few
@given(PARTS, RULE)
def test_a_name_is_what_its_service_takes(parts, rule):
    service, rule = rule
    name = bounded_name(parts, rule)
    assert re.fullmatch(LEGAL[service], name), f"{service} would refuse {name}"
    assert re.fullmatch(r"[a-z0-9]+(-+[a-z0-9]+)*", name)


@few
@given(PARTS, PARTS, RULE)
def test_different_parts_make_different_names(one, other, rule):
    assume(one != other)
    assert bounded_name(one, rule[1]) != bounded_name(other, rule[1])


@few
@given(st.lists(st.sampled_from(["a", "b", "a-b", "b-a", "a--b", "A", "", "-", "_"]), max_size=4), st.data())
def test_parts_that_would_look_alike_make_different_names(one, data):
    other = data.draw(st.lists(st.sampled_from(["a", "b", "a-b", "a--b", "A", "", "-", "_"]), max_size=4))
    assume(one != other)
    assert bounded_name(one, names.IAM_ROLE) != bounded_name(other, names.IAM_ROLE)


@few
@given(PARTS, RULE, st.integers(0, 40))
def test_room_is_left_free(parts, rule, room):
    room = min(room, max(0, rule[1].limit - 14))
    assert len(bounded_name(parts, rule[1], room=room)) <= rule[1].limit - room


@few
@given(PARTS, RULE)
def test_the_same_parts_make_the_same_name(parts, rule):
    assert bounded_name(parts, rule[1]) == bounded_name(tuple(parts), rule[1])


@few
@given(st.lists(OURS, min_size=1, max_size=5))
def test_names_of_ours_stay_readable_as_long_as_they_fit(parts):
    name = bounded_name(["bodo", *parts], names.LOG_GROUP)
    assert name == "--".join(["bodo", *parts])


def test_names_that_are_deployed_stay():
    why = "another name would replace what is deployed under this one"
    short = ("bodo", "demo-workspace", "etl", "nodes")
    assert bounded_name(short, names.IAM_ROLE) == "bodo--demo-workspace--etl--nodes", why
    long = ("bodo", "a-workspace-with-a-name-of-forty-letters", "a-cluster-with-quite-a-long-name", "nodes")
    expected = "bodo--a-workspace-with--a-cluster-with-qu--nodes---dklh5rdgga"
    assert bounded_name(long, names.IAM_ROLE) == expected, why
    odd = ("bodo", "Ünïcode & Co", "nodes")
    assert bounded_name(odd, names.S3_BUCKET) == "bodo--unicode-co--nodes---eeec3xyk4z", why
    cloud = ("bodo", "prod-west", "1a2b3c4d")
    assert bounded_name(cloud, names.STORAGE_ACCOUNT) == "bodoprod1a2bou7zbcqxyd", why
    assert bounded_name(cloud, names.KEY_VAULT) == "bod-pro-1a2-ou7zbcqxyd", why
    assert bounded_name(cloud, names.STORAGE_CONTAINER) == "bodo-prod-west-1a2b3c4d-ou7zbcqxyd", why
    assert bounded_name(cloud, names.COMPUTER_NAME_PREFIX) == "bod-ou7zbcqxyd", why


def test_a_long_name_keeps_what_it_is_for():
    name = bounded_name(("bodo", "w" * 100, "nodes"), names.S3_BUCKET)
    assert re.fullmatch(r"bodo--w+--nodes---[a-z2-7]{10}", name)


def test_workspaces_whose_names_run_together_do_not_clash():
    assert bounded_name(("bodo", "a-b", "c"), names.IAM_ROLE) != bounded_name(("bodo", "a", "b-c"), names.IAM_ROLE)


@pytest.mark.parametrize(
    ("parts", "rule"),
    [
        (("xn", "data"), names.S3_BUCKET),
        (("data", "x-s3"), names.S3_BUCKET),
        (("sg-1", "nodes"), names.SECURITY_GROUP),
        (("a",), names.S3_BUCKET),
    ],
    ids=["start", "end", "group", "short"],
)
def test_what_a_service_reserves_is_avoided(parts, rule):
    assert "---" in bounded_name(parts, rule)


@few
@given(st.lists(OURS, min_size=1, max_size=4), st.sampled_from([rule for rule in RULES.values() if rule.joint != "--"]))
def test_where_dashes_keep_nothing_apart_every_name_ends_with_the_hash(parts, rule):
    other = ["-".join(parts)] if len(parts) > 1 else [*parts, ""]
    assert re.search(r"[a-z2-7]{10}$", bounded_name(parts, rule))
    assert bounded_name(parts, rule) != bounded_name(other, rule)


@pytest.mark.parametrize("parts", [("windows", "1a2b"), ("login", "1a2b"), ("my", "windows"), ("microsoft",)])
def test_words_that_azure_keeps_from_names_on_the_internet_are_avoided(parts):
    for rule in (names.STORAGE_ACCOUNT, names.KEY_VAULT):
        made = bounded_name(parts, rule)
        assert not re.search("microsoft|windows|^login", made)


def test_too_little_room_is_a_mistake_of_the_caller():
    with pytest.raises(ValueError, match="4 characters are too few for a name; leave less room than 60"):
        bounded_name(("bodo",), names.IAM_ROLE, room=60)
