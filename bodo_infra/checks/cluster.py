"""Is this cluster sound?"""

from collections.abc import Sequence

from bodo_infra.checks.aws_cluster import check_aws_cluster
from bodo_infra.checks.azure_cluster import check_azure_cluster
from bodo_infra.checks.findings import Finding
from bodo_infra.checks.packages import check_bodo_version, check_packages
from bodo_infra.checks.tags import check_tags
from bodo_infra.checks.target import check_needed_in_cloud, check_not_on_local
from bodo_infra.cores import most_ranks
from bodo_infra.spec.cloud_config import Target
from bodo_infra.spec.cluster import ClusterShape

CLOUD_ONLY = ("instance_type", "bodo_version", "image_id", "zone", "spot")


def check_cluster(
    spec: ClusterShape,
    target: Target,
    *,
    machine_cores: int | None = None,
    region: str | None = None,
    zones: Sequence[str] | None = None,
) -> list[Finding]:
    """Every reason why this cluster would fail on ``target``.

    ``machine_cores``: physical cores of this machine, for the local target.  ``region``, ``zones``: of its workspace;
    zones on the aws target alone.  None: not known.
    """
    found = check_not_on_local("cluster", spec, CLOUD_ONLY, target)
    found += check_needed_in_cloud("cluster", spec, ("instance_type",), target)
    if target == "local":
        found += _check_local(spec, machine_cores)
    # Left at its default, the limit of a spot cluster simply does not apply.
    elif spec.spot and spec.auto_pause_minutes is not None and "auto_pause_minutes" in spec.model_fields_set:
        rule = "a spot cluster cannot be paused"
        fix = "Set auto_pause_minutes to null, or spot to false"
        value = str(spec.auto_pause_minutes)
        found.append(Finding(id="cluster.spot-pause", path="auto_pause_minutes", value=value, rule=rule, fix=fix))
    if target == "aws":
        found += check_aws_cluster(spec, region=region, zones=zones)
    elif target == "azure":
        found += check_azure_cluster(spec, location=region)
    if target != "local":
        found += check_bodo_version(spec.bodo_version)
    return found + check_packages(spec.packages) + check_tags(spec.tags, target)


def _check_local(spec: ClusterShape, machine_cores: int | None) -> list[Finding]:
    found = []
    if spec.efa == "required":
        fix = "Use auto or off"
        rule = "the local target has no Elastic Fabric Adapter"
        found.append(Finding(id="cluster.efa", path="efa", value=spec.efa, rule=rule, fix=fix))
    if machine_cores is not None:
        slots = spec.nodes * (spec.ranks_per_node or machine_cores)
        most = most_ranks(machine_cores)
        if slots > most:
            rule = f"makes {slots} ranks on a machine of {machine_cores} core(s), which carries {most} at most"
            fix = "Lower nodes or ranks_per_node"
            found.append(Finding(id="cluster.too-many-ranks", path="nodes", value=str(spec.nodes), rule=rule, fix=fix))
    return found
