"""Who may reach whom in a workspace: nodes themselves, notebooks the nodes by SSH, both the shared files and the vault;
nobody from outside, and nobody of the rest of the network.

Azure lets everything within a network, and from there out to the internet, unless a rule says otherwise: so each group
ends with rules that deny the rest both ways. Groups stand on network interfaces, so that they hold in a network of the
user's own too; that of the endpoints stands on their subnet, as their interfaces take none, and so only where the
subnet is ours. Rules tell machines apart by subnets. Notebooks stand in the subnet of the nodes: that they reach nodes
by SSH alone, and nodes do not reach them, is held by their own group.

Azure's own name server, clock and instance metadata pass every group, unless a rule names them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import pulumi
import pulumi_azure_native as azure_native

from bodo_infra.azure.workspace_scope import WorkspaceScope
from bodo_infra.component import Component
from bodo_infra.plans.azure_network import ENDPOINTS, FILES, NODES
from bodo_infra.plans.names import NETWORK_SECURITY_GROUP

Direction = Literal["Inbound", "Outbound"]
StorageKind = Literal["azure-files", "netapp"]

NOTEBOOKS: Final = "notebooks"
ANY: Final = "*"
# "Virtual network service tags": the internet, of which Azure's own services are part, and Azure Storage alone.
INTERNET: Final = "Internet"
STORAGE: Final = "Storage"
TAGS = (ANY, INTERNET, STORAGE)

SSH, HTTPS, NFS = 22, 443, 2049

FIRST_PRIORITY, PRIORITY_STEP = 100, 10
LAST_PRIORITY = 4096  # of those that can be given; Azure's own rules come behind it


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """Traffic that a group lets pass, or does not.

    ``source``, ``target``: a subnet by its purpose, or a service tag.  ``ports``: of the target, by TCP; without any it
    is all of every protocol.  ``priority``: the rule with the lowest that fits decides.
    """

    name: str
    direction: Direction
    priority: int
    source: str
    target: str
    ports: tuple[int, ...] = ()
    allows: bool = True


def plan_rules(*, storage: StorageKind, egress_to: str) -> dict[str, list[Rule]]:
    """All rules of our groups, by group: of nodes, of notebooks, of the subnet of endpoints.

    ``egress_to``: the service tag that HTTPS may go out to.
    """
    in_endpoints = storage == "azure-files"
    at_endpoints = (HTTPS, NFS) if in_endpoints else (HTTPS,)
    both: tuple[_Way, ...] = (("endpoints", ENDPOINTS, at_endpoints), ("internet", egress_to, (HTTPS,)))
    if not in_endpoints:
        both = (("files", FILES, (NFS,)), *both)
    return {
        # MPI takes any port, and RDMA is neither TCP nor UDP.
        NODES: [*_inbound((("nodes", NODES, ()),), to=NODES), *_outbound((("nodes", NODES, ()), *both))],
        NOTEBOOKS: [*_inbound((), to=NODES), *_outbound((("nodes", NODES, (SSH,)), *both))],
        ENDPOINTS: [*_inbound((("nodes", NODES, at_endpoints),), to=ENDPOINTS), *_outbound(())],
    }


_Way = tuple[str, str, tuple[int, ...]]
"""A name, the other end, and the ports."""


def _inbound(ways: Sequence[_Way], *, to: str) -> list[Rule]:
    allowed = [
        Rule(name=f"from-{name}", direction="Inbound", priority=number, source=peer, target=to, ports=ports)
        for number, (name, peer, ports) in zip(_priorities(), ways, strict=False)
    ]
    return [*allowed, _nothing_else("Inbound")]


def _outbound(ways: Sequence[_Way]) -> list[Rule]:
    """Whatever stands behind the group is the source: there is nothing to tell apart."""
    allowed = [
        Rule(name=f"to-{name}", direction="Outbound", priority=number, source=ANY, target=peer, ports=ports)
        for number, (name, peer, ports) in zip(_priorities(), ways, strict=False)
    ]
    return [*allowed, _nothing_else("Outbound")]


def _priorities() -> range:
    return range(FIRST_PRIORITY, LAST_PRIORITY, PRIORITY_STEP)


def _nothing_else(direction: Direction) -> Rule:
    name = f"nothing-else-{'in' if direction == 'Inbound' else 'out'}"
    return Rule(name=name, direction=direction, priority=LAST_PRIORITY, source=ANY, target=ANY, allows=False)


Ranges = Mapping[str, pulumi.Input[Sequence[str]]]
"""Address ranges of subnets, by purpose."""


def make_security_group(
    owner: Component, scope: WorkspaceScope, name: str, rules: Sequence[Rule], ranges: Ranges
) -> azure_native.network.NetworkSecurityGroup:
    """A group with its rules, which are all that it has: whatever is added by hand goes with the next ``up``."""
    return azure_native.network.NetworkSecurityGroup(
        owner.child_name(f"{name}-group"),
        network_security_group_name=scope.cloud_name(NETWORK_SECURITY_GROUP, name),
        resource_group_name=scope.group,
        location=scope.region,
        security_rules=[_rule_args(rule, ranges) for rule in rules],
        tags=scope.tagged(f"{name}-group"),
        opts=owner.child_options(),
    )


def _rule_args(rule: Rule, ranges: Ranges) -> azure_native.network.SecurityRuleArgs:
    ports = [str(port) for port in rule.ports]
    return azure_native.network.SecurityRuleArgs(
        name=rule.name,
        direction=rule.direction,
        access="Allow" if rule.allows else "Deny",
        priority=rule.priority,
        protocol="Tcp" if rule.ports else ANY,
        source_port_range=ANY,
        # Of each pair Azure takes the one or the other: a tag is single, ranges come as a list.
        source_address_prefix=rule.source if rule.source in TAGS else None,
        source_address_prefixes=None if rule.source in TAGS else ranges[rule.source],
        destination_address_prefix=rule.target if rule.target in TAGS else None,
        destination_address_prefixes=None if rule.target in TAGS else ranges[rule.target],
        destination_port_range=None if ports else ANY,
        destination_port_ranges=ports or None,
    )
