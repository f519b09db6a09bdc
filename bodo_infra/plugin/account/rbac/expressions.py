"""The condition of a role assignment as a tree, and whether it holds for a request.

What a request carries is not always known here. Then an expression is neither true nor false, and a condition whose
answer hangs on it is refused instead of being guessed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from bodo_infra.errors import InputError
from bodo_infra.plugin.account.rbac.attributes import KNOWN, Attributes, AttributeValues, Source, written
from bodo_infra.plugin.account.rbac.operators import GUID, holds, is_negative
from bodo_infra.plugin.account.rbac.patterns import covers

Truth = bool | None
"""None: it cannot be known."""


class UnsupportedConditionError(InputError):
    """A condition asks for something that this evaluation does not know; it is refused, not guessed."""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What a condition is asked about. ``suboperation``: such as ``Blob.List``; empty when there is none."""

    action: str
    suboperation: str = ""
    attributes: Attributes = field(default_factory=dict)

    @cached_property
    def by_key(self) -> Mapping[str, AttributeValues]:
        """The attributes without regard to case."""
        return {name.lower(): values for name, values in self.attributes.items()}


@dataclass(frozen=True)
class Attribute:
    """``@Request[Microsoft.Authorization/roleAssignments:PrincipalId]``; ``name``: what is in the brackets."""

    source: Source
    name: str

    @property
    def key(self) -> str:
        return str(self).lower()

    def __str__(self) -> str:
        return written(self.source, self.name)


@dataclass(frozen=True)
class Literals:
    """One value, or a set of them in braces (``is_set``)."""

    values: tuple[str, ...]
    is_set: bool = False

    def __str__(self) -> str:
        texts = [value if GUID.fullmatch(value) or _is_bare(value) else f"'{value}'" for value in self.values]
        return f"{{{', '.join(texts)}}}" if self.is_set else texts[0]


Operand = Attribute | Literals


@dataclass(frozen=True)
class ActionMatches:
    """The action asked for is what the pattern says."""

    pattern: str

    def __str__(self) -> str:
        return f"ActionMatches{{'{self.pattern}'}}"


@dataclass(frozen=True)
class SubOperationMatches:
    """The request is this part of what its action covers."""

    name: str

    def __str__(self) -> str:
        return f"SubOperationMatches{{'{self.name}'}}"


@dataclass(frozen=True)
class Exists:
    """The request carries the attribute."""

    attribute: Attribute

    def __str__(self) -> str:
        return f"Exists {self.attribute}"


@dataclass(frozen=True)
class Comparison:
    """``quantifier``: such as ``ForAnyOfAnyValues``; empty for one value with one."""

    left: Operand
    quantifier: str
    operator: str
    right: Operand

    def __str__(self) -> str:
        operator = f"{self.quantifier}:{self.operator}" if self.quantifier else self.operator
        return f"{self.left} {operator} {self.right}"


@dataclass(frozen=True)
class Not:
    """The contrary."""

    of: "Expression"

    def __str__(self) -> str:
        return f"!({self.of})"


@dataclass(frozen=True)
class And:
    """All of the parts, of which there are two or more."""

    parts: "tuple[Expression, ...]"

    def __str__(self) -> str:
        return " AND ".join(map(_grouped, self.parts))


@dataclass(frozen=True)
class Or:
    """Any of the parts, of which there are two or more."""

    parts: "tuple[Expression, ...]"

    def __str__(self) -> str:
        return " OR ".join(map(_grouped, self.parts))


Expression = ActionMatches | SubOperationMatches | Exists | Comparison | Not | And | Or


def _grouped(part: Expression) -> str:
    return f"({part})" if isinstance(part, And | Or) else str(part)


def _is_bare(value: str) -> bool:
    """Whether it can be written without quotes."""
    return value.removeprefix("-").isdecimal() and value.isascii()


def attributes_in(expression: Expression) -> Iterator[Attribute]:
    """All attributes that it names, in the order of the text."""
    match expression:
        case Not(of):
            yield from attributes_in(of)
        case And(parts) | Or(parts):
            for part in parts:
                yield from attributes_in(part)
        case Exists(attribute):
            yield attribute
        case Comparison(left, _, _, right):
            yield from (each for each in (left, right) if isinstance(each, Attribute))


def is_met(expression: Expression, facts: Facts) -> bool:
    """Whether a condition holds. Raises UnsupportedConditionError when that cannot be said here."""
    for attribute in attributes_in(expression):
        if attribute.key not in KNOWN:
            raise UnsupportedConditionError(
                f"the condition names {attribute}, an attribute that is not known here",
                "Correct its name or source, or do without it: no answer would be true",
            )
    truth = _truth(expression, facts)
    if truth is None:
        missing = ", ".join(str(each) for each in attributes_in(expression) if facts.by_key.get(each.key) is None)
        raise UnsupportedConditionError(
            f"the condition on {facts.action} hangs on what is not known of the request: {missing}",
            "Say it in the request's attributes, or guard the comparison with ActionMatches or Exists",
        )
    return truth


def failing_part(expression: Expression, facts: Facts) -> Expression:
    """The smallest part that lets a condition fail which does not hold: what a person has to look at."""
    match expression:
        case And(parts):
            return failing_part(next(part for part in parts if _truth(part, facts) is False), facts)
        case Or(parts):
            # Of `(!(ActionMatches{...})) OR (what has to hold)` the first is no fault of the request.
            real = [part for part in parts if not _is_about_action(part)]
            return failing_part(real[0], facts) if len(real) == 1 else expression
    return expression


def _is_about_action(expression: Expression) -> bool:
    match expression:
        case Not(of):
            return _is_about_action(of)
        case And(parts) | Or(parts):
            return all(map(_is_about_action, parts))
    return isinstance(expression, ActionMatches | SubOperationMatches)


def _truth(expression: Expression, facts: Facts) -> Truth:
    match expression:
        case ActionMatches(pattern):
            return covers(pattern, facts.action)
        case SubOperationMatches(name):
            return covers(name, facts.suboperation)
        case Not(of):
            return _contrary(_truth(of, facts))
        case And(parts):
            return _all(_truth(part, facts) for part in parts)
        case Or(parts):
            return _contrary(_all(_contrary(_truth(part, facts)) for part in parts))
        case Exists(attribute):
            return facts.by_key[attribute.key] is not None if attribute.key in facts.by_key else None
        case Comparison():
            return _compared(expression, facts)


def _contrary(truth: Truth) -> Truth:
    return None if truth is None else not truth


def _all(truths: Iterator[Truth]) -> Truth:
    found = list(truths)
    if False in found:
        return False
    return None if None in found else True


def _compared(comparison: Comparison, facts: Facts) -> Truth:
    given, wanted = (_values(each, facts.by_key) for each in (comparison.left, comparison.right))
    if given is _UNKNOWN or wanted is _UNKNOWN:
        return None
    if given is None or wanted is None:
        # A value that is missing is like none; whether it is unlike one, Azure's pages do not say.
        return None if is_negative(comparison.operator) else False
    try:
        return holds(comparison.operator, comparison.quantifier, given, wanted)
    except ValueError as error:
        raise UnsupportedConditionError(
            f"the condition {comparison}: {error}", "Compare what has the form that the operator is for"
        ) from error


_UNKNOWN: tuple[str, ...] = ("unknown",)  # told by identity


def _values(operand: Operand, attributes: Mapping[str, AttributeValues]) -> AttributeValues:
    if isinstance(operand, Literals):
        return operand.values
    return attributes.get(operand.key, _UNKNOWN)
