"""The children of a cluster: placement group, scale set with its boot data, and what its nodes may do with it."""

import base64
from collections.abc import Mapping
from typing import Any, Final

import pulumi
import pulumi_azure_native as azure_native

from bodo_infra.azure.assignment import Assignment, assign
from bodo_infra.azure.links import InstanceRoleLinks, WorkspaceLinks
from bodo_infra.azure.scale_set import NodePlan, Surroundings, make_scale_set, nobodys_key
from bodo_infra.boot.azure import AzureBootValues, render_custom_data, ship_agent
from bodo_infra.component import Component
from bodo_infra.plans.arm_ids import ArmId
from bodo_infra.plans.names import COMPUTER_NAME_PREFIX, PROXIMITY_PLACEMENT_GROUP, SCALE_SET, NameRule
from bodo_infra.scope import cloud_name, limit_tags, scope_tags
from bodo_infra.spec import ClusterSpec

SCALE_SET_TYPE: Final = "Microsoft.Compute/virtualMachineScaleSets"


class ClusterParts:
    """Makes the children, each by a method of its own. ``uuid``: of the cluster.  ``role``: of its nodes."""

    def __init__(
        self,
        owner: Component,
        uuid: pulumi.Output[str],
        spec: ClusterSpec,
        plan: NodePlan,
        workspace: WorkspaceLinks,
        role: InstanceRoleLinks,
    ) -> None:
        self._owner = owner
        self._uuid = uuid
        self._spec = spec
        self._plan = plan
        self._workspace = workspace
        self._role = role
        self._agent = ship_agent()
        self._tags = scope_tags(
            noun="cluster",
            name=spec.name,
            tags=spec.tags,
            cloud_config=workspace.cloud_config_uuid,
            workspace=workspace.uuid,
            cluster=uuid,
        )

    def placement_group(self) -> azure_native.compute.ProximityPlacementGroup:
        """What keeps the nodes close together."""
        return azure_native.compute.ProximityPlacementGroup(
            self._owner.child_name("near"),
            proximity_placement_group_name=self._named("near", PROXIMITY_PLACEMENT_GROUP),
            resource_group_name=self._workspace.resource_group,
            location=self._workspace.region,
            tags=self._tags,
            # The provider would delete the old one first, while the old nodes still stand in it.
            opts=self._owner.child_options(delete_before_replace=False),
        )

    def nodes(
        self, placement_group: azure_native.compute.ProximityPlacementGroup | None
    ) -> azure_native.compute.VirtualMachineScaleSet:
        """The scale set."""
        workspace = self._workspace
        around = Surroundings(
            name=self._named("nodes", SCALE_SET),
            resource_group=workspace.resource_group,
            region=workspace.region,
            zone=self._spec.zone,
            placement_group_id=placement_group.id if placement_group is not None else None,
            subnet_id=workspace.subnet_id,
            security_group_ids=workspace.node_security_group_ids,
            identity_id=self._role.identity_id,
            computer_name_prefix=self._named("node", COMPUTER_NAME_PREFIX),
            public_key=self._uuid.apply(nobodys_key),
            custom_data=self._custom_data(),
            user_data=base64.b64encode(self._agent.user_data).decode(),
            tags={**self._tags, **limit_tags(self._spec)},
        )
        return make_scale_set(self._owner, self._spec.nodes, self._plan, around)

    def may_drive(self, scale_set_id: pulumi.Input[str]) -> azure_native.authorization.RoleAssignment:
        """Nodes may pause, resume and shut down their own cluster."""
        return self._assign("fleet", "fleet", scale_set_id)

    def may_read_secrets(self) -> azure_native.authorization.RoleAssignment:
        """Nodes may read the secrets of their workspace that jobs name: the same role as on the container."""
        return self._assign("secrets", "node", self._workspace.vault_id)

    def _assign(self, suffix: str, role: str, scope: pulumi.Input[str]) -> azure_native.authorization.RoleAssignment:
        def of_key(roles: Mapping[str, str]) -> str:
            return roles[role]

        given = Assignment(
            scope=scope,
            principal_id=self._role.principal_id,
            principal_type="ServicePrincipal",
            role_id=pulumi.Output.from_input(self._workspace.roles).apply(of_key),
        )
        return assign(self._owner, suffix, given)

    def _custom_data(self) -> pulumi.Output[str]:
        """The boot script, as Azure takes it."""
        spec, plan, workspace = self._spec, self._plan, self._workspace

        def rendered(known: Mapping[str, Any]) -> str:
            place = {name: known[name] for name in ("subscription_id", "resource_group", "scale_set")}
            values = AzureBootValues(
                cluster=spec.name,
                slots=plan.slots,
                efa=plan.efa,
                bodo_version=spec.bodo_version,
                packages=spec.packages,
                agent_sha256=self._agent.sha256,
                agent_rest=self._agent.rest,
                # Not the set's own output: this text is one of its inputs.
                scale_set_id=_scale_set_id(**place),
                **{name: value for name, value in known.items() if name not in place},
            )
            return base64.b64encode(render_custom_data(values).encode()).decode()

        return pulumi.Output.all(
            cluster_uuid=self._uuid,
            scale_set=self._named("nodes", SCALE_SET),
            subscription_id=workspace.subscription_id,
            resource_group=workspace.resource_group,
            workspace=workspace.name,
            workspace_uuid=workspace.uuid,
            store=workspace.store,
            storage_account=workspace.storage_account,
            container=workspace.container,
            client_id=self._role.client_id,
            region=workspace.region,
            egress=workspace.egress,
            shared_path=workspace.shared_path,
            file_system=workspace.file_system,
        ).apply(rendered)

    def _named(self, purpose: str, rule: NameRule) -> pulumi.Output[str]:
        """A name that no other cluster has."""
        return cloud_name(self._uuid, (self._spec.name, purpose), rule)


def _scale_set_id(*, subscription_id: str, resource_group: str, scale_set: str) -> str:
    return str(ArmId(subscription=subscription_id, group=resource_group, type=SCALE_SET_TYPE, names=(scale_set,)))
