"""Checks that the table alone can make: values within limits, properties that exclude or need each other."""

import ipaddress
import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from bodo_infra.plugin.account.paths import follow, is_given
from bodo_infra.plugin.account.rules.table import TypeRules
from bodo_infra.plugin.handler import Failure
from bodo_infra.plugin.wire_codec import Bag, Value

_ARN = re.compile(r"arn:[a-z-]+:[a-z0-9-]+:[a-z0-9-]*:([0-9]{12}|aws|)?:.+")


def check_table(rules: TypeRules, inputs: Bag) -> Iterator[Failure]:
    """Everything that the table forbids. Unknown values pass."""
    yield from check_limits(rules.limits, inputs)
    yield from _check_exactly_one(rules, inputs)
    for group in rules.at_least_one_of:
        if not _given(group, inputs):
            yield Failure(name=group[0], reason=f"one of {', '.join(group)} must be given")
    for group in rules.conflicts:
        given = _given(group, inputs)
        if len(given) > 1 and not any(set(given) <= set(others) for others in rules.exactly_one_of):
            yield Failure(name=given[1], reason=f"it cannot be given together with {given[0]}")
    for path, needed in rules.required_with.items():
        missing = [other for other in needed if not is_given(inputs, other)]
        if is_given(inputs, path) and missing:
            yield Failure(name=path, reason=f"it needs {' and '.join(missing)} beside it")


def check_limits(table: Mapping[str, Mapping[str, Any]], inputs: Bag) -> Iterator[Failure]:
    """Values outside their limits. ``table``: path to limits."""
    for path, limits in table.items():
        if "minItems" in limits or "maxItems" in limits:
            yield from _check_items(path, limits, inputs)
        for where, value in follow(inputs, path):
            for reason in _broken(limits, value):
                yield Failure(name=where, reason=reason)


def _check_exactly_one(rules: TypeRules, inputs: Bag) -> Iterator[Failure]:
    for group in rules.exactly_one_of:
        parent = group[0].rpartition(".")[0]
        if parent and not is_given(inputs, parent):
            continue  # the rule is one of a block that is not there
        given = _given(group, inputs)
        if not given:
            yield Failure(name=group[0], reason=f"exactly one of {', '.join(group)} must be given, and none is")
        elif len(given) > 1:
            yield Failure(name=given[1], reason=f"exactly one of {', '.join(given)} may be given")


def _given(group: tuple[str, ...], inputs: Bag) -> list[str]:
    return [path for path in group if is_given(inputs, path)]


def _check_items(path: str, limits: Mapping[str, Any], inputs: Bag) -> Iterator[Failure]:
    parent, _, name = path.rpartition(".")
    holders = [("", inputs)] if not parent else follow(inputs, parent)
    for where, holder in holders:
        value = holder.get(name) if isinstance(holder, Mapping) else None
        if not isinstance(value, list):
            continue
        here = f"{where}.{name}" if where else name
        if len(value) < limits.get("minItems", 0):
            yield Failure(name=here, reason=f"it must have {limits['minItems']} item(s) or more")
        if len(value) > limits.get("maxItems", len(value)):
            yield Failure(name=here, reason=f"it has {len(value)} items, and may have {limits['maxItems']}")


def _broken(limits: Mapping[str, Any], value: Value) -> Iterator[str]:
    if "enum" in limits and value not in limits["enum"]:
        allowed = ", ".join(repr(item) if item == "" else str(item) for item in limits["enum"])
        yield f"it must be one of {allowed}, not {value!r}"
    if isinstance(value, str):
        yield from _broken_text(limits, value)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield from _broken_number(limits, value)


def _broken_number(limits: Mapping[str, Any], value: float) -> Iterator[str]:
    least, most, step = limits.get("min"), limits.get("max"), limits.get("multipleOf")
    if least is not None and value < least:
        yield f"{value} is too small: the least is {least}"
    if most is not None and value > most:
        yield f"{value} is too large: the most is {most}"
    if step is not None and value % step:
        yield f"{value} is not a multiple of {step}"


def _broken_text(limits: Mapping[str, Any], value: str) -> Iterator[str]:
    if len(value) < limits.get("minLength", 0):
        yield f"it must have {limits['minLength']} characters or more"
    if len(value) > limits.get("maxLength", len(value)):
        yield f"it has {len(value)} characters, and may have {limits['maxLength']}"
    pattern = limits.get("pattern")
    if pattern and not re.search(pattern, value):
        yield f"{value!r} does not match {pattern}"
    match limits.get("format"):
        case "cidr4":
            yield from broken_cidr(value, limits)
        case "cidr6":
            yield from broken_cidr(value, limits, version=6)
        case "arn" if not _ARN.fullmatch(value):
            yield f"{value!r} is no ARN"
        case "json":
            yield from _broken_json(value)
        case "time":
            yield from _broken_time(value)


def broken_cidr(value: str, limits: Mapping[str, Any], *, version: int = 4) -> Iterator[str]:
    """Why a text is no block of addresses with all host bits zero, or one of a size that is not allowed."""
    if not value:
        return
    try:
        network = ipaddress.ip_network(value, strict=False)
    except ValueError:
        yield f"{value!r} is no block of IPv{version} addresses"
        return
    if network.version != version or "/" not in value:
        yield f"{value!r} is no block of IPv{version} addresses"
        return
    if str(network.network_address) != value.partition("/")[0].lower() and version == 4:
        yield f"{value!r} has host bits set; the block is {network}"
    least, most = limits.get("prefixMin", 0), limits.get("prefixMax", 128)
    if not least <= network.prefixlen <= most:
        yield f"/{network.prefixlen} is not allowed: it must be between /{least} and /{most}"


def _broken_json(value: str) -> Iterator[str]:
    try:
        json.loads(value)
    except ValueError as error:
        yield f"it is not JSON: {error}"


def _broken_time(value: str) -> Iterator[str]:
    try:
        datetime.fromisoformat(value)
    except ValueError:
        yield f"{value!r} is no time of RFC 3339, such as 2026-01-31T12:00:00Z"
