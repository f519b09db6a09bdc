"""What an update changes: sets without their order, policies by their meaning, tags and the rest as they are."""

import json
from collections.abc import Callable, Mapping
from typing import Protocol

from bodo_infra.plugin.wire_codec import UNKNOWN, Bag, Secret, Value, has_unknown
from bodo_infra.plugin.wire_diff import Change, diff, top_level

_ONE_OR_MANY = frozenset({"Action", "NotAction", "Resource", "NotResource", "AWS", "Service", "Federated", "Statement"})


class Comparison(Protocol):
    """What the table says of comparing a type. ``sets``, ``json``: paths of lists without order, of JSON texts."""

    @property
    def sets(self) -> tuple[str, ...]: ...

    @property
    def json(self) -> tuple[str, ...]: ...


def compare(rules: Comparison, old: Bag, new: Bag) -> dict[str, Change]:
    """Path to change. A change inside a set is told of the whole property: its places mean nothing."""
    changes = diff(_normal(rules, old), _normal(rules, new))
    coarse = {top_level(path) for path in (*rules.sets, *rules.json)}
    told: dict[str, Change] = {}
    for path, change in changes.items():
        name = top_level(path)
        if name in coarse and path != name:
            told[name] = Change.UPDATE
        else:
            told[path] = change
    return told


def _normal(rules: Comparison, bag: Bag) -> Bag:
    normal = bag
    for path in rules.sets:
        normal = _changed(normal, path.split("."), _sorted)
    for path in rules.json:
        normal = _changed(normal, path.split("."), _meaning)
    return normal


def _changed(value: Value, names: list[str], change: Callable[[Value], Value]) -> Value:
    """The value with ``change`` applied to all that a path leads to."""
    if isinstance(value, Secret):
        return Secret(_changed(value.value, names, change))
    if not names:
        return change(value)
    if isinstance(value, list):
        return [_changed(item, names, change) for item in value]
    if isinstance(value, Mapping) and names[0] in value:
        return {**value, names[0]: _changed(value[names[0]], names[1:], change)}
    return value


def _sorted(value: Value) -> Value:
    if not isinstance(value, list) or has_unknown(value):
        return value
    unique = {json.dumps(_plain(item), sort_keys=True): item for item in value}
    return [unique[key] for key in sorted(unique)]


def _plain(value: Value) -> Value:
    return _plain(value.value) if isinstance(value, Secret) else value


def _meaning(value: Value) -> Value:
    if not isinstance(value, str) or value is UNKNOWN:
        return value
    try:
        return _ordered(json.loads(value))
    except ValueError:
        return value


def _ordered(value: Value) -> Value:
    if isinstance(value, Mapping):
        return {
            name: _ordered([item] if name in _ONE_OR_MANY and not isinstance(item, list) else item)
            for name, item in value.items()
        }
    if isinstance(value, list):
        return sorted((_ordered(item) for item in value), key=lambda item: json.dumps(item, sort_keys=True))
    return value
