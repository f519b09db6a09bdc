"""What all specs share: unknown keys are refused, values are plain and frozen, names follow one rule."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    StringConstraints,
    model_serializer,
    model_validator,
)
from pydantic_core import PydanticCustomError

# Fits a host name and every service that we name things in: an RFC 1123 label, shortened to leave room for suffixes.
NAME_PATTERN = r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$"
NAME_MAX = 40

Name = Annotated[str, StringConstraints(pattern=NAME_PATTERN, max_length=NAME_MAX)]
Minutes = Annotated[int, Field(ge=1, le=60 * 24 * 30)]
Tags = dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Fields of which one may be given: exactly one when ``required``, else at most one."""

    fields: tuple[str, ...]
    required: bool = True

    def broken_rule(self, values: Mapping[str, object]) -> str | None:
        """The rule in words when ``values`` break it, else None. Empty means not given."""
        given = [field for field in self.fields if values.get(field) not in (None, "", (), [])]
        if len(given) == 1 or (not given and not self.required):
            return None
        quantity = "exactly" if self.required else "at most"
        return f"{quantity} one of {', '.join(self.fields)} must be given, not {' and '.join(given) or 'none'}"


class RuleError(ValueError):
    """A value breaks a rule of its field. ``rule``: what must hold.  ``fix``: what to do."""

    def __init__(self, rule: str, fix: str) -> None:
        super().__init__(rule, fix)
        self.rule = rule
        self.fix = fix

    def __str__(self) -> str:
        return f"{self.rule}. {self.fix}."


class Spec(BaseModel):
    """Base of everything that a person writes."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, use_attribute_docstrings=True, validate_default=True, allow_inf_nan=False
    )

    choices: ClassVar[tuple[Choice, ...]] = ()

    @model_validator(mode="after")
    def _choices_hold(self) -> Self:
        for choice in self.choices:
            rule = choice.broken_rule({field: getattr(self, field) for field in choice.fields})
            if rule is not None:
                raise PydanticCustomError("choice", "{rule}", {"rule": rule})
        return self

    @model_serializer(mode="wrap")
    def _with_kind(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """`kind` tells the members of a union apart, so it is written even when it stands at its default."""
        values: dict[str, Any] = serialize(self)
        return {"kind": self.kind, **values} if hasattr(self, "kind") else values

    def plain(self) -> dict[str, Any]:
        """The spec as JSON values, without what was left at its default."""
        return self.model_dump(mode="json", exclude_defaults=True)


class NounSpec(Spec):
    """Base of the nouns' own specs: what has a name."""

    name: Name
    """Its name."""
