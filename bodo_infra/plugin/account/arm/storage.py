"""Rules of storage accounts and what is in them."""

from collections.abc import Iterator

from bodo_infra.plugin.account.arm import tokens as t
from bodo_infra.plugin.account.arm.errors import Refusal, bad, conflict
from bodo_infra.plugin.account.arm.view import ArmView, values_of
from bodo_infra.plugin.wire_codec import Bag


def check_account(inputs: Bag, view: ArmView) -> Iterator[Refusal]:
    """One name in all of Azure; kinds and skus that go together."""
    name = inputs.get("accountName")
    for other in view.others(t.STORAGE_ACCOUNT):
        if other.name == name:
            yield conflict(
                "accountName", "StorageAccountAlreadyTaken", f"The storage account named {name} is already taken."
            )
    kind, sku = values_of(inputs, "kind"), values_of(inputs, "sku", "name")
    premium = str(sku).startswith("Premium")
    if kind == "FileStorage" and isinstance(sku, str) and not premium:
        yield bad("sku.name", "InvalidAccountType", f"The AccountType {sku} is invalid for the kind FileStorage.")
    if kind == "FileStorage" and inputs.get("isHnsEnabled") is True:
        yield bad("isHnsEnabled", "AccountPropertyCannotBeSet", "FileStorage takes no hierarchical namespace.")
