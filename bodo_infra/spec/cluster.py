"""Cluster: identical nodes that reach each other by MPI."""

from typing import Annotated, Literal

from pydantic import Field

from bodo_infra.spec.base import Minutes, Name, NounSpec, Spec, Tags

AUTO_PAUSE_MINUTES = 60  # as on the Bodo Cloud Platform


class ClusterShape(Spec):
    """What a cluster is made of, without its name: a job's dedicated cluster is named after the job."""

    description: str = ""
    """Free text; changing it touches nothing else."""
    instance_type: str | None = None
    """EC2 instance type or Azure VM size. Required on aws and azure, refused on local."""
    nodes: Annotated[int, Field(ge=1, le=4096)] = 2
    """Number of nodes. Changing it scales the cluster in place."""
    ranks_per_node: Annotated[int, Field(ge=1, le=1024)] | None = None
    """Slots per node in the hostfile; the node's physical cores when left out."""
    bodo_version: str | None = None
    """Bodo release to install; the newest one that this library was tested with when left out. None on local."""
    auto_pause_minutes: Minutes | None = AUTO_PAUSE_MINUTES
    """Pause after this many idle minutes; null means never."""
    auto_shutdown_minutes: Minutes | None = None
    """Remove the cluster after this many idle minutes; null means never."""
    zone: str | None = None
    """Availability zone (on Azure `1`, `2` or `3`); chosen from those that offer the type when left out, on Azure by
    Azure."""
    efa: Literal["auto", "required", "off"] = "auto"
    """Elastic Fabric Adapter (or InfiniBand): where the type has it, refuse without it, or do without."""
    placement_group: bool = True
    """Place nodes close together."""
    spot: bool = False
    """Use spare capacity that can be taken back at any time. Such a cluster cannot be paused."""
    image_id: str | None = None
    """Machine image; ours when left out."""
    packages: tuple[str, ...] = ()
    """Python packages to install on every node, as requirement lines."""
    tags: Tags = Field(default_factory=dict)
    """Tags for everything that can carry them."""


class ClusterSpec(NounSpec, ClusterShape):
    """N nodes of one instance type, with one rank per physical core."""

    name: Name
    """Name of the cluster, unique in its workspace."""
