"""What the SDKs say of each resource type: inputs, computed outputs, secrets. Drawn by tools/make_schema.py."""

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Any

from bodo_infra.errors import NotFoundError

TypeCode = Any
"""``str bool int num asset any``, ``#key`` of a nested object, or ``{list}``, ``{map}``, ``{enum}``, ``{oneOf}``."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Property:
    """One input."""

    type: TypeCode
    required: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class TypeSchema:
    """One resource type.

    ``computed``: outputs that are never inputs.  ``outputs``: every output to one of ``str int num bool list map
    object``.  ``secrets``: outputs that the SDK marks as secret.  ``api_version``: of Azure's REST API; None elsewhere.
    """

    token: str
    inputs: Mapping[str, Property]
    computed: tuple[str, ...]
    outputs: Mapping[str, str]
    secrets: tuple[str, ...]
    api_version: str | None = None


@cache
def type_schema(token: str) -> TypeSchema:
    """The schema of a type. Raises NotFoundError, with the nearest known type, for one that was not drawn."""
    drawn = _data()["resources"].get(token)
    if drawn is None:
        near = get_close_matches(token, known_types(), 1)
        raise NotFoundError(
            f"the offline account does not know the resource type {token!r}; it knows {len(known_types())} types",
            f"Did you mean {near[0]}?" if near else "Use a known type, or have it drawn: tools/make_schema.py",
        )
    return TypeSchema(
        token=token,
        inputs=_properties(drawn["inputs"]),
        computed=tuple(drawn["computed"]),
        outputs=drawn["outputs"],
        secrets=tuple(drawn.get("secrets", ())),
        api_version=drawn.get("apiVersion"),
    )


@cache
def object_schema(key: str) -> Mapping[str, Property]:
    """The properties of a nested object, by the key that follows the ``#`` of its type code."""
    return _properties(_data()["objects"][key])


@cache
def provider_schema(package: str) -> Mapping[str, Property]:
    """The configuration that a provider takes."""
    return _properties(_data()["providers"][package])


def known_types() -> tuple[str, ...]:
    """All tokens, sorted."""
    return tuple(_data()["resources"])


def sdk_version(package: str) -> str:
    """The version of the SDK that a package was drawn from; ``aws`` -> ``7.51.1``."""
    version: str = _data()["versions"][package]
    return version


def offline_version(package: str) -> str:
    """The version of our provider. It tells everybody that this is not the true one."""
    return f"{sdk_version(package)}+offline"


def _properties(drawn: Mapping[str, Any]) -> Mapping[str, Property]:
    return {name: Property(type=p["type"], required=p.get("required", False)) for name, p in drawn.items()}


@cache
def _data() -> TypeCode:
    return json.loads(gzip.decompress((files("bodo_infra.plugin.account") / "schema.json.gz").read_bytes()))
