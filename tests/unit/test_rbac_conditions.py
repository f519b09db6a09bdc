"""Conditions of role assignments: read as Azure's grammar has them, and answered only where the answer is known."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bodo_infra.plugin.account.rbac.attributes import BLOBS, of_assignment, of_blob, of_list
from bodo_infra.plugin.account.rbac.expressions import (
    ActionMatches,
    And,
    Attribute,
    Comparison,
    Exists,
    Facts,
    Literals,
    Not,
    Or,
    SubOperationMatches,
    UnsupportedConditionError,
    is_met,
)
from bodo_infra.plugin.account.rbac.grammar import ConditionError, parse_condition
from bodo_infra.plugin.account.rbac.operators import OPERATORS, QUANTIFIERS

READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
SOMEBODY = "11111111-1111-1111-1111-111111111111"
WRITE = "Microsoft.Authorization/roleAssignments/write"
DELETE = "Microsoft.Authorization/roleAssignments/delete"
READ = f"{BLOBS}/read"
NAME = "@Resource[Microsoft.Storage/storageAccounts:name]"

ASSIGNS_READER = f"""
(
  (!(ActionMatches{{'{WRITE}'}}))
  OR
  (
    @Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {{{READER}}}
    AND
    @Request[Microsoft.Authorization/roleAssignments:PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase
      {{'User', 'ServicePrincipal'}}
  )
)
AND
(
  (!(ActionMatches{{'{DELETE}'}}))
  OR
  (@Resource[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {{{READER}}})
)
"""
READS_JOBS = f"""
((!(ActionMatches{{'{READ}'}} AND NOT SubOperationMatches{{'Blob.List'}}))
  OR (@Resource[{BLOBS}:path] StringStartsWith 'jobs/' OR @Resource[{BLOBS}:path] StringLike 'logs/*.txt'))
AND ((!(ActionMatches{{'{READ}'}} AND SubOperationMatches{{'Blob.List'}}))
  OR (@Request[{BLOBS}:prefix] StringStartsWith 'jobs/'))
"""


def holds(text, action="Microsoft.Storage/any/read", suboperation="", **attributes):
    facts = Facts(action=action, suboperation=suboperation, attributes=attributes.get("attributes", {}))
    return is_met(parse_condition(text), facts)


def assigned(role, kind="User", source="Request"):
    return of_assignment(source, role=role, principal=SOMEBODY, principal_type=kind)


@pytest.mark.parametrize(
    ("action", "attributes", "allowed"),
    [
        pytest.param(WRITE, assigned(READER), True, id="a role that may be assigned"),
        pytest.param(WRITE, assigned(READER.upper()), True, id="GUIDs have no case"),
        pytest.param(WRITE.lower(), assigned(OWNER), False, id="neither have actions"),
        pytest.param(WRITE, assigned(OWNER), False, id="another role"),
        pytest.param(WRITE, assigned(READER, "serviceprincipal"), True, id="a kind without case"),
        pytest.param(WRITE, assigned(READER, "Group"), False, id="another kind"),
        pytest.param(DELETE, assigned(READER, source="Resource"), True, id="what may be assigned may be removed"),
        pytest.param(DELETE, assigned(OWNER, source="Resource"), False, id="what another has assigned may not"),
        pytest.param("Microsoft.Network/virtualNetworks/write", {}, True, id="other actions are not spoken of"),
    ],
)
def test_whoever_assigns_roles_is_held_to_some_of_them(action, attributes, allowed):
    assert holds(ASSIGNS_READER, action, attributes=attributes) is allowed


@pytest.mark.parametrize(
    ("suboperation", "attributes", "allowed"),
    [
        pytest.param("", of_blob("a", "c", "jobs/1/spec.json"), True, id="below the prefix"),
        pytest.param("", of_blob("a", "c", "Jobs/1"), False, id="StringStartsWith has case"),
        pytest.param("", of_blob("a", "c", "state/x"), False, id="below another"),
        pytest.param("", of_blob("a", "c", "logs/1/out.txt"), True, id="StringLike spans slashes"),
        pytest.param("", of_blob("a", "c", "logs/1/out.bin"), False, id="StringLike to the end"),
        pytest.param("Blob.List", of_list("a", "c", "jobs/1/"), True, id="a list below the prefix"),
        pytest.param("Blob.List", of_list("a", "c", "state/"), False, id="a list below another"),
        pytest.param("Blob.List", of_list("a", "c", None), False, id="a list of all"),
    ],
)
def test_blobs_are_told_apart_by_path_and_lists_by_prefix(suboperation, attributes, allowed):
    assert holds(READS_JOBS, READ, suboperation, attributes=attributes) is allowed


@pytest.mark.parametrize(
    ("text", "true"),
    [
        (f"{NAME} StringEquals 'store'", True),
        (f"{NAME} StringEquals 'STORE'", False),
        (f"{NAME} StringEqualsIgnoreCase 'STORE'", True),
        (f"{NAME} StringNotEquals 'store'", False),
        (f"{NAME} StringNotEqualsIgnoreCase 'other'", True),
        (f"{NAME} StringLike 's?or*'", True),
        (f"{NAME} StringLike 's?or'", False),
        (rf"{NAME} StringLike 's\*'", False),
        (f"{NAME} StringNotLike 'x*'", True),
        (f"{NAME} StringNotStartsWith 'st'", False),
        (f"NOT {NAME} StringEquals 'store'", False),
        (f"!({NAME} StringEquals 'store') || {NAME} StringStartsWith 'st'", True),
        (f"{NAME} StringEquals 'store' && {NAME} StringStartsWith 'x'", False),
        (f"Exists {NAME}", True),
        (f"{NAME.upper().replace('@RESOURCE', '@Resource')} StringEquals 'store'", True),
        # The examples of Azure's own page.
        ("{'red', 'blue'} ForAnyOfAnyValues:StringEquals {'blue', 'green'}", True),
        ("{'red', 'blue'} ForAnyOfAnyValues:StringEquals {'orange', 'green'}", False),
        ("{'red', 'blue'} ForAllOfAnyValues:StringEquals {'orange', 'red', 'blue'}", True),
        ("{'red', 'blue'} ForAllOfAnyValues:StringEquals {'red', 'green'}", False),
        ("{10, 20} ForAnyOfAllValues:NumericLessThan {15, 18}", True),
        ("{10, 20} ForAllOfAllValues:NumericLessThan {5, 15, 18}", False),
        ("{10, 20} ForAllOfAllValues:NumericLessThan {25, 30}", True),
        ("{10, 20} ForAllOfAllValues:NumericLessThan {15, 25, 30}", False),
        ("'2026-11-28T00:00:00.0Z' DateTimeGreaterThan '2026-11-27T00:00:00.0Z'", True),
        ("true BoolEquals true", True),
        ("true BoolNotEquals false", True),
        (f"{READER} GuidNotEquals {OWNER}", True),
    ],
)
def test_operators_mean_what_azure_says(text, true):
    assert holds(text, attributes={NAME: ("store",)}) is true


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", "character 1: its end stands where an expression is expected"),
        (f"(Exists {NAME}", r"its end stands where \) is expected"),
        (f"Exists {NAME} Exists", "stands where AND, OR or the end of the condition"),
        (f"Exists {NAME} AND Exists {NAME} OR Exists {NAME}", "Azure gives AND beside OR no order"),
        (f"{NAME} StringEqual 'x'", "character 51: .* stands where an operator"),
        (f"{NAME} StringEquals x", "stands where a value, a set of values or an attribute"),
        (f"{NAME} StringEquals {{'x'}}", "one value: for a set write ForAnyOfAnyValues:StringEquals"),
        (f"{NAME} ForAnyValues:StringEquals {{'x'}}", "stands where an operator"),
        ("@Caller[x] StringEquals 'x'", "@Request, @Resource, @Principal, @Environment"),
        ("ActionMatches{x}", "a text in quotes"),
        ("ActionMatches('x')", "stands where { is expected"),
        (f"Exists {NAME} # why", "character 58: '# why' stands where"),
        ("(" * 60 + f"Exists {NAME}" + ")" * 60, "at most 50 expressions in one another"),
    ],
)
def test_what_is_no_condition_is_refused_with_the_place(text, place):
    with pytest.raises(ConditionError, match=place):
        parse_condition(text)


def test_an_attribute_that_nobody_knows_is_not_answered():
    text = f"!(ActionMatches{{'{READ}'}}) OR @Request[{BLOBS}:prefixx] StringEquals 'x'"

    with pytest.raises(UnsupportedConditionError, match="prefixx], an attribute that is not known here"):
        holds(text, "Microsoft.Network/virtualNetworks/read")


def test_what_is_not_known_of_the_request_is_not_guessed():
    with pytest.raises(UnsupportedConditionError, match=r"hangs on what is not known .*storageAccounts:name"):
        holds(f"{NAME} StringEquals 'x'")


@pytest.mark.parametrize("text", [f"({NAME} StringEquals 'x') OR 1 NumericEquals 1", "1 NumericEquals 1"])
def test_what_does_not_matter_need_not_be_known(text):
    assert holds(text)


def test_whether_a_missing_value_is_unlike_one_is_not_guessed():
    text = f"@Request[{BLOBS}:prefix] StringNotEquals 'x'"

    with pytest.raises(UnsupportedConditionError, match="prefix"):
        holds(text, attributes=of_list("a", "c", None))
    assert holds(f"NOT Exists @Request[{BLOBS}:prefix] OR {text}", attributes=of_list("a", "c", None))


def test_a_value_without_the_form_of_its_operator_is_not_compared():
    with pytest.raises(UnsupportedConditionError, match="'store' is no GUID"):
        holds(f"{NAME} GuidEquals {READER}", attributes={NAME: ("store",)})


texts = st.text(st.characters(codec="utf-8", exclude_characters="'"), max_size=8)
attributes = st.builds(
    Attribute,
    st.sampled_from(["Request", "Resource", "Principal", "Environment"]),
    st.sampled_from(["Microsoft.Storage/storageAccounts:name", f"{BLOBS}:path", "UtcNow"]),
)
values = st.one_of(texts, st.integers(-99, 99).map(str), st.sampled_from([READER, "true"]))
one = st.builds(lambda value: Literals((value,)), values)
several = st.builds(lambda found: Literals(tuple(found), True), st.lists(values, min_size=1, max_size=3))
comparisons = st.one_of(
    st.builds(Comparison, attributes, st.just(""), st.sampled_from(sorted(OPERATORS)), st.one_of(one, attributes)),
    st.builds(
        Comparison,
        st.one_of(attributes, several),
        st.sampled_from(sorted(QUANTIFIERS)),
        st.sampled_from(sorted(OPERATORS)),
        several,
    ),
)
leaves = st.one_of(
    st.builds(ActionMatches, texts), st.builds(SubOperationMatches, texts), st.builds(Exists, attributes), comparisons
)


def _grown(inner):
    parts = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.one_of(st.builds(Not, inner), st.builds(And, parts), st.builds(Or, parts))


expressions = st.recursive(leaves, _grown, max_leaves=8)


@settings(max_examples=60, deadline=None)
@given(expressions)
def test_what_is_written_is_read_as_the_same_tree(expression):
    assert parse_condition(str(expression)) == expression


@settings(max_examples=60, deadline=None)
@given(st.text("()!{}@[]:'a0 ANDOR.", max_size=30))
def test_any_text_is_read_or_refused(text):
    try:
        parsed = parse_condition(text)
    except ConditionError:
        return
    assert parse_condition(str(parsed)) == parsed
