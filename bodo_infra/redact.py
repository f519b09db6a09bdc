"""Takes secrets out of text before it is shown: users and passwords in URLs, `token=...`, values of secret keys."""

import re

HIDDEN = "***"

_SECRET_WORD = (
    r"(?:pass(?:word|wd|phrase)?|tokens?|secrets?|credentials?|api[-_]?keys?|private[-_]?keys?|external[-_]?id)"
)
_SECRET_KEY = re.compile(rf"(?:^|[^a-z])(?:[a-z0-9]+[-_])*{_SECRET_WORD}(?:[-_][a-z0-9]+)*$", re.IGNORECASE)
# The user part goes as well: hosters accept a token in its place. `ssh://git@host` holds none and is kept.
_URL_USER = re.compile(r"(?P<scheme>\b(?!ssh)[a-z][a-z0-9+.-]*://)[^/\s@]+@", re.IGNORECASE)
_SSH_PASSWORD = re.compile(r"(?P<user>\bssh://[^/\s@:]+):[^/\s@]+@", re.IGNORECASE)
# The rule of a problem, whose form is `external_id: must be ...`: a sentence of ours and no value.
_RULE = r"(?<=: )(?:are|cannot|does|has|holds|is|may|must|names|needs|stands)\ [a-z]"
_ASSIGNED = re.compile(
    rf"(?P<key>(?:\b|[-_]){_SECRET_WORD}\b\s*[=:]\s*)"
    rf"(?!{re.escape(HIDDEN)}:?(?:\s|$)|{_RULE})(?P<value>[^\s&'\"]+)",
    re.IGNORECASE,
)


def is_secret_key(key: str) -> bool:
    """Whether a value under this key is likely to be a secret: `password`, `DB_TOKEN`, `client-secret`."""
    return _SECRET_KEY.search(key) is not None


def redact(text: str) -> str:
    """``text`` with everything that looks like a secret replaced by ``***``."""
    text = _SSH_PASSWORD.sub(rf"\g<user>:{HIDDEN}@", text)
    text = _URL_USER.sub(rf"\g<scheme>{HIDDEN}@", text)
    return _ASSIGNED.sub(rf"\g<key>{HIDDEN}", text)
