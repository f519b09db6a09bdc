"""The state of a resource as ARM tells it after a PUT: the body, ARM's defaults below it, what ARM makes up beside."""

from collections.abc import Mapping
from typing import Any

from bodo_infra.catalog import short_location
from bodo_infra.plugin.account.arm.settings import TENANT_ID
from bodo_infra.plugin.account.arm.table import ArmType
from bodo_infra.plugin.account.outputs import Template
from bodo_infra.plugin.account.schema import TypeSchema
from bodo_infra.plugin.wire_codec import UNKNOWN, Bag, Value


def make_outputs(rules: ArmType, schema: TypeSchema, template: Template, inputs: Bag, before: Bag | None) -> Bag:
    """``before``: outputs before an update; what ARM has made up then stays, and so do lists of parts left out."""
    name = str(inputs[rules.name.input])
    template.values.update({"name": name, "tenant": TENANT_ID})
    made = _filled(rules.outputs, template, "")
    if before is not None:
        made = _still(made, before, rules.outputs)
    outputs: Bag = {**made, "name": name, "type": template.fill(rules.type, "type")}
    outputs = _over(outputs, {key: value for key, value in inputs.items() if key in schema.outputs and key != "name"})
    for path in rules.sublists:
        _keep_list(outputs, inputs, before, path.split("."))
    for path in rules.not_read_back:
        _take(outputs, path.split("."))
    if schema.api_version:
        outputs["azureApiVersion"] = schema.api_version
    if isinstance(outputs.get("location"), str):
        outputs["location"] = short_location(outputs["location"])
    return outputs


def told_in_preview(schema: TypeSchema, inputs: Bag) -> Bag:
    """Inputs that are outputs, too. What ARM answers in another form than it was asked is unknown to the provider."""
    told = {name: value for name, value in inputs.items() if name in schema.outputs}
    identity = told.get("identity")
    if isinstance(identity, dict) and "userAssignedIdentities" in identity:
        told["identity"] = {**identity, "userAssignedIdentities": UNKNOWN}  # asked as a list, answered as a map
    return told


def _filled(value: Value, template: Template, place: str) -> Value:
    if isinstance(value, str):
        return template.fill(value, place)
    if isinstance(value, Mapping):
        return {name: _filled(item, template, f"{place}/{name}") for name, item in value.items()}
    return value


def _still(made: Bag, before: Bag, table: Mapping[str, Any]) -> Bag:
    """Made-up values (those with a template) as they were; defaults anew, for what the program takes back."""
    kept = dict(made)
    for name, value in table.items():
        if isinstance(value, Mapping) and isinstance(before.get(name), dict):
            kept[name] = _still(made[name], before[name], value)
        elif isinstance(value, str) and ("{" in value or "<" in value) and name in before and name != "etag":
            kept[name] = before[name]
    return kept


def _over(below: Bag, above: Mapping[str, Any]) -> Bag:
    merged = dict(below)
    for name, value in above.items():
        if value is None or name.startswith("__"):
            continue
        both = isinstance(value, Mapping) and isinstance(below.get(name), Mapping)
        merged[name] = _over(below[name], value) if both else value
    return merged


def _keep_list(outputs: Bag, inputs: Bag, before: Bag | None, path: list[str]) -> None:
    given: Value = inputs
    kept: Value = before
    holder: Value = outputs
    for name in path[:-1]:
        given, kept, holder = ((bag or {}).get(name) for bag in (given, kept, holder))
    if holder is not None and (given or {}).get(path[-1]) is None and (kept or {}).get(path[-1]) is not None:
        holder[path[-1]] = kept[path[-1]]


def _take(value: Value, path: list[str]) -> None:
    if isinstance(value, list):
        for item in value:
            _take(item, path)
    elif isinstance(value, dict):
        if len(path) == 1:
            value.pop(path[0], None)
        elif path[0] in value:
            value[path[0]] = dict(value[path[0]]) if isinstance(value[path[0]], dict) else value[path[0]]
            _take(value[path[0]], path[1:])
