"""Could Azure make this cluster, and would it do what its spec says?"""

import re
from dataclasses import replace

from bodo_infra import catalog
from bodo_infra.catalog import AzureSize
from bodo_infra.catalog.azure_sizes import IMAGE_NODES
from bodo_infra.checks.azure_location import is_known
from bodo_infra.checks.azure_sizes import check_offered, check_size, find_size
from bodo_infra.checks.findings import Finding, finding
from bodo_infra.checks.ranks import check_ranks_per_node
from bodo_infra.plans.arm_ids import parse_arm_id
from bodo_infra.spec.cluster import ClusterShape

ZONES = ("1", "2", "3")
URN = re.compile(r"[\w.-]+:[\w.-]+:[\w.-]+:[\w.-]+")
SHARED_IMAGE = re.compile(
    r"/(?:CommunityGalleries|SharedGalleries)/[^/]+/Images/[^/]+(?:/Versions/[^/]+)?", re.IGNORECASE
)
MANAGED_IMAGE = "Microsoft.Compute/images"
IMAGES = (
    MANAGED_IMAGE,
    "Microsoft.Compute/galleries/images",
    "Microsoft.Compute/galleries/images/versions",
)
FASTEST = "Standard_HB120rs_v3"
WITH_SPOT = "Standard_D16as_v5"


def check_azure_cluster(spec: ClusterShape, *, location: str | None) -> list[Finding]:
    """Every reason why it would fail or idle. ``location``: of its workspace; None where it is not known yet."""
    found = []
    if spec.image_id is not None and not _is_image(spec.image_id):
        rule = "must be the resource id of an image, or publisher:offer:sku:version of one in the marketplace"
        fix = "Copy the id of an image in your gallery, or a line of `az vm image list --output table`"
        found.append(finding("cluster.image", "image_id", spec.image_id, rule, fix))
    found += _check_zone(spec.zone, location)
    if spec.instance_type is None:
        return found
    found += check_size(spec.instance_type, path="instance_type")
    size = find_size(spec.instance_type)
    if size is not None and size.architecture == "x86_64":
        found += _check_shape(spec, size)
        found += check_offered(size.name, location, rule_id="cluster.size", path="instance_type")
    return found


def slots_of_azure_node(spec: ClusterShape) -> int | None:
    """Slots of a node on Azure; None for a size that is not known."""
    size = find_size(spec.instance_type) if spec.instance_type else None
    return spec.ranks_per_node or (size.cores if size else None)


def _check_shape(spec: ClusterShape, size: AzureSize) -> list[Finding]:
    found = check_ranks_per_node(spec.ranks_per_node, name=size.name, cores=size.cores, vcpus=size.vcpus)
    if spec.efa == "required" and size.infiniband is None:
        rule = f"{size.name} has no InfiniBand"
        fix = f"Use auto or off, or choose a size that has it, such as {FASTEST}"
        found.append(finding("cluster.efa", "efa", spec.efa, rule, fix))
    if spec.spot and not size.spot:
        rule = f"{size.name} cannot be had as spot capacity"
        fix = f"Set spot to false, or choose another size such as {WITH_SPOT}"
        found.append(finding("cluster.spot", "spot", "true", rule, fix))
    return found + _check_nodes(spec, size) + _warn_of_size(size)


def _check_nodes(spec: ClusterShape, size: AzureSize) -> list[Finding]:
    most, fix = size.most_nodes, f"Use {size.most_nodes} or fewer"
    why = (
        f"nodes of {size.name} are of one placement group of InfiniBand"
        if size.infiniband
        else "they are one scale set"
    )
    image = parse_arm_id(spec.image_id) if spec.image_id else None
    if image is not None and image.is_of(MANAGED_IMAGE) and most > IMAGE_NODES:
        most, fix = IMAGE_NODES, f"Use {IMAGE_NODES} or fewer, or put the image into a gallery"
        why = "a scale set has no more of an image that is in no gallery"
    if spec.nodes <= most:
        return []
    return [finding("cluster.nodes", "nodes", str(spec.nodes), f"must be at most {most}: {why}", fix)]


def _warn_of_size(size: AzureSize) -> list[Finding]:
    found = []
    if size.burstable:
        rule, fix = "has a share of its cores alone, and slows down when it computes for long", "Choose another series"
        found.append(finding("cluster.burstable", "instance_type", size.name, rule, fix))
    if size.retires:
        rule, fix = f"is taken out of service by Azure on {size.retires}", "Choose a newer series"
        found.append(finding("cluster.size-retires", "instance_type", size.name, rule, fix))
    return [replace(item, level="warning") for item in found]


def _check_zone(zone: str | None, location: str | None) -> list[Finding]:
    if zone is None:
        return []
    if zone not in ZONES:
        rule, fix = "must be 1, 2 or 3, as Azure counts the zones of a location", "Use one of them, or leave it out"
        return [finding("cluster.zone", "zone", zone, rule, fix)]
    if location is not None and is_known(location) and not catalog.azure_zones(location):
        rule, fix = f"{location} has no zones", "Leave it out, or place the workspace in another location"
        return [finding("cluster.zone", "zone", zone, rule, fix)]
    return []


def _is_image(text: str) -> bool:
    parsed = parse_arm_id(text)
    if parsed is not None:
        return any(map(parsed.is_of, IMAGES))
    return bool(URN.fullmatch(text) or SHARED_IMAGE.fullmatch(text))
