"""A workspace's own VPC: private subnets that reach the internet through NAT, or AWS alone through endpoints.

The VPC's default security group stays as AWS makes it, since nothing is in it: it comes without tags, and the
cross-account role may change only what carries the cloud-config's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from bodo_infra.aws.network_place import NetworkPlace
from bodo_infra.aws.workspace_scope import WorkspaceScope
from bodo_infra.component import Component
from bodo_infra.plans.network_plan import EVERYWHERE, NetworkPlan, SubnetPlan, choose_zones, plan_network
from bodo_infra.spec import ManagedNetwork


def plan_managed_network(spec: ManagedNetwork, region: str) -> NetworkPlan:
    """Its subnets, for a spec that checks found sound. The same spec gives the same zones; other ``instance_types``
    may give others."""
    return plan_network(spec.cidr, spec.zones or choose_zones(region, spec.instance_types), egress=spec.egress)


@dataclass(frozen=True, kw_only=True)
class ManagedNetworkParts:
    """What other parts of the workspace stand on. ``subnet_ids``, ``route_table_ids``: by zone id, private ones.

    ``vpc_id``: for what lies in the VPC.  ``ready``: what private subnets need in order to reach the internet.
    """

    vpc_id: pulumi.Output[str]
    subnet_ids: Mapping[str, pulumi.Output[str]]
    route_table_ids: Mapping[str, pulumi.Output[str]]
    ready: Sequence[pulumi.Resource]


def make_managed_network(
    owner: Component, scope: WorkspaceScope, plan: NetworkPlan, place: NetworkPlace
) -> ManagedNetworkParts:
    """The VPC with subnets and ways. Its parts are named by zone: a new zone touches no other one's."""
    vpc = aws.ec2.Vpc(
        owner.child_name("vpc"),
        cidr_block=plan.cidr,
        # Names of mount targets and of endpoints are looked up within the VPC.
        enable_dns_support=True,
        enable_dns_hostnames=True,
        tags=scope.tagged("vpc"),
        opts=owner.child_options(),
    )
    vpc_id = place.tie(vpc.id)
    maker = _Maker(owner=owner, scope=scope, vpc_id=vpc_id)
    nat = maker.gateways(plan.public) if plan.public else {}
    subnets, tables = {}, {}
    ready: list[pulumi.Resource] = []
    for planned in plan.private:
        zone = planned.zone_id
        subnets[zone] = maker.subnet("private", planned).id
        tables[zone] = maker.table(f"private-{zone}").id
        if nat:
            way = nat.get(zone) or next(iter(nat.values()))
            ready.append(maker.route(f"private-{zone}", tables[zone], nat_gateway_id=way.id))
        ready.append(maker.association(f"private-{zone}", tables[zone], subnets[zone]))
    return ManagedNetworkParts(vpc_id=vpc_id, subnet_ids=subnets, route_table_ids=tables, ready=ready)


@dataclass(frozen=True, kw_only=True)
class _Maker:
    """Makes the parts of one VPC."""

    owner: Component
    scope: WorkspaceScope
    vpc_id: pulumi.Output[str]

    def subnet(self, kind: str, planned: SubnetPlan) -> aws.ec2.Subnet:
        return aws.ec2.Subnet(
            self.owner.child_name(f"{kind}-{planned.zone_id}"),
            vpc_id=self.vpc_id,
            cidr_block=planned.cidr,
            availability_zone_id=planned.zone_id,
            # In public subnets too: nothing but NAT gateways stands there, and they bring their own.
            map_public_ip_on_launch=False,
            tags=self.scope.tagged(f"{kind}-{planned.zone_id}"),
            opts=self.owner.child_options(),
        )

    def table(self, purpose: str) -> aws.ec2.RouteTable:
        return aws.ec2.RouteTable(
            self.owner.child_name(f"{purpose}-routes"),
            vpc_id=self.vpc_id,
            tags=self.scope.tagged(purpose),
            opts=self.owner.child_options(),
        )

    def route(
        self,
        purpose: str,
        table_id: pulumi.Output[str],
        *,
        gateway_id: pulumi.Output[str] | None = None,
        nat_gateway_id: pulumi.Output[str] | None = None,
    ) -> aws.ec2.Route:
        return aws.ec2.Route(
            self.owner.child_name(f"{purpose}-internet"),
            route_table_id=table_id,
            destination_cidr_block=EVERYWHERE,
            gateway_id=gateway_id,
            nat_gateway_id=nat_gateway_id,
            opts=self.owner.child_options(),
        )

    def association(
        self, purpose: str, table_id: pulumi.Output[str], subnet_id: pulumi.Output[str]
    ) -> aws.ec2.RouteTableAssociation:
        return aws.ec2.RouteTableAssociation(
            self.owner.child_name(f"{purpose}-association"),
            route_table_id=table_id,
            subnet_id=subnet_id,
            opts=self.owner.child_options(),
        )

    def gateways(self, public: Sequence[SubnetPlan]) -> dict[str, aws.ec2.NatGateway]:
        """A NAT gateway in each public subnet, by zone id, with the internet gateway that they need."""
        internet = aws.ec2.InternetGateway(
            self.owner.child_name("internet"),
            vpc_id=self.vpc_id,
            tags=self.scope.tagged("internet"),
            opts=self.owner.child_options(),
        )
        table = self.table("public")
        way_out = self.route("public", table.id, gateway_id=internet.id)
        found = {}
        for planned in public:
            zone = planned.zone_id
            subnet = self.subnet("public", planned)
            association = self.association(f"public-{zone}", table.id, subnet.id)
            found[zone] = self._nat(zone, subnet, [internet, way_out, association])
        return found

    def _nat(self, zone: str, subnet: aws.ec2.Subnet, after: Sequence[pulumi.Resource]) -> aws.ec2.NatGateway:
        # AWS refuses both without an internet gateway, which neither of them names.
        opts = self.owner.child_options(depends_on=after)
        address = aws.ec2.Eip(
            self.owner.child_name(f"nat-{zone}-address"), domain="vpc", tags=self.scope.tagged(f"nat-{zone}"), opts=opts
        )
        return aws.ec2.NatGateway(
            self.owner.child_name(f"nat-{zone}"),
            subnet_id=subnet.id,
            allocation_id=address.allocation_id,
            tags=self.scope.tagged(f"nat-{zone}"),
            opts=opts,
        )
