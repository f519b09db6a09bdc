"""Who holds a stack: the locks of a self-managed Pulumi backend, as the engine names them and as files."""

import json
import re
import socket
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil

# The engine's words (pkg/backend/diy/lock.go): "<url>: created by user@host (pid 123) at 2026-11-27T21:00:00Z"
_HOLDER = re.compile(r"created by (?P<user>\S+)@(?P<host>\S+) \(pid (?P<pid>\d+)\) at (?P<since>\S+)")


@dataclass(frozen=True, kw_only=True)
class LockHolder:
    """One process that holds a stack."""

    user: str
    host: str
    pid: int
    since: str

    def __str__(self) -> str:
        return f"{self.user}@{self.host} (pid {self.pid}) since {self.since}"

    def lives_here(self) -> bool:
        """Whether it is a process of this machine that still runs."""
        try:
            return self.host == socket.gethostname() and psutil.Process(self.pid).status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False

    def is_gone(self) -> bool:
        """Whether it was a process of this machine and has ended; of another machine nobody here can tell."""
        return self.host == socket.gethostname() and not self.lives_here()


@dataclass(frozen=True, kw_only=True)
class Unlocked:
    """What was found when a stack was freed. ``holders``: who held it.

    ``perhaps_made``: type and name of what was in the making; it may be there, and the stack does not know it.
    """

    holders: tuple[LockHolder, ...]
    perhaps_made: tuple[str, ...]


def in_the_making(pending: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """Type and name of the resources whose creation a state calls pending."""
    urns = [operation["resource"]["urn"].split("::", 3) for operation in pending if operation["type"] == "creating"]
    return tuple(f"{types.rpartition('$')[2]} {name}" for _, _, types, name in urns)


def read_locks(text: str) -> list[LockHolder]:
    """The holders that an engine's refusal names."""
    return [
        LockHolder(user=match["user"], host=match["host"], pid=int(match["pid"]), since=match["since"])
        for match in _HOLDER.finditer(text)
    ]


def find_locks(backend: Path, project: str, stack: str) -> list[LockHolder]:
    """The holders of a stack in a backend that is a folder; empty when it is free."""
    return list(_read_lock_files(backend / ".pulumi" / "locks" / "organization" / project / stack))


def _read_lock_files(folder: Path) -> Iterator[LockHolder]:
    for path in sorted(folder.glob("*.json")):
        try:
            lock = json.loads(path.read_text())
        except (OSError, ValueError):  # freed or still being written while we look
            continue
        since = datetime.fromisoformat(lock["timestamp"]).isoformat(timespec="seconds")
        yield LockHolder(user=lock["username"], host=lock["hostname"], pid=lock["pid"], since=since)
