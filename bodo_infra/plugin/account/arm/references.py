"""Ids in the body of a request: what they name must exist, in the same region where ARM wants it so.

Every whole text that has the form of an id of this subscription is looked up, whatever input it stands in.
"""

from collections.abc import Iterator, Mapping

from bodo_infra.catalog import short_location
from bodo_infra.plans.arm_ids import ArmId, parse_arm_id
from bodo_infra.plugin.account.arm import tokens as t
from bodo_infra.plugin.account.arm.errors import Refusal, bad
from bodo_infra.plugin.account.arm.settings import SUBSCRIPTION_ID
from bodo_infra.plugin.account.arm.table import ArmType, arm_type
from bodo_infra.plugin.account.arm.view import ArmView
from bodo_infra.plugin.account.rules.references import Kind
from bodo_infra.plugin.account.store import Link, Row, key_of
from bodo_infra.plugin.wire_codec import Bag, Secret, Value

_WITH_REGION = ("Microsoft.Network", "Microsoft.Compute", "Microsoft.NetApp")
_HOLDING = (*_WITH_REGION, "Microsoft.Authorization")
# Judged by rules of their own, or not a reference at all.
# Images nobody makes here: the account does not know which there are, as it does not on AWS.
_ELSEWHERE = frozenset({"id", "scope", "assignableScopes", "roleDefinitionId", "tags", "imageReference"})
_OF_ANY_REGION = ("privateLinkServiceConnections", "virtualNetworkPeerings", "identity")


def find_links(rules: ArmType, inputs: Bag, view: ArmView) -> tuple[list[Link], list[Refusal]]:
    """What a resource uses, and the ids that lead nowhere. Unknown ones pass."""
    user = (rules.token, view.own_id, "")
    links: dict[tuple[str, str, str], Link] = {}
    refusals = []
    for where, text in _texts(inputs, ""):
        id = parse_arm_id(text)
        if id is None or id.subscription != SUBSCRIPTION_ID or not id.type:
            continue
        target = _target(id, text, view)
        if target is None or not _is_near(where, rules, inputs, target, view):
            refusals.append(_lost(where, text, view))
        else:
            kind = Kind.HOLDS if _holds(rules, target) else Kind.NAMES
            links.setdefault(key_of(target), Link(user=user, target=key_of(target), path=where, kind=kind.value))
    if isinstance(inputs.get("roleDefinitionId"), str):
        role = view.at(inputs["roleDefinitionId"], t.ROLE_DEFINITION)
        if role is not None:
            links[key_of(role)] = Link(user=user, target=key_of(role), path="roleDefinitionId", kind=Kind.HOLDS.value)
    return list(links.values()), refusals


def _target(id: ArmId, text: str, view: ArmView) -> Row | None:
    """The thing itself, or the one it is a part of: ``.../networkInterfaces/x/ipConfigurations/y``."""
    found = view.at(text)
    return found or (view.at(str(id.parent)) if len(id.names) > 1 and _is_part(id) else None)


def _is_part(id: ArmId) -> bool:
    return id.type.rpartition("/")[2].lower() in ("ipconfigurations", "blobservices", "fileservices")


def _is_near(where: str, rules: ArmType, inputs: Bag, target: Row, view: ArmView) -> bool:
    if where.startswith(_OF_ANY_REGION) or rules.namespace not in _WITH_REGION or target.type not in _regional():
        return True
    parent = view.parent()
    here = inputs.get("location") or (view.location_of(parent) if parent else None)
    there = view.location_of(target)
    known = isinstance(here, str) and there is not None
    return not known or "global" in (here, there) or short_location(str(here)) == short_location(str(there))


def _regional() -> frozenset[str]:
    of_networks = (t.VNET, t.SUBNET, t.SECURITY_GROUP, t.NAT_GATEWAY, t.PUBLIC_IP, t.NETWORK_INTERFACE)
    return frozenset((*of_networks, t.PROXIMITY_GROUP, t.DISK, t.SCALE_SET))


def _holds(rules: ArmType, target: Row) -> bool:
    known = target.type != t.DELETED_VAULT and arm_type(target.type).in_use is not None
    return known and rules.namespace in _HOLDING


def _lost(where: str, text: str, view: ArmView) -> Refusal:
    if where.startswith("identity."):
        why = f"The resource '{text}' was not found."
        return bad(where, "FailedIdentityOperation", f"Identity operation for resource '{view.own_id}' failed: {why}")
    return bad(
        where,
        "InvalidResourceReference",
        f"Resource {text} referenced by resource {view.own_id} was not found. Please make sure that the referenced "
        "resource exists, and that both resources are in the same region.",
    )


def _texts(value: Value, where: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Secret):
        return
    if isinstance(value, str):
        yield where, value
    elif isinstance(value, Mapping):
        for name, item in value.items():
            if name not in _ELSEWHERE and not name.startswith("__"):
                yield from _texts(item, f"{where}.{name}" if where else name)
            elif name == "id" and where:  # {"id": ...} is how a body names another thing; at the top it is its own
                yield from _texts(item, f"{where}.id")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _texts(item, f"{where}[{index}]")
