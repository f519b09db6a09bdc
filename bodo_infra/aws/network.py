"""The network of a workspace: one that we make, or one of the user's own that is checked first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pulumi

from bodo_infra import tokens
from bodo_infra.aws.endpoints import make_gateway_endpoints, make_interface_endpoints
from bodo_infra.aws.existing_network import FoundNetwork, Given, GivenNetwork, check_existing_network
from bodo_infra.aws.flow_logs import make_flow_logs
from bodo_infra.aws.managed_network import make_managed_network, plan_managed_network
from bodo_infra.aws.network_place import make_place
from bodo_infra.aws.network_reading import read_network
from bodo_infra.aws.provider_region import require_region
from bodo_infra.aws.security_groups import (
    ENDPOINTS_GROUP,
    NOTEBOOKS,
    STORAGE_GROUP,
    StorageKind,
    make_security_groups,
)
from bodo_infra.aws.workspace_scope import WorkspaceScope
from bodo_infra.checks import place
from bodo_infra.checks.aws_network import check_existing, check_managed
from bodo_infra.component import Component, unknown
from bodo_infra.errors import Problem, raise_problems
from bodo_infra.plans.network_plan import check_zone_ids
from bodo_infra.spec import ExistingNetwork, ManagedNetwork


@dataclass(frozen=True, kw_only=True)
class NetworkLinks:
    """A network that the same program makes, whose ids are known only when it is there.

    ``private_subnet_ids``: by zone id (use2-az1), which must be plain.  ``security_group_ids``: of the nodes, ours are
    made without them; add further ones at the end.  Let the component that gets this depend on the routes.
    """

    vpc_id: pulumi.Input[str]
    private_subnet_ids: Mapping[str, pulumi.Input[str]]
    security_group_ids: Sequence[pulumi.Input[str]] = ()


@dataclass(frozen=True, kw_only=True)
class NetworkArgs:
    """What a network is made of.

    ``storage``: the kind of the shared files, which decides on ports.  ``links``: takes the place of ``spec``.
    """

    spec: ManagedNetwork | ExistingNetwork = field(default_factory=ManagedNetwork)
    scope: WorkspaceScope
    storage: StorageKind = "efs"
    links: NetworkLinks | None = None


class Network(Component):
    """A VPC with private subnets, and the security groups of a workspace.

    Raises InputError before the first child when the spec is wrong, when the provider works in another region, or when
    the existing network could not hold nodes; one that comes by links is judged as soon as it is there.
    """

    vpc_id: pulumi.Output[str]
    subnet_ids: pulumi.Output[dict[str, str]]
    egress: pulumi.Output[str]
    node_security_group_ids: pulumi.Output[list[str]]
    notebook_security_group_id: pulumi.Output[str]
    storage_security_group_id: pulumi.Output[str]

    subnets: Mapping[str, pulumi.Output[str]]
    """The private subnets by keys that are plain and stay: zone ids, or ids of existing subnets."""
    ready: Sequence[pulumi.Resource]
    """What has to be there before traffic passes."""

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        spec, scope = args.spec, args.scope
        raise_problems(_check(args))
        owners = SimpleNamespace(cloud_config_uuid=scope.cloud_config.uuid, workspace_uuid=scope.uuid)
        super().__init__(tokens.AWS_NETWORK, name, spec, owners, opts)
        require_region(scope.region, self.invoke_options())

        if args.links is not None:
            self._place_linked(args, args.links)
        elif isinstance(spec, ManagedNetwork):
            self._place_managed(args, spec)
        else:
            self._place_existing(args, spec)
        self.register_declared()

    def _place_managed(self, args: NetworkArgs, spec: ManagedNetwork) -> None:
        scope = args.scope
        place = make_place(self, f"managed {spec.cidr}")
        made = make_managed_network(self, scope, plan_managed_network(spec, scope.region), place)
        gateways = make_gateway_endpoints(self, scope, made)
        closed = spec.egress == "none"
        lists = {service: endpoint.prefix_list_id for service, endpoint in gateways.items()} if closed else None
        self._make_groups(args, made.vpc_id, {}, lists)
        self.ready = [*self.ready, *made.ready, *gateways.values()]
        if closed:
            group = self._group_ids[ENDPOINTS_GROUP]
            self.ready = [*self.ready, *make_interface_endpoints(self, scope, made, group)]
        if spec.flow_logs:
            make_flow_logs(self, scope, made.vpc_id)

        self.vpc_id = made.vpc_id
        self.subnets = made.subnet_ids
        self.subnet_ids = pulumi.Output.all(**made.subnet_ids)
        self.egress = pulumi.Output.from_input(spec.egress)

    def _place_existing(self, args: NetworkArgs, spec: ExistingNetwork) -> None:
        given = GivenNetwork(
            vpc=Given(path="spec.network.vpc_id", id=spec.vpc_id),
            subnets=_given("spec.network.private_subnet_ids", spec.private_subnet_ids),
            groups=_given("spec.network.security_group_ids", spec.security_group_ids),
        )
        found = self._judge(given, args.scope.region)
        # Nothing to go by yet: a preview before the provider's role is there.
        self.subnet_ids = pulumi.Output.from_input(_by_zone(found)) if found else unknown()
        self.egress = pulumi.Output.from_input(_egress(found)) if found else unknown()
        place = make_place(self, spec.vpc_id)
        self.vpc_id = place.tie(spec.vpc_id)
        self.subnets = {id: place.tie(id) for id in spec.private_subnet_ids}
        self._make_groups(args, self.vpc_id, {id: id for id in spec.security_group_ids}, None)

    def _place_linked(self, args: NetworkArgs, links: NetworkLinks) -> None:
        zones = list(links.private_subnet_ids)
        # The URN comes when what this component depends on is there: routes, say. Only its value: an output of the
        # component that its own children depended on would be a circle.
        registered: pulumi.Output[str | None] = pulumi.Output.from_input(self.urn.future())
        known = pulumi.Output.all(
            registered, links.vpc_id, list(links.private_subnet_ids.values()), list(links.security_group_ids)
        )

        def judged(values: Sequence[Any]) -> dict[str, Any] | pulumi.Output[dict[str, Any]]:
            _, vpc_id, subnets, groups = values
            given = GivenNetwork(
                vpc=Given(path="network.vpc_id", id=vpc_id),
                subnets=[
                    Given(path=f"network.private_subnet_ids.{zone}", id=id, zone_id=zone)
                    for zone, id in zip(zones, subnets, strict=True)
                ],
                groups=_given("network.security_group_ids", groups),
            )
            found = self._judge(given, args.scope.region)
            return (
                {"vpc": vpc_id, "subnets": subnets, "groups": groups, "egress": _egress(found)} if found else unknown()
            )

        # Every child's input comes from what was judged, so that none is made before.
        sound: pulumi.Output[dict[str, Any]] = known.apply(judged)
        place = make_place(self, sound["vpc"])
        self.vpc_id = place.tie(sound["vpc"])
        self.subnets = {zone: place.tie(sound["subnets"][index]) for index, zone in enumerate(zones)}
        self.subnet_ids = pulumi.Output.all(**self.subnets)
        self.egress = sound["egress"]
        groups = {f"given-{index}": sound["groups"][index] for index in range(len(links.security_group_ids))}
        self._make_groups(args, self.vpc_id, groups, None)

    def _judge(self, given: GivenNetwork, region: str) -> FoundNetwork | None:
        found = read_network(given, region, self.invoke_options())
        raise_problems(check_existing_network(given, found) if found else ())
        return found

    def _make_groups(
        self,
        args: NetworkArgs,
        vpc_id: pulumi.Output[str],
        given_nodes: Mapping[str, pulumi.Input[str]],
        prefix_lists: Mapping[str, pulumi.Input[str]] | None,
    ) -> None:
        """``prefix_lists``: None lets HTTPS out to everywhere; where an existing VPC has no way out, that is its
        endpoints, whose groups are not ours to name."""
        groups = make_security_groups(
            self, args.scope, vpc_id, storage=args.storage, given_nodes=given_nodes, prefix_lists=prefix_lists
        )
        self._group_ids = groups.ids
        self.node_security_group_ids = pulumi.Output.all(*groups.nodes)
        self.notebook_security_group_id = pulumi.Output.from_input(groups.ids[NOTEBOOKS])
        self.storage_security_group_id = pulumi.Output.from_input(groups.ids[STORAGE_GROUP])
        self.ready = groups.rules


def _check(args: NetworkArgs) -> list[Problem]:
    region = args.scope.region
    if args.links is not None:
        return check_zone_ids(list(args.links.private_subnet_ids), region=region, path="network.private_subnet_ids")
    spec = args.spec
    found = check_managed(spec, region) if isinstance(spec, ManagedNetwork) else check_existing(spec)
    return list(place(found, path="spec"))


def _given(path: str, ids: Sequence[str]) -> list[Given]:
    return [Given(path=f"{path}[{index}]", id=id) for index, id in enumerate(ids)]


def _by_zone(found: FoundNetwork) -> dict[str, str]:
    return {subnet.zone_id: id for id, subnet in found.subnets.items()}


def _egress(found: FoundNetwork) -> str:
    return "nat" if found.has_way_out else "none"
