"""Can what is said of a file share on Azure be meant? What is there is asked of Azure."""

from bodo_infra.checks.findings import Finding
from bodo_infra.plans.arm_ids import ArmId, lies_within, parse_arm_id
from bodo_infra.spec.cloud_config import AzureSubscription
from bodo_infra.spec.workspace import AzureFilesStorage

SHARE = "Microsoft.Storage/storageAccounts/fileServices/shares"
SAMPLE = (
    "/subscriptions/ID/resourceGroups/GROUP/providers/Microsoft.Storage/storageAccounts/NAME"
    "/fileServices/default/shares/NAME"
)
SIZE_LEFT_OUT = AzureFilesStorage(kind="azure-files").capacity_gib


def check_azure_files(storage: AzureFilesStorage, azure: AzureSubscription | None) -> list[Finding]:
    """A text that is no id of a share, a share of elsewhere, and a size for one that has its own.

    ``azure``: of the cloud-config, None when it is not known.
    """
    if storage.share_id is None:
        return []
    found = _check_id(storage.share_id, azure)
    if storage.capacity_gib != SIZE_LEFT_OUT:
        rule = "is for a share that is made; the one that share_id names keeps its size"
        fix = "Leave it out; `az storage share-rm update --quota` changes the size of that share"
        path, value = "shared_storage.capacity_gib", str(storage.capacity_gib)
        found.append(Finding(id="workspace.share-size", path=path, value=value, rule=rule, fix=fix))
    return found


def _check_id(id: str, azure: AzureSubscription | None) -> list[Finding]:
    path, parsed = "shared_storage.share_id", parse_arm_id(id)
    if parsed is None or not parsed.is_of(SHARE):
        rule, fix = f"must be a resource id such as {SAMPLE}", "Copy the id of the share, not that of its account"
        return [Finding(id="workspace.storage-id", path=path, value=id, rule=rule, fix=fix)]
    if azure is None or lies_within(id, str(ArmId(subscription=azure.subscription_id, group=azure.resource_group))):
        return []
    rule = f"is not in resource group {azure.resource_group}, and the service principal has rights in that alone"
    fix = "Name a share of that group, or leave it out: one is made"
    return [Finding(id="workspace.share-of-elsewhere", path=path, value=id, rule=rule, fix=fix)]
