"""What stands around a stack: its cloud-config and its workspace, as far as their files can be read. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network

from bodo_infra.checks import chosen_zones
from bodo_infra.errors import InputError
from bodo_infra.plans.azure_network import check_azure_cidr, plan_azure_network
from bodo_infra.plans.network_plan import SLOT_BITS, SubnetPlan, check_cidr
from bodo_infra.project.stack_file import StackFile
from bodo_infra.spec import CloudConfigSpec, ManagedNetwork, NounSpec, WorkspaceSpec
from bodo_infra.spec.cloud_config import AwsAccount, AzureSubscription
from bodo_infra.spec.workspace import Egress

Stacks = Mapping[str, StackFile]


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """None: there is none, or its file is broken, which is told elsewhere.

    ``account_id``, ``instance_role_arns``: on AWS.  ``azure``: on Azure.  ``region``: on both, of the workspace or else
    of the cloud-config.  ``given_zones``, ``chosen_zones``: on AWS, that the workspace has subnets in, by its spec or
    chosen for it.  ``node_addresses``: of each of those subnets, or of the one for nodes.  ``egress``: on Azure, of a
    network that we make.
    """

    cloud_config: str | None = None
    account_id: str | None = None
    instance_role_arns: Sequence[str] | None = None
    azure: AzureSubscription | None = None
    region: str | None = None
    given_zones: Sequence[str] | None = None
    chosen_zones: Sequence[str] | None = None
    node_addresses: int | None = None
    egress: Egress | None = None

    @property
    def place(self) -> tuple[str | None, str | None]:
        """Account or subscription, and region: where networks could be connected."""
        return self.azure.subscription_id if self.azure else self.account_id, self.region


def surroundings(stack: StackFile, stacks: Stacks) -> Surroundings:
    """What stands around it."""
    workspace = stack if stack.kind == "workspace" else stacks.get(stack.uses.get("workspace", ""))
    home = (workspace or stack).uses.get("cloud_config")
    below = stacks.get(home) if home else None
    bottom, place = spec_or_none(below), spec_or_none(workspace)
    if not isinstance(bottom, CloudConfigSpec) or bottom.target == "local":
        return Surroundings(cloud_config=home)
    own_region = place.region if isinstance(place, WorkspaceSpec) else None
    network = place.network or ManagedNetwork() if isinstance(place, WorkspaceSpec) else None
    managed = network if isinstance(network, ManagedNetwork) else None
    if bottom.aws is not None:
        return _on_aws(home, bottom.aws, own_region or bottom.aws.region, managed)
    assert bottom.azure is not None
    return Surroundings(
        cloud_config=home,
        azure=bottom.azure,
        region=own_region or bottom.azure.location,
        node_addresses=_azure_node_addresses(managed) if managed else None,
        egress=managed.egress if managed else None,
    )


def _on_aws(home: str | None, account: AwsAccount, region: str, managed: ManagedNetwork | None) -> Surroundings:
    return Surroundings(
        cloud_config=home,
        account_id=account.account_id,
        instance_role_arns=account.instance_role_arns,
        region=region,
        given_zones=(managed.zones or None) if managed else None,
        chosen_zones=chosen_zones(managed, region) if managed else None,
        node_addresses=_node_addresses(managed) if managed else None,
    )


def spec_or_none(stack: StackFile | None) -> NounSpec | None:
    """The spec of a stack; None without one, or when it cannot be read, which is told with that stack."""
    try:
        return stack.spec if stack else None
    except InputError:
        return None


def _node_addresses(network: ManagedNetwork) -> int | None:
    if check_cidr(network.cidr, egress=network.egress):
        return None
    first = next(IPv4Network(network.cidr).subnets(prefixlen_diff=SLOT_BITS))
    return SubnetPlan(zone_id="", cidr=str(first)).usable_addresses


def _azure_node_addresses(network: ManagedNetwork) -> int | None:
    if check_azure_cidr(network.cidr):
        return None
    return plan_azure_network(network.cidr, files=False).nodes.usable_addresses
