"""Is this workspace sound?"""

import re

from bodo_infra.checks.arns import check_principals
from bodo_infra.checks.aws_network import ID, check_existing, check_managed
from bodo_infra.checks.azure_files import check_azure_files
from bodo_infra.checks.azure_location import check_location
from bodo_infra.checks.azure_members import check_azure_members
from bodo_infra.checks.azure_network import check_existing_azure, check_managed_azure
from bodo_infra.checks.findings import Finding
from bodo_infra.checks.region import check_region
from bodo_infra.checks.tags import check_tags
from bodo_infra.checks.target import check_not_on_local
from bodo_infra.spec.cloud_config import AzureSubscription, Target
from bodo_infra.spec.workspace import (
    MEMBER_KINDS,
    AzureFilesStorage,
    EfsStorage,
    LustreStorage,
    ManagedNetwork,
    WorkspaceSpec,
)

STORAGE_OF: dict[Target, tuple[str, ...]] = {
    "aws": ("efs", "lustre"),
    "azure": ("azure-files", "netapp"),
    "local": ("directory",),
}
BACKUP_ID = "backup-[0-9a-f]{8,}"


def check_workspace(
    spec: WorkspaceSpec, target: Target, *, region: str | None = None, azure: AzureSubscription | None = None
) -> list[Finding]:
    """Every reason why this workspace would fail on ``target``.

    ``region``: the cloud-config's, for a workspace that names none.  ``azure``: the cloud-config's, on that target.
    None when it is not known.
    """
    found = check_not_on_local("workspace", spec, ("region", "network"), target)
    if spec.shared_storage is not None and spec.shared_storage.kind not in STORAGE_OF[target]:
        known = ", ".join(STORAGE_OF[target])
        rule = f"is not what the {target} target has; there is {known}"
        path, kind = "shared_storage.kind", spec.shared_storage.kind
        found.append(
            Finding(id="workspace.storage", path=path, value=kind, rule=rule, fix=f"Use {known}, or leave it out")
        )
    if isinstance(spec.shared_storage, LustreStorage):
        found += _check_lustre(spec.shared_storage)
        found += _check_id("backup_id", spec.shared_storage.backup_id, BACKUP_ID, "backup-0123456789abcdef0")
    if isinstance(spec.shared_storage, EfsStorage):
        found += _check_id("file_system_id", spec.shared_storage.file_system_id, f"fs{ID}", "fs-0123456789abcdef0")
    found += check_tags(spec.tags, target)
    if target == "aws":
        found += _check_aws(spec, region)
    elif target == "azure":
        found += _check_azure(spec, region, azure)
    return found


def check_built_workspace(spec: WorkspaceSpec, target: Target, *, has_links: bool, example: str) -> list[Finding]:
    """What a component of a cloud needs besides: a region that is plain, and one network.

    ``has_links``: whether a network comes by links.  ``example``: how the missing region is named.
    """
    found = check_workspace(spec, target)
    if spec.region is None:
        rule = "is missing; the cloud-config's may be known only when that is there"
        found.append(Finding(id="workspace.region-needed", path="region", value="", rule=rule, fix=example))
    if has_links and spec.network is not None:
        rule = "stands beside a network that comes by links (args.network); there can be one"
        fix = "Leave one of them out"
        found.append(Finding(id="workspace.two-networks", path="network", value=spec.network.kind, rule=rule, fix=fix))
    return found


def _check_aws(spec: WorkspaceSpec, region: str | None) -> list[Finding]:
    found = []
    if spec.region is not None:
        found += check_region(spec.region, rule_id="workspace.region", path="region")
    if not any(finding.level == "error" for finding in found):
        network = spec.network or ManagedNetwork()
        if isinstance(network, ManagedNetwork):
            found += check_managed(network, spec.region or region)
        else:
            found += check_existing(network)
    for part in MEMBER_KINDS:
        arns, path = getattr(spec.members, part), f"members.{part}"
        found += check_principals(arns, rule_id="workspace.member", path=path, accounts=False)
    return found


def _check_azure(spec: WorkspaceSpec, region: str | None, azure: AzureSubscription | None) -> list[Finding]:
    found = []
    if spec.region is not None:
        found += check_location(spec.region, rule_id="workspace.region", path="region")
    network = spec.network or ManagedNetwork()
    if isinstance(network, ManagedNetwork):
        found += check_managed_azure(network, spec.region or region)
    else:
        found += check_existing_azure(network, azure)
    if isinstance(spec.shared_storage, AzureFilesStorage):
        found += check_azure_files(spec.shared_storage, azure)
    for part in MEMBER_KINDS:
        found += check_azure_members(getattr(spec.members, part), azure, path=f"members.{part}")
    return found


def _check_id(field: str, id: str | None, pattern: str, example: str) -> list[Finding]:
    if id is None or re.fullmatch(pattern, id):
        return []
    rule, fix = f"must be an id such as {example}", "Copy it from the console, not the name"
    return [Finding(id="workspace.storage-id", path=f"shared_storage.{field}", value=id, rule=rule, fix=fix)]


def _check_lustre(storage: LustreStorage) -> list[Finding]:
    gib = storage.capacity_gib
    if gib in (1200, 2400) or (gib > 0 and gib % 2400 == 0):
        return []
    near = max(1200, round(gib / 2400) * 2400)
    path, rule = "shared_storage.capacity_gib", "must be 1200, 2400 or a multiple of 2400"
    return [Finding(id="workspace.lustre-size", path=path, value=str(gib), rule=rule, fix=f"Use {near}")]
