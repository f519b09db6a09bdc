"""A cluster on AWS: an Auto Scaling group of exactly N nodes in one zone, close together, with all network cards."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_random as random

from bodo_infra import tokens
from bodo_infra.aws.cluster_parts import ClusterParts, bucket_region
from bodo_infra.aws.instance_role import InstanceRole, InstanceRoleArgs
from bodo_infra.aws.launch_template import NodePlan, Surroundings, make_launch_template, plan_nodes
from bodo_infra.aws.links import CloudConfigLinks, InstanceRoleLinks, WorkspaceLinks
from bodo_infra.boot.aws import check_user_data
from bodo_infra.checks import check_cluster, place
from bodo_infra.component import Component
from bodo_infra.errors import Problem, raise_problems
from bodo_infra.links import check_role_status
from bodo_infra.plans.names import LAUNCH_TEMPLATE
from bodo_infra.plans.network_plan import choose_zone
from bodo_infra.refusal import refusing
from bodo_infra.spec import ClusterSpec, InstanceRoleSpec


@dataclass(frozen=True, kw_only=True)
class ClusterArgs:
    """What a cluster is, the workspace that it stands in, and what its nodes may reach.

    ``instance_role``: None makes a role of the cluster's own, with the platform's rights and nothing more.
    """

    spec: ClusterSpec
    workspace: WorkspaceLinks
    instance_role: InstanceRoleLinks | None = None


class Cluster(Component):
    """Nodes that reach each other by MPI. Raises InputError before anything is registered.

    What only its upstream can tell is judged before the first child is made: the provider's region, a zone of the
    workspace that offers the type, an instance role that is not Failed.

    In place, touching no node: description, tags, the limits of idleness, and ``nodes``, which adds or removes some. A
    new release of this library changes the boot script: a new version of the launch template, which only nodes that
    start later get; they install the packages of the first one.

    Replaced, as another cluster with another uuid: when name, type, zone, spot, image, efa, placement group, ranks per
    node, Bodo's version or packages change, or the subnet, shared files, security groups or role that the nodes have.
    All nodes go before new ones come, so that a full account can do it: no job may run then. A zone that is left out is
    the first, by its id, of the workspace's that offer the type: name it before the workspace gets one before it.

    ``cores``: ranks of all nodes, one per physical core unless the spec says otherwise.  ``hostfile``: path on nodes.
    """

    uuid: pulumi.Output[str]
    name: pulumi.Output[str]
    store: pulumi.Output[str]
    shared_path: pulumi.Output[str]
    cores: pulumi.Output[int]
    hostfile: pulumi.Output[str]
    zone: pulumi.Output[str]
    autoscaling_group_name: pulumi.Output[str]
    launch_template_id: pulumi.Output[str]
    role_arn: pulumi.Output[str]

    def __init__(self, name: str, args: ClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        spec, workspace = args.spec, args.workspace
        raise_problems(place(check_cluster(spec, "aws"), path="spec"))
        raise_problems(check_user_data(spec, path="spec.packages"))
        super().__init__(tokens.AWS_CLUSTER, name, spec, workspace, opts)

        plan = plan_nodes(spec)
        ground = self._find_ground(args)
        role = args.instance_role or self._make_role(spec, workspace, ground)
        self.uuid = random.RandomUuid(
            self.child_name("uuid"),
            keepers=_keepers(spec, plan, workspace, ground, role),
            opts=self.child_options(),
        ).result
        parts = ClusterParts(self, self.uuid, spec, plan, workspace)
        package = parts.agent_package()
        template = make_launch_template(
            self,
            parts.named("node", LAUNCH_TEMPLATE),
            plan,
            Surroundings(
                placement_group=parts.placement_group().name if plan.near else None,
                security_group_ids=workspace.node_security_group_ids,
                instance_profile_arn=role.instance_profile_arn,
                key_arn=workspace.key_arn,
                user_data=parts.user_data(),
                tags=parts.tags,
            ),
        )
        group = parts.nodes(template, ground["subnet_id"], package)

        self.name = pulumi.Output.from_input(spec.name)
        self.store = pulumi.Output.from_input(workspace.store)
        self.shared_path = pulumi.Output.from_input(workspace.shared_path)
        self.cores = pulumi.Output.from_input(spec.nodes * plan.slots)
        self.hostfile = pulumi.Output.format("{0}/.hostfile-{1}", workspace.shared_path, self.uuid)
        self.zone = ground["zone"]
        self.autoscaling_group_name = group.name
        self.launch_template_id = template.id
        self.role_arn = pulumi.Output.from_input(role.role_arn)
        self.register_declared()

    def _find_ground(self, args: ClusterArgs) -> pulumi.Output[dict[str, str]]:
        """``zone`` and ``subnet_id``; refuses what upstream makes impossible. Every child hangs on it."""
        role = args.instance_role

        def found(known: Mapping[str, Any]) -> dict[str, str]:
            with refusing():
                return find_ground(args.spec, **known)

        return pulumi.Output.all(
            region=args.workspace.region,
            provider_region=aws.get_region_output(opts=self.invoke_options()).apply(lambda told: told.region),
            subnet_ids=args.workspace.subnet_ids,
            egress=args.workspace.egress,
            store_region=bucket_region(args.workspace.store),
            role=role.name if role else "",
            role_status=role.status if role else "",
            role_reason=role.reason if role else "",
        ).apply(found)

    def _make_role(
        self, spec: ClusterSpec, workspace: WorkspaceLinks, ground: pulumi.Output[dict[str, str]]
    ) -> InstanceRoleLinks:
        uuid = pulumi.Output.all(workspace.cloud_config_uuid, ground).apply(lambda both: str(both[0]))
        cloud_config = CloudConfigLinks(
            uuid=uuid,
            name="",
            store=workspace.store,
            region=bucket_region(workspace.store),
            account_id=workspace.account_id,
            bucket=workspace.bucket,
            table=workspace.table,
            key_arn=workspace.key_arn,
            role_arn="",
            external_id="",
            boundary_arn=workspace.boundary_arn,
        )
        role = InstanceRoleSpec(name=spec.name, description=f"nodes of cluster {spec.name}", tags=spec.tags)
        args = InstanceRoleArgs(spec=role, cloud_config=cloud_config)
        return InstanceRole(self.child_name("role"), args, self.child_options()).links


def find_ground(
    spec: ClusterSpec,
    *,
    region: str,
    provider_region: str | None,
    subnet_ids: Mapping[str, str],
    egress: str,
    store_region: str,
    role: str,
    role_status: str,
    role_reason: str,
) -> dict[str, str]:
    """Zone and subnet of the nodes. Raises InputError with everything that upstream makes impossible.

    ``provider_region``: None while the provider is not configured.  ``store_region``: of bucket and table.  ``role``:
    name of the instance role that was given.
    """
    # Sorted: a mapping that has come from another stack has lost its order.
    zones = sorted(subnet_ids)
    problems: list[Problem] = list(place(check_cluster(spec, "aws", region=region, zones=zones), path="spec"))
    if provider_region not in (None, region):
        rule = f"the workspace is in {region}, but the provider that this component works with is in {provider_region}"
        fix = f"Give the component a provider of {region}"
        problems.append(Problem(path="workspace", value="", rule=rule, fix=fix))
    if egress == "none" and store_region != region:
        rule = f"its nodes reach nothing outside of {region}, and the cloud-config's bucket is in {store_region}"
        fix = f"Give the workspace's network egress nat, or use a cloud-config with its bucket in {region}"
        problems.append(Problem(path="workspace", value="", rule=rule, fix=fix))
    problems += check_role_status(role, role_status, role_reason)
    raise_problems(problems)
    assert spec.instance_type is not None  # checked
    zone = spec.zone or choose_zone(spec.instance_type, region, zones, path="spec.instance_type")
    return {"zone": zone, "subnet_id": subnet_ids[zone]}


def _keepers(
    spec: ClusterSpec,
    plan: NodePlan,
    workspace: WorkspaceLinks,
    ground: pulumi.Output[dict[str, str]],
    role: InstanceRoleLinks,
) -> dict[str, pulumi.Input[str]]:
    """What makes another cluster when it changes. Defaults that a release may change are kept as left out."""
    return {
        "name": spec.name,
        "instance_type": plan.type.name,
        "spot": str(plan.spot),
        "image": spec.image_id or "",
        "efa": spec.efa,
        "near": str(plan.near),
        "ranks_per_node": str(spec.ranks_per_node or ""),
        "bodo_version": spec.bodo_version or "",
        "packages": "\n".join(spec.packages),
        "zone": ground["zone"],
        "subnet": ground["subnet_id"],
        "security_groups": pulumi.Output.from_input(workspace.node_security_group_ids).apply(",".join),
        "files": pulumi.Output.from_input(workspace.file_system).apply(lambda files: files["id"]),
        "instance_profile": role.instance_profile_arn,
    }
