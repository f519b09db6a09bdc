"""The schemas that editors read: every field described, one dialect, no address of ours."""

from collections.abc import Iterator

import pytest

from bodo_infra.project.stack_file import ROLES
from bodo_infra.spec import NOUNS
from bodo_infra.spec.schema import DIALECT, spec_schema, stack_file_schema

STACK_FILE = stack_file_schema({kind: {role.name: role.required for role in ROLES[kind]} for kind in ROLES})
SCHEMAS = {noun: spec_schema(model) for noun, model in NOUNS.items()} | {"stack file": STACK_FILE}


def properties(schema: object, path: str = "") -> Iterator[tuple[str, dict]]:
    if isinstance(schema, dict):
        for name, field in schema.get("properties", {}).items() if "if" not in path.split("/")[-1:] else ():
            yield f"{path}/{name}", field
        for key, inner in schema.items():
            if key != "if":
                yield from properties(inner, f"{path}/{key}")
    elif isinstance(schema, list):
        for index, inner in enumerate(schema):
            yield from properties(inner, f"{path}/{index}")


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=SCHEMAS)
def test_no_field_is_without_a_description(schema):
    silent = [path for path, field in properties(schema) if "description" not in field and "/then/" not in path]
    assert not silent, "an editor shows the description beside the field"


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=SCHEMAS)
def test_a_schema_has_a_dialect_and_a_title_but_no_address(schema):
    assert schema["$schema"] == DIALECT
    assert schema["title"]
    assert "$id" not in schema


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=SCHEMAS)
def test_every_reference_leads_somewhere(schema):
    missing = {reference for reference in references(schema) if reference not in schema.get("$defs", {})}
    assert not missing


def test_unknown_keys_are_refused_by_the_schema_as_by_the_program():
    assert all(schema["additionalProperties"] is False for noun, schema in SCHEMAS.items() if noun != "stack file")


def test_the_schema_of_a_stack_file_knows_every_kind_of_stack():
    config = STACK_FILE["properties"]["config"]
    assert config["properties"]["bodo:kind"]["enum"] == list(ROLES)
    assert [rule["if"]["properties"]["bodo:kind"]["const"] for rule in config["allOf"]] == list(ROLES)


def test_the_schema_asks_for_no_kind_where_the_program_asks_for_none():
    definitions = SCHEMAS["workspace"]["$defs"]
    assert "required" not in definitions["ManagedNetwork"]
    assert definitions["ExistingNetwork"]["required"] == ["vpc_id", "private_subnet_ids"]
    assert definitions["EfsStorage"]["required"] == ["kind"]


def references(schema: object) -> Iterator[str]:
    if isinstance(schema, dict):
        if "$ref" in schema:
            yield schema["$ref"].removeprefix("#/$defs/")
        schema = list(schema.values())
    if isinstance(schema, list):
        for inner in schema:
            yield from references(inner)
