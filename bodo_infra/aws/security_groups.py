"""Who may reach whom in a workspace: nodes themselves, notebooks the nodes, both the storage; nobody from outside.

Traffic to the VPC's own name server, clock and instance metadata passes every security group.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import pulumi
import pulumi_aws as aws

from bodo_infra.aws.workspace_scope import WorkspaceScope
from bodo_infra.component import Component
from bodo_infra.plans.names import SECURITY_GROUP
from bodo_infra.plans.network_plan import EVERYWHERE

Ports = tuple[int, int]
StorageKind = Literal["efs", "lustre"]

SSH: Ports = (22, 22)
HTTPS: Ports = (443, 443)
# Amazon EFS user guide, "Using VPC security groups"; FSx for Lustre user guide, "File system access control with VPC".
STORAGE: Mapping[StorageKind, tuple[Ports, ...]] = {"efs": ((2049, 2049),), "lustre": ((988, 988), (1018, 1023))}

NODES, NOTEBOOKS, STORAGE_GROUP, ENDPOINTS_GROUP = "nodes", "notebooks", "storage", "endpoints"
INTERNET = "internet"

DESCRIPTIONS = {
    NODES: "Nodes of clusters",
    NOTEBOOKS: "Notebook servers",
    STORAGE_GROUP: "Shared files",
    ENDPOINTS_GROUP: "Endpoints of AWS services",
}
"""They never change: another description is another group, and nodes would have to leave the old one first."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """Traffic that a group lets pass. ``peer``: a group, a prefix list or INTERNET.  ``ports``: None is everything."""

    group: str
    direction: Literal["in", "out"]
    peer: str
    ports: Ports | None

    @property
    def name(self) -> str:
        """``storage-in-nodes-2049``."""
        return f"{self.group}-{self.direction}-{self.peer}-{self.ports[0] if self.ports else 'all'}"


def plan_rules(
    nodes: Sequence[str], *, storage: StorageKind, services: Sequence[str] | None, given: bool = False
) -> list[Rule]:
    """All rules of our groups.

    ``nodes``: the groups of nodes; with ``given`` they are the user's, whose rules are left to the user.
    ``services``: prefix lists of the endpoints that stand in for the internet; None where there is a way to it.
    """
    ours = {NOTEBOOKS, STORAGE_GROUP, ENDPOINTS_GROUP, *(() if given else nodes)}
    clients = (*nodes, NOTEBOOKS)

    def between(source: str, target: str, *ports: Ports | None) -> Iterator[Rule]:
        for each in ports:
            if source in ours:
                yield Rule(group=source, direction="out", peer=target, ports=each)
            if target in ours:
                yield Rule(group=target, direction="in", peer=source, ports=each)

    rules: list[Rule] = []
    for node in nodes:
        # EFA is neither TCP nor UDP: it needs all protocols, and both ways named as the group itself.
        rules += between(node, node, None) if not given else ()
        rules += between(NOTEBOOKS, node, SSH)
    for client in clients:
        rules += between(client, STORAGE_GROUP, *STORAGE[storage])
        # Lustre's servers also call back, and talk to each other.
        rules += between(STORAGE_GROUP, client, *STORAGE[storage]) if storage == "lustre" else ()
    rules += between(STORAGE_GROUP, STORAGE_GROUP, *STORAGE[storage]) if storage == "lustre" else ()
    for client in ours.intersection(clients):
        rules += between(client, ENDPOINTS_GROUP, HTTPS) if services is not None else ()
        for peer in (INTERNET,) if services is None else services:
            rules.append(Rule(group=client, direction="out", peer=peer, ports=HTTPS))
    return sorted(rules, key=lambda rule: rule.name)


@dataclass(frozen=True, kw_only=True)
class SecurityGroups:
    """Ids by name. ``nodes``: of the nodes.  ``rules``: what has to be there before traffic passes."""

    ids: Mapping[str, pulumi.Input[str]]
    nodes: Sequence[pulumi.Input[str]]
    rules: Sequence[pulumi.Resource]


def make_security_groups(
    owner: Component,
    scope: WorkspaceScope,
    vpc_id: pulumi.Input[str],
    *,
    storage: StorageKind,
    given_nodes: Mapping[str, pulumi.Input[str]],
    prefix_lists: Mapping[str, pulumi.Input[str]] | None,
) -> SecurityGroups:
    """The groups of a workspace with the rules between them.

    ``given_nodes``: the user's own groups of nodes, by what rules are named by; empty: ours are made.
    ``prefix_lists``: of gateway endpoints, by service, where there is no way to the internet; None where there is one.
    """
    wanted = [NOTEBOOKS, STORAGE_GROUP]
    wanted += [NODES] if not given_nodes else []
    wanted += [ENDPOINTS_GROUP] if prefix_lists is not None else []
    groups = {name: _make_group(owner, scope, vpc_id, name).id for name in wanted}
    nodes: Mapping[str, pulumi.Input[str]] = given_nodes or {NODES: groups[NODES]}
    planned = plan_rules(
        list(nodes),
        storage=storage,
        services=None if prefix_lists is None else list(prefix_lists),
        given=bool(given_nodes),
    )
    ids = {**groups, **nodes}
    rules = [_make_rule(owner, scope, rule, ids, prefix_lists or {}) for rule in planned]
    return SecurityGroups(ids=ids, nodes=list(nodes.values()), rules=rules)


def _make_group(owner: Component, scope: WorkspaceScope, vpc_id: pulumi.Input[str], name: str) -> aws.ec2.SecurityGroup:
    return aws.ec2.SecurityGroup(
        owner.child_name(name),
        name=scope.cloud_name(SECURITY_GROUP, name),
        description=DESCRIPTIONS[name],
        vpc_id=vpc_id,
        tags=scope.tagged(name),
        opts=owner.child_options(),
    )


def _make_rule(
    owner: Component,
    scope: WorkspaceScope,
    rule: Rule,
    groups: Mapping[str, pulumi.Input[str]],
    prefix_lists: Mapping[str, pulumi.Input[str]],
) -> pulumi.Resource:
    kind = aws.vpc.SecurityGroupIngressRule if rule.direction == "in" else aws.vpc.SecurityGroupEgressRule
    return kind(
        owner.child_name(rule.name),
        security_group_id=groups[rule.group],
        referenced_security_group_id=groups.get(rule.peer),
        prefix_list_id=prefix_lists.get(rule.peer),
        cidr_ipv4=EVERYWHERE if rule.peer == INTERNET else None,
        ip_protocol="tcp" if rule.ports else "-1",
        from_port=rule.ports[0] if rule.ports else None,
        to_port=rule.ports[1] if rule.ports else None,
        tags=scope.tagged(rule.name),
        opts=owner.child_options(),
    )
