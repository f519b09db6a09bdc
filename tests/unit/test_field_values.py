"""Values typed on a command line: text where the field is text, YAML everywhere else."""

import pytest

from bodo_infra.project.field_values import field_values
from bodo_infra.spec import NOUNS, Spec

VALUES = {
    "account": ("cloud-config", "aws.account_id", "123456789012", "123456789012"),
    "account that begins with zeros": ("cloud-config", "aws.account_id", "000000000012", "000000000012"),
    "account in quotes": ("cloud-config", "aws.account_id", "'123456789012'", "123456789012"),
    "tag of a digit": ("cluster", "tags.team", "5", "5"),
    "tag of a date": ("cluster", "tags.until", "2026-01-01", "2026-01-01"),
    "tag that looks like a mapping": ("cluster", "tags.note", "a: b", "a: b"),
    "tag that looks like a truth": ("cluster", "tags.final", "true", "true"),
    "id of a network of either kind": ("workspace", "network.vpc_id", "5", "5"),
    "word of a list of words": ("cluster", "efa", "1", "1"),
    "item of a list of texts": ("cluster", "packages.0", "5", "5"),
    "text that is left out": ("cluster", "zone", "null", None),
    "number": ("cluster", "nodes", "4", 4),
    "number that may be none": ("cluster", "ranks_per_node", "null", None),
    "list": ("cluster", "packages", "[a, b]", ["a", "b"]),
    "mapping": ("cluster", "tags", "{team: etl}", {"team": "etl"}),
    "truth": ("cluster", "spot", "true", True),
    "number in a list of numbers": ("workspace", "shared_storage.throughput_mbps_per_tib", "250", 250),
    "field that there is not": ("cluster", "nods", "4", 4),
    "part of a text": ("cluster", "name.x", "4", 4),
}


@pytest.mark.parametrize(("kind", "path", "typed", "value"), VALUES.values(), ids=VALUES)
def test_the_field_says_what_a_typed_value_is(kind, path, typed, value):
    assert field_values(NOUNS[kind], {path: typed}) == {path: value}


def test_where_no_spec_is_known_values_are_yaml():
    assert field_values(Spec, {"nodes": "4"}) == {"nodes": 4}
