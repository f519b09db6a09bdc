"""Files that are replaced whole: whoever reads one meanwhile sees the old one or the new one, never a part."""

import os
import tempfile
from pathlib import Path

DRAFT = ".new-"
"""How the names of files begin that are still being written; one that was left by a killed process means nothing."""


def write_whole(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Write the file, or replace it; only this user could read it at any time, unless ``mode`` says otherwise.

    Raises OSError; then nothing is left behind, and the old file is what it was.
    """
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=DRAFT)  # with mode 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        if mode != 0o600:
            Path(draft).chmod(mode)
        Path(draft).replace(path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
