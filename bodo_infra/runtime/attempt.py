"""One attempt of a job as a folder of small files: all that the agent and the runner of the attempt say to each other.

Neither needs the other alive. The runner is a process of its own, so an agent that is killed loses nothing; whichever
agent leads next reads the folder and goes on.

    order.json     agent -> runner   what to run; written whole before the runner starts
    runner.lock    runner            held (flock) for as long as the runner lives
    runner.json    runner            made exclusively: a second runner of the attempt ends at once; nothing runs twice
    progress.json  runner -> agent   stage, commit, ranks
    cancel         agent -> runner   its presence orders the runner to stop the program
    exit.json      runner -> agent   how it ended; written last, whole
    rank-R.out, rank-R.err           what rank R printed, to the byte
    merged.log                       all ranks' lines in order of arrival, see ``logs``
    hostfile                         copy of the cluster's, taken at launch
    .reserve                         space that is given back for exit.json when the disk is full
    runner.err                       what the runner, git and mpiexec had to say
"""

import fcntl
import json
import os
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from bodo_infra.runtime.records import Record, SomeRecord, SourceRecord
from bodo_infra.runtime.states import JobState
from bodo_infra.runtime.whole_file import write_whole

ORDER = "order.json"
RUNNER_LOCK = "runner.lock"
RUNNER = "runner.json"
PROGRESS = "progress.json"
CANCEL = "cancel"
EXIT = "exit.json"
MERGED_LOG = "merged.log"
RUNNER_ERR = "runner.err"

MARK_VARIABLE = "BODO_INFRA_ATTEMPT"
"""Every process of an attempt carries this variable, see ``mark``: how leftovers are found and ended."""


def mark(job_uuid: str, number: int) -> str:
    """What the processes of a job's attempt carry in MARK_VARIABLE: ``<job uuid>/<number>``."""
    return f"{job_uuid}/{number}"


class Stage(StrEnum):
    """How far an attempt got; the reason of a failure names it."""

    SOURCE = "source"
    LAUNCH = "launch"
    RUN = "run"


@dataclass(frozen=True, kw_only=True)
class Order(Record):
    """All that a runner needs. Holds no secret: ``secrets_path`` is where the driver left them, if it did."""

    job_uuid: str
    job_name: str
    number: int
    command: str
    mode: str
    source: SourceRecord
    env: dict[str, str] = field(default_factory=dict)
    ranks: int | None
    """None: every slot of the hostfile."""
    hostfile: str
    """The cluster's hostfile; the runner works on a copy taken at launch."""
    shared_path: str
    checkouts_path: str
    """Folder for this cluster's checkouts, under the shared path. One attempt at a time uses it."""
    remote_shell: str | None
    """Program that stands in for ssh and enters a node of this machine; None: the nodes are told apart by name only."""
    secrets_path: str | None = None
    timeout_s: float
    kill_grace_s: float = 5.0

    @property
    def mark(self) -> str:
        """What every process of this attempt carries in MARK_VARIABLE."""
        return mark(self.job_uuid, self.number)


@dataclass(frozen=True, kw_only=True)
class RunnerFact(Record):
    """Who runs the attempt."""

    pid: int
    boot_id: str
    started_at: datetime


@dataclass(frozen=True, kw_only=True)
class Progress(Record):
    """What is known before the end."""

    stage: Stage
    commit: str | None = None
    ranks: int | None = None


@dataclass(frozen=True, kw_only=True)
class Exit(Record):
    """How an attempt ended: ``state`` is FINISHED, FAILED, TIMEOUT or CANCELLED."""

    state: JobState
    exit_code: int | None
    reason: str
    at: datetime


def write_fact(folder: Path, name: str, fact: Record) -> None:
    """Write one of the files whole."""
    write_whole(folder / name, json.dumps(fact.to_json()).encode())


def read_fact(folder: Path, name: str, kind: type[SomeRecord]) -> SomeRecord | None:
    """The file's content, None when it is not there (yet)."""
    try:
        text = (folder / name).read_text()
    except FileNotFoundError:
        return None
    return kind.from_json(json.loads(text))


def lock_held(path: Path) -> bool:
    """Whether a living process holds the lock file. Unlike a pid, a lock can't outlive its process."""
    try:
        handle = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        # Shared: two who ask at once must not take each other for the holder.
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False
