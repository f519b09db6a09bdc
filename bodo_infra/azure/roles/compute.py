"""What making, changing, pausing and scaling clusters needs, and what a cluster's own nodes may do with it."""

from bodo_infra.azure.roles.grants import Grant
from bodo_infra.azure.roles.network import GROUP

CLUSTER = "Cluster"

LOOKS = {
    "Microsoft.Compute/virtualMachineScaleSets/read": "how many nodes there are to be",
    "Microsoft.Compute/virtualMachineScaleSets/instanceView/read": "why nodes do not come",
    "Microsoft.Compute/virtualMachineScaleSets/networkInterfaces/read": "addresses of nodes",
    "Microsoft.Compute/virtualMachineScaleSets/virtualMachines/read": "each node",
    "Microsoft.Compute/virtualMachineScaleSets/virtualMachines/instanceView/read": "how each node is",
}
"""Reading a scale set with its nodes."""


def grants() -> tuple[Grant, ...]:
    """For the deployer."""
    return (_clusters(), _images(), _drives())


def _clusters() -> Grant:
    return Grant(
        name="Clusters",
        component=CLUSTER,
        where=GROUP,
        actions={
            **LOOKS,
            "Microsoft.Compute/virtualMachineScaleSets/write": "the nodes, as one set; scale, and a changed node",
            "Microsoft.Compute/virtualMachineScaleSets/delete": "destroy",
            "Microsoft.Compute/proximityPlacementGroups/read": "read the group, and put nodes into it",
            "Microsoft.Compute/proximityPlacementGroups/write": "nodes close together",
            "Microsoft.Compute/proximityPlacementGroups/delete": "destroy",
        },
    )


def _images() -> Grant:
    return Grant(
        name="Images",
        component=CLUSTER,
        where=GROUP,
        actions={
            "Microsoft.Compute/images/read": "nodes start from an image of the user's own, by choice",
            "Microsoft.Compute/galleries/images/read": "from the newest version of one in a gallery",
            "Microsoft.Compute/galleries/images/versions/read": "from a version of one in a gallery",
        },
    )


def _drives() -> Grant:
    return Grant(
        name="Drive",
        component=CLUSTER,
        where=GROUP,
        actions={
            "Microsoft.Compute/virtualMachineScaleSets/deallocate/action": "pause",
            "Microsoft.Compute/virtualMachineScaleSets/start/action": "resume",
            "Microsoft.Compute/virtualMachineScaleSets/delete/action": "take one broken node away",
        },
    )


def own_fleet() -> Grant:
    """For the nodes of a cluster, on their own scale set."""
    return Grant(
        name="OwnFleet",
        component=CLUSTER,
        where="the cluster's own scale set",
        actions={
            **LOOKS,
            # No right to write: it would give jobs, which get the identity's tokens, root on nodes that start later.
            "Microsoft.Compute/virtualMachineScaleSets/deallocate/action": "a cluster is paused, shut down or given up",
            "Microsoft.Compute/virtualMachineScaleSets/start/action": "nodes that stopped are started again",
        },
    )
