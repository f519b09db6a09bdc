"""What ARM demands of a scale set by its orchestration mode, of its network, and of its growth.

Sources: "Orchestration modes for Virtual Machine Scale Sets", "Virtual Machine Scale Sets and placement groups" and
"HPC scale sets" of learn.microsoft.com, 2026.
"""

from collections.abc import Iterator

from bodo_infra.catalog.azure_sizes import IMAGE_NODES, INFINIBAND_NODES, SET_NODES
from bodo_infra.plans.arm_ids import parse_arm_id
from bodo_infra.plans.azure_network import RESERVED_ADDRESSES
from bodo_infra.plugin.account.arm import tokens as t
from bodo_infra.plugin.account.arm.compute import check_scale_set
from bodo_infra.plugin.account.arm.errors import Refusal, bad, conflict
from bodo_infra.plugin.account.arm.machines import capacity_of, size_of
from bodo_infra.plugin.account.arm.network import blocks_of
from bodo_infra.plugin.account.arm.view import ArmView, values_of
from bodo_infra.plugin.account.store import Row
from bodo_infra.plugin.wire_codec import UNKNOWN, Bag, Value

SINGLE_GROUP_NODES = 100
_FAULT_DOMAINS = {
    ("Uniform", True): (1, 5),
    ("Uniform", False): (1, 2, 3, 4, 5),
    ("Flexible", True): (1,),
    ("Flexible", False): (1, 2, 3),
}
_NETWORK = "virtualMachineProfile.networkProfile"


def check(inputs: Bag, view: ArmView) -> Iterator[Refusal]:
    """All of it."""
    yield from check_scale_set(inputs, view)
    mode = inputs.get("orchestrationMode") or "Uniform"
    if mode == "Uniform":
        yield from _check_uniform(inputs)
    elif mode == "Flexible":
        yield from _check_flexible(inputs)
    domains, zones = inputs.get("platformFaultDomainCount"), inputs.get("zones")
    legal = _FAULT_DOMAINS.get((str(mode), bool(zones)), ())
    if isinstance(domains, int) and legal and domains not in legal:
        text = f"The value '{domains}' of platformFaultDomainCount is not one of {', '.join(map(str, legal))}."
        yield bad("platformFaultDomainCount", "InvalidParameter", text)
    if isinstance(zones, list) and len(zones) > 1 and inputs.get("proximityPlacementGroup") is not None:
        text = "A proximity placement group goes with one zone at most."
        yield bad("proximityPlacementGroup", "BadRequest", text)
    if inputs.get("zoneBalance") is True and len(zones or ()) < 2:
        yield bad("zoneBalance", "BadRequest", "zoneBalance needs more than one zone.")
    yield from _check_capacity(inputs, str(mode))
    yield from _check_network(inputs, view)
    if view.before is not None:
        yield from _check_change(inputs, view.before)


def check_room(inputs: Bag, view: ArmView) -> Iterator[Refusal]:
    """Its subnets have addresses for all instances, those of other scale sets counted."""
    for id in _subnets(inputs):
        subnet = view.at(id, t.SUBNET)
        blocks = blocks_of(subnet.inputs) if subnet else []
        if not blocks:
            continue
        room = sum(block.num_addresses - RESERVED_ADDRESSES for block in blocks if block.version == 4)
        sets = (
            row for row in view.others(t.SCALE_SET) if id.lower() in {each.lower() for each in _subnets(row.inputs)}
        )
        taken = sum(capacity_of(row.inputs) for row in sets)
        if taken + capacity_of(inputs) > room:
            name = id.rpartition("/")[2]
            text = f"Subnet {name} with address prefix {blocks[0]} does not have enough capacity for "
            yield bad(_NETWORK, "SubnetIsFull", f"{text}{capacity_of(inputs)} IP addresses.")


def _check_uniform(inputs: Bag) -> Iterator[Refusal]:
    mode = values_of(inputs, "upgradePolicy", "mode")
    if mode is None and inputs.get("upgradePolicy") is not UNKNOWN:
        text = "Required parameter 'upgradePolicy.mode' is missing (null)."
        yield bad("upgradePolicy.mode", "InvalidParameter", text)
    probes = values_of(inputs, "virtualMachineProfile", "networkProfile", "healthProbe")
    extensions = values_of(inputs, "virtualMachineProfile", "extensionProfile")
    if mode == "Rolling" and probes is None and extensions is None:
        text = "Rolling Upgrade mode is not supported for this Virtual Machine Scale Set because a health probe or "
        yield bad("upgradePolicy.mode", "BadRequest", f"{text}health extension was not provided.")
    if inputs.get("priorityMixPolicy") is not None:
        yield bad("priorityMixPolicy", "BadRequest", "priorityMixPolicy is for orchestration mode Flexible.")


