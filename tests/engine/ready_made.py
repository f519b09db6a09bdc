"""What the ready-made platform of each cloud is, in the words of that cloud: what the common tests look for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bodo_infra.testing import FaultKind
from tests.engine.rehearsed_project import REPOSITORY

Edit = tuple[str, Mapping[str, Any], list[tuple[str, str]]]
"""Which stack (its last word), the fields to set, and exactly the steps that follow."""


@dataclass(frozen=True, kw_only=True)
class ReadyMade:
    """The stacks ``<target>-*``.

    ``nodes``: type of what holds a cluster's nodes.  ``by_hand``: inputs of it that somebody changes.  ``rule``: a
    resource of the workspace, type and name, that somebody removes.  ``replacing``: fields whose change makes another
    cluster.  ``faults``: what may go wrong with any creation.  ``capacity``, ``quota``: what a refusal says.

    ``missing_role``: a role of the user's own that is not there, which the cloud-config must name by
    ``bottom_of_missing_role``.  ``right_of_nodes``: type of what gives an instance role the rights of nodes.

    ``remains``: types of what the cloud keeps of a thing that was deleted, and of what no stack deletes.
    """

    target: str
    nodes: str
    by_hand: Mapping[str, Any]
    rule: tuple[str, str]
    edits: Mapping[str, Edit]
    replacing: tuple[Mapping[str, Any], ...]
    instance_type: str
    capacity: str
    quota: str
    missing_role: str
    right_of_nodes: str
    bottom_of_missing_role: Mapping[str, Any] = field(default_factory=dict)
    remains: frozenset[str] = frozenset()
    faults: tuple[FaultKind, ...] = (FaultKind.THROTTLED, FaultKind.HALF_MADE, FaultKind.TIMEOUT, FaultKind.QUOTA)

    @property
    def stacks(self) -> tuple[str, ...]:
        """All of them, in order of names."""
        files = (REPOSITORY / "stacks").glob(f"Pulumi.{self.target}-*.yaml")
        return tuple(sorted(path.stem.removeprefix("Pulumi.") for path in files))

    @property
    def differing(self) -> tuple[str, ...]:
        """Those with resources of their own kinds: a spot cluster has what the large one has."""
        return tuple(name for name in self.stacks if not name.endswith("spot-cluster"))

    def stack(self, word: str) -> str:
        """``cluster`` -> ``aws-cluster``."""
        return f"{self.target}-{word}"


AWS = ReadyMade(
    target="aws",
    nodes="aws:autoscaling/group:Group",
    by_hand={"desiredCapacity": 7, "maxSize": 7},
    rule=("SecurityGroupIngressRule", "aws-workspace-network-nodes-in-nodes-all"),
    edits={
        "nodes are added in place": ("cluster", {"nodes": 3}, [("update", "Group aws-cluster-nodes")]),
        "a description touches nothing": ("cluster", {"description": "nightly"}, []),
        "tags touch no node": (
            "cluster",
            {"tags": {"team": "data"}},
            [
                ("update", "Group aws-cluster-nodes"),
                ("update", "LaunchTemplate aws-cluster-node"),
                ("update", "PlacementGroup aws-cluster-near"),
            ],
        ),
        "limits of idleness touch no node": (
            "cluster",
            {"auto_pause_minutes": 15},
            [("update", "Group aws-cluster-nodes")],
        ),
        "statements of a role change in place": (
            "role",
            {"statements": [{"actions": ["s3:ListBucket"], "resources": ["arn:aws:s3:::noaa-ghcn-pds"]}]},
            [("update", "RolePolicy aws-role-statements")],
        ),
    },
    replacing=(
        {"instance_type": "m6i.32xlarge"},
        {"spot": True, "auto_pause_minutes": None},
        {"bodo_version": "2026.9"},
        {"efa": "off"},
        {"image_id": "ami-0123456789abcdef0"},
    ),
    instance_type="c6i.32xlarge",
    capacity="capacity",
    quota="LimitExceeded",
    missing_role="arn:aws:iam::000000000000:role/etl",
    right_of_nodes="aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    bottom_of_missing_role={
        "aws": {
            "region": "us-east-2",
            "account_id": "0" * 12,
            "instance_role_arns": ["arn:aws:iam::000000000000:role/etl"],
        }
    },
)

MEMBER = "11111111-2222-4333-8444-555555555555"
AZURE = ReadyMade(
    target="azure",
    nodes="azure-native:compute:VirtualMachineScaleSet",
    by_hand={"sku": {"name": "Standard_D32s_v5", "tier": "Standard", "capacity": 7}},
    rule=("NatGateway", "azure-workspace-network-nat"),
    edits={
        "nodes are added in place": (
            "cluster",
            {"nodes": 3},
            [("update", "VirtualMachineScaleSet azure-cluster-nodes")],
        ),
        "a description touches nothing": ("cluster", {"description": "nightly"}, []),
        "tags touch no node": (
            "cluster",
            {"tags": {"team": "data"}},
            [
                ("update", "ProximityPlacementGroup azure-cluster-near"),
                ("update", "VirtualMachineScaleSet azure-cluster-nodes"),
            ],
        ),
        "limits of idleness touch no node": (
            "cluster",
            {"auto_pause_minutes": 15},
            [("update", "VirtualMachineScaleSet azure-cluster-nodes")],
        ),
        "a new member gets a role on each thing of the workspace": (
            "workspace",
            {"members": {"viewers": [f"group:{MEMBER}"]}},
            [
                ("create", f"RoleAssignment azure-workspace-viewers-{MEMBER}-{thing}")
                for thing in ("container", "files", "vault", "vnet")
            ],
        ),
    },
    replacing=(
        {"instance_type": "Standard_D48s_v5"},
        {"spot": True, "auto_pause_minutes": None},
        {"bodo_version": "2026.9"},
        {"placement_group": False},
    ),
    instance_type="Standard_D32s_v5",
    capacity="llocation",
    quota="QuotaExceeded",
    missing_role="/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/bodo-demo/providers/"
    "Microsoft.ManagedIdentity/userAssignedIdentities/etl",
    right_of_nodes="azure-native:authorization:RoleAssignment",
    remains=frozenset({"azure-native:keyvault:DeletedVault", "azure-native:resources:ResourceGroup"}),
)

ALL = (AWS, AZURE)
