"""Would this network on Azure hold the nodes that are wanted in it?"""

from collections.abc import Sequence
from dataclasses import replace

from bodo_infra.checks.azure_sizes import check_offered, check_size
from bodo_infra.checks.findings import Finding, finding
from bodo_infra.checks.findings import found as named
from bodo_infra.checks.ranges import check_private
from bodo_infra.plans.arm_ids import parse_arm_id, same_id
from bodo_infra.plans.azure_network import check_azure_cidr
from bodo_infra.spec.cloud_config import AzureSubscription
from bodo_infra.spec.workspace import ExistingNetwork, ManagedNetwork

VNET = "Microsoft.Network/virtualNetworks"
SUBNET = f"{VNET}/subnets"
SECURITY_GROUP = "Microsoft.Network/networkSecurityGroups"
_ID = "/subscriptions/ID/resourceGroups/GROUP/providers"
SAMPLES = {
    VNET: f"{_ID}/{VNET}/NAME",
    SUBNET: f"{_ID}/{VNET}/NAME/subnets/NAME",
    SECURITY_GROUP: f"{_ID}/{SECURITY_GROUP}/NAME",
}


def check_managed_azure(network: ManagedNetwork, location: str | None) -> list[Finding]:
    """Every reason why this network could not be made. ``location``: None when it is not known yet."""
    found = named("workspace.cidr", check_azure_cidr(network.cidr, path="network.cidr")) or check_private(network.cidr)
    if network.zones:
        rule = "is not said on Azure, whose subnets span all zones of a location"
        fix = "Remove it; a cluster may name its zone"
        found.append(finding("workspace.zones", "network.zones", ", ".join(network.zones), rule, fix))
    if network.egress == "nat-per-zone":
        rule = "cannot be made on Azure: a subnet spans all zones, and has one NAT gateway"
        found.append(finding("workspace.egress", "network.egress", network.egress, rule, "Use nat or none"))
    if network.flow_logs:
        rule = "cannot be made on Azure: they belong to Network Watcher, which is outside the resource group"
        fix = "Set it to false; flow logs of the virtual network can be set up beside the platform"
        found.append(finding("workspace.flow-logs", "network.flow_logs", "true", rule, fix))
    for index, name in enumerate(network.instance_types):
        path = f"network.instance_types[{index}]"
        found += check_size(name, path=path) or check_offered(name, location, rule_id="workspace.size", path=path)
    return found


def check_existing_azure(network: ExistingNetwork, azure: AzureSubscription | None) -> list[Finding]:
    """Texts that are no ids, and ids that do not fit each other. What is there is asked of Azure.

    ``azure``: of the cloud-config, None when it is not known.
    """
    found = _check_ids(VNET, [network.vpc_id], "network.vpc_id", listed=False)
    subnets = _check_ids(SUBNET, network.private_subnet_ids, "network.private_subnet_ids")
    if not found and not subnets:
        for index, id in enumerate(network.private_subnet_ids):
            parsed = parse_arm_id(id)
            if parsed is not None and not same_id(str(parsed.parent), network.vpc_id):
                rule = "is a subnet of another virtual network than network.vpc_id"
                fix = f"Name subnets of {network.vpc_id}"
                found.append(finding("workspace.subnet", f"network.private_subnet_ids[{index}]", id, rule, fix))
    found += subnets
    groups = network.security_group_ids
    found += _check_ids(SECURITY_GROUP, groups, "network.security_group_ids")
    if len(groups) > 1:
        rule, fix = "must be one: a network interface takes no more on Azure", "Join their rules in one group"
        path = "network.security_group_ids"
        found.append(finding("workspace.security-groups", path, f"{len(groups)} groups", rule, fix))
    return found or _check_place(network, azure)


def _check_place(network: ExistingNetwork, azure: AzureSubscription | None) -> list[Finding]:
    """A network of another subscription, and one for which the service principal has no rights of its own."""
    vnet = parse_arm_id(network.vpc_id)
    if azure is None or vnet is None:
        return []
    for path, id in (("network.vpc_id", network.vpc_id), *_groups(network)):
        parsed = parse_arm_id(id)
        if parsed is not None and parsed.subscription.lower() != azure.subscription_id.lower():
            rule = f"is in another subscription than everything else, {azure.subscription_id}"
            return [finding("workspace.subscription", path, id, rule, "Use a network of that subscription")]
    if vnet.group.lower() != azure.resource_group.lower():
        rule = f"is not in resource group {azure.resource_group}, and the service principal has rights in that alone"
        fix = f"Give it the role Network Contributor on {network.vpc_id}"
        item = finding("workspace.network-of-elsewhere", "network.vpc_id", network.vpc_id, rule, fix)
        return [replace(item, level="warning")]
    return []


def _groups(network: ExistingNetwork) -> list[tuple[str, str]]:
    return [(f"network.security_group_ids[{index}]", id) for index, id in enumerate(network.security_group_ids)]


def _check_ids(kind: str, ids: Sequence[str], path: str, *, listed: bool = True) -> list[Finding]:
    found = []
    for index, text in enumerate(ids):
        place = f"{path}[{index}]" if listed else path
        parsed = parse_arm_id(text)
        if parsed is None or not parsed.is_of(kind):
            rule, fix = f"must be a resource id such as {SAMPLES[kind]}", "Copy the id, not the name"
            found.append(finding("workspace.network-id", place, text, rule, fix))
        elif any(same_id(text, other) for other in ids[:index]):
            found.append(finding("workspace.network-id-twice", place, text, "is there twice", "Remove one of them"))
    return found
