"""Reading the logs of an attempt from a store. What writes them, and their form, is in ``rank_logs``."""

import re
from dataclasses import dataclass

from bodo_infra.runtime import keys
from bodo_infra.runtime.attempt import MERGED_LOG, RUNNER_ERR
from bodo_infra.runtime.rank_logs import Stream
from bodo_infra.runtime.store.base import MissingError, Store

READ_SIZE = 4 << 20
"""Bytes that one ``read_log`` looks at; more than a line can have, so every read gets on."""

_MERGED_LINE = re.compile(r"^([oe])(\d+) (.*)$", re.DOTALL)
_STREAMS: dict[str, Stream] = {"o": "stdout", "e": "stderr"}


@dataclass(frozen=True, kw_only=True)
class LogLine:
    """One line that a rank printed; bytes that are no UTF-8 appear as ``\\xNN``."""

    rank: int
    stream: Stream
    text: str


def read_log(store: Store, job_uuid: str, attempt: int, start: int) -> tuple[list[LogLine], int]:
    """Whole lines of an attempt's merged log from byte ``start`` on, and where to start next.

    An empty list means that nothing more has been written yet. Reads a few MiB at most: call it until it returns none.
    """
    content = _read_object(store, keys.attempt(job_uuid, attempt) + MERGED_LOG, start, READ_SIZE)
    whole = content.rfind(b"\n") + 1
    lines = content[:whole].split(b"\n")[:-1]
    return [_parse(line) for line in lines], start + whole


def read_runner_messages(store: Store, job_uuid: str, attempt: int) -> str:
    """What the attempt's runner, git and mpiexec had to say; empty when nothing."""
    content = _read_object(store, keys.attempt(job_uuid, attempt) + RUNNER_ERR, 0, READ_SIZE)
    return content.decode(errors="backslashreplace")


def _read_object(store: Store, path: str, start: int, size: int) -> bytes:
    try:
        return store.get_object(path, start, size)
    except MissingError:
        return b""


def _parse(line: bytes) -> LogLine:
    text = line.decode(errors="backslashreplace")
    found = _MERGED_LINE.match(text)
    if found is None:  # torn by a full disk
        return LogLine(rank=0, stream="stderr", text=text)
    return LogLine(rank=int(found[2]), stream=_STREAMS[found[1]], text=found[3])
