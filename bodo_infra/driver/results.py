"""What the driver answers with: frozen values, each with the stable JSON that ``--output json`` prints."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from bodo_infra.runtime.logs import LogLine
from bodo_infra.runtime.records import ClusterRecord, JobRecord, WorkspaceRecord

Json = dict[str, Any]


class Verb(StrEnum):
    """What can be done to a stack."""

    UP = "up"
    PREVIEW = "preview"
    REFRESH = "refresh"
    DESTROY = "destroy"


@dataclass(frozen=True, kw_only=True)
class Step:
    """One resource that an operation touches.

    ``operation``: Pulumi's word (create, update, replace, delete), or ``retain`` for what leaves the stack and stays.
    ``id``: what its provider calls it; empty before it is made.
    """

    stack: str
    operation: str
    type: str
    name: str
    id: str = ""


@dataclass(frozen=True, kw_only=True)
class StackResult:
    """What an operation did to one stack."""

    stack: str
    verb: Verb
    changes: Mapping[str, int]
    """Operation -> number of resources, without those that stayed the same."""
    steps: tuple[Step, ...] = ()
    warnings: tuple[str, ...] = ()
    """What the stack's program or the engine warned of."""
    seconds: float

    def to_json(self) -> Json:
        """Stable keys: stack, verb, changes, steps, warnings, seconds."""
        steps = [
            {"operation": step.operation, "type": step.type, "name": step.name, "id": step.id} for step in self.steps
        ]
        return {
            "stack": self.stack,
            "verb": self.verb.value,
            "changes": dict(self.changes),
            "steps": steps,
            "warnings": list(self.warnings),
            "seconds": round(self.seconds, 2),
        }


class StackState(StrEnum):
    """Where a stack stands, as far as its file and Pulumi know.

    UNFINISHED: something of it is there, and the last operation failed.
    """

    NOT_UP = "not up"
    UP = "up"
    UNFINISHED = "unfinished"
    DESTROYED = "destroyed"
    LOCKED = "locked"
    BROKEN_FILE = "broken file"


@dataclass(frozen=True, kw_only=True)
class StackStatus:
    """One stack file and what Pulumi knows of it."""

    name: str
    kind: str
    uses: Mapping[str, str]
    target: str | None
    """None for an organization, which stands below all targets."""
    state: StackState
    resources: int
    updated_at: datetime | None
    note: str = ""

    def to_json(self) -> Json:
        """Stable keys: name, kind, target, uses, state, resources, updated_at, note."""
        return {
            "name": self.name,
            "kind": self.kind,
            "target": self.target,
            "uses": dict(self.uses),
            "state": self.state.value,
            "resources": self.resources,
            "updated_at": _moment(self.updated_at),
            "note": self.note,
        }


@dataclass(frozen=True, kw_only=True)
class Node:
    """One node of a cluster, as it is now: ``state`` is ``running`` or ``stopped``."""

    name: str
    slots: int
    state: str


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """A cluster, with its nodes as they are now."""

    record: ClusterRecord
    nodes: tuple[Node, ...]

    def to_json(self) -> Json:
        """Stable keys: see the README."""
        record = self.record
        return {
            "uuid": record.uuid,
            "name": record.name,
            "workspace": record.workspace,
            "state": record.state.value,
            "reason": record.reason,
            "nodes": [{"name": node.name, "slots": node.slots, "state": node.state} for node in self.nodes],
            "cores": record.cores,
            "hostfile": record.hostfile,
            "shared_path": record.shared_path,
            "auto_pause_minutes": record.auto_pause_minutes,
            "auto_shutdown_minutes": record.auto_shutdown_minutes,
            "last_activity_at": _moment(record.last_activity_at),
            "created_at": _moment(record.created_at),
        }


def workspace_json(workspace: WorkspaceRecord) -> Json:
    """Stable keys: uuid, name, state, shared_path, created_at."""
    return {
        "uuid": workspace.uuid,
        "name": workspace.name,
        "state": workspace.state.value,
        "shared_path": workspace.shared_path,
        "created_at": _moment(workspace.created_at),
    }


def job_json(job: JobRecord) -> Json:
    """Stable keys: see the README. Secrets are references in it, never values."""
    return {
        "uuid": job.uuid,
        "name": job.name,
        "state": job.state.value,
        "reason": job.reason,
        "exit_code": job.exit_code,
        "attempt": job.attempt,
        "retries": job.retries,
        "cluster": job.cluster,
        "cluster_uuid": job.cluster_uuid,
        "workspace": job.workspace,
        "cores": job.cores,
        "command": job.command,
        "mode": job.mode,
        "source": job.source.to_json(),
        "commit": job.commit,
        "schedule": job.schedule.to_json() if job.schedule else None,
        "parent": job.parent,
        "submitted_at": _moment(job.submitted_at),
        "due_at": _moment(job.due_at),
        "started_at": _moment(job.started_at),
        "finished_at": _moment(job.finished_at),
    }


@dataclass(frozen=True, kw_only=True)
class JobNews:
    """Something new about a job that is being followed: its record changed, or lines came, or both."""

    job: JobRecord
    changed: bool
    lines: tuple[LogLine, ...] = field(default=())


def _moment(at: datetime | None) -> str | None:
    return at.isoformat(timespec="seconds") if at else None
