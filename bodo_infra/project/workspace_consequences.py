"""What `up` does about each field of a workspace, on AWS, on Azure and on the local target."""

from typing import Any

from bodo_infra.checks import chosen_zones
from bodo_infra.errors import InputError
from bodo_infra.project.consequence import (
    DELETE_DATA,
    NODES_REPLACED,
    NOTHING,
    TAGS,
    Plain,
    Row,
    Rows,
    in_place,
    lost,
    replaced,
    uncertain,
)
from bodo_infra.spec import ManagedNetwork
from bodo_infra.spec.problems import parse_as

GO_FIRST = "clusters and notebooks of the workspace have to go first"


def _files(old: Plain, new: Plain) -> str:
    """What becomes of the shared files when their file system gives way to another."""
    there = new["shared_storage"]
    if _taken_id(old) and _taken_id(old) == _taken_id(new):
        return "the shared files stay"
    filled = _taken_id(new) or there.get("backup_id")
    return f"{_fate(old)}, and the new one {'holds what it is taken from' if filled else 'is empty'}"


def _fate(old: Plain) -> str:
    taken = _taken_id(old)
    if taken:
        return f"the shared files stay in {taken}, which no stack deletes"
    if old["delete_data"]:
        return "the shared files are deleted"
    match _storage(old):
        case "lustre":
            return "the shared files are left in a last backup (shared_storage.backup_id takes it)"
        case "azure-files":
            return "the shared files stay behind in the old storage account (shared_storage.share_id takes them again)"
        case "netapp":
            return "the shared files stay behind in the old volume, which costs as before, with the network around it"
        case "efs":
            return "the shared files stay behind in the old file system (shared_storage.file_system_id takes it again)"
        case _:
            return "the shared files stay behind in the old file system"


def _taken_id(spec: Plain) -> str | None:
    """The file system that was there before the workspace."""
    there = spec["shared_storage"]
    id: str | None = there.get("file_system_id") or there.get("share_id")
    return id


def _storage(spec: Plain) -> str:
    return str(spec["shared_storage"]["kind"])


def _whole_network(old: Plain, new: Plain) -> Row:
    text = f"the network is replaced with everything in it: {GO_FIRST}"
    if _storage(old) == "lustre":  # it lies in a subnet
        return lost(f"{text}; {_files(old, new)}").ending()
    return replaced(f"{text}; the shared files stay").ending()


def _subnets(old: Plain, new: Plain) -> Row:
    return _places(old, new, old["network"]["private_subnet_ids"], new["network"]["private_subnet_ids"])


def _zones(old: Plain, new: Plain) -> Row:
    before, after = _zones_of(old), _zones_of(new)
    if before is None or after is None:
        return replaced("zones may go: what is in their subnets is replaced")
    return _places(old, new, before, after)


def _zones_of(spec: Plain) -> tuple[str, ...] | None:
    network, region = spec["network"], spec["region"]
    if network["zones"]:
        return tuple(network["zones"])
    try:
        return chosen_zones(parse_as(ManagedNetwork, network), region) if region else None
    except InputError:  # of another release, or no longer sound
        return None


def _places(old: Plain, new: Plain, before: Any, after: Any) -> Row:  # noqa: ANN401  # sequences of ids
    """Subnets come and go one by one; a Lustre file system lies in the first."""
    gone = [place for place in before if place not in after]
    if _storage(old) == "lustre" and tuple(before[:1]) != tuple(after[:1]):
        row = lost(
            f"the file system lies in the first of them: {_files(old, new)}; clusters of the workspace are replaced"
        )
        return row.ending(*gone) if gone else row
    if gone:
        return replaced(f"the subnets of {', '.join(gone)} go, and clusters in them have to go first").ending(*gone)
    if tuple(before) == tuple(after):
        return in_place("the zones stay the same")
    return in_place("subnets are added; what is there is not touched")


def _groups(old: Plain, new: Plain) -> Row:
    row = replaced(f"clusters of the workspace are made anew: {NODES_REPLACED}")
    return row if old["network"]["security_group_ids"] else row.ending()  # their group was ours, and goes


def _flow_logs(old: Plain, new: Plain) -> Row:
    if old["network"]["flow_logs"]:
        return lost("the record of connections is deleted")
    return in_place("connections are recorded from now on")


def _storage_kind(old: Plain, new: Plain) -> Row:
    return lost(f"another file system is made: {_files(old, new)}; clusters of the workspace are replaced")


def _capacity(old: Plain, new: Plain) -> Row:
    before, after = (spec["shared_storage"]["capacity_gib"] for spec in (old, new))
    if after > before:
        return in_place("the file system grows while it is used")
    return lost(
        f"a file system cannot shrink, so another is made: {_files(old, new)}; clusters of the workspace are replaced"
    )


def _taken(old: Plain, new: Plain) -> Row:
    return lost(f"another file system is mounted: {_files(old, new)}; clusters of the workspace are replaced")


def _workspace_name(old: Plain, new: Plain) -> Row:
    parts = "its parts are named after it and made anew, roles of members, security groups"
    if _taken_id(old) and _taken_id(old) == _taken_id(new):
        return replaced(f"{parts}: {GO_FIRST}; the shared files stay").ending()
    return lost(f"{parts} and file system: {_files(old, new)}; {GO_FIRST}").ending()


def _workspace_region(old: Plain, new: Plain) -> Row:
    text = f"network and file system are made anew in the other region: {_files(old, new)}; {GO_FIRST}"
    return lost(text).ending()


def _azure_whole_network(old: Plain, new: Plain) -> Row:
    text = f"the network is replaced with everything in it: {GO_FIRST}"
    if _storage(old) == "netapp":  # the volume lies in a subnet
        return lost(f"{text}; {_files(old, new)}").ending()
    return replaced(f"{text}; the shared files stay, and so does the vault").ending()


