"""Conditions of role assignments, version 2.0, from text to tree.

https://learn.microsoft.com/azure/role-based-access-control/conditions-format. As a rule, ``a AND b OR c`` needs
parentheses, and gets no meaning here without them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NoReturn

from bodo_infra.errors import InputError
from bodo_infra.plugin.account.rbac.attributes import SOURCES
from bodo_infra.plugin.account.rbac.expressions import (
    ActionMatches,
    And,
    Attribute,
    Comparison,
    Exists,
    Expression,
    Literals,
    Not,
    Operand,
    Or,
    SubOperationMatches,
)
from bodo_infra.plugin.account.rbac.operators import OPERATORS, QUANTIFIERS

MAX_DEPTH = 50
"""Of parentheses and negations in one another; people write five."""

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<text>'[^']*')
      | (?P<attribute>@(?P<source>[A-Za-z]+)\[(?P<name>[^\]]+)\])
      | (?P<guid>[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})
      | (?P<number>-?[0-9]+)
      | (?P<word>[A-Za-z]+(?::[A-Za-z]+)?)
      | (?P<mark>&&|\|\||[!(){},])
    )""",
    re.VERBOSE | re.ASCII,
)
_SAME = {"&&": "AND", "||": "OR", "!": "NOT"}


class ConditionError(InputError):
    """A condition is not written as Azure's grammar has it. The message says where."""


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    at: int
    source: str = ""
    name: str = ""


@lru_cache(maxsize=256)
def parse_condition(text: str) -> Expression:
    """The tree of a condition. Raises ConditionError."""
    parser = _Parser(text, _tokens(text))
    expression = parser.expression(0)
    if parser.next.kind != "end":
        parser.refuse("AND, OR or the end of the condition")
    return expression


def _tokens(text: str) -> Sequence[_Token]:
    tokens, at = [], 0
    end = len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None:
            start = at + len(text[at:]) - len(text[at:].lstrip())
            raise _error(text, start, "a word, a value, an attribute or a parenthesis")
        kind = next(each for each in ("text", "attribute", "guid", "number", "word", "mark") if match[each] is not None)
        word = _SAME.get(match[kind], match[kind])
        tokens.append(_Token(kind, word, match.start(kind), match["source"] or "", match["name"] or ""))
        at = match.end()
    return [*tokens, _Token("end", "", len(text))]


class _Parser:
    """One pass over the tokens, by recursive descent."""

    def __init__(self, text: str, tokens: Sequence[_Token]) -> None:
        self._text = text
        self._tokens = tokens
        self._position = 0

    @property
    def next(self) -> _Token:
        return self._tokens[self._position]

    def refuse(self, expected: str) -> NoReturn:
        raise _error(self._text, self.next.at, expected)

    def expression(self, depth: int) -> Expression:
        parts = [self._term(depth)]
        joint = self.next.text if self.next.kind in ("word", "mark") else ""
        while joint in ("AND", "OR") and self._accept(joint):
            parts.append(self._term(depth))
            if self.next.text in ("AND", "OR") and self.next.text != joint:
                self.refuse(f"{joint} again, or parentheses: Azure gives AND beside OR no order")
        if len(parts) == 1:
            return parts[0]
        return And(tuple(parts)) if joint == "AND" else Or(tuple(parts))

    def _term(self, depth: int) -> Expression:
        if depth > MAX_DEPTH:
            self.refuse(f"at most {MAX_DEPTH} expressions in one another")
        if self._accept("NOT"):
            return Not(self._term(depth + 1))
        if self._accept("("):
            inner = self.expression(depth + 1)
            self._need(")")
            return inner
        if self._accept("ActionMatches"):
            return ActionMatches(self._braced())
        if self._accept("SubOperationMatches"):
            return SubOperationMatches(self._braced())
        if self._accept("Exists"):
            return Exists(self._attribute())
        return self._comparison()

    def _comparison(self) -> Comparison:
        left = self._operand("an expression")
        token = self.next
        quantifier, _, operator = token.text.rpartition(":")
        if token.kind != "word" or operator not in OPERATORS or (quantifier and quantifier not in QUANTIFIERS):
            self.refuse("an operator, such as StringEquals or ForAnyOfAnyValues:GuidEquals")
        self._position += 1
        at = self._position
        right = self._operand("a value, a set of values or an attribute")
        if not quantifier and any(isinstance(each, Literals) and each.is_set for each in (left, right)):
            self._position = at
            self.refuse(f"one value: for a set write ForAnyOfAnyValues:{operator}")
        return Comparison(left, quantifier, operator, right)

    def _operand(self, what: str) -> Operand:
        if self.next.kind == "attribute":
            return self._attribute()
        if self._accept("{"):
            values = [self._value()]
            while self._accept(","):
                values.append(self._value())
            self._need("}")
            return Literals(tuple(values), is_set=True)
        return Literals((self._value(what),))

    def _value(self, what: str = "a value") -> str:
        token = self.next
        is_truth = token.kind == "word" and token.text in ("true", "false")
        if token.kind not in ("text", "guid", "number") and not is_truth:
            self.refuse(what)
        self._position += 1
        return token.text[1:-1] if token.kind == "text" else token.text

    def _attribute(self) -> Attribute:
        token = self.next
        source = next((each for each in SOURCES if each == token.source), None)
        if token.kind != "attribute" or source is None:
            self.refuse(f"an attribute of {', '.join(f'@{each}' for each in SOURCES)}")
        self._position += 1
        return Attribute(source, token.name.strip())

    def _braced(self) -> str:
        self._need("{")
        if self.next.kind != "text":
            self.refuse("a text in quotes")
        value = self._value()
        self._need("}")
        return value

    def _accept(self, text: str) -> bool:
        found = self.next.kind in ("word", "mark") and self.next.text == text
        self._position += found
        return found

    def _need(self, text: str) -> None:
        if not self._accept(text):
            self.refuse(text)


def _error(text: str, at: int, expected: str) -> ConditionError:
    found = repr(text[at : at + 24]) if at < len(text) else "its end"
    return ConditionError(
        f"condition, character {at + 1}: {found} stands where {expected} is expected",
        "Write it as learn.microsoft.com, 'Azure role assignment condition format and syntax', says",
    )
