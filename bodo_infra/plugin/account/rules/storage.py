"""Rules of buckets, tables and file systems."""

import re
from collections.abc import Iterator

from bodo_infra.plugin.account.paths import follow
from bodo_infra.plugin.account.rules import tokens as t
from bodo_infra.plugin.account.view import View
from bodo_infra.plugin.handler import Failure
from bodo_infra.plugin.wire_codec import UNKNOWN, Bag, Value

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_ADDRESS = re.compile(r"(\d+\.){3}\d+")
_TABLE = re.compile(r"[A-Za-z0-9_.-]{3,255}")


def check_bucket(inputs: Bag, view: View) -> Iterator[Failure]:
    """A name that is legal, and free in the whole world."""
    name = inputs.get("bucket")
    if not isinstance(name, str):
        return
    if not _BUCKET.fullmatch(name) or ".." in name or _ADDRESS.fullmatch(name) or name.startswith("xn--"):
        reason = (
            "must have 3 to 63 lower-case letters, digits, dots and hyphens, and begin and end with a letter or digit"
        )
        yield Failure(name="bucket", reason=f"{name!r} {reason}")
    for other in view.store.find(id=name):
        if other.type == t.BUCKET and other.region != view.region:
            yield Failure(name="bucket", reason=f"{name!r} is taken: bucket names are unique over all regions")


def check_bucket_object(inputs: Bag, view: View) -> Iterator[Failure]:
    """It has contents, if only empty ones."""
    if not any(inputs.get(name) is not None for name in ("source", "content", "contentBase64")):
        yield Failure(name="source", reason="one of source, content and contentBase64 must be given")


def check_table(inputs: Bag, view: View) -> Iterator[Failure]:
    """The declared attributes are exactly those that keys use."""
    name = inputs.get("name")
    if isinstance(name, str) and not _TABLE.fullmatch(name):
        yield Failure(name="name", reason=f"{name!r} must have 3 to 255 letters, digits, underscores, hyphens and dots")
    if inputs.get("hashKey") is None and not inputs.get("restoreSourceName"):
        yield Failure(name="hashKey", reason="a table needs one")
    yield from _check_capacity(inputs)
    declared = {value for _, value in follow(inputs, "attributes.name")}
    paths: tuple[str, ...] = ("hashKey", "rangeKey", "localSecondaryIndexes.rangeKey")
    paths += tuple(f"globalSecondaryIndexes.{key}" for key in ("hashKey", "rangeKey", "keySchemas.attributeName"))
    used = {value: where for path in paths for where, value in follow(inputs, path)}
    if _has_unknown_name(inputs):
        return
    for value, where in used.items():
        if value not in declared:
            yield Failure(name=where, reason=f"{value!r} is not among attributes")
    for value in sorted(declared - used.keys()):
        yield Failure(name="attributes", reason=f"{value!r} is used by no key; declare key attributes only")


def check_lustre(inputs: Bag, view: View) -> Iterator[Failure]:
    """Sizes and throughputs come in steps that depend on the deployment."""
    deployment, storage = inputs.get("deploymentType", "SCRATCH_1"), inputs.get("storageType", "SSD")
    if UNKNOWN in (deployment, storage):
        return
    capacity, throughput = inputs.get("storageCapacity"), inputs.get("perUnitStorageThroughput")
    step = 3600 if deployment == "SCRATCH_1" else 2400
    if isinstance(capacity, int) and storage == "SSD" and capacity != 1200 and capacity % step:
        reason = f"{capacity} GiB is no size of {deployment}: 1200, or a multiple of {step}"
        yield Failure(name="storageCapacity", reason=reason)
    if capacity is None and storage != "INTELLIGENT_TIERING" and inputs.get("backupId") is None:
        yield Failure(name="storageCapacity", reason="it is required and missing")
    legal = {
        ("PERSISTENT_1", "SSD"): (50, 100, 200),
        ("PERSISTENT_1", "HDD"): (12, 40),
        ("PERSISTENT_2", "SSD"): (125, 250, 500, 1000),
    }.get((deployment, storage), ())
    if legal and throughput is not UNKNOWN and throughput not in legal:
        reason = f"{deployment} on {storage} takes {', '.join(map(str, legal))} MB/s per TiB, not {throughput}"
        yield Failure(name="perUnitStorageThroughput", reason=reason)
    if deployment.startswith("SCRATCH") and throughput is not None:
        yield Failure(name="perUnitStorageThroughput", reason=f"{deployment} does not take it")


def check_file_system(inputs: Bag, view: View) -> Iterator[Failure]:
    """A key is for an encrypted file system."""
    if inputs.get("kmsKeyId") is not None and inputs.get("encrypted") not in (True, UNKNOWN):
        yield Failure(name="kmsKeyId", reason="it needs encrypted: true")
    if inputs.get("throughputMode") == "provisioned" and inputs.get("provisionedThroughputInMibps") is None:
        yield Failure(name="provisionedThroughputInMibps", reason="throughputMode provisioned needs it")


def check_mount_target(inputs: Bag, view: View) -> Iterator[Failure]:
    """A file system has one mount target in a zone, all in one VPC."""
    subnet = view.find(t.SUBNET, inputs.get("subnetId"))
    groups = inputs.get("securityGroups")
    if isinstance(groups, list) and len(groups) > 5:
        yield Failure(name="securityGroups", reason=f"it has {len(groups)} groups, and may have 5")
    if subnet is None:
        return
    for other in view.others(t.MOUNT_TARGET, fileSystemId=inputs.get("fileSystemId")):
        zone = subnet.outputs.get("availabilityZoneId")
        if other.outputs.get("availabilityZoneId") == zone:
            yield Failure(name="subnetId", reason=f"{other.id} is in {zone} already, and a zone has one mount target")
        neighbour = view.find(t.SUBNET, other.inputs.get("subnetId"))
        if neighbour is not None and neighbour.inputs.get("vpcId") != subnet.inputs.get("vpcId"):
            yield Failure(name="subnetId", reason=f"{other.id} is in another VPC, and all must be in one")


def _check_capacity(inputs: Bag) -> Iterator[Failure]:
    billing = inputs.get("billingMode", "PROVISIONED")
    for name in ("readCapacity", "writeCapacity"):
        given = inputs.get(name)
        if billing == "PROVISIONED" and given is None and not inputs.get("restoreSourceName"):
            yield Failure(name=name, reason="billingMode PROVISIONED (the default) needs it; or use PAY_PER_REQUEST")
        if billing == "PAY_PER_REQUEST" and isinstance(given, int) and given:
            yield Failure(name=name, reason="with billingMode PAY_PER_REQUEST it must be left out")


def _has_unknown_name(inputs: Bag) -> bool:
    attributes: Value = inputs.get("attributes")
    if attributes is UNKNOWN:
        return True
    return any(item is UNKNOWN or item.get("name") is UNKNOWN for item in attributes or ())
