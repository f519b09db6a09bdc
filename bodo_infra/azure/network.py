"""The network of a workspace: one that we make, or a VNet of the user's own that is checked first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pulumi

from bodo_infra import tokens
from bodo_infra.azure.existing_network import FoundNetwork, Given, GivenNetwork, check_existing_network
from bodo_infra.azure.managed_network import NetworkWishes, make_managed_network
from bodo_infra.azure.network_reading import read_network
from bodo_infra.azure.security_groups import (
    ANY,
    INTERNET,
    NOTEBOOKS,
    STORAGE,
    Ranges,
    StorageKind,
    make_security_group,
    plan_rules,
)
from bodo_infra.azure.workspace_scope import WorkspaceScope
from bodo_infra.checks import place
from bodo_infra.checks.azure_network import check_existing_azure, check_managed_azure
from bodo_infra.component import Component, unknown
from bodo_infra.errors import Problem, raise_problems
from bodo_infra.plans.azure_network import ENDPOINTS, FILES, NODES, plan_azure_network
from bodo_infra.spec import ExistingNetwork, ManagedNetwork

NAT = "nat"


@dataclass(frozen=True, kw_only=True)
class NetworkLinks:
    """A network that the same program makes, whose ids are known only when it is there.

    ``subnet_ids``: the first is for nodes.  ``security_group_ids``: of the nodes, one at most; ours is made without it.
    How many there are must be plain. Let the component that gets this depend on the way out.
    """

    vnet_id: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]
    security_group_ids: Sequence[pulumi.Input[str]] = ()


@dataclass(frozen=True, kw_only=True)
class NetworkArgs:
    """What a network is made of.

    ``storage``: the kind of the shared files, which decides on subnets and ports.  ``keep_files``: whether a NetApp
    volume stays when the rest goes.  ``links``: takes the place of ``spec``.
    """

    spec: ManagedNetwork | ExistingNetwork = field(default_factory=ManagedNetwork)
    scope: WorkspaceScope
    storage: StorageKind = "azure-files"
    keep_files: bool = True
    links: NetworkLinks | None = None


class Network(Component):
    """A VNet with a subnet of nodes in all zones, and the security groups of a workspace.

    Nodes and notebooks have no public address. With egress ``nat`` they reach the internet by HTTPS; with ``none``
    Azure Storage, the vault and the shared files alone. Azure's own management is part of the internet: it has no
    private way for one network, so nodes there cannot pause their cluster, nor find each other by asking Azure.

    Raises InputError before the first child when the spec is wrong or the existing VNet could not hold nodes; one that
    comes by links is judged as soon as it is there.
    """

    vnet_id: pulumi.Output[str]
    subnet_id: pulumi.Output[str]
    egress: pulumi.Output[str]
    node_security_group_ids: pulumi.Output[list[str]]
    notebook_security_group_id: pulumi.Output[str]

    subnet_ids: Mapping[str, pulumi.Output[str]]
    """By purpose: ``nodes``, ``endpoints``, and ``files`` where there is a NetApp volume."""
    nodes_ranges: pulumi.Output[Sequence[str]]
    """Address ranges of the subnet of nodes."""
    is_ours: bool
    ready: Sequence[pulumi.Resource] = ()
    """What has to be there before nodes reach the internet."""

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        spec, scope = args.spec, args.scope
        raise_problems(_check(args))
        owners = SimpleNamespace(cloud_config_uuid=scope.cloud_config.uuid, workspace_uuid=scope.uuid)
        super().__init__(tokens.AZURE_NETWORK, name, spec, owners, opts)

        self.is_ours = args.links is None and isinstance(spec, ManagedNetwork)
        if args.links is not None:
            self._place_linked(args, args.links)
        elif isinstance(spec, ManagedNetwork):
            self._place_managed(args, spec)
        else:
            self._place_existing(args, spec)
        self.subnet_id = self.subnet_ids[NODES]
        self.register_declared()

    def _place_managed(self, args: NetworkArgs, spec: ManagedNetwork) -> None:
        on_netapp = args.storage == "netapp"
        plan = plan_azure_network(spec.cidr, files=on_netapp, path="spec.network")
        subnets = [plan.nodes, plan.endpoints, *([plan.files] if plan.files else [])]
        ranges: Ranges = {subnet.purpose: [subnet.cidr] for subnet in subnets}
        way_out = spec.egress != "none"
        groups = self._make_groups(args, ranges, (), INTERNET if way_out else STORAGE)
        wishes = NetworkWishes(
            way_out=way_out, endpoints_group_id=groups[ENDPOINTS], keeps_files=on_netapp and args.keep_files
        )
        made = make_managed_network(self, args.scope, plan, wishes)
        self.vnet_id = made.vnet_id
        self.subnet_ids = made.subnet_ids
        self.nodes_ranges = pulumi.Output.from_input([plan.nodes.cidr])
        self.egress = pulumi.Output.from_input(spec.egress)
        self.ready = made.ready

    def _place_existing(self, args: NetworkArgs, spec: ExistingNetwork) -> None:
        given = GivenNetwork(
            vnet=Given(path="spec.network.vpc_id", id=spec.vpc_id),
            subnets=_given("spec.network.private_subnet_ids", spec.private_subnet_ids),
            groups=_given("spec.network.security_group_ids", spec.security_group_ids),
            for_netapp=args.storage == "netapp",
        )
        found = self._judge(given, args.scope.region)
        sound = pulumi.Output.from_input(_sound(given, found)) if found else unknown()
        self._stand_in(args, sound, len(spec.security_group_ids))

    def _place_linked(self, args: NetworkArgs, links: NetworkLinks) -> None:
        # The URN comes when what this component depends on is there: a route, say. Only its value: an output of the
        # component that its own children depended on would be a circle.
        registered: pulumi.Output[str | None] = pulumi.Output.from_input(self.urn.future())
        known = pulumi.Output.all(registered, links.vnet_id, list(links.subnet_ids), list(links.security_group_ids))

        def judged(values: Sequence[Any]) -> Any:  # noqa: ANN401 - or an Output of it
            _, vnet_id, subnet_ids, group_ids = values
            given = GivenNetwork(
                vnet=Given(path="network.vnet_id", id=vnet_id),
                subnets=_given("network.subnet_ids", subnet_ids),
                groups=_given("network.security_group_ids", group_ids),
                for_netapp=args.storage == "netapp",
            )
            found = self._judge(given, args.scope.region)
            return _sound(given, found) if found else unknown()

        self._stand_in(args, known.apply(judged), len(links.security_group_ids))

    def _stand_in(self, args: NetworkArgs, sound: pulumi.Output[Any], groups: int) -> None:
        """Take a network that is there. Every child's input comes from what was judged, so that none is made before."""
        purposes = [NODES, ENDPOINTS, *([FILES] if args.storage == "netapp" else [])]
        self.vnet_id = sound["vnet"]
        self.subnet_ids = {purpose: sound["subnets"][purpose] for purpose in purposes}
        self.nodes_ranges = sound["ranges"][NODES]
        self.egress = pulumi.Output.from_input(NAT)
        ranges: Ranges = {purpose: sound["ranges"][purpose] for purpose in purposes}
        # Where its own endpoints are nobody has told: HTTPS may go anywhere.
        self._make_groups(args, ranges, [sound["groups"][index] for index in range(groups)], ANY)

    def _judge(self, given: GivenNetwork, region: str) -> FoundNetwork | None:
        found = read_network(given, region, self.invoke_options())
        raise_problems(check_existing_network(given, found) if found else ())
        return found

    def _make_groups(
        self, args: NetworkArgs, ranges: Ranges, given_nodes: Sequence[pulumi.Output[str]], egress_to: str
    ) -> Mapping[str, pulumi.Output[str]]:
        """The groups of nodes, unless one was given, of notebooks, and of endpoints where the subnet is ours."""
        rules = plan_rules(storage=args.storage, egress_to=egress_to)
        wanted = [NOTEBOOKS, *([] if given_nodes else [NODES]), *([ENDPOINTS] if self.is_ours else [])]
        made = {name: make_security_group(self, args.scope, name, rules[name], ranges).id for name in wanted}
        self.node_security_group_ids = pulumi.Output.all(*(given_nodes or [made[NODES]]))
        self.notebook_security_group_id = made[NOTEBOOKS]
        return made


def _check(args: NetworkArgs) -> list[Problem]:
    spec = args.spec
    if args.links is not None:
        if args.links.subnet_ids:
            return []
        rule = "names no subnet"
        return [Problem(path="network.subnet_ids", value="", rule=rule, fix="Give the one for nodes first")]
    if isinstance(spec, ManagedNetwork):
        return list(place(check_managed_azure(spec, args.scope.region), path="spec"))
    return list(place(check_existing_azure(spec, None), path="spec"))


def _given(path: str, ids: Sequence[str]) -> list[Given]:
    return [Given(path=f"{path}[{index}]", id=id) for index, id in enumerate(ids)]


def _sound(given: GivenNetwork, found: FoundNetwork) -> dict[str, Any]:
    ids = [subnet.id for subnet in given.subnets]
    subnets = {NODES: ids[0], ENDPOINTS: found.endpoints_subnet(ids)}
    volumes = found.files_subnet(ids)
    if volumes is not None:
        subnets[FILES] = volumes
    return {
        "vnet": given.vnet.id,
        "subnets": subnets,
        "ranges": {purpose: list(found.ranges(id)) for purpose, id in subnets.items()},
        "groups": [group.id for group in given.groups],
    }
