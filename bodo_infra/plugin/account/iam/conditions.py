"""Conditions of statements: their operators as AWS evaluates them, and what is wrong with one.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

import ipaddress
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Literal

from bodo_infra.plugin.account.iam.arns import arn_matches, split_arn
from bodo_infra.plugin.account.iam.patterns import Values, fill, matches_with

# Keys with several values at once: without ForAnyValue or ForAllValues their meaning is undefined.
MULTIVALUED = frozenset(
    {
        "aws:calledvia",
        "aws:principalorgpaths",
        "aws:principalservicenameslist",
        "aws:resourceorgpaths",
        "aws:tagkeys",
        "sts:transitivetagkeys",
    }
)

Compare = Callable[[str, str, Values | None], bool]


@dataclass(frozen=True, kw_only=True)
class Operator:
    """``ForAnyValue:StringNotLikeIfExists`` in its parts; ``compare`` is that of the operator without ``Not``."""

    base: str
    over: Literal["ForAnyValue", "ForAllValues"] | None
    if_exists: bool
    compare: Compare
    negated: bool


@dataclass(frozen=True, kw_only=True)
class Condition:
    """``operator``: as written; ``key``: as written, compared without regard to case; ``values``: one or more."""

    operator: str
    key: str
    values: tuple[str, ...]

    @property
    def meaning(self) -> tuple[str, str, frozenset[str]]:
        return self.operator.lower(), self.key.lower(), frozenset(self.values)

    def holds(self, given: Sequence[str] | None, values: Values | None) -> bool:
        """Whether it holds for what the request has under ``key``; None: the request has nothing there.

        ``values``: the policy's variables. Raises ValueError for a key with several values and no ForAnyValue or
        ForAllValues, and NoValueError for a variable without a value.
        """
        operator = parse_operator(self.operator)
        if operator.base == "Null":
            return (given is None) == (self.values[0].lower() == "true")
        if given is None:
            return operator.if_exists or operator.over == "ForAllValues" or (operator.negated and operator.over is None)
        if operator.over is None and len(given) != 1:
            raise ValueError(
                f"{self.key} has {len(given)} values, so {self.operator} needs ForAnyValue or ForAllValues"
            )
        passes = [self._passes(operator, each, values) for each in given]
        return any(passes) if operator.over == "ForAnyValue" else all(passes)

    def _passes(self, operator: Operator, given: str, values: Values | None) -> bool:
        return any(operator.compare(value, given, values) for value in self.values) != operator.negated


@lru_cache(maxsize=256)
def parse_operator(text: str) -> Operator:
    """Raises KeyError when AWS has no such operator."""
    over, colon, rest = text.rpartition(":")
    if colon and over not in ("ForAnyValue", "ForAllValues"):
        raise KeyError(text)
    base = rest.removesuffix("IfExists")
    negated, compare = _OPERATORS[base]
    if base == "Null" and (base != rest or over):
        raise KeyError(text)
    return Operator(
        base=base,
        over="ForAnyValue" if over == "ForAnyValue" else "ForAllValues" if over == "ForAllValues" else None,
        if_exists=base != rest,
        compare=compare,
        negated=negated,
    )


def operator_names() -> tuple[str, ...]:
    return tuple(_OPERATORS)


def wrong_in_value(base: str, value: str) -> str | None:
    """What a value must be for an operator such as ``Bool`` and is not; None: it is right, or has variables."""
    if "${" in value:
        return None
    if base in ("Bool", "Null") and value.lower() not in ("true", "false"):
        return "must be true or false"
    if base.startswith("Numeric") and _number(value) is None:
        return "must be a number"
    if base.startswith("Date") and _date(value) is None:
        return "must be a date such as 2026-12-31T18:00:00Z"
    if base.endswith("IpAddress") and _network(value) is None:
        return "must be an address or a range such as 10.0.0.0/16"
    if base.startswith("Arn") and value != "*" and split_arn(value) is None:
        return "must be an ARN of six parts"
    return None


def _equals(wanted: str, given: str, values: Values | None) -> bool:
    return fill(wanted, values) == given


def _equals_ignore_case(wanted: str, given: str, values: Values | None) -> bool:
    return fill(wanted, values).lower() == given.lower()


def _is_like(wanted: str, given: str, values: Values | None) -> bool:
    return matches_with(wanted, given, values)


def _arn_is_like(wanted: str, given: str, values: Values | None) -> bool:
    return wanted == "*" or arn_matches(wanted, given, values)


def _in_network(wanted: str, given: str, _values: Values | None) -> bool:
    network, address = _network(wanted), _network(given)
    if network is None or address is None or network.version != address.version:
        return False
    return address.network_address in network and address.prefixlen >= network.prefixlen


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _date(text: str) -> Decimal | None:
    """Seconds since 1970: AWS takes ISO 8601 or the seconds themselves. Without a zone it is UTC."""
    if re.fullmatch(r"\d{5,}", text):
        return Decimal(text)
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return None
    return Decimal((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp())


def _ordered(read: Callable[[str], Decimal | None], holds: Callable[[Decimal, Decimal], bool]) -> Compare:
    def compare(wanted: str, given: str, values: Values | None) -> bool:
        limit, number = read(fill(wanted, values)), read(given)
        return limit is not None and number is not None and holds(number, limit)

    return compare


def _orders(name: str, read: Callable[[str], Decimal | None]) -> dict[str, tuple[bool, Compare]]:
    equal = _ordered(read, lambda number, limit: number == limit)
    return {
        f"{name}Equals": (False, equal),
        f"{name}NotEquals": (True, equal),
        f"{name}LessThan": (False, _ordered(read, lambda number, limit: number < limit)),
        f"{name}LessThanEquals": (False, _ordered(read, lambda number, limit: number <= limit)),
        f"{name}GreaterThan": (False, _ordered(read, lambda number, limit: number > limit)),
        f"{name}GreaterThanEquals": (False, _ordered(read, lambda number, limit: number >= limit)),
    }


# Each with whether it is the negation of the comparison.
_OPERATORS: Mapping[str, tuple[bool, Compare]] = {
    "StringEquals": (False, _equals),
    "StringNotEquals": (True, _equals),
    "StringEqualsIgnoreCase": (False, _equals_ignore_case),
    "StringNotEqualsIgnoreCase": (True, _equals_ignore_case),
    "StringLike": (False, _is_like),
    "StringNotLike": (True, _is_like),
    "ArnEquals": (False, _arn_is_like),
    "ArnLike": (False, _arn_is_like),
    "ArnNotEquals": (True, _arn_is_like),
    "ArnNotLike": (True, _arn_is_like),
    "Bool": (False, _equals_ignore_case),
    "BinaryEquals": (False, _equals),
    "IpAddress": (False, _in_network),
    "NotIpAddress": (True, _in_network),
    "Null": (False, _equals_ignore_case),
    **_orders("Numeric", _number),
    **_orders("Date", _date),
}
