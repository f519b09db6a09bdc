"""Ways to AWS's own services that do not lead through the internet."""

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_aws as aws

from bodo_infra.aws.managed_network import ManagedNetworkParts
from bodo_infra.aws.workspace_scope import WorkspaceScope
from bodo_infra.component import Component
from bodo_infra.plans.network_plan import ENDPOINTS


def make_gateway_endpoints(
    owner: Component, scope: WorkspaceScope, network: ManagedNetworkParts
) -> dict[str, aws.ec2.VpcEndpoint]:
    """Of S3 and DynamoDB, by service. They cost nothing and keep the traffic of logs and data off NAT, which does."""
    return {
        endpoint.service: aws.ec2.VpcEndpoint(
            owner.child_name(f"endpoint-{endpoint.service}"),
            vpc_id=network.vpc_id,
            service_name=endpoint.service_name(scope.region),
            vpc_endpoint_type="Gateway",
            route_table_ids=list(network.route_table_ids.values()),
            tags=scope.tagged(f"endpoint-{endpoint.service}"),
            opts=owner.child_options(),
        )
        for endpoint in ENDPOINTS
        if endpoint.kind == "Gateway"
    }


def make_interface_endpoints(
    owner: Component,
    scope: WorkspaceScope,
    network: ManagedNetworkParts,
    group_id: pulumi.Input[str],
) -> Sequence[aws.ec2.VpcEndpoint]:
    """Of the other services that nodes need, in every zone, behind ``group_id``. They cost by the hour and zone."""
    return [
        aws.ec2.VpcEndpoint(
            owner.child_name(f"endpoint-{endpoint.service}"),
            vpc_id=network.vpc_id,
            service_name=endpoint.service_name(scope.region),
            vpc_endpoint_type="Interface",
            private_dns_enabled=True,
            subnet_ids=_in_order(network.subnet_ids),
            security_group_ids=[group_id],
            tags=scope.tagged(f"endpoint-{endpoint.service}"),
            opts=owner.child_options(),
        )
        for endpoint in ENDPOINTS
        if endpoint.kind == "Interface"
    ]


def _in_order(subnets: Mapping[str, pulumi.Output[str]]) -> list[pulumi.Output[str]]:
    """By zone, so that another order of zones in the spec is no change."""
    return [subnets[zone] for zone in sorted(subnets)]
