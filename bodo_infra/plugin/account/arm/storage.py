"""Rules of storage accounts and what is in them."""

from collections.abc import Iterator

from bodo_infra.plugin.account.arm import tokens as t
from bodo_infra.plugin.account.arm.errors import Refusal, bad, conflict
from bodo_infra.plugin.account.arm.view import ArmView, values_of
from bodo_infra.plugin.account.store import Row
from bodo_infra.plugin.wire_codec import UNKNOWN, Bag

# GiB; by the first word of the account's sku.
_QUOTAS = {"Premium": (100, 102400), "PremiumV2": (32, 262144), "Standard": (1, 102400), "StandardV2": (32, 262144)}


def check_account(inputs: Bag, view: ArmView) -> Iterator[Refusal]:
    """One name in all of Azure; kinds, skus and settings that go together; changes within a family of skus."""
    name, kind, sku = inputs.get("accountName"), values_of(inputs, "kind"), values_of(inputs, "sku", "name")
    for other in view.others(t.STORAGE_ACCOUNT):
        if other.name == name:
            text = f"The storage account named {name} is already taken."
            yield conflict("accountName", "StorageAccountAlreadyTaken", text)
    solid = str(sku).startswith("Premium")
    if isinstance(sku, str) and kind in ("FileStorage", "BlockBlobStorage") and not solid:
        yield bad("sku.name", "InvalidAccountType", f"The AccountType {sku} is invalid for the kind {kind}.")
    if kind == "FileStorage" and inputs.get("isHnsEnabled") is True:
        yield bad("isHnsEnabled", "AccountPropertyCannotBeSet", "FileStorage takes no hierarchical namespace.")
    if kind == "FileStorage" and inputs.get("accessTier") is not None:
        yield bad("accessTier", "AccountPropertyCannotBeSet", "FileStorage takes no accessTier.")
    before = values_of(view.before.outputs, "sku", "name") if view.before else None
    if isinstance(before, str) and isinstance(sku, str) and _family(before) != _family(sku):
        text = f"Storage account type cannot be changed from {before} to {sku}."
        yield bad("sku.name", "StorageAccountTypeConversionNotAllowed", text)


def check_container(inputs: Bag, view: ArmView) -> Iterator[Refusal]:
    """Not in an account of files; public only where the account lets it be."""
    account = _account(view)
    if account is None:
        return
    if account.inputs.get("kind") == "FileStorage":
        yield bad("accountName", "FeatureNotSupportedForAccount", "Blob is not supported for the account.")
    public = inputs.get("publicAccess") not in (None, "None", UNKNOWN)
    if public and account.outputs.get("allowBlobPublicAccess") is not True:
        text = "Public access is not permitted on this storage account."
        yield conflict("publicAccess", "PublicAccessNotPermitted", text)


def check_blob_service(inputs: Bag, view: ArmView) -> Iterator[Refusal]:
    """Not in an account of files; no versions beside a hierarchical namespace."""
    account = _account(view)
    if account is not None and account.inputs.get("kind") == "FileStorage":
        yield bad("accountName", "FeatureNotSupportedForAccount", "Blob is not supported for the account.")
    if account is not None and account.inputs.get("isHnsEnabled") is True and inputs.get("isVersioningEnabled") is True:
        text = "Versioning is not supported for accounts with a hierarchical namespace."
        yield bad("isVersioningEnabled", "FeatureNotSupportedForAccount", text)
    for name in ("deleteRetentionPolicy", "containerDeleteRetentionPolicy"):
        if values_of(inputs, name, "enabled") is True and values_of(inputs, name, "days") is None:
            yield bad(f"{name}.days", "InvalidRequestPropertyValue", "days is needed when the policy is enabled.")


def check_blob(inputs: Bag, view: ArmView) -> Iterator[Refusal]:
    """The account's doors: the provider writes blobs with the account's keys."""
    account = _account(view)
    if account is not None and account.outputs.get("allowSharedKeyAccess") is False:
        text = "Key based authentication is not permitted on this storage account."
        yield Refusal(path="accountName", status=403, code="KeyBasedAuthenticationNotPermitted", message=text)


def check_policy(inputs: Bag, view: ArmView) -> Iterator[Refusal]:
    """Rules with names of their own, each for kinds of blobs."""
    rules = values_of(inputs, "policy", "rules") or ()
    names = [rule.get("name") for rule in rules if isinstance(rule, dict)]
    for name in {name for name in names if isinstance(name, str) and names.count(name) > 1}:
        yield bad("policy.rules", "InvalidRequestPropertyValue", f"Two rules are called '{name}'.")
    for index, rule in enumerate(rules):
        where = f"policy.rules[{index}].definition"
        filters = values_of(rule, "definition", "filters")
        if isinstance(filters, dict) and not filters.get("blobTypes"):
            yield bad(f"{where}.filters.blobTypes", "InvalidRequestPropertyValue", "blobTypes must be given.")
        if not values_of(rule, "definition", "actions"):
            yield bad(f"{where}.actions", "InvalidRequestPropertyValue", "A rule needs an action.")


def check_share(inputs: Bag, view: ArmView) -> Iterator[Refusal]:
    """NFS on solid-state accounts of files; a size that the account's sku has."""
    account, quota = _account(view), inputs.get("shareQuota")
    if account is None:
        return
    sku = str(values_of(account.inputs, "sku", "name"))
    of_files = account.inputs.get("kind") == "FileStorage"
    if inputs.get("enabledProtocols") == "NFS" and not (of_files and sku.startswith("Premium")):
        text = "The NFS protocol needs an account of kind FileStorage with a Premium sku."
        yield bad("enabledProtocols", "InvalidHeaderValue", text)
    if inputs.get("rootSquash") is not None and inputs.get("enabledProtocols", "SMB") == "SMB":
        yield bad("rootSquash", "InvalidHeaderValue", "Root squash is for NFS shares.")
    least, most = _QUOTAS[_family(sku)]
    if isinstance(quota, int) and not least <= quota <= most:
        text = f"The share quota {quota} GiB is out of range: {sku} has {least} to {most} GiB."
        yield bad("shareQuota", "InvalidHeaderValue", text)
    for name in ("provisionedIops", "provisionedBandwidthMibps"):
        if inputs.get(name) is not None and "V2" not in sku:
            yield bad(name, "InvalidHeaderValue", f"{name} is for accounts with provisioned v2, not for {sku}.")


def _account(view: ArmView) -> Row | None:
    """The account that a container, a share or a blob is in."""
    head, kind, rest = view.own_id.partition("/storageAccounts/")
    return view.at(f"{head}{kind}{rest.partition('/')[0]}", t.STORAGE_ACCOUNT)


def _family(sku: str) -> str:
    return sku.partition("_")[0] if sku.partition("_")[0] in _QUOTAS else "Standard"
