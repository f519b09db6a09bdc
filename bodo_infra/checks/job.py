"""Is this job sound?"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import PurePosixPath

from bodo_infra.checks.aws_cluster import slots_of_node
from bodo_infra.checks.azure_cluster import slots_of_azure_node
from bodo_infra.checks.cluster import check_cluster
from bodo_infra.checks.findings import Finding, place
from bodo_infra.checks.git_source import check_git_source
from bodo_infra.checks.schedule import check_schedule
from bodo_infra.spec.cloud_config import Target
from bodo_infra.spec.cluster import ClusterShape
from bodo_infra.spec.job import FolderSource, GitSource, JobSpec, S3Source

# bodo 2026.10: "Spawner and worker 0 must be on the same machine".
SPAWN_SLOTS = 2


def check_job(
    spec: JobSpec,
    target: Target,
    *,
    now: datetime | None = None,
    slots: int | None = None,
    first_node_slots: int | None = None,
    machine_cores: int | None = None,
    region: str | None = None,
    zones: Sequence[str] | None = None,
) -> list[Finding]:
    """Every reason why this job would fail or do harm on ``target``.

    ``now``: aware, for times that have passed.  ``slots``: of the whole cluster.  ``first_node_slots``: of the first
    node of its hostfile.  ``machine_cores``: physical cores of this machine, for a new cluster on it.  ``region``,
    ``zones``: of the workspace that a new cluster goes to, zones on aws alone. None: not known.
    """
    shape = spec.new_cluster
    found = _check_source(spec, target)
    if spec.schedule is not None:
        found += place(check_schedule(spec.schedule, now=now))
    if shape is not None:
        judged = check_cluster(shape, target, machine_cores=machine_cores, region=region, zones=zones)
        found += place(judged, path="new_cluster")
        first_node_slots = _slots_of_node(shape, target, machine_cores)
        slots = None if first_node_slots is None else first_node_slots * shape.nodes
    return found + _check_ranks(spec, slots, first_node_slots)


def _slots_of_node(shape: ClusterShape, target: Target, machine_cores: int | None) -> int | None:
    if target == "local":
        return shape.ranks_per_node or machine_cores
    return slots_of_node(shape) if target == "aws" else slots_of_azure_node(shape)


def _check_source(spec: JobSpec, target: Target) -> list[Finding]:
    source = spec.source
    if isinstance(source, GitSource):
        return check_git_source(source, target)
    if isinstance(source, FolderSource):
        path = PurePosixPath(source.path)
        if path.is_absolute() or ".." in path.parts or source.path.startswith("~"):
            rule = "must stay within the workspace's shared files"
            fix = "Write the path of a folder below the shared one"
            return [Finding(id="job.folder", path="source.path", value=source.path, rule=rule, fix=fix)]
    if isinstance(source, S3Source) and target != "aws":
        rule = f"s3 sources are for the aws target, not for {target}"
        fix = "Use a source of kind git or folder"
        return [Finding(id="job.s3", path="source.kind", value="s3", rule=rule, fix=fix)]
    return []


def _check_ranks(spec: JobSpec, slots: int | None, first_node_slots: int | None) -> list[Finding]:
    found = []
    # Hydra wraps ranks over the slots without a word (5.0.2), and every rank then waits for its core.
    if spec.ranks is not None and slots is not None and spec.ranks > slots:
        rule = f"must be at most {slots}, the slots of the cluster"
        fix = "Lower ranks, leave it out to use all slots, or add nodes"
        found.append(Finding(id="job.ranks", path="ranks", value=str(spec.ranks), rule=rule, fix=fix))
    if spec.mode == "spawn" and first_node_slots is not None and first_node_slots < SPAWN_SLOTS:
        rule = f"spawn needs {SPAWN_SLOTS} slots or more on the first node, which has {first_node_slots}"
        fix = "Use a cluster with ranks_per_node 2 or more, or mode spmd"
        found.append(Finding(id="job.spawn-slots", path="mode", value="spawn", rule=rule, fix=fix))
    return found
