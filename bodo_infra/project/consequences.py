"""What `up` does about each field of a spec, per noun and target: the table behind ``changes``.

The rows follow from what the components make of a field and from what the providers replace; the engine's tests of the
components hold them to it. A field that is refused on a target is there too: nothing comes of it.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from bodo_infra.checks import chosen_zones
from bodo_infra.errors import InputError
from bodo_infra.spec import ManagedNetwork
from bodo_infra.spec.cloud_config import Target
from bodo_infra.spec.problems import parse_as


class Consequence(StrEnum):
    """What becomes of what is there, worst last."""

    IN_PLACE = "in place"
    REPLACED = "replaced"
    DATA_LOST = "data lost"


class Row(NamedTuple):
    """What happens, and to what."""

    consequence: Consequence
    text: str


Plain = Mapping[str, Any]
Rule = Row | Callable[[Plain, Plain], Row]
"""A row, or what tells it from the old and the new spec, both with all defaults."""
Rows = Mapping[str, Rule]

STORAGE_DEFAULT: Mapping[Target, str] = {"aws": "efs", "azure": "azure-files", "local": "directory"}


def _in_place(text: str) -> Row:
    return Row(Consequence.IN_PLACE, text)


def _replaced(text: str) -> Row:
    return Row(Consequence.REPLACED, text)


def _lost(text: str) -> Row:
    return Row(Consequence.DATA_LOST, text)


NOTHING = _in_place("has no meaning on this target")
DESCRIPTION = _in_place("touches nothing else")
TAGS = _in_place("what is there gets the new tags")
DELETE_DATA = _in_place("counts for a `destroy` after this `up`")
OTHER_TARGET = _lost("everything of this cloud-config is made anew on another target; nothing moves there")
NODES_REPLACED = "all nodes are replaced, and jobs that run on them end"
LIMIT = _in_place("the agents go by the new limit; no node is touched")


def _records(what: str) -> Callable[[Plain, Plain], Row]:
    def row(old: Plain, new: Plain) -> Row:
        fate = "deleted with it" if old["delete_data"] else "left behind in the old one, which stays in the account"
        return _lost(f"{what}: what was kept is {fate}, and the platform no longer knows it")

    return row


def _aws_cloud_config_name(old: Plain, new: Plain) -> Row:
    account = new["aws"]
    if account and account["bucket_name"] and account["table_name"]:
        return _replaced("the cross-account role and its policies are made anew; bring up all that stands on it after")
    return _records("bucket and table are named after it and made anew")(old, new)


def _files(old: Plain) -> str:
    """What becomes of the shared files when their file system goes."""
    if old["delete_data"]:
        return "the shared files are deleted"
    if _storage(old) == "lustre":
        return "the shared files are left in a last backup, and the new file system is empty"
    return "the shared files stay behind in the old file system, and the new one is empty"


def _storage(spec: Plain) -> str:
    return str(spec["shared_storage"]["kind"])


def _whole_network(old: Plain, new: Plain) -> Row:
    text = (
        "the network is replaced with everything in it: clusters and notebooks of the workspace end and are made anew"
    )
    if _storage(old) == "lustre":  # it lies in a subnet
        return _lost(f"{text}; {_files(old)}")
    return _replaced(f"{text}; the shared files stay")


def _subnets(old: Plain, new: Plain) -> Row:
    return _places(old, new, old["network"]["private_subnet_ids"], new["network"]["private_subnet_ids"])


def _zones(old: Plain, new: Plain) -> Row:
    before, after = _zones_of(old), _zones_of(new)
    if before is None or after is None:
        return _replaced("zones may go: what is in their subnets is replaced")
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
        return _lost(
            f"the file system lies in the first of them: {_files(old)}; clusters of the workspace are replaced"
        )
    if gone:
        return _replaced(f"the subnets of {', '.join(gone)} go, and clusters in them are replaced")
    if tuple(before) == tuple(after):
        return _in_place("the zones stay the same")
    return _in_place("subnets are added; what is there is not touched")


def _flow_logs(old: Plain, new: Plain) -> Row:
    if old["network"]["flow_logs"]:
        return _lost("the record of connections is deleted")
    return _in_place("connections are recorded from now on")


def _storage_kind(old: Plain, new: Plain) -> Row:
    return _lost(f"another file system is made: {_files(old)}; clusters of the workspace are replaced")


def _capacity(old: Plain, new: Plain) -> Row:
    before, after = (spec["shared_storage"]["capacity_gib"] for spec in (old, new))
    if after > before:
        return _in_place("the file system grows while it is used")
    return _lost(
        f"a file system cannot shrink, so another is made: {_files(old)}; clusters of the workspace are replaced"
    )


def _workspace_name(old: Plain, new: Plain) -> Row:
    return _lost(
        "its parts are named after it and made anew, roles of members, security groups and file system: "
        f"{_files(old)}; clusters of the workspace are replaced"
    )


def _workspace_region(old: Plain, new: Plain) -> Row:
    return _lost(f"network and file system are made anew in the other region: {_files(old)}; clusters are replaced")


def _nodes(old: Plain, new: Plain) -> Row:
    if new["nodes"] > old["nodes"]:
        return _in_place("nodes are added; jobs that run go on with those that they have")
    return _in_place("the newest nodes go, and jobs that run on them end")


def _local_workspace_name(old: Plain, new: Plain) -> Row:
    if new["shared_storage"]["path"]:
        return _replaced("the workspace is registered anew, with the same folder; its clusters have to go first")
    return _lost(f"its folder is named after it: {_files(old)}; its clusters have to go first")


def _local_folder(old: Plain, new: Plain) -> Row:
    return _lost(f"another folder is used: {_files(old)}; its clusters have to go first")


AWS_CLOUD_CONFIG: Rows = {
    "name": _aws_cloud_config_name,
    "aws": OTHER_TARGET,
    "azure": OTHER_TARGET,
    "local": OTHER_TARGET,
    "aws.region": _records("bucket, table and key are made anew in the other region"),
    "aws.account_id": _lost(
        "everything is made anew in the other account; what is in this one is not reached any more"
    ),
    "aws.trusted_principals": _in_place("others may assume the cross-account role from now on"),
    "aws.external_id": _in_place("whoever assumes the cross-account role needs the new one at once"),
    "aws.bucket_name": _records("another bucket is made, for logs and artifacts"),
    "aws.table_name": _records("another table is made, for records of clusters and jobs"),
    "aws.customer_key": _lost(
        "bucket and table are encrypted anew in place, but shared files cannot be: the next `up` of each workspace "
        "makes another, empty file system"
    ),
    "aws.instance_role_arns": _in_place("the cross-account role may hand over these from now on"),
    "delete_data": DELETE_DATA,
    "tags": TAGS,
}

LOCAL_CLOUD_CONFIG: Rows = {
    "name": _in_place("the records are told of it"),
    "aws": OTHER_TARGET,
    "azure": OTHER_TARGET,
    "local": OTHER_TARGET,
    "local.directory": _records("another folder is used, for records, logs and shared files"),
    "delete_data": DELETE_DATA,
    "tags": NOTHING,
}

AWS_WORKSPACE: Rows = {
    "name": _workspace_name,
    "region": _workspace_region,
    "network.kind": _whole_network,
    "network.cidr": _whole_network,
    "network.vpc_id": _whole_network,
    "network.zones": _zones,
    "network.instance_types": _zones,
    "network.egress": _in_place("gateways or endpoints are made and removed: connections to the outside break once"),
    "network.flow_logs": _flow_logs,
    "network.private_subnet_ids": _subnets,
    "network.security_group_ids": _replaced(f"clusters of the workspace are made anew: {NODES_REPLACED}"),
    "shared_storage.kind": _storage_kind,
    "shared_storage.capacity_gib": _capacity,
    "shared_storage.throughput_mbps_per_tib": _in_place("the file system gets faster or slower while it is used"),
    "members.admins": _in_place("who may take the role of admins"),
    "members.developers": _in_place("who may take the role of developers"),
    "members.viewers": _in_place("who may take the role of viewers"),
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

CLUSTER: Rows = {
    "name": _replaced(NODES_REPLACED),
    "description": DESCRIPTION,
    "nodes": _nodes,
    "ranks_per_node": _replaced(NODES_REPLACED),
    "auto_pause_minutes": LIMIT,
    "auto_shutdown_minutes": LIMIT,
}

AWS_CLUSTER: Rows = {
    **CLUSTER,
    "instance_type": _replaced(NODES_REPLACED),
    "bodo_version": _replaced(NODES_REPLACED),
    "zone": _replaced(f"{NODES_REPLACED}, unless they are in that zone already"),
    "efa": _replaced(NODES_REPLACED),
    "placement_group": _replaced(f"{NODES_REPLACED}, unless the type has no placement anyway"),
    "spot": _replaced(NODES_REPLACED),
    "image_id": _replaced(NODES_REPLACED),
    "packages": _replaced(NODES_REPLACED),
    "tags": _in_place("the group gets the new tags at once, nodes when they start"),
}

LOCAL_CLUSTER: Rows = {
    **CLUSTER,
    "instance_type": NOTHING,
    "bodo_version": NOTHING,
    "zone": NOTHING,
    "efa": NOTHING,
    "placement_group": NOTHING,
    "spot": NOTHING,
    "image_id": NOTHING,
    "packages": NOTHING,
    "tags": NOTHING,
}

AWS_INSTANCE_ROLE: Rows = {
    "name": _replaced("role and instance profile are made anew, and clusters that use them are replaced"),
    "description": DESCRIPTION,
    "role_arn": _replaced("nodes run with another role from now on; one that we made is deleted"),
    "statements": _in_place("nodes have the new rights within seconds"),
    "tags": TAGS,
}

ORGANIZATION: Rows = {
    "name": _in_place("the organization is called otherwise"),
    "members": _in_place("its people"),
    "spend_limit_usd_per_month": _in_place("the limit counts from now on"),
    "tags": TAGS,
}

ROWS: Mapping[tuple[str, Target | None], Rows] = {
    ("organization", None): ORGANIZATION,
    ("cloud-config", "aws"): AWS_CLOUD_CONFIG,
    ("cloud-config", "local"): LOCAL_CLOUD_CONFIG,
    ("workspace", "aws"): AWS_WORKSPACE,
    ("workspace", "local"): LOCAL_WORKSPACE,
    ("cluster", "aws"): AWS_CLUSTER,
    ("cluster", "local"): LOCAL_CLUSTER,
    ("instance-role", "aws"): AWS_INSTANCE_ROLE,
}
"""What a release makes. Of what is not in it, everything may be replaced."""
