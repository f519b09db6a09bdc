"""Outputs that follow from others and from other resources, and what a PUT does beside its own resource."""

from collections.abc import Callable, Mapping

from bodo_infra.plugin.account.arm import tokens as t
from bodo_infra.plugin.account.arm.authorization import SUBSCRIPTION
from bodo_infra.plugin.account.arm.view import ArmView
from bodo_infra.plugin.account.store import Row
from bodo_infra.plugin.wire_codec import Bag

_SERVICES = ("blob", "dfs", "file", "queue", "table", "web")


def derive(token: str, inputs: Bag, outputs: Bag, view: ArmView) -> Bag:
    """Outputs to lay over the others."""
    make = _DERIVED.get(token)
    return make(inputs, outputs, view) if make else {}


def after_put(row: Row, view: ArmView) -> None:
    """What else is there, or is not, when a PUT is done."""


def _account(inputs: Bag, outputs: Bag, view: ArmView) -> Bag:
    name = outputs["name"]
    services = ("file",) if inputs.get("kind") == "FileStorage" else _SERVICES
    hosts = {service: f"{service}.core.windows.net" for service in services}
    hosts.update({"web": "z1.web.core.windows.net"} if "web" in services else {})
    sku = str(outputs["sku"]["name"])
    return {
        "primaryEndpoints": {service: f"https://{name}.{host}/" for service, host in hosts.items()},
        "sku": {**outputs["sku"], "tier": "Premium" if sku.startswith("Premium") else "Standard"},
    }


def _assignment(inputs: Bag, outputs: Bag, view: ArmView) -> Bag:
    role = inputs["roleDefinitionId"].rpartition("/")[2]
    full = f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{role}"
    return {"scope": "/" + inputs["scope"].strip("/"), "roleDefinitionId": full}


_DERIVED: Mapping[str, Callable[[Bag, Bag, ArmView], Bag]] = {
    t.STORAGE_ACCOUNT: _account,
    t.ROLE_ASSIGNMENT: _assignment,
}
