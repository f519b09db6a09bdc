"""Is this cloud-config sound?"""

import re
from pathlib import PurePosixPath
from uuid import UUID

from bodo_infra.checks.findings import Finding
from bodo_infra.spec.cloud_config import AwsAccount, AzureSubscription, CloudConfigSpec, LocalMachine

AWS_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d{1,2}")
AWS_PRINCIPAL = re.compile(r"arn:aws[a-z-]*:(iam|sts)::\d{12}:.+|\d{12}")
AZURE_LOCATION = re.compile(r"[a-z]+[a-z0-9]*")


def check_cloud_config(spec: CloudConfigSpec) -> list[Finding]:
    """Every reason why this cloud-config would fail or do harm."""
    if spec.aws is not None:
        return _check_aws(spec.aws)
    if spec.azure is not None:
        return _check_azure(spec.azure)
    return _check_local(spec.local) if spec.local is not None else []


def _check_aws(account: AwsAccount) -> list[Finding]:
    found = []
    if not AWS_REGION.fullmatch(account.region):
        fix = "Use a region such as us-east-2"
        found.append(
            Finding(id="cloud-config.region", path="aws.region", value=account.region, rule="is no AWS region", fix=fix)
        )
    for index, principal in enumerate(account.trusted_principals):
        if not AWS_PRINCIPAL.fullmatch(principal):
            path = f"aws.trusted_principals[{index}]"
            rule = "must be the ARN of a principal or an account number; `*` would let everybody in"
            fix = "Write arn:aws:iam::123456789012:role/NAME"
            found.append(Finding(id="cloud-config.principal", path=path, value=principal, rule=rule, fix=fix))
    return found


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
