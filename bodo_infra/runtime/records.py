"""What the store keeps of workspaces, clusters and jobs: frozen values, and JSON by explicit read and write.

Times are aware UTC datetimes in code and ISO 8601 text in JSON. None means "not yet" or "never".
"""

import types
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from typing import Any, ClassVar, Self, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from bodo_infra.errors import HostError
from bodo_infra.runtime.states import CLUSTER_NEXT, JOB_NEXT, ClusterState, JobState, WorkspaceState, check_step

Json = dict[str, Any]
SomeRecord = TypeVar("SomeRecord", bound="Record")

CHECKOUTS = ".checkouts"
"""Folder in the shared files of a workspace that holds the sources of its clusters' jobs."""


class Record:
    """A value that outlives the process. Subclasses are frozen dataclasses of plain values, records and enums."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    def to_json(self) -> Json:
        """Every field, None included, as JSON values."""
        return {f.name: _write(getattr(self, f.name)) for f in fields(self)}

    @classmethod
    def from_json(cls, json: Mapping[str, Any]) -> Self:
        """The inverse of ``to_json``; fields that this version does not know are dropped, new ones take defaults."""
        hints = _hints(cast(Hashable, cls))
        return cls(**{name: _read(hints[name], value) for name, value in json.items() if name in hints})


def read_record(kind: type[SomeRecord], key: str, json: Mapping[str, Any]) -> SomeRecord:
    """The record that a store keeps under ``key``. Raises HostError when this version cannot make sense of it."""
    try:
        return kind.from_json(json)
    except (ValueError, TypeError, AttributeError) as error:
        raise HostError(
            f"record {key} of the store cannot be read: {error}",
            "Another version of bodo-infra has written it, or it was spoiled: use that version",
        ) from error


@cache
def _hints(cls: Hashable) -> dict[str, Any]:
    return {name: hint for name, hint in get_type_hints(cls).items() if not name.startswith("__")}


def _write(value: Any) -> Any:  # noqa: ANN401 - the border between records and JSON
    if isinstance(value, Record):
        return value.to_json()
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, tuple):
        return [_write(item) for item in value]
    return value


def _read(hint: Any, value: Any) -> Any:  # noqa: ANN401 - the border between records and JSON
    if value is None:
        return None
    if get_origin(hint) in (Union, types.UnionType):
        hint = next(arg for arg in get_args(hint) if arg is not type(None))
    if get_origin(hint) is tuple:
        return tuple(_read(get_args(hint)[0], item) for item in value)
    if isinstance(hint, type) and issubclass(hint, Record):
        return hint.from_json(value)
    if hint is datetime:
        return datetime.fromisoformat(value)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return hint(value)
    return value


@dataclass(frozen=True, kw_only=True)
class WorkspaceRecord(Record):
    """A workspace as the runtime sees it."""

    uuid: str
    name: str
    state: WorkspaceState = WorkspaceState.READY
    shared_path: str
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class NodeRecord(Record):
    """One node: its name in the hostfile and its MPI slots."""

    name: str
    slots: int


@dataclass(frozen=True, kw_only=True)
class ClusterRecord(Record):
    """A cluster as the runtime sees it. The plugin writes the wish (nodes), the leader agent the state."""

    uuid: str
    name: str
    workspace: str
    workspace_uuid: str
    state: ClusterState
    reason: str = ""
    nodes: tuple[NodeRecord, ...]
    shared_path: str
    private_path: str
    """Folder of agents, locks and the remote shell; on the local target beside the store, mode 0700."""
    auto_pause_minutes: int | None
    auto_shutdown_minutes: int | None
    dedicated: bool = False
    """Serves one job and is removed when that job has ended."""
    created_at: datetime
    in_state_since: datetime
    last_activity_at: datetime

    @property
    def cores(self) -> int:
        """Slots of all nodes: the <TOTAL_CORE_COUNT> of the platform's documentation."""
        return sum(node.slots for node in self.nodes)

    @property
    def hostfile(self) -> str:
        """Path of the hostfile that the platform's documentation names."""
        return f"{self.shared_path}/.hostfile-{self.uuid}"

    @property
    def checkouts_path(self) -> str:
        """Folder of the sources of this cluster's jobs: every node sees it, and it goes when the cluster goes."""
        return f"{self.shared_path}/{CHECKOUTS}/{self.uuid}"

    def moved(self, to: ClusterState, *, at: datetime, reason: str = "") -> "ClusterRecord":
        """The cluster in state ``to``. Raises TransitionError when the table has no such edge."""
        check_step(f"cluster {self.name!r}", self.state, to, CLUSTER_NEXT)
        return replace(self, state=to, reason=reason, in_state_since=at)


@dataclass(frozen=True, kw_only=True)
class SourceRecord(Record):
    """Where a job's program comes from; ``password`` is a reference, never a value."""

    kind: str
    url: str = ""
    reference: str | None = None
    username: str | None = None
    password: str | None = None
    path: str = ""


@dataclass(frozen=True, kw_only=True)
class ScheduleRecord(Record):
    """A cron line and its zone; the moments are kept as ``due_at`` of the job."""

    cron: str
    timezone: str


@dataclass(frozen=True, kw_only=True)
class JobRecord(Record):
    """A job, from the moment it was asked for until somebody deletes it."""

    uuid: str
    name: str
    cluster: str
    cluster_uuid: str
    workspace: str
    state: JobState = JobState.NEW
    reason: str = "recently submitted"
    exit_code: int | None = None
    attempt: int = 0
    """Number of the current or last attempt, from 1; 0 before the first."""
    command: str
    mode: str = "spmd"
    source: SourceRecord
    env: dict[str, str] = field(default_factory=dict)
    ranks: int | None = None
    """Ranks asked for; None means every slot at the moment of launch."""
    cores: int | None = None
    """Ranks that the current or last attempt was launched with."""
    commit: str | None = None
    timeout_minutes: float = 60
    retries: int = 0
    retry_delay_minutes: float = 1
    retry_on_timeout: bool = False
    dedicated: bool = False
    schedule: ScheduleRecord | None = None
    """Set on a recurring job: it stays NEW, and each time that comes makes a job of its own."""
    parent: str | None = None
    """uuid of the recurring job that made this one."""
    submitted_at: datetime
    due_at: datetime
    """Not to be started before this moment; moved on by retries and by cron."""
    started_at: datetime | None = None
    finished_at: datetime | None = None

    def moved(self, to: JobState, *, reason: str = "", **changes: Any) -> "JobRecord":  # noqa: ANN401 - fields of this class
        """The job in state ``to``, with ``changes``. Raises TransitionError when the table has no such edge."""
        check_step(f"job {self.name!r}", self.state, to, JOB_NEXT)
        return replace(self, state=to, reason=reason, **changes)


@dataclass(frozen=True, kw_only=True)
class LeaseRecord(Record):
    """Who leads a cluster's agents, and until when unless renewed."""

    holder: str
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class HeartbeatRecord(Record):
    """A node agent's last sign of life."""

    node: str
    pid: int
    boot_id: str
    at: datetime
