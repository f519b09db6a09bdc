"""What holds of every policy: denies win, allows only add, boundaries only take away, equality is an equivalence."""

import fnmatch
import json

from hypothesis import given, settings
from hypothesis import strategies as st

from bodo_infra.catalog.wildcards import matches
from bodo_infra.plugin.account.iam.documents import Policy, check, parse, same_meaning
from bodo_infra.plugin.account.iam.evaluate import Principal, decide
from bodo_infra.plugin.account.iam.grammar import Kind
from bodo_infra.plugin.account.iam.matching import Request

ROLE = "arn:aws:iam::111111111111:role/deploy"
ACTIONS = ("s3:GetObject", "s3:PutObject", "s3:ListBucket", "ec2:CreateVpc")
PATTERNS = (*ACTIONS, "*", "s3:*", "s3:*Object", "ec2:Create*")
RESOURCES = ("arn:aws:s3:::demo/a", "arn:aws:s3:::demo/b", "arn:aws:s3:::other/a")
PLACES = (*RESOURCES, "*", "arn:aws:s3:::demo/*", "arn:aws:s3:::*/a", "arn:aws:s3:::demo/${aws:PrincipalTag/t}")
CONDITIONS = (
    {},
    {"StringEquals": {"aws:RequestTag/t": "a"}},
    {"StringNotEqualsIfExists": {"aws:RequestTag/t": ["a", "b"]}},
    {"Null": {"aws:RequestTag/t": "true"}},
)

# Enough to find what was ever found here, in little time; the machine's load is no claim.
quick = settings(max_examples=40, deadline=None)


def some(values):
    return st.lists(st.sampled_from(values), min_size=1, max_size=3)


statements = st.fixed_dictionaries(
    {
        "Effect": st.sampled_from(["Allow", "Deny"]),
        "Action": some(PATTERNS),
        "Resource": some(PLACES),
        "Condition": st.sampled_from(CONDITIONS),
    }
)
allows = statements.map(lambda statement: {**statement, "Effect": "Allow"})
requests = st.builds(
    lambda action, resource, tag: Request(action=action, resource=resource, context=tag),
    st.sampled_from(ACTIONS),
    st.sampled_from(RESOURCES),
    st.sampled_from([{}, {"aws:RequestTag/t": "a"}, {"aws:RequestTag/t": "z"}]),
)
documents = st.lists(statements, min_size=1, max_size=3)


def policy(given_statements, kind=Kind.IDENTITY):
    document = parse({"Version": "2012-10-17", "Statement": given_statements}, kind)
    return Policy(name="p", document=document)


def may(request, given_statements, boundary=None):
    limits = policy(boundary, Kind.BOUNDARY) if boundary else None
    who = Principal(arn=ROLE, policies=(policy(given_statements),), boundary=limits, tags={"t": "a"})
    return decide(who, request).allowed


@quick
@given(documents, requests)
def test_a_deny_of_everything_always_wins(given_statements, request):
    deny = {"Effect": "Deny", "Action": "*", "Resource": "*"}

    assert not may(request, [*given_statements, deny])


@quick
@given(documents, allows, requests)
def test_adding_an_allow_never_takes_a_right_away(given_statements, added, request):
    assert may(request, [*given_statements, added]) >= may(request, given_statements)


@quick
@given(documents, statements, requests)
def test_adding_a_deny_never_gives_a_right(given_statements, added, request):
    assert may(request, [*given_statements, {**added, "Effect": "Deny"}]) <= may(request, given_statements)


@quick
@given(documents, documents, requests)
def test_a_boundary_only_takes_away(given_statements, boundary, request):
    assert may(request, given_statements, boundary) <= may(request, given_statements)
    assert may(request, given_statements, boundary) <= may(request, boundary)


@quick
@given(documents, requests)
def test_the_order_of_statements_says_nothing(given_statements, request):
    assert may(request, given_statements) == may(request, given_statements[::-1])


texts = st.text(alphabet="ab:/-", max_size=8)
patterns = st.text(alphabet="ab:/-*?", max_size=8)


@quick
@given(patterns, texts)
def test_wildcards_match_as_those_of_file_names(pattern, text):
    assert matches(pattern, text) == fnmatch.fnmatchcase(text, pattern)


@quick
@given(documents, documents, documents)
def test_equality_is_an_equivalence(one, two, three):
    first, second, third = (policy(each).document for each in (one, two, three))

    assert first == policy(one).document
    assert (first == second) == (second == first)
    if first == second and second == third:
        assert first == third
    if first == second:
        assert hash(first) == hash(second)


def shuffled(statement, *, single):
    """The same statement: lists reversed and doubled, or a single value without its list."""

    def turn(values):
        values = values if isinstance(values, list) else [values]
        return values[0] if single and len(values) == 1 else [*values[::-1], values[0]]

    turned = {key: turn(value) if key in ("Action", "Resource") else value for key, value in statement.items()}
    return dict(reversed(turned.items()))


@quick
@given(documents, requests, st.booleans())
def test_what_is_written_otherwise_is_equal_and_decides_the_same(given_statements, request, single):
    other = [shuffled(statement, single=single) for statement in given_statements][::-1]
    whole = {"Version": "2012-10-17", "Statement": given_statements}

    assert same_meaning(whole, json.dumps({"Statement": other, "Version": "2012-10-17"}, indent=2))
    assert may(request, other) == may(request, given_statements)


words = [
    "Version",
    "Statement",
    "Effect",
    "Allow",
    "Action",
    "Principal",
    "Condition",
    "StringEquals",
    "aws:TagKeys",
    "AWS",
]
trees = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from([*words, "*", "s3:*", "arn:aws:s3:::x", "${", "${}"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(words), inner, max_size=4),
    max_leaves=20,
)


@quick
@given(trees, st.sampled_from(Kind))
def test_whatever_is_given_is_judged_and_what_passes_can_be_parsed(tree, kind):
    text = json.dumps(tree)

    if not check(text, kind):
        assert parse(text, kind) == parse(text, kind)
    assert same_meaning(text, text)
