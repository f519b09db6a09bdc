"""Would this network on AWS hold the nodes that are wanted in it?"""

import re
from collections.abc import Sequence

from bodo_infra import catalog
from bodo_infra.checks.aws_types import check_known
from bodo_infra.checks.findings import Finding, found
from bodo_infra.checks.ranges import check_private
from bodo_infra.checks.region import is_known
from bodo_infra.errors import InputError
from bodo_infra.plans.network_plan import check_cidr, check_zone_ids, choose_zone, choose_zones
from bodo_infra.spec.workspace import ExistingNetwork, ManagedNetwork

ID = "-[0-9a-f]{8}(?:[0-9a-f]{9})?"


def check_managed(network: ManagedNetwork, region: str | None) -> list[Finding]:
    """Every reason why this network could not be made. ``region``: None when it is not known yet."""
    result = found("workspace.cidr", check_cidr(network.cidr, egress=network.egress, path="network.cidr"))
    result = result or check_private(network.cidr)
    zones = found("workspace.zones", check_zone_ids(network.zones, region=region)) if network.zones else []
    result += zones
    if region is not None and not network.zones and not is_known(region):
        rule = f"must be named: the catalogue of {catalog.ec2_source().date} does not know those of {region}"
        fix = "Write their ids; `aws ec2 describe-availability-zones` lists them"
        result.append(Finding(id="workspace.zones-needed", path="network.zones", value="", rule=rule, fix=fix))
    types = [
        finding
        for index, name in enumerate(network.instance_types)
        for finding in _check_type(name, region, () if zones else network.zones, f"network.instance_types[{index}]")
    ]
    return result + types


def check_existing(network: ExistingNetwork) -> list[Finding]:
    """Texts that are no ids, and ids that stand twice. Whether they fit each other is asked of AWS."""
    result = _check_ids("vpc", [network.vpc_id], "network.vpc_id", listed=False)
    result += _check_ids("subnet", network.private_subnet_ids, "network.private_subnet_ids")
    return result + _check_ids("sg", network.security_group_ids, "network.security_group_ids")


def chosen_zones(network: ManagedNetwork, region: str) -> tuple[str, ...] | None:
    """The zones that are chosen for the network's subnets. None: they are given, or not known."""
    if network.zones or not is_known(region):
        return None
    try:
        return choose_zones(region, network.instance_types)
    except InputError:  # told by check_managed
        return None


def _check_type(name: str, region: str | None, zones: Sequence[str], path: str) -> list[Finding]:
    """A type that is none, that no zone of the region offers, or none of the zones that were given."""
    unknown = check_known(name, path=path)
    if unknown or region is None or not is_known(region):
        return unknown
    try:
        choose_zone(name, region, zones or catalog.zones(region), path=path)
    except InputError as error:
        return found("workspace.type-not-offered", error.problems)
    return []


def _check_ids(kind: str, ids: Sequence[str], path: str, *, listed: bool = True) -> list[Finding]:
    result = []
    for index, text in enumerate(ids):
        place = f"{path}[{index}]" if listed else path
        if re.fullmatch(kind + ID, text) is None:
            rule, fix = f"must be an id such as {kind}-0123456789abcdef0", "Copy it from the console, not the name"
            result.append(Finding(id="workspace.network-id", path=place, value=text, rule=rule, fix=fix))
        elif text in ids[:index]:
            rule, fix = "is there twice", "Remove one of them"
            result.append(Finding(id="workspace.network-id-twice", path=place, value=text, rule=rule, fix=fix))
    return result
