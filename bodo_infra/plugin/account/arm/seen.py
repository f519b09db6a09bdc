"""A thing as ARM tells it to whoever asks: with what has been put into it, and who uses it, since it was made."""

from collections.abc import Callable, Mapping

from bodo_infra.plugin.account.arm import tokens as t
from bodo_infra.plugin.account.store import AccountStore, Row
from bodo_infra.plugin.wire_codec import Bag


def as_seen(row: Row, store: AccountStore) -> Bag:
    """Its outputs, as they are now."""
    look = _SEEN.get(row.type)
    return {**row.outputs, **(look(row, store) if look else {})}


def _vnet(row: Row, store: AccountStore) -> Bag:
    return {"subnets": [_whole(subnet) for subnet in store.below(row.id) if subnet.type == t.SUBNET]}


def _subnet(row: Row, store: AccountStore) -> Bag:
    users = store.users_of(row)
    endpoints = [{"id": link.user[1]} for link in users if link.user[0] == t.PRIVATE_ENDPOINT]
    others = [{"id": link.user[1]} for link in users if link.user[0] in (t.NETWORK_INTERFACE, t.SCALE_SET)]
    return {"privateEndpoints": endpoints, "ipConfigurations": others}


def _security_group(row: Row, store: AccountStore) -> Bag:
    inline = row.outputs.get("securityRules") or []
    rules = [_whole(rule) for rule in store.below(row.id) if rule.type == t.SECURITY_RULE]
    names = {rule["name"] for rule in rules}
    return {
        "securityRules": [*(rule for rule in inline if rule.get("name") not in names), *rules],
        "subnets": _users(row, store, t.SUBNET),
        "networkInterfaces": _users(row, store, t.NETWORK_INTERFACE),
    }


def _nat_gateway(row: Row, store: AccountStore) -> Bag:
    return {"subnets": _users(row, store, t.SUBNET)}


def _proximity_group(row: Row, store: AccountStore) -> Bag:
    machines = {"virtualMachines": _users(row, store, t.MACHINE)}
    return {**machines, "virtualMachineScaleSets": _users(row, store, t.SCALE_SET)}


def _zone(row: Row, store: AccountStore) -> Bag:
    links = [link for link in store.below(row.id) if link.type == t.NETWORK_LINK]
    records = [record for record in store.below(row.id) if record.type == t.RECORD_SET]
    return {"numberOfVirtualNetworkLinks": len(links), "numberOfRecordSets": 1 + len(records)}


def _users(row: Row, store: AccountStore, token: str) -> list[Bag]:
    return [{"id": link.user[1]} for link in store.users_of(row) if link.user[0] == token]


def _whole(row: Row) -> Bag:
    return {**row.outputs, "id": row.id}


_SEEN: Mapping[str, Callable[[Row, AccountStore], Bag]] = {
    t.VNET: _vnet,
    t.SUBNET: _subnet,
    t.SECURITY_GROUP: _security_group,
    t.NAT_GATEWAY: _nat_gateway,
    t.PROXIMITY_GROUP: _proximity_group,
    t.PRIVATE_ZONE: _zone,
}
