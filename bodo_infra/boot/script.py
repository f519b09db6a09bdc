"""A node's boot script: the values of its cluster on top of ``node.sh``, with a cloud's own part in it, for cloud-init.

It is plain text, not compressed: the same on every machine that renders it, and readable in the console.

What it reads from the cloud-config's bucket or container, which nodes cannot change:
    agent/mirror/<file>         what would come from elsewhere, if it is there
    agent/mirror/wheels/*.whl   Python packages, if they are there; all of them when the workspace has no egress
What it writes there:
    logs/clusters/<uuid>/boot/started/<instance>.json, ready/<instance>.json, failed/<instance>.json and .log
    each json: instance, state, stage, exit_code, at, warnings, last_lines
Beside them a cluster has in the shared files: .ssh-<uuid>/ (key pair and host authority, for the job's user alone),
.packages-<uuid>.requirements and .versions, .hostfile-<uuid>.
"""

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Literal

from bodo_infra.boot import versions
from bodo_infra.errors import Problem
from bodo_infra.scope import AGENT_PREFIX, LOGS_PREFIX

JOB_UID = 1500  # the first user that an image brings along has 1000
"""User and group number of the job's user on every node, and of the access point of an EFS."""

_CLOUD_PLACE = "@CLOUD_PART@"
_UNIT_PLACE = "@AGENT_UNIT@"
_SHARED_PLACE = "@SHARED_PATH@"
_NODE_PLACE = "@NODE@"  # node.sh knows it too: only the node knows its name


@dataclass(frozen=True, kw_only=True)
class BootValues:
    """What the script has to know of its cluster on any cloud.

    ``slots``: ranks per node.  ``efa``: of the spec; ``off`` where the type has no such network.
    ``file_system``: as in the workspace's links.  ``packages``: further requirement lines.
    """

    cluster: str
    cluster_uuid: str
    workspace: str
    workspace_uuid: str
    store: str
    region: str
    egress: str
    shared_path: str
    file_system: Mapping[str, str]
    slots: int
    efa: Literal["auto", "required", "off"]
    bodo_version: str | None
    packages: tuple[str, ...]
    agent_sha256: str


@dataclass(frozen=True, kw_only=True)
class CloudPart:
    """What a cloud adds.

    ``functions``: name of the file with its part of the script, whose ``variables`` come on top.  ``environment``: for
    jobs.  ``record``: of the cluster's record in the store.
    """

    functions: str
    variables: Mapping[str, str]
    environment: Mapping[str, str]
    record: Mapping[str, str]


def requirements(bodo_version: str | None, packages: tuple[str, ...]) -> tuple[str, ...]:
    """Requirement lines of a node's Python."""
    bodo = f"bodo=={bodo_version or versions.BODO_VERSION}"
    return (bodo, *versions.BODO_REQUIREMENTS, *versions.AGENT_REQUIREMENTS, *packages)


def render_script(values: BootValues, cloud: CloudPart) -> str:
    """The script. It holds no secret."""
    variables = {**_variables(values, cloud), **cloud.variables}
    lines = [f"readonly {name}={shlex.quote(value)}" for name, value in variables.items()]
    unit = _without_comments(_file("agent.service")).replace(_SHARED_PLACE, values.shared_path).strip()
    part = _without_comments(_file(cloud.functions)).strip()
    body = _without_comments(_file("node.sh")).replace(_CLOUD_PLACE, part).replace(_UNIT_PLACE, unit)
    return "\n".join(["#!/bin/bash", *lines, body])


def check_length(script: str, packages: tuple[str, ...], *, limit: int, path: str) -> list[Problem]:
    """A list of packages that leaves no room for the rest of the script. ``path``: where the packages stand."""
    size = len(script.encode())
    if size <= limit:
        return []
    rule = f"is {size - limit} bytes too long: a node is told {limit} bytes at its start"
    fix = "Shorten it, or publish a package of your own that requires them all"
    return [Problem(path=path, value=f"{len(packages)} packages", rule=rule, fix=fix)]


def _variables(values: BootValues, cloud: CloudPart) -> dict[str, str]:
    return {
        "AGENT_PREFIX": AGENT_PREFIX,
        "LOGS_PREFIX": LOGS_PREFIX,
        "EGRESS": values.egress,
        "CLUSTER_UUID": values.cluster_uuid,
        "SHARED_PATH": values.shared_path,
        "STORAGE_KIND": values.file_system["kind"],
        "JOB_UID": str(JOB_UID),
        "PYTHON": versions.PYTHON,
        "REQUIREMENTS": "\n".join(requirements(values.bodo_version, values.packages)),
        "FABRIC": values.efa,
        "AGENT_SHA256": values.agent_sha256,
        "AGENT_JSON": json.dumps(
            {"store": values.store, "cluster_uuid": values.cluster_uuid, "node": _NODE_PLACE}, separators=(",", ":")
        ),
        "AGENT_ENV": "\n".join(f"{name}={value}" for name, value in _environment(values, cloud).items()),
        "CLUSTER_JSON": json.dumps(_cluster(values, cloud), separators=(",", ":")),
    }


def _cluster(values: BootValues, cloud: CloudPart) -> dict[str, str | int]:
    """What the first agent of a cluster needs to write the cluster's record."""
    return {
        "uuid": values.cluster_uuid,
        "name": values.cluster,
        "workspace": values.workspace,
        "workspace_uuid": values.workspace_uuid,
        "shared_path": values.shared_path,
        "slots": values.slots,
        "store": values.store,
        "region": values.region,
        **cloud.record,
    }


def _environment(values: BootValues, cloud: CloudPart) -> dict[str, str]:
    """For the agent, its jobs, and everybody's shell: MPI and Bodo as the platform's documentation uses them."""
    return {
        "BODO_INFRA_SHARED": values.shared_path,
        "BODO_PLATFORM_CACHE_LOCATION": f"{values.shared_path}/.cache",
        "BODO_SPAWN_MODE": "0",  # else every rank of `mpiexec` becomes a spawner of its own, and dies with exit code 9
        "HYDRA_HOST_FILE": f"{values.shared_path}/.hostfile-{values.cluster_uuid}",
        "HYDRA_LAUNCHER": "ssh",
        **cloud.environment,
        # One rank has one core.
        "OMP_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONUNBUFFERED": "1",
    }


def _file(name: str) -> str:
    return (files("bodo_infra.boot") / name).read_text()


def _without_comments(text: str) -> str:
    """Without blank lines and half of the indentation, too: on AWS every byte counts."""
    bare = re.sub(r"^[ \t]*#.*\n|^\n", "", text, flags=re.MULTILINE)
    return re.sub(r"^ +", lambda blanks: " " * (len(blanks[0]) // 2), bare, flags=re.MULTILINE)
