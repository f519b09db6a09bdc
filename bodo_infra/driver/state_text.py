"""What a state says, read once from its text as the engine keeps or exports it. Pure."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bodo_infra.errors import StackError

Plain = Mapping[str, Any]

STACK_TYPE = "pulumi:pulumi:Stack"


@dataclass(frozen=True)
class StateText:
    """``resources``: as the engine lists them, the stack itself first; none of a stack that is not there."""

    resources: Sequence[Plain]

    @classmethod
    def read(cls, text: str | None) -> "StateText":
        """``text``: None when the backend does not know the stack. Raises StackError when it ends in the middle."""
        try:
            content = json.loads(text or "{}")
        except ValueError as error:
            raise StackError(
                "the state of a stack is broken: it was cut when it was written, on a full disk perhaps",
                "Beside it the engine keeps the one before (STACK.json.bak): put that in its place, then `refresh`",
            ) from error
        deployment = content.get("deployment") or (content.get("checkpoint") or {}).get("latest") or {}
        return cls(deployment.get("resources") or ())

    @property
    def exports(self) -> Plain:
        """What the stack has exported; empty for one that never came up."""
        stack = next((each for each in self.resources if each.get("type") == STACK_TYPE), {})
        exports: Plain = stack.get("outputs") or {}
        return exports

    @property
    def uses(self) -> Mapping[str, str] | None:
        """The stacks that it stood on, by what they are to it; None for a state of an earlier release."""
        uses: Mapping[str, str] | None = self.exports.get("uses")
        return uses

    @property
    def component(self) -> Plain | None:
        """The resource that is the stack's own component; None when nothing of it is there."""
        for resource in self.resources:
            spec = (resource.get("inputs") or {}).get("spec")
            # Components of the component have specs of their own.
            if f"::{STACK_TYPE}::" in resource.get("parent", "") and isinstance(spec, Mapping):
                return resource
        return None

    @property
    def spec(self) -> Plain | None:
        """What the component was brought up with."""
        component = self.component
        return component["inputs"]["spec"] if component else None

    @property
    def outputs(self) -> Plain:
        """Of the component; empty without one."""
        return (self.component or {}).get("outputs") or {}
