"""An attempt belongs to one runner: a lock says whether it lives, a file that it has begun."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from bodo_infra.runtime.attempt import RUNNER, RunnerFact, write_fact
from bodo_infra.runtime.boot import read_boot_id
from bodo_infra.runtime.clock import utc_now
from bodo_infra.runtime.file_lock import hold_for_life


@contextlib.contextmanager
def locked(path: Path) -> Iterator[bool]:
    """Hold the lock file while the block runs; False when another runner holds it."""
    with path.open("a") as file:
        yield hold_for_life(file.fileno())


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
