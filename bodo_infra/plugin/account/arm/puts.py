"""What a PUT does beside its own resource: lists in it are the complete lists of what is inside, a vault comes back."""

from collections.abc import Iterator, Mapping

from bodo_infra.plugin.account.arm import tokens as t
from bodo_infra.plugin.account.arm.endings import check_end
from bodo_infra.plugin.account.arm.errors import Refusal
from bodo_infra.plugin.account.arm.vaults import deleted_vault
from bodo_infra.plugin.account.arm.view import ArmView
from bodo_infra.plugin.account.store import Row
from bodo_infra.plugin.wire_codec import Bag

_INSIDE: Mapping[str, tuple[str, str]] = {
    t.VNET: ("subnets", t.SUBNET),
    t.SECURITY_GROUP: ("securityRules", t.SECURITY_RULE),
}


def check_dropped(token: str, inputs: Bag, view: ArmView) -> Iterator[Refusal]:
    """What a list leaves out has to go, and cannot while it is in use."""
    for row in _dropped(token, inputs, view):
        yield from check_end(row, view.store)


def after_put(row: Row, inputs: Bag, view: ArmView) -> None:
    """Called when the row is written."""
    for dropped in _dropped(row.type, inputs, view):
        view.store.remove(dropped)
    left = deleted_vault(str(row.name), view.store) if row.type == t.VAULT else None
    if left is not None:
        view.store.remove(left)


def inline_subnets(token: str, inputs: Bag) -> Iterator[Bag]:
    """The subnets that a network brings along, as inputs of resources of their own; others can name them by id."""
    for subnet in (inputs.get("subnets") or ()) if token == t.VNET else ():
        path = {name: inputs[name] for name in ("resourceGroupName", "virtualNetworkName")}
        yield {**subnet, **path, "subnetName": subnet["name"]}


def _dropped(token: str, inputs: Bag, view: ArmView) -> list[Row]:
    name, inside = _INSIDE.get(token, ("", ""))
    listed = inputs.get(name)
    if not inside or listed is None:
        return []
    names = {str(each.get("name")).lower() for each in listed if isinstance(each, dict)}
    return [row for row in view.store.below(view.own_id) if row.type == inside and str(row.name).lower() not in names]
