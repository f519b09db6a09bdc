"""The life of jobs and clusters as two tables. A step that is not in its table raises. The words are the platform's."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from bodo_infra.errors import TransitionError


class JobState(StrEnum):
    """Where a job stands."""

    NEW = "NEW"
    INPROGRESS = "INPROGRESS"
    CANCELLING = "CANCELLING"
    FINISHED = "FINISHED"
    FAILED = "FAILED"
    TIMEOUT = "TIMEOUT"
    CANCELLED = "CANCELLED"

    @property
    def ended(self) -> bool:
        """Nothing will happen to this job any more."""
        return not JOB_NEXT[self]


class WorkspaceState(StrEnum):
    """Where a workspace stands."""

    READY = "READY"
    DESTROYED = "DESTROYED"
    """It is gone, its files were kept: a workspace of the same name and path finds them and its uuid again."""


class ClusterState(StrEnum):
    """Where a cluster stands."""

    NEW = "NEW"
    INPROGRESS = "INPROGRESS"
    RUNNING = "RUNNING"
    PAUSING = "PAUSING"
    PAUSED = "PAUSED"
    RESUMING = "RESUMING"
    SHUTTING_DOWN = "SHUTTING_DOWN"
    REMOVED = "REMOVED"
    FAILED = "FAILED"


# NEW to FAILED: the cluster never came, or the definition cannot run.  INPROGRESS to NEW: another attempt is due.
# CANCELLING to FINISHED, FAILED, TIMEOUT: the program ended by itself before the order reached it.
JOB_NEXT: Mapping[JobState, tuple[JobState, ...]] = {
    JobState.NEW: (JobState.INPROGRESS, JobState.CANCELLED, JobState.FAILED),
    JobState.INPROGRESS: (
        JobState.FINISHED,
        JobState.FAILED,
        JobState.TIMEOUT,
        JobState.CANCELLING,
        JobState.NEW,
    ),
    JobState.CANCELLING: (JobState.CANCELLED, JobState.FINISHED, JobState.FAILED, JobState.TIMEOUT),
    JobState.FINISHED: (),
    JobState.FAILED: (),
    JobState.TIMEOUT: (),
    JobState.CANCELLED: (),
}

# INPROGRESS to itself is not an edge: whoever finds a half-made cluster goes on from INPROGRESS.
# FAILED to INPROGRESS: the next `up` tries again.  RUNNING to INPROGRESS: nodes are being added, removed or replaced.
# PAUSING to RUNNING: a job started in the same moment, so the pause is taken back.
CLUSTER_NEXT: Mapping[ClusterState, tuple[ClusterState, ...]] = {
    ClusterState.NEW: (ClusterState.INPROGRESS, ClusterState.SHUTTING_DOWN, ClusterState.FAILED),
    ClusterState.INPROGRESS: (ClusterState.RUNNING, ClusterState.SHUTTING_DOWN, ClusterState.FAILED),
    ClusterState.RUNNING: (
        ClusterState.INPROGRESS,
        ClusterState.PAUSING,
        ClusterState.SHUTTING_DOWN,
        ClusterState.FAILED,
    ),
    ClusterState.PAUSING: (
        ClusterState.PAUSED,
        ClusterState.RUNNING,
        ClusterState.SHUTTING_DOWN,
        ClusterState.FAILED,
    ),
    ClusterState.PAUSED: (ClusterState.RESUMING, ClusterState.SHUTTING_DOWN),
    ClusterState.RESUMING: (
        ClusterState.RUNNING,
        ClusterState.PAUSING,
        ClusterState.SHUTTING_DOWN,
        ClusterState.FAILED,
    ),
    ClusterState.SHUTTING_DOWN: (ClusterState.REMOVED, ClusterState.FAILED),
    ClusterState.FAILED: (ClusterState.INPROGRESS, ClusterState.SHUTTING_DOWN),
    ClusterState.REMOVED: (),
}

STARTING = (ClusterState.INPROGRESS, ClusterState.RESUMING)
"""Nodes are coming: RUNNING follows when all are there."""

UP = (*STARTING, ClusterState.RUNNING)
"""Nodes are there or coming: what is missing is to be started."""

RESUMABLE = frozenset({ClusterState.PAUSING, ClusterState.PAUSED})
"""Such a cluster serves jobs once it is resumed."""

SERVES = frozenset({ClusterState.NEW, *UP})
"""Such a cluster serves jobs, now or as soon as its nodes are there."""

State = TypeVar("State", JobState, ClusterState)


def check_step(what: str, now: State, to: State, table: Mapping[State, tuple[State, ...]]) -> None:
    """Raise TransitionError when ``what`` (such as ``job 'etl'``) may not go from ``now`` to ``to``."""
    if to in table[now]:
        return
    allowed = ", ".join(state.value for state in table[now])
    rule = f"possible: {allowed}" if allowed else "it has ended"
    fix = f"Look at it with `bodo-infra {what.split()[0]} show`"
    raise TransitionError(f"{what} is {now.value} and cannot become {to.value}; {rule}", fix)
