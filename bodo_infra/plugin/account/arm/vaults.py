"""Rules of key vaults: a name that is free, deleted vaults among the others; what cannot be undone."""

from collections.abc import Iterator

from bodo_infra.catalog import short_location
from bodo_infra.plugin.account.arm import tokens as t
from bodo_infra.plugin.account.arm.errors import Refusal, bad, conflict
from bodo_infra.plugin.account.arm.settings import TENANT_ID
from bodo_infra.plugin.account.arm.view import ArmView, values_of
from bodo_infra.plugin.account.store import AccountStore, Row
from bodo_infra.plugin.wire_codec import Bag

LONGEST_SECRET_BYTES = 25600


def check_vault(inputs: Bag, view: ArmView) -> Iterator[Refusal]:
    """The name, the tenant, and the settings that only go one way."""
    name = str(inputs.get("vaultName"))
    if any(str(other.name).lower() == name.lower() for other in view.others(t.VAULT)):
        text = f"The vault name '{name}' is already in use. Vault names are globally unique."
        yield conflict("vaultName", "VaultAlreadyExists", text)
    tenant = values_of(inputs, "properties", "tenantId")
    if isinstance(tenant, str) and tenant != TENANT_ID:
        yield bad("properties.tenantId", "BadRequest", f"The tenant {tenant} is not that of the subscription.")
    yield from _check_deleted(inputs, name, view)
    if values_of(inputs, "properties", "enablePurgeProtection") is False:
        text = "The property 'enablePurgeProtection' cannot be set to false. Enabling the purge protection for a vault "
        yield bad("properties.enablePurgeProtection", "BadRequest", f"{text}is an irreversible action.")
    rights = values_of(inputs, "properties", "enableRbacAuthorization")
    if rights is True and values_of(inputs, "properties", "accessPolicies"):
        text = "Access policies count for nothing beside role-based access control."
        yield bad("properties.accessPolicies", "BadRequest", text)
    if view.before is not None:
        yield from _check_kept(inputs, view.before)


def check_secret(inputs: Bag, view: ArmView) -> Iterator[Refusal]:
    """A value that fits."""
    value = values_of(inputs, "properties", "value")
    if isinstance(value, str) and len(value.encode()) > LONGEST_SECRET_BYTES:
        text = f"The secret has more than {LONGEST_SECRET_BYTES} bytes."
        yield bad("properties.value", "BadParameter", text)


def deleted_vault(name: str, store: AccountStore) -> Row | None:
    """What is left of a vault of this name; None when the name is free."""
    return next((row for row in store.of_type(t.DELETED_VAULT) if str(row.name).lower() == name.lower()), None)


def _check_deleted(inputs: Bag, name: str, view: ArmView) -> Iterator[Refusal]:
    left = deleted_vault(name, view.store)
    recovers = values_of(inputs, "properties", "createMode") == "recover"
    if left is None:
        if recovers and view.before is None and view.at(view.own_id) is None:
            text = f"There is no deleted vault '{name}' to recover."
            yield bad("properties.createMode", "SoftDeletedVaultDoesNotExist", text)
        return
    if not recovers:
        text = (
            "A vault with the same name already exists in deleted state. You need to either recover or purge existing "
            f"key vault ({name})."
        )
        yield conflict("vaultName", "ConflictError", text)
    location = inputs.get("location")
    if isinstance(location, str) and short_location(location) != left.outputs["location"]:
        text = f"The deleted vault '{name}' is in {left.outputs['location']}, and can be recovered there alone."
        yield conflict("location", "VaultAlreadyExists", text)


def _check_kept(inputs: Bag, before: Row) -> Iterator[Refusal]:
    old = before.outputs["properties"]
    for name in ("enableSoftDelete", "enablePurgeProtection"):
        if old.get(name) is True and values_of(inputs, "properties", name) is False:
            yield bad(f"properties.{name}", "BadRequest", f"The property '{name}' cannot be set back to false.")
    days = values_of(inputs, "properties", "softDeleteRetentionInDays")
    if days is not None and days != old.get("softDeleteRetentionInDays"):
        text = "The property 'softDeleteRetentionInDays' has been set already and it can't be modified."
        yield bad("properties.softDeleteRetentionInDays", "BadRequest", text)
