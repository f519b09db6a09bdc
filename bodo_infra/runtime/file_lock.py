"""Locks between processes that a dead process cannot keep: one for a lifetime, one for an operation."""

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

from bodo_infra.errors import TransitionError

POLL_S = 0.02
LIFETIME_TRIES = 50
LIFETIME_RETRY_S = 0.01


def hold_for_life(handle: int) -> bool:
    """Lock an open file for as long as this process lives: a sign of life for ``attempt.lock_held``. False when it is
    held already."""
    # Observers take the lock for an instant, to see whether it is held: so try more than once.
    for _ in range(LIFETIME_TRIES):
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(LIFETIME_RETRY_S)
        else:
            return True
    return False


@contextlib.contextmanager
def holding(path: Path, *, patience_s: float, what: str) -> Iterator[None]:
    """Hold a lock file that may be deleted by its last holder. Raises TransitionError after ``patience_s`` seconds."""
    deadline = time.monotonic() + patience_s
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if _locked(handle, path):
                break
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)
        if time.monotonic() >= deadline:
            raise TransitionError(f"{what}: another operation on it is under way", "Try again when it has ended")
        time.sleep(POLL_S)
    try:
        yield
    finally:
        os.close(handle)


def _locked(handle: int, path: Path) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.fstat(handle).st_ino == path.stat().st_ino
    except (BlockingIOError, FileNotFoundError):
        return False
