"""Dotted paths of the tables, such as ``rules.expiration.days``, followed through objects and lists of a bag."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from bodo_infra.plugin.wire_codec import UNKNOWN, Secret, Value
from bodo_infra.plugin.wire_diff import join

_INDEX = re.compile(r"\[\d+\]")


def follow(bag: Mapping[str, Any], path: str) -> Iterator[tuple[str, Any]]:
    """(where it stands, value) of every known value that a path leads to; ``rules[0].expiration.days``, 30."""
    yield from _follow(bag, path.split("."), "")


def is_given(bag: Mapping[str, Any], path: str) -> bool:
    """Whether something stands at a path, known or not. False and empty texts are something; None is not."""
    first, _, rest = path.partition(".")
    value = bag.get(first)
    if not rest or value is UNKNOWN:
        return value is not None
    members = value if isinstance(value, list) else [value]
    return any(isinstance(member, Mapping) and is_given(member, rest) for member in members)


def without_indexes(path: str) -> str:
    """``rules[0].status`` -> ``rules.status``, the form of the tables."""
    return _INDEX.sub("", path)


def lies_in(path: str, table_path: str) -> bool:
    """Whether a place in a bag is at, below or above a path of a table."""
    plain = without_indexes(path)
    return plain == table_path or plain.startswith(f"{table_path}.") or table_path.startswith(f"{plain}.")


def _follow(value: Value, names: list[str], where: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Secret):
        value = value.value
    if value is None or value is UNKNOWN:
        return
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _follow(item, names, f"{where}[{index}]")
    elif not names:
        yield where, value
    elif isinstance(value, Mapping) and names[0] in value:
        yield from _follow(value[names[0]], names[1:], join(where, names[0]))
