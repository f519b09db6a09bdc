"""The comparisons of conditions: one value with another, and sets of values with sets.

https://learn.microsoft.com/azure/role-based-access-control/conditions-format
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime

from bodo_infra.plugin.account.rbac.patterns import is_like

Compare = Callable[[str, str], bool]
"""The value of an attribute, then that of the condition. Raises ValueError for what has not the operator's form."""

GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def _negated(compare: Compare) -> Compare:
    return lambda given, wanted: not compare(given, wanted)


def _texts(name: str, compare: Callable[[str, str, bool], bool]) -> dict[str, Compare]:
    exact: Compare = lambda given, wanted: compare(given, wanted, False)  # noqa: E731 (a table of functions)
    loose: Compare = lambda given, wanted: compare(given, wanted, True)  # noqa: E731
    return {
        f"String{name}": exact,
        f"String{name}IgnoreCase": loose,
        f"StringNot{name}": _negated(exact),
        f"StringNot{name}IgnoreCase": _negated(loose),
    }


def _ordered(name: str, read: Callable[[str], float]) -> dict[str, Compare]:
    equal: Compare = lambda given, wanted: read(given) == read(wanted)  # noqa: E731
    return {
        f"{name}Equals": equal,
        f"{name}NotEquals": _negated(equal),
        f"{name}LessThan": lambda given, wanted: read(given) < read(wanted),
        f"{name}LessThanEquals": lambda given, wanted: read(given) <= read(wanted),
        f"{name}GreaterThan": lambda given, wanted: read(given) > read(wanted),
        f"{name}GreaterThanEquals": lambda given, wanted: read(given) >= read(wanted),
    }


def _is_equal(given: str, wanted: str, ignore_case: bool) -> bool:
    return given.lower() == wanted.lower() if ignore_case else given == wanted


def _starts(given: str, wanted: str, ignore_case: bool) -> bool:
    return given.lower().startswith(wanted.lower()) if ignore_case else given.startswith(wanted)


def _is_like(given: str, wanted: str, ignore_case: bool) -> bool:
    return is_like(wanted, given, ignore_case=ignore_case)


def _same_guid(given: str, wanted: str) -> bool:
    return _guid(given) == _guid(wanted)


def _guid(text: str) -> str:
    if GUID.fullmatch(text) is None:
        raise ValueError(f"{text!r} is no GUID")
    return text.lower()


def _same_truth(given: str, wanted: str) -> bool:
    return _truth(given) == _truth(wanted)


def _truth(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError(f"{text!r} is neither true nor false")
    return text.lower() == "true"


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


OPERATORS: Mapping[str, Compare] = {
    **_texts("Equals", _is_equal),
    **_texts("StartsWith", _starts),
    **_texts("Like", _is_like),
    **_ordered("Numeric", int),
    **_ordered("DateTime", _seconds),
    "BoolEquals": _same_truth,
    "BoolNotEquals": _negated(_same_truth),
    "GuidEquals": _same_guid,
    "GuidNotEquals": _negated(_same_guid),
}

# How many of the values on the left have to fit how many of those on the right.
QUANTIFIERS: Mapping[str, tuple[Callable[..., bool], Callable[..., bool]]] = {
    "ForAnyOfAnyValues": (any, any),
    "ForAllOfAnyValues": (all, any),
    "ForAnyOfAllValues": (any, all),
    "ForAllOfAllValues": (all, all),
}


def is_negative(operator: str) -> bool:
    """Whether it says what must not be."""
    return "Not" in operator


def holds(operator: str, quantifier: str, given: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    """Compare sets of values; ``quantifier`` is empty for one value with one. Raises ValueError, see ``Compare``."""
    compare = OPERATORS[operator]
    of_given, of_wanted = QUANTIFIERS[quantifier] if quantifier else (all, all)
    return of_given(of_wanted(compare(one, other) for other in wanted) for one in given)
