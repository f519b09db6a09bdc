"""Rules of Azure NetApp Files."""

from collections.abc import Iterator

from bodo_infra.catalog import short_location
from bodo_infra.plans.azure_network import NETAPP_VOLUMES
from bodo_infra.plugin.account.arm import tokens as t
from bodo_infra.plugin.account.arm.errors import Refusal, bad, conflict
from bodo_infra.plugin.account.arm.view import ArmView, values_of
from bodo_infra.plugin.account.store import Row
from bodo_infra.plugin.wire_codec import Bag

DEFAULT_POOL_BYTES = 4 * 1024**4
DEFAULT_VOLUME_BYTES = 100 * 1024**3
_PROTOCOLS = ("NFSv3", "NFSv4.1", "CIFS")


def check_pool(inputs: Bag, view: ArmView) -> Iterator[Refusal]:
    """Where its account is, and as large as what is in it."""
    yield from _check_place(inputs, view.parent(t.NETAPP_ACCOUNT))
    size = inputs.get("size", DEFAULT_POOL_BYTES)
    inside = sum(_size(row.inputs) for row in view.store.below(view.own_id) if row.type == t.NETAPP_VOLUME)
    if view.before is not None and isinstance(size, int) and size < inside:
        yield bad("size", "PoolSizeTooSmall", f"The pool of {size} bytes holds volumes of {inside} bytes.")


def check_volume(inputs: Bag, view: ArmView) -> Iterator[Refusal]:
    """A subnet of its own, room in the pool, a path that is free."""
    pool = view.parent(t.NETAPP_POOL)
    yield from _check_place(inputs, pool)
    for protocol in inputs.get("protocolTypes") or ():
        if isinstance(protocol, str) and protocol not in _PROTOCOLS:
            yield bad("protocolTypes", "BadRequest", f"'{protocol}' is not one of {', '.join(_PROTOCOLS)}.")
    subnet = view.at(inputs.get("subnetId"), t.SUBNET)
    if subnet is not None and not is_delegated(subnet):
        text = f"The subnet '{subnet.id}' must be delegated to {NETAPP_VOLUMES}."
        yield bad("subnetId", "BadRequest", text)
    if pool is not None:
        others = sum(_size(row.inputs) for row in view.siblings(t.NETAPP_VOLUME))
        room = pool.outputs["size"] - others
        if _size(inputs) > room:
            text = f"The pool {pool.name} has {room} bytes left, too few for a volume of {_size(inputs)} bytes."
            yield bad("usageThreshold", "PoolSizeTooSmall", text)
    token = inputs.get("creationToken")
    if isinstance(token, str) and any(row.inputs.get("creationToken") == token for row in view.others(t.NETAPP_VOLUME)):
        yield conflict("creationToken", "CreationTokenAlreadyExists", f"The file path {token} is in use already.")


def is_delegated(subnet: Row) -> bool:
    """Whether a subnet is one for volumes."""
    given = subnet.inputs.get("delegations") or ()
    return any(str(each.get("serviceName")).lower() == NETAPP_VOLUMES.lower() for each in given)


def _check_place(inputs: Bag, parent: Row | None) -> Iterator[Refusal]:
    location = inputs.get("location")
    if parent is not None and isinstance(location, str) and short_location(location) != parent.outputs["location"]:
        text = f"It must be where {parent.name} is, in {parent.outputs['location']}, not in {location}."
        yield bad("location", "InvalidResourceLocation", text)


def _size(inputs: Bag) -> int:
    size = values_of(inputs, "usageThreshold")
    return size if isinstance(size, int) else DEFAULT_VOLUME_BYTES