def _azure_subnets(old: Plain, new: Plain) -> Row:
    """The first is for nodes. The others are for endpoints and volumes, by what they are delegated to."""
    before, after = (tuple(spec["network"]["private_subnet_ids"]) for spec in (old, new))
    clusters = f"clusters of the workspace are made anew: {NODES_REPLACED}"
    if _storage(old) == "netapp" and before[1:] != after[1:]:
        return lost(f"where the volume's subnet is another one, so is the volume: {_files(old, new)}; {clusters}")
    if before[:1] != after[:1]:
        return replaced(clusters)
    return replaced("private endpoints may move, and vault and shared files are out of reach for minutes")


def _azure_storage_kind(old: Plain, new: Plain) -> Row:
    row = _storage_kind(old, new)
    if "netapp" not in (_storage(old), _storage(new)) or new["network"]["kind"] != "managed":
        return row
    # A volume that is kept holds its network.
    return lost(f"{row.text}; so is the network, which a volume shares with no later one: {GO_FIRST}").ending()


def _azure_share_size(old: Plain, new: Plain) -> Row:
    if _taken_id(old) or _taken_id(new):
        return in_place("a share that is named keeps its size")
    before, after = (spec["shared_storage"]["capacity_gib"] for spec in (old, new))
    if after > before:
        return in_place("the share grows while it is used")
    # "Understand Azure Files billing models", provisioned v1.
    return uncertain(
        "the share shrinks while it is used; Azure refuses it within 24 hours of the time that it was last made larger"
    )


def _azure_volume_size(old: Plain, new: Plain) -> Row:
    before, after = (spec["shared_storage"]["capacity_tib"] for spec in (old, new))
    if after > before:
        return in_place("the volume grows while it is used")
    return uncertain(
        "Azure refuses a pool that is smaller than its volume, and the pool comes first: shrink both by hand before, "
        "the volume first (`az netappfiles volume update --usage-threshold`, `az netappfiles pool update --size`), "
        "never below what is in it, and run `up --refresh`"
    )


def _azure_workspace_name(old: Plain, new: Plain) -> Row:
    return _azure_anew("its parts are named after it and made anew", old, new)


def _azure_workspace_region(old: Plain, new: Plain) -> Row:
    return _azure_anew("everything is made anew in the other location", old, new)


def _azure_anew(what: str, old: Plain, new: Plain) -> Row:
    vault = "the vault goes with its secrets, which Azure keeps for 90 days"
    return lost(f"{what}: {_files(old, new)}; {vault}; {GO_FIRST}").ending()


def _local_workspace_name(old: Plain, new: Plain) -> Row:
    if new["shared_storage"]["path"]:
        return replaced("the workspace is registered anew, with the same folder; its clusters have to go first")
    return lost(f"its folder is named after it: {_files(old, new)}; its clusters have to go first")


def _local_folder(old: Plain, new: Plain) -> Row:
    return lost(f"another folder is used: {_files(old, new)}; its clusters have to go first")


AWS_WORKSPACE: Rows = {
    "name": _workspace_name,
    "region": _workspace_region,
    "network.kind": _whole_network,
    "network.cidr": _whole_network,
    "network.vpc_id": _whole_network,
    "network.zones": _zones,
    "network.instance_types": _zones,
    "network.egress": in_place("gateways or endpoints are made and removed: connections to the outside break once"),
    "network.flow_logs": _flow_logs,
    "network.private_subnet_ids": _subnets,
    "network.security_group_ids": _groups,
    "shared_storage.kind": _storage_kind,
    "shared_storage.file_system_id": _taken,
    "shared_storage.backup_id": _taken,
    "shared_storage.capacity_gib": _capacity,
    "shared_storage.throughput_mbps_per_tib": in_place("the file system gets faster or slower while it is used"),
    "members.admins": in_place("who may take the role of admins"),
    "members.developers": in_place("who may take the role of developers"),
    "members.viewers": in_place("who may take the role of viewers"),
    "delete_data": DELETE_DATA,
    "tags": TAGS,
}

AZURE_WORKSPACE: Rows = {
    "name": _azure_workspace_name,
    "region": _azure_workspace_region,
    "network.kind": _azure_whole_network,
    "network.cidr": _azure_whole_network,
    "network.vpc_id": _azure_whole_network,
    "network.zones": NOTHING,
    "network.instance_types": in_place("they are checked, and nothing is made of them"),
    "network.egress": in_place("the way out is made or removed: connections to the outside break once"),
    "network.flow_logs": NOTHING,
    "network.private_subnet_ids": _azure_subnets,
    "network.security_group_ids": _groups,
    "shared_storage.kind": _azure_storage_kind,
    "shared_storage.share_id": _taken,
    "shared_storage.capacity_gib": _azure_share_size,
    "shared_storage.capacity_tib": _azure_volume_size,
    "members.admins": in_place("who has the rights of admins, within ten minutes"),
    "members.developers": in_place("who has the rights of developers, within ten minutes"),
    "members.viewers": in_place("who has the rights of viewers, within ten minutes"),
    "delete_data": DELETE_DATA,
    "tags": TAGS,
}

LOCAL_WORKSPACE: Rows = {
    "name": _local_workspace_name,
    "region": NOTHING,
    "network": NOTHING,
    "shared_storage.kind": _local_folder,
    "shared_storage.path": _local_folder,
    "members.admins": NOTHING,
    "members.developers": NOTHING,
    "members.viewers": NOTHING,
    "delete_data": DELETE_DATA,
    "tags": NOTHING,
}
