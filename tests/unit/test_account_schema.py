"""The offline account's schema and tables: what they refuse, and that they fit each other.

Not proved here: that the tables are AWS's. Their source is named in bodo_infra/plugin/account/rules/table.py.
"""

import pytest

from bodo_infra.errors import NotFoundError
from bodo_infra.plugin.account.arm.table import arm_types
from bodo_infra.plugin.account.random_types import RANDOM_TYPES
from bodo_infra.plugin.account.rules import checks, table
from bodo_infra.plugin.account.rules.references import REFERENCES
from bodo_infra.plugin.account.schema import known_types, object_schema, sdk_version, type_schema
from bodo_infra.plugin.account.schema_check import check_inputs
from bodo_infra.plugin.wire_codec import UNKNOWN, Secret

TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
GROUP = "aws:ec2/placementGroup:PlacementGroup"
AWS = [token for token in known_types() if token.startswith("aws:")]
AZURE = tuple(token for token in known_types() if token.startswith("azure-native:"))

CASES = {
    "typo": ({"strategi": "cluster", "strategy": "cluster"}, GROUP, "strategi", "did you mean strategy?"),
    "nested typo": ({"cpuOptions": {"coreCounts": 4}}, TEMPLATE, "cpuOptions.coreCounts", "did you mean coreCount?"),
    "in a list": (
        {"networkInterfaces": [{}, {"interfaceTyp": "efa"}]},
        TEMPLATE,
        "networkInterfaces[1].interfaceTyp",
        "did you mean interfaceType?",
    ),
    "missing": ({}, GROUP, "strategy", "required and missing"),
    "list for object": ({"cpuOptions": []}, TEMPLATE, "cpuOptions", "must be an object, not a list"),
    "string for list": ({"vpcSecurityGroupIds": "sg-1"}, TEMPLATE, "vpcSecurityGroupIds", "must be a list"),
    "number for string": ({"strategy": 3}, GROUP, "strategy", "must be a string, not a number"),
    "part of a core": ({"cpuOptions": {"coreCount": 1.5}}, TEMPLATE, "cpuOptions.coreCount", "must be a whole number"),
    "in a map": ({"strategy": "cluster", "tags": {"a b": 1}}, GROUP, 'tags["a b"]', "must be a string"),
}


@pytest.mark.parametrize(("inputs", "token", "path", "reason"), CASES.values(), ids=CASES)
def test_a_fault_is_told_with_its_path(inputs, token, path, reason):
    told = {failure.name: failure.reason for failure in check_inputs(token, inputs)}

    assert reason in told.get(path, ""), told


def test_every_fault_is_told_at_once():
    assert len(check_inputs(GROUP, {"strategi": "x", "tags": []})) == 3


@pytest.mark.parametrize(
    "value", [UNKNOWN, Secret("cluster"), Secret(UNKNOWN), "cluster"], ids=["unknown", "secret", "both", "plain"]
)
def test_what_is_unknown_or_secret_passes_where_its_value_would(value):
    assert check_inputs(GROUP, {"strategy": value}) == ()


def test_text_for_a_switch_passes_because_configuration_is_text():
    assert check_inputs("aws:ec2/vpc:Vpc", {"enableDnsSupport": "true"}) == ()


def test_an_unknown_type_is_refused_with_the_nearest_one():
    with pytest.raises(NotFoundError, match="aws:ec2/vpc:Vpc"):
        type_schema("aws:ec2/vpcs:Vpc")


def test_the_tables_speak_of_every_drawn_type_and_of_no_other():
    assert sorted(table.ruled_types()) == sorted(AWS)
    assert set(checks.RULES) | set(REFERENCES) <= set(AWS)
    assert set(RANDOM_TYPES) == set(known_types()) - set(AWS) - set(AZURE)
    assert set(arm_types()) == set(AZURE)


@pytest.mark.parametrize("token", AWS)
def test_every_path_of_the_tables_is_one_of_the_schema(token):
    rules = table.type_rules(token)
    groups = (*rules.exactly_one_of, *rules.at_least_one_of, *rules.conflicts)
    paths = [*rules.replaces, *rules.sets, *rules.json, *rules.limits, *(p for group in groups for p in group)]
    paths += [reference.path for reference in REFERENCES.get(token, ())]

    assert [path for path in paths if not _exists(token, path)] == [], "a misspelt path never refuses anything"


@pytest.mark.parametrize("token", AWS)
def test_every_computed_value_of_the_table_has_the_type_of_its_output(token):
    kinds = {"str": str, "int": int, "bool": bool, "num": float}
    outputs = type_schema(token).outputs

    wrong = {name: v for name, v in table.type_rules(token).outputs.items() if type(v) is not kinds[outputs[name]]}
    assert wrong == {}


def test_the_versions_are_those_of_the_sdk():
    from importlib.metadata import version

    assert sdk_version("aws") == version("pulumi-aws"), "run `python -m tools.make_schema`"
    assert sdk_version("random") == version("pulumi-random"), "run `python -m tools.make_schema`"


def _exists(token, path):
    properties = type_schema(token).inputs
    for name in path.split("."):
        if name == "*" or properties is None:
            return True
        if name not in properties:
            return False
        properties = _inside(properties[name].type)
    return True


def _inside(code):
    while isinstance(code, dict) and ("list" in code or "map" in code):
        code = code.get("list") or code.get("map")
    return object_schema(code[1:]) if isinstance(code, str) and code.startswith("#") else None
