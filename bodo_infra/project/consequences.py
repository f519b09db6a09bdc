"""What `up` does about each field of a spec, per noun and target: the table behind ``changes``.

The rows follow from what the components make of a field and from what the providers replace; the engine's tests of the
components hold them to it. A field that is refused on a target is there too: nothing comes of it.
"""

from collections.abc import Callable, Mapping

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
)
from bodo_infra.project.workspace_consequences import AWS_WORKSPACE, AZURE_WORKSPACE, LOCAL_WORKSPACE
from bodo_infra.spec.cloud_config import Target

STORAGE_DEFAULT: Mapping[Target, str] = {"aws": "efs", "azure": "azure-files", "local": "directory"}

DESCRIPTION = in_place("touches nothing else")
OTHER_TARGET = lost("everything of this cloud-config is made anew on another target; nothing moves there").ending()
LIMIT = in_place("the agents go by the new limit; no node is touched")


def _records(what: str) -> Callable[[Plain, Plain], Row]:
    def row(old: Plain, new: Plain) -> Row:
        fate = "deleted with it" if old["delete_data"] else "left behind in the old one, which stays in the account"
        return lost(f"{what}: what was kept is {fate}, and the platform no longer knows it")

    return row


def _elsewhere(old: Plain, new: Plain) -> Row:
    """Another uuid: what stands on it is bound to the old one's role, boundary and policy of nodes."""
    return _records("bucket, table and key are made anew in the other region")(old, new).ending()


def _aws_cloud_config_name(old: Plain, new: Plain) -> Row:
    account = new["aws"]
    if account and account["bucket_name"] and account["table_name"]:
        return replaced("the cross-account role and its policies are made anew; bring up all that stands on it after")
    return _records("bucket and table are named after it and made anew")(old, new)


def _azure_elsewhere(what: str) -> Callable[[Plain, Plain], Row]:
    """Another uuid, as in ``_elsewhere``."""

    def row(old: Plain, new: Plain) -> Row:
        return _records(f"storage account and roles are made anew in {what}")(old, new).ending()

    return row


def _whose_group(old: Plain, new: Plain) -> Row:
    if old["azure"]["existing_resource_group"]:
        return lost(
            "`up` makes no group of a name that is there; where it is gone everything is made anew, and records and "
            "logs begin empty"
        )
    return in_place("the group is no longer the stack's, which never deletes it anyway")


def _nodes(old: Plain, new: Plain) -> Row:
    if new["nodes"] > old["nodes"]:
        return in_place("nodes are added; jobs that run go on with those that they have")
    return in_place("the newest nodes go, and jobs that run on them end")


AWS_CLOUD_CONFIG: Rows = {
    "name": _aws_cloud_config_name,
    "aws": OTHER_TARGET,
    "azure": OTHER_TARGET,
    "local": OTHER_TARGET,
    "aws.region": _elsewhere,
    "aws.account_id": lost(
        "everything is made anew in the other account; what is in this one is not reached any more"
    ).ending(),
    "aws.trusted_principals": in_place("others may assume the cross-account role from now on"),
    "aws.external_id": in_place("whoever assumes the cross-account role needs the new one at once"),
    "aws.bucket_name": _records("another bucket is made, for logs and artifacts"),
    "aws.table_name": _records("another table is made, for records of clusters and jobs"),
    "aws.customer_key": lost(
        "bucket and table are encrypted anew in place, but shared files cannot be: the next `up` of each workspace "
        "makes another, empty file system"
    ),
    "aws.instance_role_arns": in_place("the cross-account role may hand over these from now on"),
    "delete_data": DELETE_DATA,
    "tags": TAGS,
}

OTHER_PRINCIPAL = replaced(
    "its rights go to the other service principal, with whose credential all stacks act from now on"
)

AZURE_CLOUD_CONFIG: Rows = {
    "name": _records("the storage account is named after it and made anew"),
    "aws": OTHER_TARGET,
    "azure": OTHER_TARGET,
    "local": OTHER_TARGET,
    "azure.tenant_id": _azure_elsewhere("the other tenant"),
    "azure.subscription_id": _azure_elsewhere("the other subscription"),
    "azure.resource_group": _azure_elsewhere("the other group"),
    "azure.existing_resource_group": _whose_group,
    "azure.location": _azure_elsewhere("the other location"),
    "azure.service_principal.application_id": OTHER_PRINCIPAL,
    "azure.service_principal.object_id": OTHER_PRINCIPAL,
    "azure.grantable_roles": in_place("the service principal may hand over these from now on"),
    "delete_data": DELETE_DATA,
    "tags": TAGS,
}

