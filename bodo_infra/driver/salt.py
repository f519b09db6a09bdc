"""Keeps stack files as their authors wrote them: Pulumi adds an encryption salt to every stack file that it uses.

The salt belongs to one user's passphrase, so a committed one stops everybody else. Where the file holds no encrypted
value nothing needs it: the state keeps a salt of its own, and Pulumi makes a new one when the file has none.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bodo_infra.project.yaml_files import write_atomically

_SALT = re.compile(r"^encryptionsalt: .*\n?", re.MULTILINE)
_ENCRYPTED = re.compile(r"^\s*secure:", re.MULTILINE)


@contextmanager
def without_new_salt(path: Path) -> Iterator[None]:
    """Take out the salt that was added to the file meanwhile, unless the file needs it."""
    had_one = _SALT.search(_read(path)) is not None
    try:
        yield
    finally:
        text = _read(path)
        if not had_one and _SALT.search(text) and not _ENCRYPTED.search(text):
            _write(path, _SALT.sub("", text))


def _write(path: Path, text: str) -> None:
    if text.strip():
        write_atomically(path, text)
    else:  # the file was deleted meanwhile, and Pulumi made it anew to hold the salt alone
        path.unlink(missing_ok=True)


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""
