"""What scale sets and machines need, and what hands networks, identities and disks to them."""

from collections.abc import Mapping

from bodo_infra.plans.arm_ids import parse_arm_id
from bodo_infra.plugin.account.rbac.needs_network import interface_links
from bodo_infra.plugin.account.rbac.steps import (
    Needs,
    Step,
    Subject,
    any_of_group,
    linked,
    plain,
    uses_identity,
)

_COMPUTE = "Microsoft.Compute"
_IMAGES = tuple(f"{_COMPUTE}/{words}" for words in ("images", "galleries/images", "galleries/images/versions"))
_MACHINES = f"{_COMPUTE}/virtualMachines"
_DISKS = f"{_COMPUTE}/disks"

# The group is not changed by it, but Azure asks whoever puts machines in for the right to.
_NEAR = linked(f"{_COMPUTE}/proximityPlacementGroups/write", "proximityPlacementGroup.id")


def _is_flexible(subject: Subject) -> bool:
    return subject.inputs.get("orchestrationMode") == "Flexible"


def _own_image(path: str) -> Step:
    """Images of the marketplace need no right; those of a subscription have an id."""

    def images(subject: Subject) -> tuple[str, ...]:
        found = [(id, parse_arm_id(id)) for id in subject.ids(path)]
        return tuple(id for id, parsed in found if parsed and any(map(parsed.is_of, _IMAGES)))

    return Step(action="{type}/read", on=images, is_linked=True)


_SCALE_SET = plain(
    f"{_COMPUTE}/virtualMachineScaleSets",
    # The nodes of a Flexible set are machines and disks of the group, made with the rights of whoever makes the set.
    Step(action=f"{_MACHINES}/write", on=any_of_group(_MACHINES), only=_is_flexible),
    Step(action=f"{_DISKS}/write", on=any_of_group(_DISKS), only=_is_flexible),
    *interface_links("virtualMachineProfile.networkProfile.networkInterfaceConfigurations."),
    _NEAR,
    _own_image("virtualMachineProfile.storageProfile.imageReference.id"),
    uses_identity(),
)

_MACHINE = plain(
    _MACHINES,
    Step(action=f"{_DISKS}/write", on=any_of_group(_DISKS)),
    linked("Microsoft.Network/networkInterfaces/join/action", "networkProfile.networkInterfaces.id"),
    _NEAR,
    _own_image("storageProfile.imageReference.id"),
    uses_identity(),
)

TYPES: Mapping[str, Needs] = {
    "azure-native:compute:ProximityPlacementGroup": plain(f"{_COMPUTE}/proximityPlacementGroups"),
    "azure-native:compute:VirtualMachineScaleSet": _SCALE_SET,
    "azure-native:compute:VirtualMachine": _MACHINE,
    "azure-native:compute:SshPublicKey": plain(f"{_COMPUTE}/sshPublicKeys"),
    "azure-native:compute:Disk": plain(_DISKS),
}