def _check_flexible(inputs: Bag) -> Iterator[Refusal]:
    version = values_of(inputs, "virtualMachineProfile", "networkProfile", "networkApiVersion")
    if isinstance(values_of(inputs, "virtualMachineProfile", "networkProfile"), dict) and version is None:
        text = "networkApiVersion must be 2020-11-01 or later with orchestration mode Flexible."
        yield bad(f"{_NETWORK}.networkApiVersion", "InvalidParameter", text)
    if inputs.get("platformFaultDomainCount") is None:
        text = "Required parameter 'platformFaultDomainCount' is missing (null)."
        yield bad("platformFaultDomainCount", "InvalidParameter", text)
    for name in ("overprovision", "singlePlacementGroup"):
        if inputs.get(name) is True:
            text = f"Parameter '{name}' cannot be true with orchestration mode Flexible."
            yield bad(name, "BadRequest", text)


def _check_capacity(inputs: Bag, mode: str) -> Iterator[Refusal]:
    size = size_of(values_of(inputs, "sku", "name"))
    image = parse_arm_id(str(values_of(inputs, "virtualMachineProfile", "storageProfile", "imageReference", "id")))
    if mode == "Uniform" and inputs.get("singlePlacementGroup") in (None, True):
        most, which = SINGLE_GROUP_NODES, "a single placement group"
        if size and size.infiniband:
            most = INFINIBAND_NODES
    elif image is not None and image.is_of("Microsoft.Compute/images"):
        most, which = IMAGE_NODES, "an image that is in no gallery"
    else:
        most, which = SET_NODES, "many placement groups"
    if capacity_of(inputs) > most:
        text = f"The capacity {capacity_of(inputs)} is more than {most}, the most of a scale set with {which}."
        yield bad("sku.capacity", "InvalidParameter", text)


def _check_network(inputs: Bag, view: ArmView) -> Iterator[Refusal]:
    cards = values_of(inputs, "virtualMachineProfile", "networkProfile", "networkInterfaceConfigurations")
    if not isinstance(cards, list) or UNKNOWN in cards:
        return
    primary = [card for card in cards if card.get("primary") is True]
    if len(primary) != 1 and len(cards) > 1:
        text = f"Exactly one network interface configuration must be primary, and {len(primary)} are."
        yield bad(f"{_NETWORK}.networkInterfaceConfigurations", "InvalidParameter", text)
    for index, card in enumerate(cards):
        where = f"{_NETWORK}.networkInterfaceConfigurations[{index}].ipConfigurations"
        for configuration in card.get("ipConfigurations") or ():
            if values_of(configuration, "subnet") is None and configuration.get("subnet") is not UNKNOWN:
                yield bad(where, "InvalidParameter", "An IP configuration needs a subnet.")
            subnet = view.at(values_of(configuration, "subnet", "id"), t.SUBNET)
            if subnet is not None and subnet.inputs.get("delegations"):
                text = f"Subnet {subnet.id} is delegated, and takes no interfaces of machines."
                yield bad(where, "SubnetWithDelegationCannotBeUsedByResource", text)


def _check_change(inputs: Bag, before: Row) -> Iterator[Refusal]:
    if before.outputs.get("singlePlacementGroup") is False and inputs.get("singlePlacementGroup") is True:
        text = "Changing property 'singlePlacementGroup' from false to true is not allowed."
        yield conflict("singlePlacementGroup", "PropertyChangeNotAllowed", text)
    old, new = (str(values_of(bag, "proximityPlacementGroup", "id")).lower() for bag in (before.inputs, inputs))
    if old != new and capacity_of(before.inputs) > 0:
        text = "Deallocate all instances of the scale set before its proximity placement group changes."
        yield conflict("proximityPlacementGroup", "OperationNotAllowed", text)


def _subnets(inputs: Bag) -> list[str]:
    cards = values_of(inputs, "virtualMachineProfile", "networkProfile", "networkInterfaceConfigurations") or ()
    configurations = [each for card in cards for each in values_of(card, "ipConfigurations") or ()]
    found: list[Value] = [values_of(each, "subnet", "id") for each in configurations]
    return [id for id in found if isinstance(id, str)]