LOCAL_CLOUD_CONFIG: Rows = {
    "name": in_place("the records are told of it"),
    "aws": OTHER_TARGET,
    "azure": OTHER_TARGET,
    "local": OTHER_TARGET,
    "local.directory": _records("another folder is used, for records, logs and shared files"),
    "delete_data": DELETE_DATA,
    "tags": NOTHING,
}

CLUSTER: Rows = {
    "name": replaced(NODES_REPLACED),
    "description": DESCRIPTION,
    "nodes": _nodes,
    "ranks_per_node": replaced(NODES_REPLACED),
    "auto_pause_minutes": LIMIT,
    "auto_shutdown_minutes": LIMIT,
}

AWS_CLUSTER: Rows = {
    **CLUSTER,
    "instance_type": replaced(NODES_REPLACED),
    "bodo_version": replaced(NODES_REPLACED),
    "zone": replaced(f"{NODES_REPLACED}, unless they are in that zone already"),
    "efa": replaced(NODES_REPLACED),
    "placement_group": replaced(f"{NODES_REPLACED}, unless the type has no placement anyway"),
    "spot": replaced(NODES_REPLACED),
    "image_id": replaced(NODES_REPLACED),
    "packages": replaced(NODES_REPLACED),
    "tags": in_place("the group gets the new tags at once, nodes when they start"),
}

AZURE_CLUSTER: Rows = {
    **AWS_CLUSTER,
    "zone": replaced(NODES_REPLACED),
    "placement_group": replaced(f"{NODES_REPLACED}, unless the size has InfiniBand, which places them anyway"),
    "tags": in_place("the scale set gets the new tags at once, nodes when they start"),
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
    "name": replaced("role and instance profile are made anew, and clusters that use them are replaced"),
    "description": DESCRIPTION,
    "role_arn": replaced("nodes run with another role from now on; one that we made is deleted"),
    "statements": in_place("nodes have the new rights within seconds"),
    "tags": TAGS,
}

AZURE_INSTANCE_ROLE: Rows = {
    "name": replaced("the identity is made anew, and clusters that use it are replaced"),
    "description": DESCRIPTION,
    "role_arn": replaced("nodes run with another identity from now on; one that we made is deleted"),
    "statements": in_place("nodes have the new rights within ten minutes"),
    "tags": TAGS,
}

ORGANIZATION: Rows = {
    "name": in_place("the organization is called otherwise"),
    "members": in_place("its people"),
    "spend_limit_usd_per_month": in_place("the limit counts from now on"),
    "tags": TAGS,
}

ROWS: Mapping[tuple[str, Target | None], Rows] = {
    ("organization", None): ORGANIZATION,
    ("cloud-config", "aws"): AWS_CLOUD_CONFIG,
    ("cloud-config", "azure"): AZURE_CLOUD_CONFIG,
    ("cloud-config", "local"): LOCAL_CLOUD_CONFIG,
    ("workspace", "aws"): AWS_WORKSPACE,
    ("workspace", "azure"): AZURE_WORKSPACE,
    ("workspace", "local"): LOCAL_WORKSPACE,
    ("cluster", "aws"): AWS_CLUSTER,
    ("cluster", "azure"): AZURE_CLUSTER,
    ("cluster", "local"): LOCAL_CLUSTER,
    ("instance-role", "aws"): AWS_INSTANCE_ROLE,
    ("instance-role", "azure"): AZURE_INSTANCE_ROLE,
}
"""What a release makes. Of what is not in it, everything may be replaced."""

ELSEWHERE = "everything is made anew by the other cloud-config"
USES: Mapping[tuple[str, str], Row] = {
    ("workspace", "cloud_config"): lost(f"{ELSEWHERE}, and shared files do not come along").ending(),
    ("instance-role", "cloud_config"): replaced(f"{ELSEWHERE}").ending(),
    ("cluster", "workspace"): replaced(NODES_REPLACED),
    ("cluster", "instance_role"): replaced(NODES_REPLACED),
    ("notebook", "workspace"): lost("the notebook server is made anew in the other workspace"),
}
"""What another stack below means, by kind and by what it is to it; of what is not here everything may be lost."""
