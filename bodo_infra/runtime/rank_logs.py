"""Logs of an attempt: rank files as the program wrote them, and all of them merged, line by line, as they come.

A line of the merged log is ``<o|e><rank> <text>``: stream (stdout, stderr), rank, and the bytes unchanged.
"""

import contextlib
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from bodo_infra.runtime.attempt import MERGED_LOG

Stream = Literal["stdout", "stderr"]

LINE_MAX = 1 << 20
"""A line longer than this (1 MiB) may be continued on the next line of the merged log; rank files keep it whole."""

_RANK_FILE = re.compile(r"^rank-(\d+)\.(out|err)$")


@dataclass(kw_only=True)
class RankFile:
    """One rank's stream, read as far as ``rest``: the start of a line that has not ended yet."""

    rank: int
    stream: Stream
    handle: int
    rest: bytes = b""
    lines: int = 0

    @property
    def prefix(self) -> bytes:
        """What the merged log puts before each line."""
        return f"{self.stream[3]}{self.rank} ".encode()


@dataclass(kw_only=True)
class Merger:
    """Copies what ranks write into one log. ``pump`` it every few hundredths of a second, ``close`` it at the end.

    Raises OSError (ENOSPC) when the disk is full.
    """

    folder: Path
    files: dict[str, RankFile] = field(default_factory=dict)
    _merged: int = field(init=False)

    def __post_init__(self) -> None:
        self._merged = os.open(self.folder / MERGED_LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def pump(self) -> int:
        """Copy what has come since last time, a bounded piece of each file; return its bytes, 0 when there was none."""
        self._find_new_files()
        return sum(self._copy(file) for file in self.files.values())

    def close(self) -> None:
        """Copy all that is left; last lines that lack their line feed get one."""
        try:
            while self.pump():
                pass
            for file in self.files.values():
                if file.rest:
                    self._write(file, file.rest + b"\n")
                    file.rest = b""
        finally:
            for file in self.files.values():
                os.close(file.handle)
            os.close(self._merged)

    def _find_new_files(self) -> None:
        # One listing costs less than asking for two files per rank, most of which may never come.
        for name in os.listdir(self.folder):  # noqa: PTH208
            found = None if name in self.files else _RANK_FILE.match(name)
            if found:
                stream: Stream = "stdout" if found[2] == "out" else "stderr"
                handle = os.open(self.folder / name, os.O_RDONLY)
                self.files[name] = RankFile(rank=int(found[1]), stream=stream, handle=handle)

    def _copy(self, file: RankFile) -> int:
        new = os.read(file.handle, LINE_MAX)
        if not new:
            return 0
        content = file.rest + new
        whole = content.rfind(b"\n") + 1
        file.rest = content[whole:]
        if whole:
            self._write(file, content[:whole])
        if len(file.rest) >= LINE_MAX:
            self._write(file, file.rest + b"\n")
            file.rest = b""
        return len(new)

    def _write(self, file: RankFile, lines: bytes) -> None:
        """``lines``: whole lines, the last line feed included."""
        file.lines += lines.count(b"\n")
        content = memoryview(file.prefix + lines[:-1].replace(b"\n", b"\n" + file.prefix) + b"\n")
        while content:
            content = content[os.write(self._merged, content) :]


def tail(path: Path, *, since: int = 0, size: int = 16384) -> str:
    """The last ``size`` bytes of a file, from byte ``since`` on, as text; empty when it is not there."""
    with contextlib.suppress(FileNotFoundError), path.open("rb") as file:
        file.seek(max(since, file.seek(0, os.SEEK_END) - size))
        return file.read().decode(errors="replace")
    return ""
