"""Names of actions with wildcards, and texts with wildcards of which some are escaped."""

import re
from functools import lru_cache

from bodo_infra.catalog.wildcards import as_regex


@lru_cache(maxsize=4096)
def _action_regex(pattern: str) -> re.Pattern[str]:
    # Neighbouring stars are one: more would make the search slow.
    parts = re.split(r"(/\*/|\*)", re.sub(r"\*+", "*", pattern))
    regex = "".join(_WILD.get(part) or re.escape(part) for part in parts)
    return re.compile(regex, re.IGNORECASE | re.DOTALL)


# Between slashes it may stand for nothing: by ``Microsoft.ManagedIdentity/userAssignedIdentities/*/assign/action`` the
# role Managed Identity Operator has ``Microsoft.ManagedIdentity/userAssignedIdentities/assign/action``.
_WILD = {"*": ".*", "/*/": "/(?:.*/)?"}


def covers(pattern: str, action: str) -> bool:
    """Whether a pattern of a role, such as ``Microsoft.Compute/*/read``, covers an action: ``*`` is any text."""
    return _action_regex(pattern).fullmatch(action) is not None


def is_like(pattern: str, text: str, *, ignore_case: bool = False) -> bool:
    r"""Like StringLike: ``*`` stands for any text, ``?`` for one character, ``\*`` and ``\?`` for themselves."""
    parts = re.split(r"(\\[*?])", pattern)
    regex = "".join(re.escape(part[1]) if re.fullmatch(r"\\[*?]", part) else as_regex(part) for part in parts)
    return re.fullmatch(regex, text, re.DOTALL | (re.IGNORECASE if ignore_case else 0)) is not None
