"""Rules of scale sets, machines, proximity placement groups, disks and keys."""

from collections.abc import Iterator

from bodo_infra.plugin.account.arm import tokens as t
from bodo_infra.plugin.account.arm.errors import Refusal, bad, conflict
from bodo_infra.plugin.account.arm.machines import (
    check_accelerated,
    check_identity,
    check_image,
    check_key_text,
    check_login,
    check_size,
    check_spot,
    size_of,
)
from bodo_infra.plugin.account.arm.view import ArmView, values_of
from bodo_infra.plugin.wire_codec import UNKNOWN, Bag

_PROFILE = "virtualMachineProfile"


def check_scale_set(inputs: Bag, view: ArmView) -> Iterator[Refusal]:
    """Everything that instances have; the mode's own rules are in scale_sets.py."""
    profile = values_of(inputs, _PROFILE) or {}
    size = size_of(values_of(inputs, "sku", "name"))
    yield from check_size("sku.name", values_of(inputs, "sku", "name"), inputs.get("location"), inputs.get("zones"))
    yield from check_spot(f"{_PROFILE}.", profile, size)
    yield from check_identity(inputs.get("identity"))
    yield from check_login(f"{_PROFILE}.osProfile", profile.get("osProfile"))
    storage = values_of(profile, "storageProfile")
    if isinstance(storage, dict):
        yield from check_image(f"{_PROFILE}.storageProfile.imageReference", storage.get("imageReference"))
    where = f"{_PROFILE}.networkProfile.networkInterfaceConfigurations"
    for index, card in enumerate(values_of(profile, "networkProfile", "networkInterfaceConfigurations") or ()):
        wanted = values_of(card, "enableAcceleratedNetworking")
        yield from check_accelerated(f"{where}[{index}].enableAcceleratedNetworking", wanted, size)


def check_machine(inputs: Bag, view: ArmView) -> Iterator[Refusal]:
    """A size, a login, an image, interfaces that nobody else has."""
    name = values_of(inputs, "hardwareProfile", "vmSize")
    yield from check_size("hardwareProfile.vmSize", name, inputs.get("location"), inputs.get("zones"))
    yield from check_spot("", inputs, size_of(name))
    yield from check_identity(inputs.get("identity"))
    yield from check_login("osProfile", inputs.get("osProfile"))
    yield from check_image("storageProfile.imageReference", values_of(inputs, "storageProfile", "imageReference"))
    cards = values_of(inputs, "networkProfile", "networkInterfaces")
    if not cards and cards is not UNKNOWN and inputs.get("networkProfile") is not UNKNOWN:
        text = "Virtual Machine must have at least one network interface."
        yield bad("networkProfile.networkInterfaces", "VirtualMachineMustHaveAtLeastOneNetworkInterface", text)
    for card in filter(None, (view.at(values_of(each, "id"), t.NETWORK_INTERFACE) for each in cards or ())):
        for link in view.store.users_of(card):
            if link.user[0] == t.MACHINE and link.user[1].lower() != view.own_id.lower():
                text = f"Network Interface {card.id} is used by existing resource {link.user[1]}."
                yield bad("networkProfile.networkInterfaces", "NicInUse", text)


def check_proximity_group(inputs: Bag, view: ArmView) -> Iterator[Refusal]:
    """A zone goes with the sizes that are meant to be there."""
    if inputs.get("zones") and not values_of(inputs, "intent", "vmSizes"):
        yield bad("zones", "InvalidParameter", "zones can be given together with intent.vmSizes alone.")
    for index, name in enumerate(values_of(inputs, "intent", "vmSizes") or ()):
        yield from check_size(f"intent.vmSizes[{index}]", name, inputs.get("location"), inputs.get("zones"))


def check_disk(inputs: Bag, view: ArmView) -> Iterator[Refusal]:
    """A size where nothing says one; it only grows."""
    size = inputs.get("diskSizeGB")
    if values_of(inputs, "creationData", "createOption") == "Empty" and size is None:
        yield bad("diskSizeGB", "InvalidParameter", "Required parameter 'diskSizeGB' is missing (null).")
    old = view.before.outputs.get("diskSizeGB") if view.before else None
    if isinstance(old, int) and isinstance(size, int) and size < old:
        yield conflict("diskSizeGB", "OperationNotAllowed", f"The disk cannot shrink from {old} to {size} GB.")


def check_ssh_key(inputs: Bag, view: ArmView) -> Iterator[Refusal]:
    """The text of a key."""
    yield from check_key_text("publicKey", inputs.get("publicKey"))
