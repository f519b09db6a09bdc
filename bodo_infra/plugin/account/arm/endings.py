"""What forbids that a thing goes, what goes with it, and what it leaves."""

from collections.abc import Iterator

from bodo_infra.plans.arm_ids import parse_arm_id
from bodo_infra.plugin.account.arm import tokens as t
from bodo_infra.plugin.account.arm.errors import Refusal, conflict
from bodo_infra.plugin.account.arm.settings import SUBSCRIPTION_ID
from bodo_infra.plugin.account.arm.table import arm_type
from bodo_infra.plugin.account.rules.references import Kind
from bodo_infra.plugin.account.store import AccountStore, Row, key_of

_TEXTS = {
    "InUseSubnetCannotBeDeleted": "Subnet {name} is in use by {user} and cannot be deleted. In order to delete the "
    "subnet, delete all the resources within the subnet. See aka.ms/deletesubnet.",
    "InUseNetworkSecurityGroupCannotBeDeleted": "Network security group {id} cannot be deleted because it is in use by "
    "the following resources: {user}.",
    "InUseNatGatewayCannotBeDeleted": "Nat Gateway {id} cannot be deleted because it is in use by {user}.",
    "PublicIPAddressCannotBeDeleted": "Public IP address {id} can not be deleted since it is still allocated to "
    "resource {user}.",
    "NicInUse": "Network Interface {id} is used by existing resource {user}. In order to delete the network interface, "
    "it must be dissociated from the resource.",
    "RoleDefinitionHasAssignments": "There are existing role assignments referencing role (code: {name}), such as "
    "{user}.",
    "OperationNotAllowed": "{id} cannot be deleted because it is in use by {user}.",
}


def check_end(row: Row, store: AccountStore) -> Iterator[Refusal]:
    """Why it cannot go now."""
    going = [row, *store.below(row.id)]
    nested = [inner for inner in going[1:] if inner.type in arm_type(row.type).holds_nested]
    if nested:
        text = "Cannot delete resource while nested resources exist. Some existing nested resource IDs include: "
        yield conflict("", "CannotDeleteResource", f"{text}'{nested[0].id}'.")
    keys = {key_of(each) for each in going}
    for each in going:
        rule = arm_type(each.type).in_use if each.type != t.DELETED_VAULT else None
        for link in store.users_of(each) if rule else ():
            if link.kind == Kind.HOLDS.value and link.user not in keys:
                status, code = rule or (0, "")
                name = each.id.rpartition("/")[2]
                text = _TEXTS[code].format(name=name, id=each.id, user=link.user[1])
                yield Refusal(path="", status=status, code=code, message=text)


def left_by(rows: list[Row]) -> list[Row]:
    """What ARM keeps of things that have gone: vaults, for as long as they said."""
    return [_deleted_vault(row) for row in rows if row.type == t.VAULT]


def deleted_vault_id(name: str, location: str) -> str:
    """Where a vault lies that was deleted."""
    return f"/subscriptions/{SUBSCRIPTION_ID}/providers/Microsoft.KeyVault/locations/{location}/deletedVaults/{name}"


def _deleted_vault(row: Row) -> Row:
    here = parse_arm_id(row.id)
    name = here.name if here else row.id
    outputs = {
        "name": name,
        "vaultId": row.id,
        "location": row.outputs["location"],
        "purgeProtectionEnabled": bool(row.outputs["properties"].get("enablePurgeProtection")),
        "vault": row.outputs,
    }
    id = deleted_vault_id(name, row.outputs["location"])
    return Row(type=t.DELETED_VAULT, id=id, region="", urn=f"{row.urn}-deleted", inputs={}, outputs=outputs, name=name)
