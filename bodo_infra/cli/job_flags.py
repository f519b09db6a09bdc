"""From a job file and flags to a JobSpec: a flag wins over the file; what is clear need not be said."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from bodo_infra.errors import InputError
from bodo_infra.project.yaml_files import parse_yaml_value, read_yaml, shown_path
from bodo_infra.spec import JobSpec
from bodo_infra.spec.problems import parse_spec

_PLAIN = (
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
_GIT = {"git_url": "url", "reference": "reference", "username": "username", "password": "password"}
_SCHEDULE = ("at", "cron", "timezone")


def job_spec(file: Path | None, flags: Mapping[str, Any], *, clusters: Callable[[], list[str]]) -> JobSpec:
    """The job that a file and flags describe. ``clusters``: names of those that are there, asked when none is given.

    Raises InputError with every problem, UsageError for flags that exclude each other.
    """
    data = _from_file(file) if file else {}
    data.update({key: flags[key] for key in _PLAIN if flags[key] is not None})
    if flags["env"]:
        data["env"] = {**(data.get("env") or {}), **_pairs("--env", flags["env"])}
    if flags["new_cluster"] is not None:
        shape = _pairs("--new-cluster", flags["new_cluster"].split(","))
        data["new_cluster"] = {key: parse_yaml_value(value) for key, value in shape.items()}
        data.pop("cluster", None)
    elif flags["cluster"] is not None:
        data.pop("new_cluster", None)
    _set_source(data, flags)
    schedule = {key: flags[key] for key in _SCHEDULE if flags[key] is not None}
    if schedule:
        data["schedule"] = schedule
    _fill_in(data, clusters)
    spec = parse_spec("job", data, file=shown_path(file) if file else None)
    assert isinstance(spec, JobSpec)
    return spec


def _from_file(file: Path) -> dict[str, Any]:
    content = read_yaml(file)
    if not isinstance(content, Mapping):
        raise InputError(f"{shown_path(file)} holds no mapping of fields", "See `bodo-infra schema job`")
    return dict(content)


def _set_source(data: dict[str, Any], flags: Mapping[str, Any]) -> None:
    git = {field: flags[flag] for flag, field in _GIT.items() if flags[flag] is not None}
    if git and flags["folder"] is not None:
        raise click.UsageError("--folder and --git exclude each other.")
    if flags["folder"] is not None:
        data["source"] = {"kind": "folder", "path": flags["folder"]}
    elif "url" in git:
        data["source"] = {"kind": "git", **git}
    elif git:
        data["source"] = {**(data.get("source") or {"kind": "git"}), **git}


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


def _pairs(option: str, given: tuple[str, ...] | list[str]) -> dict[str, str]:
    pairs = {}
    for text in given:
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise click.BadParameter("must have the form KEY=VALUE", param_hint=option)
        pairs[key.strip()] = value
    return pairs
