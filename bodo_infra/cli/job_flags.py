"""From a job file and flags to a JobSpec: a flag wins over the file; what is clear need not be said."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from bodo_infra.cli.pairs import parse_pairs
from bodo_infra.errors import InputError
from bodo_infra.project.field_values import field_values
from bodo_infra.project.yaml_files import read_yaml, shown_path
from bodo_infra.spec import JobSpec
from bodo_infra.spec.cluster import ClusterShape
from bodo_infra.spec.problems import parse_as


@dataclass(frozen=True, kw_only=True)
class JobFlags:
    """The flags of `job run`, as they were typed; None, or an empty tuple: not given."""

    name: str | None = None
    cluster: str | None = None
    new_cluster: str | None = None
    workspace: str | None = None
    command: str | None = None
    git_url: str | None = None
    reference: str | None = None
    username: str | None = None
    password: str | None = None
    folder: str | None = None
    mode: str | None = None
    ranks: int | None = None
    env: tuple[str, ...] = ()
    at: str | None = None
    cron: str | None = None
    timezone: str | None = None
    timeout_minutes: float | None = None
    retries: int | None = None
    retry_delay_minutes: float | None = None
    retry_on_timeout: bool | None = None

    def given(self, fields: Mapping[str, str]) -> dict[str, Any]:
        """What was given of these flags, by the field of the spec that each stands for."""
        values = {field: getattr(self, flag) for flag, field in fields.items()}
        return {field: value for field, value in values.items() if value is not None}


# Flag -> field. What is not here takes more than copying.
_PLAIN = {
    name: name
    for name in (
        "name",
        "cluster",
        "workspace",
        "command",
        "mode",
        "ranks",
        "timeout_minutes",
        "retries",
        "retry_delay_minutes",
        "retry_on_timeout",
    )
}
_GIT = {"git_url": "url", "reference": "reference", "username": "username", "password": "password"}
_SCHEDULE = {"at": "at", "cron": "cron", "timezone": "timezone"}


def job_spec(file: Path | None, flags: JobFlags, *, clusters: Callable[[], list[str]]) -> JobSpec:
    """The job that a file and flags describe. ``clusters``: names of those that are there, asked when none is given.

    Raises InputError with every problem, UsageError for flags that exclude each other.
    """
    data = _from_file(file) if file else {}
    data.update(flags.given(_PLAIN))
    if flags.env:
        data["env"] = _merged(data.get("env"), parse_pairs("--env", flags.env))
    if flags.new_cluster is not None and flags.cluster is not None:
        raise click.UsageError("--cluster and --new-cluster exclude each other.")
    if flags.new_cluster is not None:
        shape = parse_pairs("--new-cluster", flags.new_cluster.split(","))
        data["new_cluster"] = field_values(ClusterShape, shape)
        data.pop("cluster", None)
    elif flags.cluster is not None:
        data.pop("new_cluster", None)
    _set_source(data, flags)
    schedule = flags.given(_SCHEDULE)
    if schedule:
        data["schedule"] = schedule
    _fill_in(data, clusters)
    return parse_as(JobSpec, data, file=shown_path(file) if file else None)


def _from_file(file: Path) -> dict[str, Any]:
    content = read_yaml(file)
    if not isinstance(content, Mapping):
        raise InputError(f"{shown_path(file)} holds no mapping of fields", "See `bodo-infra schema job`")
    return dict(content)


def _set_source(data: dict[str, Any], flags: JobFlags) -> None:
    git = flags.given(_GIT)
    if git and flags.folder is not None:
        raise click.UsageError("--folder and --git exclude each other.")
    if flags.folder is not None:
        data["source"] = {"kind": "folder", "path": flags.folder}
    elif "url" in git:
        data["source"] = {"kind": "git", **git}
    elif git:
        data["source"] = _merged(data.get("source") or {"kind": "git"}, git)


def _merged(in_file: object, flags: Mapping[str, Any]) -> object:
    """Flags laid over a mapping of the file. What is no mapping there stays as it is: the spec says what is wrong."""
    if in_file is None:
        return dict(flags)
    return {**in_file, **flags} if isinstance(in_file, Mapping) else in_file


def _fill_in(data: dict[str, Any], clusters: Callable[[], list[str]]) -> None:
    if not data.get("name") and isinstance(data.get("command"), str):
        stem = Path((data["command"].split() or [""])[0]).stem.lower()
        data["name"] = re.sub(r"[^a-z0-9]+", "-", stem).strip("-") or "job"
    if "cluster" not in data and "new_cluster" not in data:
        there = clusters()
        if len(there) != 1:
            known = f"there are {', '.join(there)}" if there else "there is none"
            raise InputError(
                f"cluster is missing, and {known}",
                "Say --cluster NAME or --new-cluster nodes=2" if there else "Bring one up: `bodo-infra up`",
            )
        data["cluster"] = there[0]
