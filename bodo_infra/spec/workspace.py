"""Workspace: the network and the shared file system that clusters and notebooks are placed in."""

from collections.abc import Mapping
from typing import Annotated, Literal, get_args

from pydantic import Discriminator, Field, StringConstraints, Tag

from bodo_infra.spec.base import Name, NounSpec, Spec, Tags

Egress = Literal["nat", "nat-per-zone", "none"]


class ManagedNetwork(Spec):
    """A network that we make."""

    kind: Literal["managed"] = "managed"
    """A network that we make."""
    cidr: str = "10.30.0.0/16"
    """Address range of the network."""
    zones: tuple[str, ...] = ()
    """Zones for its private subnets, on AWS by id (use2-az1); chosen from the region when left out. None on Azure,
    whose subnets span all zones."""
    instance_types: tuple[str, ...] = ()
    """Types that clusters will be made of: zones are chosen so that each is offered; given zones are checked for it."""
    egress: Egress = "nat"
    """Way out to the internet: one NAT gateway, one per zone, or none (private endpoints only)."""
    flow_logs: bool = False
    """Keep a record of the network's connections for 30 days."""


class ExistingNetwork(Spec):
    """A network of the user's own."""

    kind: Literal["existing"] = "existing"
    """A network of the user's own."""
    vpc_id: str
    """VPC id, or VNet resource id on Azure."""
    private_subnet_ids: Annotated[tuple[str, ...], Field(min_length=1)]
    """Private subnets for nodes and notebooks; on Azure resource ids, of which the first is for nodes."""
    security_group_ids: tuple[str, ...] = ()
    """Security groups for the nodes (network security groups on Azure); ours are made when left out."""


class EfsStorage(Spec):
    """Amazon EFS with elastic throughput."""

    kind: Literal["efs"]
    """Amazon EFS with elastic throughput."""
    file_system_id: str | None = None
    """A file system that is there, such as one that an earlier workspace of this cloud-config has left; it is never
    deleted. One is made when left out."""


class LustreStorage(Spec):
    """Amazon FSx for Lustre."""

    kind: Literal["lustre"]
    """Amazon FSx for Lustre."""
    capacity_gib: int = 1200
    """Size in GiB: 1200, 2400, or a multiple of 2400."""
    throughput_mbps_per_tib: Literal[125, 250, 500, 1000] = 125
    """Throughput in MB/s for each TiB of its size."""
    backup_id: str | None = None
    """Begin with the files of this backup, such as the last one of an earlier workspace of this cloud-config. The size
    must be that of the backup."""


class AzureFilesStorage(Spec):
    """Azure Files over NFS 4.1."""

    kind: Literal["azure-files"]
    """Azure Files over NFS 4.1."""
    capacity_gib: Annotated[int, Field(ge=100, le=102400)] = 100
    """Provisioned size in GiB, of a share that is made."""
    share_id: str | None = None
    """Resource id of an NFS share that is there, such as one that an earlier workspace of this cloud-config has left;
    it keeps its size, and is never deleted. One is made when left out."""


class NetAppStorage(Spec):
    """Azure NetApp Files."""

    kind: Literal["netapp"]
    """Azure NetApp Files."""
    capacity_tib: Annotated[int, Field(ge=1, le=100)] = 1
    """Size of the volume in TiB."""


class DirectoryStorage(Spec):
    """A folder on this machine."""

    kind: Literal["directory"]
    """A folder on this machine."""
    path: Annotated[str, StringConstraints(min_length=1)] | None = None
    """The folder; relative to the project, or absolute. Beside the cloud-config's records when left out."""


def _network_kind(network: object) -> str:
    """What stands there. Left out it is clear: a network that we make has no ids yet."""
    if not isinstance(network, Mapping):
        return str(getattr(network, "kind", "managed"))
    has_ids = "vpc_id" in network or "private_subnet_ids" in network
    return str(network.get("kind", "existing" if has_ids else "managed"))


Network = Annotated[
    Annotated[ManagedNetwork, Tag("managed")] | Annotated[ExistingNetwork, Tag("existing")],
    Discriminator(_network_kind),
]
SharedStorage = Annotated[
    EfsStorage | LustreStorage | AzureFilesStorage | NetAppStorage | DirectoryStorage, Field(discriminator="kind")
]


MemberKind = Literal["admins", "developers", "viewers"]
MEMBER_KINDS: tuple[MemberKind, ...] = get_args(MemberKind)


class Members(Spec):
    """Who may do what in the workspace: principals of the cloud. On AWS ARNs; on Azure object ids of users, or
    `group:ID` and `service-principal:ID`."""

    admins: tuple[str, ...] = ()
    """May change and delete the workspace."""
    developers: tuple[str, ...] = ()
    """May make clusters and run jobs."""
    viewers: tuple[str, ...] = ()
    """May look."""


class WorkspaceSpec(NounSpec):
    """A place for team work: one network, one shared file system."""

    name: Name
    """Name of the workspace, unique in its cloud-config."""
    region: str | None = None
    """Region or location; the cloud-config's when left out."""
    network: Network | None = None
    """The network; a managed one with our defaults when left out. Without `kind` it is managed, or existing when it has
    a `vpc_id`. None on the local target."""
    shared_storage: SharedStorage | None = None
    """The shared file system; the target's default (efs, azure-files, directory) when left out."""
    members: Members = Members()
    """Who may use it."""
    delete_data: bool = False
    """Let `destroy` delete the shared files too. By default they are kept."""
    tags: Tags = Field(default_factory=dict)
    """Tags for everything that can carry them."""
