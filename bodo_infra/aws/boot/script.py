"""A node's user data: the values of its cluster on top of ``node.sh``, as one script for cloud-init.

It is plain text, not compressed: the same on every machine that renders it, and readable in the console.

What it reads from the cloud-config's bucket, which nodes cannot change:
    agent/<uuid>/<sha256>.zip   the agent's package, made with the cluster
    agent/mirror/<file>         what would come from elsewhere (the EFA installer), if it is there
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

from bodo_infra.aws.boot import versions
from bodo_infra.errors import Problem
from bodo_infra.plans.names import AUTO_SCALING_GROUP, DYNAMODB_TABLE, S3_BUCKET
from bodo_infra.scope import AGENT_PREFIX
from bodo_infra.spec import ClusterSpec
from bodo_infra.spec.base import NAME_MAX

USER_DATA_BYTES = 16384  # EC2 user guide, "Run commands when you launch an EC2 instance with user data input"
LOGS_PREFIX = "logs/"  # one of NODE_PREFIXES
JOB_UID = 1500  # the first user that an image brings along has 1000
"""User and group number of the job's user on every node, and of the access point of an EFS."""

_UNIT_PLACE = "@AGENT_UNIT@"
_SHARED_PLACE = "@SHARED_PATH@"
_NODE_PLACE = "@NODE@"  # node.sh knows it too: only the node knows its name


@dataclass(frozen=True, kw_only=True)
class BootValues:
    """What the script has to know of its cluster.

    ``group``: name of the Auto Scaling group.  ``slots``: ranks per node.  ``efa``: ``off`` where the type has none.
    ``file_system``: as in the workspace's links.  ``packages``: further requirement lines.
    """

    cluster: str
    cluster_uuid: str
    workspace: str
    workspace_uuid: str
    group: str
    store: str
    bucket: str
    bucket_region: str
    region: str
    egress: str
    shared_path: str
    file_system: Mapping[str, str]
    slots: int
    efa: Literal["auto", "required", "off"]
    bodo_version: str | None
    packages: tuple[str, ...]
    agent_sha256: str

    @property
    def agent_key(self) -> str:
        """Where in the bucket the agent's package lies."""
        return agent_key(self.cluster_uuid, self.agent_sha256)


def agent_key(cluster_uuid: str, sha256: str) -> str:
    """Of each cluster its own: one that goes takes nothing away from another."""
    return f"{AGENT_PREFIX}{cluster_uuid}/{sha256}.zip"


def requirements(bodo_version: str | None, packages: tuple[str, ...]) -> tuple[str, ...]:
    """Requirement lines of a node's Python."""
    bodo = f"bodo=={bodo_version or versions.BODO_VERSION}"
    return (bodo, *versions.BODO_REQUIREMENTS, *versions.AGENT_REQUIREMENTS, *packages)


def render_boot_script(values: BootValues) -> str:
    """The script. It holds no secret."""
    lines = [f"readonly {name}={shlex.quote(value)}" for name, value in _variables(values).items()]
    unit = _without_comments(_file("agent.service")).replace(_SHARED_PLACE, values.shared_path).strip()
    body = _without_comments(_file("node.sh")).replace(_UNIT_PLACE, unit)
    return "\n".join(["#!/bin/bash", *lines, body])


def check_user_data(spec: ClusterSpec, *, path: str) -> list[Problem]:
    """A list of packages that leaves no room for the rest of the script. ``path``: where the packages stand."""
    size = len(render_boot_script(_longest(spec)).encode())
    if size <= USER_DATA_BYTES:
        return []
    rule = f"is {size - USER_DATA_BYTES} bytes too long: a node is told {USER_DATA_BYTES} bytes at its start"
    fix = "Shorten it, or publish a package of your own that requires them all"
    return [Problem(path=path, value=f"{len(spec.packages)} packages", rule=rule, fix=fix)]


