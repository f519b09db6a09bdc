"""Texts with wildcards and variables, as policies write them: ``*``, ``?`` and ``${aws:PrincipalTag/team}``."""

import re
from collections.abc import Callable

from bodo_infra.catalog.wildcards import as_regex, matches

_VARIABLE = re.compile(r"\$\{([^}]*)\}")

# ${*}, ${?} and ${$} stand for the character itself.
_ESCAPED = frozenset("*?$")

Values = Callable[[str], str | None]
"""The value of a policy variable by its key; None: the request has no such value."""


class NoValueError(LookupError):
    """The request has no value for a variable, so the element that names it can match nothing."""


def matches_with(pattern: str, text: str, values: Values | None) -> bool:
    """Like ``matches``, with variables filled in; their values are taken literally. None: variables mean nothing here.

    Raises NoValueError for a variable without a value and without a default.
    """
    if values is None or "${" not in pattern:
        return matches(pattern, text)
    parts, end = [], 0
    for found in _VARIABLE.finditer(pattern):
        parts += [as_regex(pattern[end : found.start()]), re.escape(_value(found[1], values))]
        end = found.end()
    return re.fullmatch("".join([*parts, as_regex(pattern[end:])]), text, re.DOTALL) is not None


def fill(text: str, values: Values | None) -> str:
    """``text`` with its variables filled in, for comparisons without wildcards. Raises NoValueError."""
    return text if values is None else _VARIABLE.sub(lambda found: _value(found[1], values), text)


def variables_in(text: str) -> tuple[str, ...]:
    """The keys of the variables in ``text``, without defaults and escapes."""
    return tuple(inner.partition(",")[0].strip() for inner in _VARIABLE.findall(text) if inner not in _ESCAPED)


def _value(inner: str, values: Values) -> str:
    if inner in _ESCAPED:
        return inner
    key, comma, default = inner.partition(",")
    value = values(key.strip())
    if value is not None:
        return value
    if comma:
        return default.strip().strip("'")
    raise NoValueError(key.strip())
