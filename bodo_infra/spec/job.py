"""Job: a Python program that runs on a cluster with MPI, now or on a schedule."""

import shlex
from datetime import datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, StringConstraints, field_validator

from bodo_infra.spec.base import Choice, Name, NounSpec, RuleError, Spec
from bodo_infra.spec.cluster import ClusterShape
from bodo_infra.spec.secret import SecretReference

JobMode = Literal["spmd", "spawn"]
EnvName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]


class GitSource(Spec):
    """A Git repository. The URL may be the browser's, with or without `.git`, also with `/tree/REF`."""

    kind: Literal["git"] = "git"
    """A Git repository."""
    url: Annotated[str, StringConstraints(min_length=1)]
    """`https://`, `ssh://`, `git@host:path`, or `file://` on the local target. Never with a password in it."""
    reference: str | None = None
    """Branch, tag, full ref or commit (also abbreviated); the default branch when left out."""
    username: str | None = None
    """User name for a private repository."""
    password: SecretReference | None = None
    """Where the password is found, never the value: `env:NAME`, `file:PATH`, `ssm:/path`, `keyvault:vault/name`."""


class FolderSource(Spec):
    """A folder in the workspace's shared files."""

    kind: Literal["folder"]
    """A folder in the workspace's shared files."""
    path: Annotated[str, StringConstraints(min_length=1)]
    """Path of the folder, relative to the shared files."""


class S3Source(Spec):
    """A prefix in an S3 bucket (aws only)."""

    kind: Literal["s3"]
    """A prefix in an S3 bucket."""
    uri: Annotated[str, StringConstraints(pattern=r"^s3://[a-z0-9.-]+(/.*)?$")]
    """`s3://bucket/prefix`."""


Source = Annotated[GitSource | FolderSource | S3Source, Field(discriminator="kind")]


class Schedule(Spec):
    """When to run: once at a time, or again and again by a cron line."""

    choices = (Choice(fields=("at", "cron")),)

    at: datetime | None = None
    """One start, ISO 8601; without an offset it is meant in `timezone`."""
    cron: str | None = None
    """Five cron fields (minute hour day month weekday)."""
    timezone: str = "UTC"
    """IANA zone that `cron` and an `at` without an offset are meant in."""

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # OSError: a folder of zones, such as Europe
            raise RuleError("must be an IANA time zone", "Use a name such as Europe/Berlin, or UTC") from error
        return value


class JobSpec(NounSpec):
    """One job: what to run, where, when, and what to do when it fails."""

    choices = (Choice(fields=("cluster", "new_cluster")),)

    name: Name
    """Name of the job; several jobs may share it."""
    cluster: Name | None = None
    """Name of an existing cluster. Exactly one of `cluster`, `new_cluster`."""
    new_cluster: ClusterShape | None = None
    """A dedicated cluster that serves this job alone and is removed when the job ends."""
    workspace: Name | None = None
    """Workspace stack of `new_cluster`; may be left out when the project has only one."""
    source: Source
    """Where the program comes from."""
    command: Annotated[str, StringConstraints(min_length=1)]
    """Script and arguments, such as `ex.py 1`: run as `mpiexec -n <cores> python <command>`."""
    mode: JobMode = "spmd"
    """`spmd`: the program runs once per core. `spawn`: it runs once and Bodo spawns its workers (`bodo.pandas`)."""
    ranks: Annotated[int, Field(ge=1)] | None = None
    """MPI ranks to start; all slots of the cluster when left out."""
    env: dict[EnvName, str] = Field(default_factory=dict)
    """Environment variables of the program."""
    schedule: Schedule | None = None
    """When to run; at once when left out."""
    timeout_minutes: Annotated[float, Field(gt=0, le=60 * 24 * 30)] = 60
    """Limit of one attempt, in minutes."""
    retries: Annotated[int, Field(ge=0, le=100)] = 0
    """How many more attempts a failure is given."""
    retry_delay_minutes: Annotated[float, Field(ge=0, le=60 * 24)] = 1
    """Wait before the next attempt, in minutes."""
    retry_on_timeout: bool = False
    """Count a timeout as a failure that may be retried."""

    @field_validator("command")
    @classmethod
    def _splits_like_a_shell(cls, value: str) -> str:
        try:
            words = shlex.split(value)
        except ValueError as error:
            rule = f"must split into words like a shell command ({str(error).lower()})"
            raise RuleError(rule, "Close the quotation, or escape the quote") from error
        if not words:
            raise RuleError("must name a script", "Write the script and its arguments, such as `ex.py 1`")
        if ":" in words:
            rule = "must not hold `:` as a word of its own: to mpiexec that is the start of another program"
            raise RuleError(rule, "Join it to another word, or pass it in a variable (env)")
        return value
