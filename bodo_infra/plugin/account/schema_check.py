"""Checks inputs against the schema of their type: every fault at once, each with the path of its property.

Unknown values pass: they are judged when they are known.
"""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from bodo_infra.plugin.account.schema import Property, TypeCode, object_schema, provider_schema, type_schema
from bodo_infra.plugin.handler import Failure
from bodo_infra.plugin.wire_codec import UNKNOWN, Bag, Secret, Value
from bodo_infra.plugin.wire_diff import join

_NAMES = {"str": "a string", "bool": "a boolean", "int": "a whole number", "num": "a number", "asset": "an asset"}


def check_inputs(token: str, inputs: Bag) -> tuple[Failure, ...]:
    """Everything that is wrong with the inputs of a resource. Raises NotFoundError for an unknown type."""
    return tuple(_bag(type_schema(token).inputs, inputs, ""))


def check_provider(package: str, config: Bag) -> tuple[Failure, ...]:
    """Everything that is wrong with a provider's configuration, its nested values decoded from JSON."""
    return tuple(_bag(provider_schema(package), config, ""))


def _bag(properties: Mapping[str, Property], values: Mapping[str, Any], path: str) -> Iterator[Failure]:
    for name, value in values.items():
        if name.startswith("__"):
            continue
        here = join(path, name)
        if name in properties:
            yield from _value(properties[name].type, value, here)
        else:
            yield Failure(name=here, reason=_unknown(name, properties))
    for name, declared in properties.items():
        if declared.required and values.get(name) is None:
            yield Failure(name=join(path, name), reason="it is required and missing")


def _unknown(name: str, properties: Mapping[str, Property]) -> str:
    near = get_close_matches(name, properties, 1, cutoff=0.5)
    return f"there is no such property; did you mean {near[0]}?" if near else "there is no such property"


def _value(code: TypeCode, value: Value, path: str) -> Iterator[Failure]:
    if isinstance(value, Secret):
        value = value.value
    if value is None or value is UNKNOWN or code == "any":
        return
    if isinstance(code, str):
        yield from _named(code, value, path)
    elif "list" in code:
        yield from _list(code["list"], value, path)
    elif "map" in code:
        yield from _map(code["map"], value, path)
    elif "enum" in code:
        if value not in code["enum"]:
            yield Failure(name=path, reason=f"it must be one of {', '.join(map(str, code['enum']))}, not {value!r}")
    else:
        yield from _one_of(code["oneOf"], value, path)


def _named(code: str, value: Value, path: str) -> Iterator[Failure]:
    if code.startswith("#"):
        if isinstance(value, Mapping):
            yield from _bag(object_schema(code[1:]), value, path)
        else:
            yield _wrong("an object", value, path)
    elif not _fits(code, value):
        yield _wrong(_NAMES[code], value, path)


def _fits(code: str, value: Value) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    match code:
        case "str":
            return isinstance(value, str)
        case "bool":  # the engine's configuration brings texts
            return isinstance(value, bool) or value in ("true", "false")
        case "int":
            return is_number and float(value).is_integer()
        case "num":
            return is_number
        case _:
            return isinstance(value, Mapping)


def _list(code: TypeCode, value: Value, path: str) -> Iterator[Failure]:
    if not isinstance(value, list):
        yield _wrong("a list", value, path)
        return
    for index, item in enumerate(value):
        yield from _value(code, item, f"{path}[{index}]")


def _map(code: TypeCode, value: Value, path: str) -> Iterator[Failure]:
    if not isinstance(value, Mapping):
        yield _wrong("a map", value, path)
        return
    for name, item in value.items():
        yield from _value(code, item, join(path, name))


def _one_of(codes: list[TypeCode], value: Value, path: str) -> Iterator[Failure]:
    """Of several forms the faults of the nearest one are told."""
    attempts = [tuple(_value(code, value, path)) for code in codes]
    yield from min(attempts, key=len)


def _wrong(wanted: str, value: Value, path: str) -> Failure:
    kinds = {bool: "a boolean", str: "a string", list: "a list", int: "a number", float: "a number"}
    return Failure(name=path, reason=f"it must be {wanted}, not {kinds.get(type(value), 'an object')}")
