"""The table of types, aws.json: ids, names, replacement, limits and outputs, as data.

Source: the Terraform AWS provider 6.x, on which pulumi-aws 7 stands; property names are those of pulumi-aws 7.51.1.
Templates in it: ``{x}`` an input, an output, or region, account, id, now, uuid, checksum; ``<17 hex>``, ``<6 alnum>``
and ``<octet>`` are drawn from a hash.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from bodo_infra.plugin.account.schema import type_schema

_Table = Any


@dataclass(frozen=True, kw_only=True, slots=True)
class NameRule:
    """How a type gets a name that the program leaves out: ``{prefix}{logical name}-{7 hex}``.

    ``input``: the property that holds it.  ``max``: longest name in characters, None: no limit.  ``lower``: in lower
    case.  ``plain``: the logical name as it is.
    """

    input: str
    max: int | None = None
    lower: bool = False
    prefix: str = ""
    plain: bool = False

    @property
    def prefix_input(self) -> str:
        """The input that asks for a name with a prefix, where there is such a one: ``namePrefix``."""
        return f"{self.input}Prefix"


@dataclass(frozen=True, kw_only=True, slots=True)
class TypeRules:
    """What the table says of one type. Paths are dotted, through lists too: ``rules.expiration.days``.

    ``id``: template.  ``name``: None where the type has no name.  ``replaces``: paths whose change makes a new one.
    ``sets``: lists where order does not matter.  ``json``: texts compared by meaning.  ``limits``: path to limits.
    ``outputs``: output to template or value.  ``tags``, ``regional``: whether it has them.  ``not_read_back``: inputs
    that AWS does not tell, so that an import does not know them.
    """

    id: str
    name: NameRule | None = None
    replaces: tuple[str, ...] = ()
    delete_before_replace: bool = False
    sets: tuple[str, ...] = ()
    json: tuple[str, ...] = ()
    exactly_one_of: tuple[tuple[str, ...], ...] = ()
    at_least_one_of: tuple[tuple[str, ...], ...] = ()
    conflicts: tuple[tuple[str, ...], ...] = ()
    required_with: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    limits: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    outputs: Mapping[str, Any] = field(default_factory=dict)
    tags: bool = True
    regional: bool = True
    not_read_back: tuple[str, ...] = ()


@cache
def type_rules(token: str) -> TypeRules:
    """The rules of a type. Raises NotFoundError for one that nobody knows."""
    type_schema(token)
    row = _data()[token]
    return TypeRules(
        id=row["id"],
        name=NameRule(**row["name"]) if "name" in row else None,
        replaces=tuple(row.get("replaces", ())),
        delete_before_replace=row.get("deleteBeforeReplace", False),
        sets=tuple(row.get("sets", ())),
        json=tuple(row.get("json", ())),
        exactly_one_of=_groups(row, "exactlyOneOf"),
        at_least_one_of=_groups(row, "atLeastOneOf"),
        conflicts=_groups(row, "conflicts"),
        required_with={name: tuple(others) for name, others in row.get("requiredWith", {}).items()},
        limits=row.get("limits", {}),
        outputs=row["outputs"],
        tags=row.get("tags", True),
        regional=row.get("regional", True),
        not_read_back=tuple(row.get("notReadBack", ())),
    )


def ruled_types() -> tuple[str, ...]:
    """The tokens of the table."""
    return tuple(_data())


def _groups(row: Mapping[str, Any], key: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(group) for group in row.get(key, ()))


@cache
def _data() -> _Table:
    return json.loads((files("bodo_infra.plugin.account.rules") / "aws.json").read_text())
