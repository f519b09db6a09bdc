"""What every node of a cluster is: its plan, which follows from the spec alone, and the scale set made of it.

Every set is of the orchestration mode Uniform, though Azure's pages recommend Flexible for new ones. A node of a
flexible set is a machine of its own in the resource group, which rights on the set do not reach: nodes that pause
themselves, or let one go that has failed, would need a right on every machine of the group. In a uniform set a node is
an instance of the set: the role ``fleet`` on it covers them, and to deallocate, start and count them is one call each.
The price: one kind of node in a set, spot or regular. A cluster wants no other.
"""

import base64
import hashlib
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import pulumi
from pulumi_azure_native import compute

from bodo_infra import catalog
from bodo_infra.catalog import AzureSize
from bodo_infra.component import Component
from bodo_infra.plans.arm_ids import parse_arm_id
from bodo_infra.spec import ClusterSpec

ALMALINUX: Final = "almalinux"
# As Azure/azhpc-images lists it; its drivers and libraries for InfiniBand are Azure's choice.
HPC_IMAGE: Final = f"{ALMALINUX}:almalinux-hpc:9-hpc-gen2:latest"
IMAGE: Final = f"{ALMALINUX}:almalinux-x86_64:9-gen2:latest"
COMMUNITY, SHARED = "/communitygalleries/", "/sharedgalleries/"

DISK_GIB: Final = 64
"""System, Bodo with its packages, and room for a user's; data belongs to the shared files."""
HPC_DISK_GIB: Final = 128
"""The image for InfiniBand brings compilers and several MPIs along."""

ADMIN: Final = "bodoadmin"
"""Azure makes a user who may become root; the job's user, ``bodo``, is another. Nobody can log in as it."""

WAIT_MINUTES = 30
"""For nodes to come: Azure answers when all of them run, or when it has no capacity."""
NODES_PER_MINUTE = 10
"""A large set is given a minute more for each of these."""

Efa = Literal["auto", "required", "off"]


@dataclass(frozen=True, kw_only=True)
class NodePlan:
    """``efa``: as the nodes are to treat InfiniBand, ``off`` when they have none.  ``near``: placed close together.

    ``one_group``: one placement group, whose nodes share an InfiniBand; others have as many as Azure likes.  ``slots``:
    ranks of a node.
    """

    size: AzureSize
    one_group: bool
    efa: Efa
    near: bool
    image: str
    disk_gib: int
    spot: bool
    slots: int


