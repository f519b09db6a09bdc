"""Could EC2 make this cluster, and would it do what its spec says?"""

import re
from collections.abc import Sequence

from bodo_infra import catalog
from bodo_infra.catalog import Ec2Type
from bodo_infra.checks.aws_types import check_known, find_type
from bodo_infra.checks.findings import Finding, found
from bodo_infra.checks.ranks import check_ranks_per_node
from bodo_infra.checks.region import is_known, region_of_zone
from bodo_infra.errors import InputError
from bodo_infra.plans.efa_layout import check_efa, ranks_per_node
from bodo_infra.plans.network_plan import check_zone_ids, choose_zone
from bodo_infra.spec.cluster import ClusterShape

IMAGE = re.compile(r"ami-[0-9a-f]{8}(?:[0-9a-f]{9})?")
ALTERNATIVES_WITH_SPOT = "c7i, m7i or c5n"


def check_aws_cluster(spec: ClusterShape, *, region: str | None, zones: Sequence[str] | None) -> list[Finding]:
    """Every reason why it would fail or idle. ``region``, ``zones``: of its workspace; None where not known yet."""
    result = []
    if spec.image_id is not None and not IMAGE.fullmatch(spec.image_id):
        rule, fix = "must be the id of a machine image, such as ami-0123456789abcdef0", "Copy it from the console"
        result.append(Finding(id="cluster.image", path="image_id", value=spec.image_id, rule=rule, fix=fix))
    result += _check_zone(spec, region, zones)
    if spec.instance_type is None:
        return result
    result += check_known(spec.instance_type, path="instance_type")
    ec2 = find_type(spec.instance_type)
    if ec2 is not None:
        result += _check_type(spec, ec2)
        result += [] if any(item.path == "zone" for item in result) else _check_offer(spec, ec2, region, zones)
    return result


def slots_of_node(spec: ClusterShape) -> int | None:
    """Slots of a node on AWS; None for a type that is not known."""
    ec2 = find_type(spec.instance_type) if spec.instance_type else None
    return spec.ranks_per_node or (ranks_per_node(ec2) if ec2 else None)


def _check_type(spec: ClusterShape, ec2: Ec2Type) -> list[Finding]:
    result = found("cluster.efa", check_efa(ec2, efa=spec.efa))
    if spec.spot and "spot" not in ec2.usage_classes:
        rule = f"{ec2.name} cannot be had as spot capacity"
        fix = f"Set spot to false, or choose a type of another family such as {ALTERNATIVES_WITH_SPOT}"
        result.append(Finding(id="cluster.spot", path="spot", value="true", rule=rule, fix=fix))
    explicit = spec.placement_group and "placement_group" in spec.model_fields_set
    if explicit and "cluster" not in ec2.placement_strategies:
        rule = f"{ec2.name} cannot be placed close together"
        fix = "Set placement_group to false, leave it out, or choose another type"
        result.append(Finding(id="cluster.placement", path="placement_group", value="true", rule=rule, fix=fix))
    return result + check_ranks_per_node(spec.ranks_per_node, name=ec2.name, cores=ec2.cores, vcpus=ec2.vcpus)


def _check_zone(spec: ClusterShape, region: str | None, zones: Sequence[str] | None) -> list[Finding]:
    """What is wrong with the zone itself: no zone id, of another region, one without a subnet of the workspace."""
    if spec.zone is None:
        if region is None or is_known(region):
            return []
        rule = f"is missing, and the catalogue of {catalog.ec2_source().date} cannot choose one in {region}"
        fix = "Add one of the zones of the workspace's network"
        return [Finding(id="cluster.zone-needed", path="zone", value="", rule=rule, fix=fix)]
    problems = check_zone_ids((spec.zone,), region=region, path="zone")
    result = [Finding(**{**vars(problem), "path": "zone"}, id="cluster.zone") for problem in problems]
    if not result and zones is not None and spec.zone not in zones:
        rule = f"the workspace has no subnet there; its zones are {', '.join(zones)}"
        fix = "Use one of them, or add this one to the zones of the workspace's network"
        result.append(Finding(id="cluster.zone-not-in-workspace", path="zone", value=spec.zone, rule=rule, fix=fix))
    return result


def _check_offer(spec: ClusterShape, ec2: Ec2Type, region: str | None, zones: Sequence[str] | None) -> list[Finding]:
    """Whether the type is offered where the cluster is to be."""
    place = region or (region_of_zone(spec.zone) if spec.zone else None)
    if place is None or not is_known(place):
        return []
    if spec.zone is None:
        try:
            choose_zone(ec2.name, place, zones or catalog.zones(place))
        except InputError as error:
            return found("cluster.type-not-offered", error.problems)
        return []
    offering = catalog.zones_offering(ec2.name, place)
    if spec.zone in offering:
        return []
    where = f"{', '.join(offering)} of {place} do" if offering else f"no zone of {place} does"
    rule = f"does not offer {ec2.name}; {where}"
    fix = "Use one of those, or choose another type" if offering else "Choose another type, or another region"
    return [Finding(id="cluster.type-not-in-zone", path="zone", value=spec.zone, rule=rule, fix=fix)]
