"""A cluster on Azure: a scale set of exactly N nodes in one subnet, close together, with InfiniBand if they have it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_azure_native as azure_native
import pulumi_random as random

from bodo_infra import tokens
from bodo_infra.azure.cluster_parts import ClusterParts
from bodo_infra.azure.instance_role import InstanceRole, InstanceRoleArgs
from bodo_infra.azure.links import CloudConfigLinks, InstanceRoleLinks, WorkspaceLinks
from bodo_infra.azure.scale_set import NodePlan, plan_nodes
from bodo_infra.boot.azure import check_custom_data
from bodo_infra.checks import check_cluster, place
from bodo_infra.component import Component
from bodo_infra.errors import Problem, raise_problems
from bodo_infra.links import check_role_status
from bodo_infra.refusal import refuse
from bodo_infra.spec import ClusterSpec, InstanceRoleSpec


@dataclass(frozen=True, kw_only=True)
class ClusterArgs:
    """What a cluster is, the workspace that it stands in, and what its nodes may reach.

    ``instance_role``: None makes a role of the cluster's own, with the platform's rights and the secrets of the
    workspace. A role that is given reads those secrets only by a statement of its own: Azure takes one assignment of a
    role to an identity on a vault, and two clusters would want to make it.
    """

    spec: ClusterSpec
    workspace: WorkspaceLinks
    instance_role: InstanceRoleLinks | None = None


class Cluster(Component):
    """Nodes that reach each other by MPI. Raises InputError before anything is registered.

    What only its upstream can tell is judged before the first child is made: the provider's subscription, zones of the
    workspace's location, an instance role that is not Failed.

    In place, touching no node: description, tags, the limits of idleness, and ``nodes``, which adds or removes some. A
    new release of this library changes the boot script, which only nodes that start later get; they install the
    packages of the first one.

    Replaced, as another cluster with another uuid: when name, size, zone, spot, image, InfiniBand, placement group,
    ranks per node, Bodo's version or packages change, or the subnet, shared files, security groups or identity that the
    nodes have. All nodes go before new ones come, so that a full subscription can do it: no job may run then.

    ``cores``: ranks of all nodes, one per physical core unless the spec says otherwise.  ``hostfile``: path on nodes.
    ``zone``: empty when Azure chooses.
    """

    uuid: pulumi.Output[str]
    name: pulumi.Output[str]
    store: pulumi.Output[str]
    shared_path: pulumi.Output[str]
    cores: pulumi.Output[int]
    hostfile: pulumi.Output[str]
    zone: pulumi.Output[str]
    scale_set_id: pulumi.Output[str]
    scale_set_name: pulumi.Output[str]
    identity_id: pulumi.Output[str]

    def __init__(self, name: str, args: ClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        spec, workspace = args.spec, args.workspace
        raise_problems(place(check_cluster(spec, "azure"), path="spec"))
        raise_problems(check_custom_data(spec, path="spec.packages"))
        super().__init__(tokens.AZURE_CLUSTER, name, spec, workspace, opts)

        plan = plan_nodes(spec)
        ground = self._find_ground(args)
        role = args.instance_role or self._make_role(spec, workspace, ground)
        self.uuid = random.RandomUuid(
            self.child_name("uuid"),
            keepers=_keepers(spec, plan, workspace, ground, role),
            opts=self.child_options(),
        ).result
        parts = ClusterParts(self, self.uuid, spec, plan, workspace, role)
        scale_set = parts.nodes(parts.placement_group() if plan.near else None)
        parts.may_drive(scale_set.id)
        if args.instance_role is None:
            parts.may_read_secrets()

        self.name = pulumi.Output.from_input(spec.name)
        self.store = pulumi.Output.from_input(workspace.store)
        self.shared_path = pulumi.Output.from_input(workspace.shared_path)
        self.cores = pulumi.Output.from_input(spec.nodes * plan.slots)
        self.hostfile = pulumi.Output.format("{0}/.hostfile-{1}", workspace.shared_path, self.uuid)
        self.zone = pulumi.Output.from_input(spec.zone or "")
        self.scale_set_id = scale_set.id
        self.scale_set_name = scale_set.name
        self.identity_id = pulumi.Output.from_input(role.identity_id)
        self.register_declared()

    def _find_ground(self, args: ClusterArgs) -> pulumi.Output[str]:
        """The location; refuses what upstream makes impossible. Every child hangs on it."""
        role = args.instance_role

        def found(known: Mapping[str, Any]) -> str:
            refuse(check_ground(args.spec, **known))
            return str(known["region"])

        there = azure_native.authorization.get_client_config_output(opts=self.invoke_options())
        return pulumi.Output.all(
            region=args.workspace.region,
            subscription=args.workspace.subscription_id,
            provider_subscription=there.apply(lambda told: told.subscription_id),
            role=role.name if role else "",
            role_status=role.status if role else "",
            role_reason=role.reason if role else "",
        ).apply(found)

    def _make_role(self, spec: ClusterSpec, workspace: WorkspaceLinks, ground: pulumi.Output[str]) -> InstanceRoleLinks:
        container_id = pulumi.Output.from_input(workspace.container_id)
        cloud_config = CloudConfigLinks(
            uuid=pulumi.Output.all(workspace.cloud_config_uuid, ground).apply(lambda both: str(both[0])),
            name="",
            store=workspace.store,
            region=ground,
            tenant_id=workspace.tenant_id,
            subscription_id=workspace.subscription_id,
            resource_group=workspace.resource_group,
            storage_account_id=container_id.apply(lambda id: id.partition("/blobServices/")[0]),
            storage_account=workspace.storage_account,
            container_id=container_id,
            container=workspace.container,
            roles=workspace.roles,
        )
        role = InstanceRoleSpec(name=spec.name, description=f"nodes of cluster {spec.name}", tags=spec.tags)
        args = InstanceRoleArgs(spec=role, cloud_config=cloud_config)
        return InstanceRole(self.child_name("role"), args, self.child_options()).links


def check_ground(
    spec: ClusterSpec,
    *,
    region: str,
    subscription: str,
    provider_subscription: str | None,
    role: str,
    role_status: str,
    role_reason: str,
) -> list[Problem]:
    """Everything that upstream makes impossible.

    ``provider_subscription``: None while the provider is not configured.  ``role``: name of the instance role that was
    given.
    """
    problems: list[Problem] = list(place(check_cluster(spec, "azure", region=region), path="spec"))
    if provider_subscription is not None and provider_subscription.lower() != subscription.lower():
        rule = (
            f"the workspace is in subscription {subscription}, but the provider that this component works with is in "
            f"{provider_subscription}"
        )
        fix = "Give the component a provider of the workspace's subscription"
        problems.append(Problem(path="workspace", value="", rule=rule, fix=fix))
    return problems + check_role_status(role, role_status, role_reason)


def _keepers(
    spec: ClusterSpec,
    plan: NodePlan,
    workspace: WorkspaceLinks,
    ground: pulumi.Output[str],
    role: InstanceRoleLinks,
) -> dict[str, pulumi.Input[str]]:
    """What makes another cluster when it changes. Defaults that a release may change are kept as left out."""
    return {
        "name": spec.name,
        "instance_type": plan.size.name,
        "spot": str(plan.spot),
        "image": spec.image_id or "",
        "efa": spec.efa,
        "near": str(plan.near),
        "ranks_per_node": str(spec.ranks_per_node or ""),
        "bodo_version": spec.bodo_version or "",
        "packages": "\n".join(spec.packages),
        "region": ground,
        "zone": spec.zone or "",
        "subnet": workspace.subnet_id,
        "security_groups": pulumi.Output.from_input(workspace.node_security_group_ids).apply(",".join),
        "files": pulumi.Output.from_input(workspace.file_system).apply(lambda files: files["id"]),
        "identity": role.identity_id,
    }
