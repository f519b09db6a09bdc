"""Rules of private endpoints and of the names that lead to them."""

from collections.abc import Iterator, Mapping

from bodo_infra.plugin.account.arm import tokens as t
from bodo_infra.plugin.account.arm.errors import Refusal, bad, conflict
from bodo_infra.plugin.account.arm.view import ArmView, values_of
from bodo_infra.plugin.account.store import Row
from bodo_infra.plugin.wire_codec import UNKNOWN, Bag, Value

_STORAGE = ("blob", "file", "table", "queue", "dfs", "web")
_RECORDS = {"A": "aRecords", "AAAA": "aaaaRecords", "CNAME": "cnameRecord", "MX": "mxRecords", "PTR": "ptrRecords"}
RECORDS: Mapping[str, str] = {**_RECORDS, "SOA": "soaRecord", "SRV": "srvRecords", "TXT": "txtRecords"}
"""Type of a record set to the property that holds its records."""


def check_endpoint(inputs: Bag, view: ArmView) -> Iterator[Refusal]:
    """One connection, to a part of the target that there is; a subnet that belongs to nobody else."""
    names = ("privateLinkServiceConnections", "manualPrivateLinkServiceConnections")
    connections = [(name, each) for name in names for each in inputs.get(name) or ()]
    if len(connections) != 1 and UNKNOWN not in (inputs.get(name) for name in names):
        text = f"A private endpoint has exactly one private link service connection, not {len(connections)}."
        yield bad(names[0], "InvalidRequestFormat", text)
    for name, connection in connections:
        target = view.at(values_of(connection, "privateLinkServiceId"))
        legal, given = groups_of(target), values_of(connection, "groupIds")
        for group in given or ():
            if legal and isinstance(group, str) and group.lower() not in legal:
                text = f"Call to {target.type if target else ''} failed. Group id '{group}' is not one of {legal}."
                yield bad(f"{name}[0].groupIds", "InvalidPrivateLinkGroupId", text)
        if legal and not given and given is not UNKNOWN:
            yield bad(f"{name}[0].groupIds", "MissingPrivateLinkGroupId", f"One of {legal} must be given.")
    subnet = view.at(values_of(inputs, "subnet", "id"), t.SUBNET)
    if subnet is not None and subnet.inputs.get("delegations"):
        text = f"Private endpoint {view.own_id} cannot be created in the delegated subnet {subnet.id}."
        yield bad("subnet.id", "PrivateEndpointCannotBeCreatedInDelegatedSubnet", text)


def groups_of(target: Row | None) -> tuple[str, ...]:
    """What of a target an endpoint can lead to; empty when that is not known."""
    if target is None:
        return ()
    if target.type == t.VAULT:
        return ("vault",)
    if target.type != t.STORAGE_ACCOUNT:
        return ()
    return ("file",) if target.inputs.get("kind") == "FileStorage" else _STORAGE


def check_zone_group(inputs: Bag, view: ArmView) -> Iterator[Refusal]:
    """One group for an endpoint; each zone has a name in it."""
    for other in view.siblings(t.DNS_ZONE_GROUP):
        text = f"Private endpoint has the private DNS zone group {other.name} already, and may have one."
        yield bad("", "MoreThanOnePrivateDnsZoneGroupPerPrivateEndpointNotAllowed", text)
    for index, zone in enumerate(inputs.get("privateDnsZoneConfigs") or ()):
        if isinstance(zone, dict) and zone.get("name") is None:
            text = "A private DNS zone config needs a name."
            yield bad(f"privateDnsZoneConfigs[{index}].name", "InvalidRequestFormat", text)


def check_network_link(inputs: Bag, view: ArmView) -> Iterator[Refusal]:
    """A network sees one zone of a name, and registers its machines in one zone at most."""
    network, zone = values_of(inputs, "virtualNetwork", "id"), str(inputs.get("privateZoneName")).lower()
    if not isinstance(network, str):
        return
    for other in view.others(t.NETWORK_LINK):
        if str(values_of(other.inputs, "virtualNetwork", "id")).lower() != network.lower():
            continue
        if str(other.inputs.get("privateZoneName")).lower() == zone:
            text = f"A virtual network cannot be linked to multiple zones with overlapping namespaces: {other.id}."
            yield conflict("virtualNetwork.id", "Conflict", text)
        if inputs.get("registrationEnabled") is True and other.inputs.get("registrationEnabled") is True:
            text = f"The network registers its machines in another zone already: {other.id}."
            yield conflict("registrationEnabled", "Conflict", text)


def check_record_set(inputs: Bag, view: ArmView) -> Iterator[Refusal]:
    """The records of its type, and for how long they may be kept."""
    kind: Value = inputs.get("recordType")
    wanted = RECORDS.get(str(kind).upper())
    if inputs.get("ttl") is None:
        yield bad("ttl", "BadRequest", "The record set needs a ttl.")
    for name in RECORDS.values():
        if wanted and name != wanted and inputs.get(name) is not None:
            yield bad(name, "BadRequest", f"A record set of type {kind} takes {wanted} alone.")
