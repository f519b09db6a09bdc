"""The children of a cluster: the agent's package, placement group, user data, and the group of nodes itself."""

import base64
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pulumi
import pulumi_aws as aws
from pulumi_aws import autoscaling

from bodo_infra.aws.launch_template import CLUSTER_STRATEGY, NodePlan
from bodo_infra.aws.links import WorkspaceLinks
from bodo_infra.boot.aws import AwsBootValues, agent_key, render_user_data
from bodo_infra.boot.package import build_agent_package
from bodo_infra.component import Component
from bodo_infra.plans.names import AUTO_SCALING_GROUP, PLACEMENT_GROUP, NameRule
from bodo_infra.scope import cloud_name, limit_tags, scope_tags
from bodo_infra.spec import ClusterSpec

WAIT_MINUTES = 10
"""For nodes to come: Auto Scaling takes two or three; capacity that is not there does not come in an hour either."""
NODES_PER_MINUTE = 50
"""A large group is given a minute more for each of these."""


class ClusterParts:
    """Makes the children, each by a method of its own. ``uuid``: of the cluster."""

    def __init__(
        self,
        owner: Component,
        uuid: pulumi.Output[str],
        spec: ClusterSpec,
        plan: NodePlan,
        workspace: WorkspaceLinks,
    ) -> None:
        self._owner = owner
        self._uuid = uuid
        self._spec = spec
        self._plan = plan
        self._workspace = workspace
        self._package = build_agent_package()
        self.tags = self._scope_tags(spec.tags)

    def named(self, purpose: str, rule: NameRule) -> pulumi.Output[str]:
        """A name that no other cluster of the account has."""
        return cloud_name(self._uuid, (self._spec.name, purpose), rule)

    def agent_package(self) -> aws.s3.BucketObjectv2:
        """The node agent, in the cloud-config's bucket: an object of this cluster's own."""
        workspace, sha256 = self._workspace, self._package.sha256
        return aws.s3.BucketObjectv2(
            self._owner.child_name("agent"),
            bucket=workspace.bucket,
            region=bucket_region(workspace.store),
            key=self._uuid.apply(lambda uuid: agent_key(uuid, sha256)),
            source=pulumi.FileAsset(str(self._package.on_disk())),
            content_type="application/zip",
            tags=self._scope_tags({}),  # an object takes ten tags: ours, and none of the user's
            opts=self._owner.child_options(),
        )

    def placement_group(self) -> aws.ec2.PlacementGroup:
        """What keeps the nodes close together."""
        return aws.ec2.PlacementGroup(
            self._owner.child_name("near"),
            name=self.named("near", PLACEMENT_GROUP),
            strategy=CLUSTER_STRATEGY,
            tags=self.tags,
            opts=self._owner.child_options(),
        )

    def user_data(self) -> pulumi.Output[str]:
        """The boot script, as EC2 takes it."""
        spec, plan, workspace = self._spec, self._plan, self._workspace

        def rendered(known: Mapping[str, Any]) -> str:
            values = AwsBootValues(
                cluster=spec.name,
                slots=plan.slots,
                efa=plan.efa,
                bodo_version=spec.bodo_version,
                packages=spec.packages,
                agent_sha256=self._package.sha256,
                **known,
            )
            return base64.b64encode(render_user_data(values).encode()).decode()

        return pulumi.Output.all(
            cluster_uuid=self._uuid,
            group=self.named("nodes", AUTO_SCALING_GROUP),
            workspace=workspace.name,
            workspace_uuid=workspace.uuid,
            store=workspace.store,
            bucket=workspace.bucket,
            bucket_region=bucket_region(workspace.store),
            region=workspace.region,
            egress=workspace.egress,
            shared_path=workspace.shared_path,
            file_system=workspace.file_system,
        ).apply(rendered)

    def nodes(
        self, template: aws.ec2.LaunchTemplate, subnet_id: pulumi.Input[str], package: aws.s3.BucketObjectv2
    ) -> autoscaling.Group:
        """Exactly N nodes in one subnet."""
        count = self._spec.nodes
        minutes = WAIT_MINUTES + count // NODES_PER_MINUTE
        timeout = f"{2 * minutes}m"
        return autoscaling.Group(
            self._owner.child_name("nodes"),
            name=self.named("nodes", AUTO_SCALING_GROUP),
            min_size=count,
            max_size=count,
            desired_capacity=count,
            vpc_zone_identifiers=[subnet_id],
            launch_template=autoscaling.GroupLaunchTemplateArgs(
                id=template.id, version=template.latest_version.apply(str)
            ),
            health_check_type="EC2",
            # The first nodes stay when some go: rank 0 runs on them.
            termination_policies=["NewestInstance"],
            wait_for_capacity_timeout=f"{minutes}m",
            tags=[*_group_tags(self.tags, on_nodes=True), *_group_tags(limit_tags(self._spec), on_nodes=False)],
            opts=self._owner.child_options(
                depends_on=[package],
                delete_before_replace=True,
                # Whoever pauses a cluster suspends them; an update must not resume a paused one.
                ignore_changes=["suspended_processes"],
                custom_timeouts=pulumi.CustomTimeouts(create=timeout, update=timeout, delete=timeout),
            ),
        )

    def _scope_tags(self, tags: Mapping[str, str]) -> dict[str, pulumi.Input[str]]:
        return scope_tags(
            noun="cluster",
            name=self._spec.name,
            tags=tags,
            cloud_config=self._workspace.cloud_config_uuid,
            workspace=self._workspace.uuid,
            cluster=self._uuid,
        )


def bucket_region(store: pulumi.Input[str]) -> pulumi.Output[str]:
    """The region in a store's address, ``s3://BUCKET?table=TABLE&region=REGION``: nodes may be elsewhere."""
    return pulumi.Output.from_input(store).apply(lambda address: parse_qs(urlsplit(address).query)["region"][0])


def _group_tags(tags: Mapping[str, pulumi.Input[str]], *, on_nodes: bool) -> list[autoscaling.GroupTagArgs]:
    return [autoscaling.GroupTagArgs(key=key, value=value, propagate_at_launch=on_nodes) for key, value in tags.items()]
