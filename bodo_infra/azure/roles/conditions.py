"""Conditions of role assignments, in the language that Azure has for them (version 2.0).

Every action that a role has and a condition does not speak of is allowed by it: so each names the actions that it
holds, one by one. Forms: learn.microsoft.com, "Examples to delegate Azure role assignment management with conditions"
and "Example Azure role assignment conditions for Blob Storage".
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

VERSION: Final = "2.0"

_ASSIGNMENTS = "Microsoft.Authorization/roleAssignments"
BLOBS: Final = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs"


@dataclass(frozen=True, kw_only=True)
class Paths:
    """Prefixes of blobs, such as ``jobs/``. ``reads``: also to list.  ``writes``: to add, overwrite and delete."""

    reads: tuple[str, ...]
    writes: tuple[str, ...]


def assigns_only(role_guids: Iterable[str], *, never_to: str) -> str:
    """Role assignments of these roles alone are made and removed, and none is made for the principal ``never_to``.

    ``never_to``: object id of whoever has the condition: a role for members or nodes would give it their data.
    """
    guids = ", ".join(sorted(role_guids))
    of_these = f"[{_ASSIGNMENTS}:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {{{guids}}}"
    others = f"@Request[{_ASSIGNMENTS}:PrincipalId] ForAnyOfAllValues:GuidNotEquals {{{never_to}}}"
    return _all_of(
        _when(_action(f"{_ASSIGNMENTS}/write"), f"@Request{of_these} AND {others}"),
        _when(_action(f"{_ASSIGNMENTS}/delete"), f"@Resource{of_these}"),
    )


def blobs_below(paths: Paths) -> str:
    """Blobs are read and listed below ``paths.reads`` alone, written and deleted below ``paths.writes`` alone.

    Whoever lists has to name a prefix: a list of the whole container tells names below all of them.
    """
    read = _action(f"{BLOBS}/read")
    lists = "SubOperationMatches{'Blob.List'}"
    held = [
        _when(f"{read} AND NOT {lists}", _any_of("Resource", "path", paths.reads)),
        _when(f"{read} AND {lists}", _any_of("Request", "prefix", paths.reads)),
    ]
    if paths.writes:
        below = _any_of("Resource", "path", paths.writes)
        held += [_when(_action(f"{BLOBS}/{word}"), below) for word in ("write", "add/action", "delete")]
    return _all_of(*held)


def _action(name: str) -> str:
    return f"ActionMatches{{'{name}'}}"


def _when(asked: str, holds: str) -> str:
    return f"((!({asked})) OR ({holds}))"


def _all_of(*conditions: str) -> str:
    return " AND ".join(conditions)


def _any_of(source: str, attribute: str, prefixes: Iterable[str]) -> str:
    return " OR ".join(f"@{source}[{BLOBS}:{attribute}] StringStartsWith '{prefix}'" for prefix in prefixes)
