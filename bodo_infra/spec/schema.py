"""JSON schemas (2020-12) of the specs and of stack files, for editors. No `$id`: they have no host."""

from typing import Any

from pydantic.json_schema import JsonSchemaMode, models_json_schema

from bodo_infra.spec import NOUNS, Spec

DIALECT = "https://json-schema.org/draft/2020-12/schema"
MODE: JsonSchemaMode = "validation"


def spec_schema(model: type[Spec]) -> dict[str, Any]:
    """The schema of one noun's spec."""
    return {"$schema": DIALECT, **model.model_json_schema(mode=MODE)}


def stack_file_schema(roles: dict[str, dict[str, bool]]) -> dict[str, Any]:
    """The schema of a stack file. ``roles``: per kind of stack the roles that it uses, True for those it must have."""
    models = [(NOUNS[kind], MODE) for kind in roles]
    references, definitions = models_json_schema(models)
    kinds = [
        {
            "if": {"properties": {"bodo:kind": {"const": kind}}, "required": ["bodo:kind"]},
            "then": {"properties": {"bodo:uses": _uses(used), "bodo:spec": references[NOUNS[kind], MODE]}},
        }
        for kind, used in roles.items()
    ]
    config = {
        "type": "object",
        "title": "Config",
        "description": "The stack's configuration; keys of other namespaces are left alone.",
        "properties": {
            "bodo:kind": {"enum": list(roles), "title": "Kind", "description": "What the stack makes."},
            "bodo:uses": {"type": "object", "title": "Uses", "description": "The stacks that it stands on, by role."},
            "bodo:spec": {"type": "object", "title": "Spec", "description": "How it is made."},
        },
        "required": ["bodo:kind", "bodo:spec"],
        "allOf": kinds,
    }
    return {
        "$schema": DIALECT,
        "title": "Stack file",
        "description": "One stack of the platform: stacks/Pulumi.<stack>.yaml.",
        "type": "object",
        "properties": {"config": config},
        "required": ["config"],
        **definitions,
    }


def _uses(roles: dict[str, bool]) -> dict[str, Any]:
    properties = {
        role: {"type": "string", "title": role, "description": f"Name of the stack that is its {role}."}
        for role in roles
    }
    required = [role for role, needed in roles.items() if needed]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}
