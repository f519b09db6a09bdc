"""What a share that is there is like, asked of Azure; and the workspace that waits until it is known to be sound."""

import pulumi
import pulumi_azure_native as azure_native

from bodo_infra.azure.endpoints import FILE_SHARES, zone_name
from bodo_infra.azure.existing_files import FoundShare, check_existing_share, check_mounted, check_own, check_owner
from bodo_infra.azure.missing import Missing, look_up, why_missing
from bodo_infra.azure.workspace_scope import WorkspaceScope
from bodo_infra.errors import raise_problems
from bodo_infra.plans.arm_ids import ArmId
from bodo_infra.refusal import refuse
from bodo_infra.scope import WORKSPACE_TAG


def find_share(share: ArmId, region: str, options: pulumi.InvokeOptions, *, path: str) -> FoundShare | None:
    """The share; None while the provider is not configured. Raises InputError when nobody could mount it."""
    found = _look(share, options)
    raise_problems(check_existing_share(str(share), found, region=region, path=path) if found else ())
    return found if isinstance(found, FoundShare) else None


def when_free(
    share: ArmId,
    found: FoundShare,
    scope: WorkspaceScope,
    options: pulumi.InvokeOptions,
    *,
    delete_data: bool,
    path: str,
) -> pulumi.Output[str]:
    """The workspace's uuid, known only when the share is its cloud-config's, stays, and nobody else mounts it.

    Everything else carries the uuid in its tags, and so nothing is made before.
    """

    def owned(cloud_config_uuid: str) -> str:
        refuse(check_owner(str(share), found, cloud_config_uuid=cloud_config_uuid, path=path))
        return cloud_config_uuid

    def free(known: list[str]) -> str:
        uuid, _, group = known
        own = check_own(str(share), found, workspace_uuid=uuid, delete_data=delete_data, path=path)
        refuse(own)
        owner = _zone_owner(share.names[0], group, options)
        refuse(check_mounted(str(share), owner, workspace_uuid=uuid, path=path))
        return uuid

    owner = pulumi.Output.from_input(scope.cloud_config.uuid).apply(owned)
    return pulumi.Output.all(scope.uuid, owner, scope.group).apply(free)


def _look(share: ArmId, options: pulumi.InvokeOptions) -> FoundShare | Missing | None:
    group, account_name, share_name = share.group, share.names[0], share.name
    account = look_up(
        lambda: azure_native.storage.get_storage_account(
            account_name=account_name, resource_group_name=group, opts=options
        )
    )
    if isinstance(account, str):
        return account
    there = look_up(
        lambda: azure_native.storage.get_file_share(
            account_name=account_name, share_name=share_name, resource_group_name=group, opts=options
        )
    )
    if isinstance(there, str):
        return there
    location: str | None = account.location  # the SDK types what look-ups answer as never None
    if location is None:
        return None
    return FoundShare(
        location=location,
        protocol=there.enabled_protocols or "SMB",
        squashes_root=there.root_squash not in (None, "NoRootSquash"),
        takes_tls_alone=account.enable_https_traffic_only is True,
        has_public_access=account.public_network_access != "Disabled",
        tags=account.tags or {},
    )


def _zone_owner(account_name: str, group: str, options: pulumi.InvokeOptions) -> str | None:
    """Uuid of the workspace whose private zone leads to the account, empty of one without tag; None without a zone."""
    try:
        zone = azure_native.privatedns.get_private_zone(
            private_zone_name=zone_name(account_name, FILE_SHARES), resource_group_name=group, opts=options
        )
    except Exception as error:
        if why_missing(error) == "absent":
            return None
        raise
    return (zone.tags or {}).get(WORKSPACE_TAG, "")
