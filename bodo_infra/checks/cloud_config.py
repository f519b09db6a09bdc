"""Is this cloud-config sound?"""

import re
from pathlib import PurePosixPath
from uuid import UUID

from bodo_infra.checks.aws_account import check_aws_account
from bodo_infra.checks.findings import Finding
from bodo_infra.checks.tags import check_tags
from bodo_infra.spec.cloud_config import AzureSubscription, CloudConfigSpec, LocalMachine

AZURE_LOCATION = re.compile(r"[a-z]+[a-z0-9]*")


def check_cloud_config(spec: CloudConfigSpec) -> list[Finding]:
    """Every reason why this cloud-config would fail or do harm."""
    tags = check_tags(spec.tags, spec.target)
    if spec.aws is not None:
        return check_aws_account(spec.aws) + tags
    if spec.azure is not None:
        return _check_azure(spec.azure) + tags
    return _check_local(spec.local) if spec.local is not None else []


def _check_azure(azure: AzureSubscription) -> list[Finding]:
    found = []
    ids = {
        "azure.tenant_id": azure.tenant_id,
        "azure.subscription_id": azure.subscription_id,
        "azure.service_principal.application_id": azure.service_principal.application_id,
        "azure.service_principal.object_id": azure.service_principal.object_id,
    }
    for path, value in ids.items():
        if not _is_guid(value):
            fix = "Copy it from `az account show` or `az ad sp show`, such as 00000000-0000-0000-0000-000000000000"
            found.append(Finding(id="cloud-config.guid", path=path, value=value, rule="must be a GUID", fix=fix))
    if not AZURE_LOCATION.fullmatch(azure.location):
        fix = "Use the short name, such as westeurope"
        rule = "is no Azure location"
        found.append(
            Finding(id="cloud-config.location", path="azure.location", value=azure.location, rule=rule, fix=fix)
        )
    return found


def _check_local(machine: LocalMachine) -> list[Finding]:
    # `destroy` with delete_data removes this folder.
    parts = PurePosixPath(machine.directory).parts
    if parts and parts[0].startswith("~") and parts[0] != "~":
        rule, fix = "`~` stands for your own home folder only", "Write the path from / on"
        path = "local.directory"
        return [Finding(id="cloud-config.home", path=path, value=machine.directory, rule=rule, fix=fix)]
    if parts in (("/",), ("~",), (), ("..",)):
        rule = "must be a folder of its own: records and shared files are kept in it, and delete_data removes it"
        fix = "Use a folder such as .bodo/data"
        path = "local.directory"
        return [Finding(id="cloud-config.directory", path=path, value=machine.directory, rule=rule, fix=fix)]
    return []


def _is_guid(text: str) -> bool:
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False
