"""The table of types, types.json: ids, names, replacement, refusals, limits and outputs, as data.

Source: the provider's own code and ARM's documentation of 2026, for the API versions that pulumi-azure-native 3.29.0
names. Templates in it: ``{x}`` an input, or subscription, tenant, caller, location, id, name, now; ``<8 hex>``,
``<octet>`` and ``<guid>`` are drawn from a hash.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from bodo_infra.plugin.account.schema import type_schema

_Table = Any


@dataclass(frozen=True, kw_only=True, slots=True)
class ArmName:
    """The name of a type.

    ``input``: the property that holds it.  ``auto``: what the provider makes of a missing one: ``random`` is the
    logical name and 8 hexadecimal digits, ``copy`` the logical name, ``uuid`` a GUID.  ``min``, ``max``: characters.
    ``pattern``: None: any.  ``code``: ARM's, for a name that is not one.
    """

    input: str
    auto: Literal["random", "copy", "uuid"]
    min: int
    max: int
    code: str
    pattern: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ArmType:
    """What the table says of one type. Paths are dotted, through lists too.

    ``type``: ARM's name of it.  ``id``: template.  ``replaces``: paths whose change the provider plans as a new one.
    ``rejects``: path to the code with which ARM refuses a change.  ``sets``: lists where order does not matter.
    ``sublists``: lists that are kept when the program leaves them out, as their members can be resources of their own.
    ``in_use``: status and code when it shall go while others use it; None: nobody keeps it.
    ``holds_nested``: types of what must go from inside it first.  ``singleton``: it is always there.
    ``is_global``: it has no region.  ``not_read_back``: inputs that ARM does not tell.
    """

    token: str
    type: str
    id: str
    name: ArmName
    replaces: tuple[str, ...]
    rejects: Mapping[str, str] = field(default_factory=dict)
    limits: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    sets: tuple[str, ...] = ()
    sublists: tuple[str, ...] = ()
    outputs: Mapping[str, Any] = field(default_factory=dict)
    in_use: tuple[int, str] | None = None
    holds_nested: tuple[str, ...] = ()
    singleton: bool = False
    is_global: bool = False
    not_read_back: tuple[str, ...] = ()

    @property
    def json(self) -> tuple[str, ...]:
        """Texts that are compared by meaning: none."""
        return ()

    @property
    def namespace(self) -> str:
        """``Microsoft.Network``."""
        return self.type.partition("/")[0]


@cache
def arm_type(token: str) -> ArmType:
    """The rules of a type. Raises NotFoundError for one that nobody knows."""
    type_schema(token)
    row = _data()[token]
    return ArmType(
        token=token,
        type=row["type"],
        id=row["id"],
        name=ArmName(**row["name"]),
        replaces=tuple(row["replaces"]),
        rejects=row.get("rejects", {}),
        limits=row.get("limits", {}),
        sets=tuple(row.get("sets", ())),
        sublists=tuple(row.get("sublists", ())),
        outputs=row["outputs"],
        in_use=tuple(row["inUse"]) if "inUse" in row else None,
        holds_nested=tuple(row.get("holdsNested", ())),
        singleton=row.get("singleton", False),
        is_global=row.get("globalLocation", False),
        not_read_back=tuple(row.get("notReadBack", ())),
    )


def arm_types() -> tuple[str, ...]:
    """The tokens of the table."""
    return tuple(_data())


@cache
def _data() -> _Table:
    return json.loads((files("bodo_infra.plugin.account.arm") / "types.json").read_text())
