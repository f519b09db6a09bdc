"""What a state says, read from its text as the engine keeps or exports it. Pure."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from bodo_infra.errors import StackError

Plain = Mapping[str, Any]

STACK_TYPE = "pulumi:pulumi:Stack"


def resources_in(state: str) -> Sequence[Plain]:
    """Every resource, the stack itself first. Raises StackError for a text that ends in the middle."""
    try:
        content = json.loads(state)
    except ValueError as error:
        raise StackError(
            "the state of a stack is broken: it was cut when it was written, on a full disk perhaps",
            "Beside it the engine keeps the one before (STACK.json.bak): put that in its place, then `refresh`",
        ) from error
    deployment = content.get("deployment") or (content.get("checkpoint") or {}).get("latest") or {}
    return deployment.get("resources") or ()


def exports_in(state: str) -> Plain:
    """What the stack has exported; empty for one that never came up."""
    stack = next((each for each in resources_in(state) if each.get("type") == STACK_TYPE), {})
    exports: Plain = stack.get("outputs") or {}
    return exports


def uses_in(state: str) -> Mapping[str, str] | None:
    """The stacks that a stack stood on, by what they are to it; None for a state of an earlier release."""
    uses: Mapping[str, str] | None = exports_in(state).get("uses")
    return uses
