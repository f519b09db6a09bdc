"""What an EFS that is there is like, asked of AWS; and the workspace that waits until it is known to be sound."""

import pulumi
import pulumi_aws as aws

from bodo_infra.aws.existing_files import FoundFiles, FoundMount, check_existing_files, check_mounts, check_owner
from bodo_infra.aws.network_reading import filter_by
from bodo_infra.aws.workspace_scope import WorkspaceScope
from bodo_infra.errors import raise_problems
from bodo_infra.refusal import refuse
from bodo_infra.scope import WORKSPACE_TAG

NOT_FOUND = "no matching EFS file system found"
NOT_ALLOWED = ("AccessDenied", "is not authorized to perform")


def find_files(id: str, region: str, options: pulumi.InvokeOptions, *, path: str) -> FoundFiles | None:
    """The file system; None while the provider is not configured. Raises InputError when nobody could mount it."""
    try:
        there = aws.efs.get_file_system(file_system_id=id, opts=options)
    except Exception as error:  # the SDK raises nothing more precise, for whatever went wrong
        if any(text in str(error) for text in (NOT_FOUND, *NOT_ALLOWED)):
            raise_problems(check_existing_files(id, None, region=region, path=path))
        raise
    known: str | None = there.arn  # the SDK types what look-ups answer as never None
    if known is None:
        return None
    found = FoundFiles(
        arn=there.arn,
        dns_name=there.dns_name,
        encrypted=there.encrypted,
        zone_id=there.availability_zone_id or None,
        tags=there.tags,
        mounts=_find_mounts(id, options),
    )
    raise_problems(check_existing_files(id, found, region=region, path=path))
    return found


def when_free(
    id: str, found: FoundFiles, scope: WorkspaceScope, options: pulumi.InvokeOptions, *, path: str
) -> pulumi.Output[str]:
    """The workspace's uuid, known only when the file system is its cloud-config's and nobody else's mounts it.

    Everything else carries the uuid in its tags, and so nothing is made before.
    """

    def owned(cloud_config_uuid: str) -> str:
        refuse(check_owner(id, found, cloud_config_uuid=cloud_config_uuid, path=path))
        return cloud_config_uuid

    def free(known: list[str]) -> str:
        uuid = known[0]
        groups = _groups_of(uuid, found, options)
        refuse(check_mounts(id, found, own_groups=groups, path=path))
        return uuid

    return pulumi.Output.all(scope.uuid, pulumi.Output.from_input(scope.cloud_config.uuid).apply(owned)).apply(free)


def _find_mounts(id: str, options: pulumi.InvokeOptions) -> list[FoundMount]:
    """By the interfaces of its mount targets: these can be listed, which mount targets cannot."""
    named = filter_by("description", f"EFS mount target for {id} (*")
    ids = aws.ec2.get_network_interfaces(filters=[named], opts=options).ids
    found = [aws.ec2.get_network_interface(id=each, opts=options) for each in ids]
    return [FoundMount(vpc_id=each.vpc_id, groups=tuple(each.security_groups)) for each in found]


def _groups_of(workspace_uuid: str, found: FoundFiles, options: pulumi.InvokeOptions) -> list[str]:
    """Of the groups at its mount targets those that are this workspace's."""
    groups = sorted({group for mount in found.mounts for group in mount.groups})
    if not groups:
        return []
    filters = [filter_by("group-id", *groups), filter_by(f"tag:{WORKSPACE_TAG}", workspace_uuid)]
    return list(aws.ec2.get_security_groups(filters=filters, opts=options).ids)