def _longest(spec: ClusterSpec) -> BootValues:
    """Values of a cluster as long as any can be."""
    detail = {"access_point_id": "a" * 32}
    return BootValues(
        cluster=spec.name,
        cluster_uuid="u" * 36,
        workspace="w" * NAME_MAX,
        workspace_uuid="u" * 36,
        group="g" * AUTO_SCALING_GROUP.limit,
        store=f"s3://{'b' * S3_BUCKET.limit}?table={'t' * DYNAMODB_TABLE.limit}&region={'r' * 16}",
        bucket="b" * S3_BUCKET.limit,
        bucket_region="r" * 16,
        region="r" * 16,
        egress="nat",
        shared_path="/" + "s" * 40,
        file_system={"kind": "efs", "id": "f" * 32, "dns_name": "d" * 80, **detail},
        slots=1000,
        efa="required",
        bodo_version=spec.bodo_version,
        packages=spec.packages,
        agent_sha256="0" * 64,
    )


def _variables(values: BootValues) -> dict[str, str]:
    files_of = values.file_system
    return {
        "REGION": values.region,
        "BUCKET": values.bucket,
        "BUCKET_REGION": values.bucket_region,
        "AGENT_PREFIX": AGENT_PREFIX,
        "LOGS_PREFIX": LOGS_PREFIX,
        "EGRESS": values.egress,
        "CLUSTER_UUID": values.cluster_uuid,
        "GROUP": values.group,
        "SHARED_PATH": values.shared_path,
        "STORAGE_KIND": files_of["kind"],
        "STORAGE_ID": files_of["id"],
        "STORAGE_DNS": files_of.get("dns_name", ""),
        "STORAGE_DETAIL": files_of.get("access_point_id") or files_of.get("mount_name", ""),
        "JOB_UID": str(JOB_UID),
        "PYTHON": versions.PYTHON,
        "REQUIREMENTS": "\n".join(requirements(values.bodo_version, values.packages)),
        "EFA": values.efa,
        "EFA_ARCHIVE": versions.EFA_INSTALLER,
        "EFA_SHA256": versions.EFA_INSTALLER_SHA256,
        "EFA_URL": "" if values.egress == "none" else f"{versions.EFA_INSTALLER_PLACE}/{versions.EFA_INSTALLER}",
        "AGENT_KEY": values.agent_key,
        "AGENT_SHA256": values.agent_sha256,
        "AGENT_JSON": json.dumps(
            {"store": values.store, "cluster_uuid": values.cluster_uuid, "node": _NODE_PLACE}, separators=(",", ":")
        ),
        "AGENT_ENV": "\n".join(f"{name}={value}" for name, value in _environment(values).items()),
        "CLUSTER_JSON": json.dumps(_cluster(values), separators=(",", ":")),
    }


def _cluster(values: BootValues) -> dict[str, str | int]:
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
        "autoscaling_group": values.group,
    }


def _environment(values: BootValues) -> dict[str, str]:
    """For the agent, its jobs, and everybody's shell: MPI and Bodo as the platform's documentation uses them."""
    return {
        "BODO_INFRA_SHARED": values.shared_path,
        "BODO_PLATFORM_CACHE_LOCATION": f"{values.shared_path}/.cache",
        "BODO_SPAWN_MODE": "0",  # else every rank of `mpiexec` becomes a spawner of its own, and dies with exit code 9
        "HYDRA_HOST_FILE": f"{values.shared_path}/.hostfile-{values.cluster_uuid}",
        "HYDRA_LAUNCHER": "ssh",
        "FI_EFA_FORK_SAFE": "1",
        # One rank has one core.
        "OMP_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONUNBUFFERED": "1",
    }


def _file(name: str) -> str:
    return (files("bodo_infra.aws.boot") / name).read_text()


def _without_comments(text: str) -> str:
    return re.sub(r"^[ \t]*#.*\n|^\n", "", text, flags=re.MULTILINE)
