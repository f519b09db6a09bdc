"""Texts with wildcards, as AWS writes them: ``*`` stands for any text, ``?`` for one character."""

import re
from functools import lru_cache


def matches(pattern: str, text: str, *, ignore_case: bool = False) -> bool:
    """Whether the whole ``text`` is what ``pattern`` says."""
    return _compiled(pattern, ignore_case).fullmatch(text) is not None


def as_regex(pattern: str) -> str:
    """The pattern as a regular expression."""
    # Neighbouring stars are one: a*****b would else make the search exponential.
    return re.sub(r"(\\\*)+", ".*", re.escape(pattern)).replace(r"\?", ".")


@lru_cache(maxsize=4096)
def _compiled(pattern: str, ignore_case: bool) -> re.Pattern[str]:
    return re.compile(as_regex(pattern), re.DOTALL | (re.IGNORECASE if ignore_case else 0))
