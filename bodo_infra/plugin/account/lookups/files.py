"""Shared file systems, and the interfaces of their mount targets."""

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase

from bodo_infra.errors import NotFoundError
from bodo_infra.plugin.account.account import Account
from bodo_infra.plugin.account.lookups.answer import Answer
from bodo_infra.plugin.account.lookups.rows import filters, only, select
from bodo_infra.plugin.account.rules.tokens import EFS, MOUNT_TARGET, SUBNET
from bodo_infra.plugin.account.view import View
from bodo_infra.plugin.wire_codec import Bag

_FILE_SYSTEM_OUTPUTS = ("arn", "creationToken", "dnsName", "encrypted", "kmsKeyId", "performanceMode", "throughputMode")


def _file_system(account: Account, view: View, arguments: Bag) -> Bag:
    rows = select(EFS, view, {**arguments, "id": arguments.get("fileSystemId")}, ("creationToken",), {})
    if not rows:  # in the provider's words: programs go by them
        raise NotFoundError("no matching EFS file system found", "Make it in this account first")
    row = only("EFS file system", rows, arguments)
    tags = row.outputs.get("tagsAll") or {}
    return {
        **{name: row.outputs.get(name) for name in _FILE_SYSTEM_OUTPUTS},
        "id": row.id,
        "fileSystemId": row.id,
        "name": tags.get("Name", ""),
        "encrypted": row.outputs.get("encrypted") is True,
        "kmsKeyId": row.outputs.get("kmsKeyId") or "",
        "availabilityZoneId": row.outputs.get("availabilityZoneId") or "",
        "availabilityZoneName": row.outputs.get("availabilityZoneName") or "",
        "lifecyclePolicies": row.outputs.get("lifecyclePolicies") or [],
        "protections": [],
        "provisionedThroughputInMibps": row.outputs.get("provisionedThroughputInMibps") or 0,
        "sizeInBytes": 6144,
        "tags": tags,
        "region": view.region,
    }


def _interfaces(account: Account, view: View, arguments: Bag) -> Bag:
    """Of mount targets alone, so they must be asked for by their description; ``*`` in it is anything, as in EC2."""
    wanted = filters(arguments, {"description"}).get("description")
    if wanted is None or not all(text.startswith("EFS mount target for ") for text in wanted):
        raise NotFoundError(
            "the offline account knows the interfaces of EFS mount targets only",
            "Filter by description = EFS mount target for FILE-SYSTEM-ID (*",
        )
    ids = [
        interface["id"]
        for interface in _of_mount_targets(view)
        if any(fnmatchcase(interface["description"], pattern) for pattern in wanted)
    ]
    return {**arguments, "id": view.region, "region": view.region, "ids": sorted(ids)}


def _interface(account: Account, view: View, arguments: Bag) -> Bag:
    found = [interface for interface in _of_mount_targets(view) if interface["id"] == arguments.get("id")]
    if not found:
        raise NotFoundError("no matching EC2 Network Interface found", "The account knows those of mount targets only")
    return {**arguments, **found[0], "region": view.region}


def _of_mount_targets(view: View) -> Iterator[Bag]:
    for row in view.others(MOUNT_TARGET):
        subnet = view.find(SUBNET, row.inputs.get("subnetId"))
        yield {
            "id": row.outputs["networkInterfaceId"],
            "description": f"EFS mount target for {row.inputs['fileSystemId']} ({row.id})",
            "interfaceType": "efs",
            "privateIp": row.outputs["ipAddress"],
            "securityGroups": row.inputs.get("securityGroups") or [],
            "subnetId": row.inputs["subnetId"],
            "vpcId": subnet.inputs["vpcId"] if subnet else "",
            "tags": {},
        }


ANSWERS: Mapping[str, Answer] = {
    "aws:efs/getFileSystem:getFileSystem": _file_system,
    "aws:ec2/getNetworkInterface:getNetworkInterface": _interface,
    "aws:ec2/getNetworkInterfaces:getNetworkInterfaces": _interfaces,
}
