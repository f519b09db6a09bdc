"""An attempt belongs to one runner: a lock says whether it lives, a file that it has begun."""

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

from bodo_infra.runtime.attempt import RUNNER, RunnerFact, write_fact
from bodo_infra.runtime.boot import read_boot_id
from bodo_infra.runtime.clock import utc_now

LOCK_TRIES = 50
LOCK_RETRY_S = 0.01


@contextlib.contextmanager
def locked(path: Path) -> Iterator[bool]:
    """Hold the lock file while the block runs; False when another runner holds it."""
    with path.open("a") as file:
        yield _try_lock(file.fileno())


def _try_lock(handle: int) -> bool:
    # An observer takes the lock for an instant to see whether it is held.
    for _ in range(LOCK_TRIES):
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(LOCK_RETRY_S)
        else:
            return True
    return False


def claim(folder: Path) -> bool:
    """Make ``runner.json``, whole and exclusively; False when there is one: the attempt has had its runner."""
    fact = RunnerFact(pid=os.getpid(), boot_id=read_boot_id(), started_at=utc_now())
    own = f".{RUNNER}-{os.getpid()}"
    write_fact(folder, own, fact)
    try:
        os.link(folder / own, folder / RUNNER)
    except FileExistsError:
        return False
    finally:
        (folder / own).unlink()
    return True