def plan_nodes(spec: ClusterSpec) -> NodePlan:
    """The plan of a spec that ``check_cluster`` finds nothing wrong with."""
    assert spec.instance_type is not None  # checked
    size = catalog.azure_size(spec.instance_type)
    infiniband = size.infiniband is not None
    return NodePlan(
        size=size,
        one_group=infiniband,
        efa=spec.efa if infiniband else "off",
        # One placement group is close together by itself.
        near=spec.placement_group and not infiniband,
        image=spec.image_id or (HPC_IMAGE if infiniband else IMAGE),
        disk_gib=HPC_DISK_GIB if infiniband or spec.image_id else DISK_GIB,
        spot=spec.spot,
        slots=spec.ranks_per_node or size.cores,
    )


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What nodes are given. ``zone``: None lets Azure choose.  ``placement_group_id``: None without one."""

    name: pulumi.Input[str]
    resource_group: pulumi.Input[str]
    region: pulumi.Input[str]
    zone: str | None
    placement_group_id: pulumi.Input[str] | None
    subnet_id: pulumi.Input[str]
    security_group_ids: pulumi.Input[Sequence[str]]
    identity_id: pulumi.Input[str]
    computer_name_prefix: pulumi.Input[str]
    public_key: pulumi.Input[str]
    custom_data: pulumi.Input[str]  # base64
    user_data: pulumi.Input[str]  # base64
    tags: Mapping[str, pulumi.Input[str]]


def make_scale_set(
    owner: Component, nodes: int, plan: NodePlan, around: Surroundings
) -> compute.VirtualMachineScaleSet:
    """Exactly N nodes in one subnet."""
    minutes = f"{WAIT_MINUTES + nodes // NODES_PER_MINUTE}m"
    timeouts = pulumi.CustomTimeouts(create=minutes, update=minutes, delete=minutes)
    return compute.VirtualMachineScaleSet(
        owner.child_name("nodes"),
        vm_scale_set_name=around.name,
        resource_group_name=around.resource_group,
        location=around.region,
        zones=[around.zone] if around.zone else None,
        sku=compute.SkuArgs(name=plan.size.name, tier="Standard", capacity=nodes),
        plan=_purchase_plan(plan.image),
        identity=compute.VirtualMachineScaleSetIdentityArgs(
            type=compute.ResourceIdentityType.USER_ASSIGNED, user_assigned_identities=[around.identity_id]
        ),
        orchestration_mode="Uniform",
        # Many groups even for few nodes: beyond 100 there have to be many, and a set never goes back to one.
        single_placement_group=plan.one_group,
        # 1: spread as Azure can; it has nothing to do with being close together, and asks no more than there is. It
        # goes with many groups alone (Azure/azure-cli#5920): with one, Azure takes the number that it can have.
        platform_fault_domain_count=None if plan.one_group else 1,
        overprovision=False,  # else more nodes come for a while than hostfiles know of
        # A changed set is for nodes that start later.
        upgrade_policy=compute.UpgradePolicyArgs(mode=compute.UpgradeMode.MANUAL),
        proximity_placement_group=(
            compute.SubResourceArgs(id=around.placement_group_id) if around.placement_group_id is not None else None
        ),
        # The first nodes stay when some go: rank 0 runs on them.
        scale_in_policy=compute.ScaleInPolicyArgs(rules=[compute.VirtualMachineScaleSetScaleInRules.NEWEST_VM]),
        virtual_machine_profile=_machine(plan, around),
        tags=around.tags,
        opts=owner.child_options(custom_timeouts=timeouts),
    )


def _machine(plan: NodePlan, around: Surroundings) -> compute.VirtualMachineScaleSetVMProfileArgs:
    return compute.VirtualMachineScaleSetVMProfileArgs(
        priority="Spot" if plan.spot else "Regular",
        # What is taken back is gone, disk and all, and is not paid for; -1: at most the price of ordinary machines.
        eviction_policy="Delete" if plan.spot else None,
        billing_profile=compute.BillingProfileArgs(max_price=-1) if plan.spot else None,
        storage_profile=compute.VirtualMachineScaleSetStorageProfileArgs(
            image_reference=_image(plan.image), os_disk=_disk(plan)
        ),
        network_profile=_network(plan, around),
        os_profile=_system(around),
        user_data=around.user_data,
        # In storage of Azure's own; without it nobody sees why a machine does not start.
        diagnostics_profile=compute.DiagnosticsProfileArgs(boot_diagnostics=compute.BootDiagnosticsArgs(enabled=True)),
    )


def _disk(plan: NodePlan) -> compute.VirtualMachineScaleSetOSDiskArgs:
    # Azure encrypts every disk. Encryption on the host too would have to be registered for the whole subscription.
    return compute.VirtualMachineScaleSetOSDiskArgs(
        create_option="FromImage",
        caching=compute.CachingTypes.READ_WRITE,
        disk_size_gb=plan.disk_gib,
        # Every size of the catalogue can have it: the letter s in its name.
        managed_disk=compute.VirtualMachineScaleSetManagedDiskParametersArgs(storage_account_type="Premium_LRS"),
    )


def _network(plan: NodePlan, around: Surroundings) -> compute.VirtualMachineScaleSetNetworkProfileArgs:
    def first(ids: Sequence[str]) -> str:
        return ids[0]

    group = pulumi.Output.from_input(around.security_group_ids).apply(first)
    return compute.VirtualMachineScaleSetNetworkProfileArgs(
        network_interface_configurations=[
            compute.VirtualMachineScaleSetNetworkConfigurationArgs(
                name="nodes",
                primary=True,
                enable_accelerated_networking=plan.size.accelerated_networking,
                enable_ip_forwarding=False,
                # Not the subnet's alone: that may be the user's own.
                network_security_group=compute.SubResourceArgs(id=group),
                ip_configurations=[
                    compute.VirtualMachineScaleSetIPConfigurationArgs(
                        name="nodes",
                        primary=True,
                        private_ip_address_version="IPv4",
                        subnet=compute.ApiEntityReferenceArgs(id=around.subnet_id),
                    )
                ],
            )
        ],
    )


def _system(around: Surroundings) -> compute.VirtualMachineScaleSetOSProfileArgs:
    key = compute.SshPublicKeyArgs(path=f"/home/{ADMIN}/.ssh/authorized_keys", key_data=around.public_key)
    return compute.VirtualMachineScaleSetOSProfileArgs(
        computer_name_prefix=around.computer_name_prefix,
        admin_username=ADMIN,
        custom_data=around.custom_data,
        linux_configuration=compute.LinuxConfigurationArgs(
            disable_password_authentication=True,
            provision_vm_agent=True,  # it also brings "Run Command", the way to look at a node that has failed
            ssh=compute.SshConfigurationArgs(public_keys=[key]),
        ),
    )


def _image(image: str) -> compute.ImageReferenceArgs:
    if parse_arm_id(image) is not None:
        return compute.ImageReferenceArgs(id=image)
    if image.lower().startswith(COMMUNITY):
        return compute.ImageReferenceArgs(community_gallery_image_id=image)
    if image.lower().startswith(SHARED):
        return compute.ImageReferenceArgs(shared_gallery_image_id=image)
    publisher, offer, sku, version = image.split(":")
    return compute.ImageReferenceArgs(publisher=publisher, offer=offer, sku=sku, version=version)


def _purchase_plan(image: str) -> compute.PlanArgs | None:
    """AlmaLinux's images cost nothing and have terms all the same, to be accepted once in a subscription."""
    if not image.lower().startswith(f"{ALMALINUX}:"):
        return None
    publisher, offer, sku, _ = image.split(":")
    return compute.PlanArgs(publisher=publisher, product=offer, name=sku)


def nobodys_key(uuid: str) -> str:
    """A public key for SSH whose private half nobody has.

    Azure takes no Linux machine without password or key for its admin, whom nobody needs: nodes make keys of their own.
    Ed25519, as its public keys may be any 32 bytes, here a hash; to find a private key for them is what the algorithm
    makes impossible. Azure takes such keys since API version 2023-09-01 (Azure/azure-cli#29735). The same for the same
    cluster, so that no update sees a change.
    """
    kind, point = b"ssh-ed25519", hashlib.sha256(f"bodo-infra admin of {uuid}".encode()).digest()
    blob = b"".join(struct.pack(">I", len(part)) + part for part in (kind, point))
    return f"ssh-ed25519 {base64.b64encode(blob).decode()} nobody"
