"""Rules of instances, launch templates, placement groups and Auto Scaling groups."""

import base64
import binascii
from collections.abc import Iterator

from bodo_infra import catalog
from bodo_infra.catalog import Ec2Type
from bodo_infra.errors import NotFoundError
from bodo_infra.plugin.account.paths import follow
from bodo_infra.plugin.account.rules import tokens as t
from bodo_infra.plugin.account.store import Row
from bodo_infra.plugin.account.view import View
from bodo_infra.plugin.handler import Failure
from bodo_infra.plugin.wire_codec import UNKNOWN, Bag, Value

USER_DATA_BYTES = 16384
EFA_TYPES = ("efa", "efa-only")


def check_placement_group(inputs: Bag, view: View) -> Iterator[Failure]:
    """Each setting belongs to one strategy."""
    for name, strategy in (("partitionCount", "partition"), ("spreadLevel", "spread")):
        if inputs.get(name) not in (None, UNKNOWN) and inputs.get("strategy") not in (strategy, UNKNOWN):
            yield Failure(name=name, reason=f"it is for strategy {strategy} only")


def check_launch_template(inputs: Bag, view: View) -> Iterator[Failure]:
    """Whether an instance of it could start."""
    for other in view.others(t.LAUNCH_TEMPLATE, name=inputs.get("name")):
        yield Failure(name="name", reason=f"launch template {other.name!r} is there already: {other.id}")
    yield from _check_user_data("userData", inputs.get("userData"))
    interfaces = inputs.get("networkInterfaces")
    if interfaces and inputs.get("vpcSecurityGroupIds"):
        reason = "with networkInterfaces the groups go into each interface (securityGroups)"
        yield Failure(name="vpcSecurityGroupIds", reason=reason)
    name = inputs.get("instanceType")
    if isinstance(name, str):
        yield from _check_type(name, "instanceType", inputs)


def check_instance(inputs: Bag, view: View) -> Iterator[Failure]:
    """Whether it could start, in the zone of its subnet."""
    if inputs.get("launchTemplate") is None and inputs.get("ami") is None:
        yield Failure(name="ami", reason="an instance needs an image: ami, or a launchTemplate that has one")
    name = inputs.get("instanceType")
    if isinstance(name, str):
        yield from _check_type(name, "instanceType", inputs)
        yield from _check_offered(name, "subnetId", view.find(t.SUBNET, inputs.get("subnetId")), view)


def check_autoscaling_group(inputs: Bag, view: View) -> Iterator[Failure]:
    """Sizes in order, and a type that every subnet's zone offers."""
    least, most, wanted = (inputs.get(name) for name in ("minSize", "maxSize", "desiredCapacity"))
    if _below(most, least):
        yield Failure(name="maxSize", reason=f"{most} is below minSize, {least}")
    if _below(wanted, least) or _below(most, wanted):
        yield Failure(name="desiredCapacity", reason=f"{wanted} is not between minSize {least} and maxSize {most}")
    if not inputs.get("vpcZoneIdentifiers") and not inputs.get("availabilityZones"):
        reason = "one of vpcZoneIdentifiers and availabilityZones must be given"
        yield Failure(name="vpcZoneIdentifiers", reason=reason)
    template = template_of(inputs, view)
    name = template.inputs.get("instanceType") if template else None
    if template is not None and name is None and template.inputs.get("instanceRequirements") is None:
        yield Failure(name="launchTemplate", reason=f"{template.id} says no instanceType")
    if isinstance(name, str):
        for where, subnet in follow(inputs, "vpcZoneIdentifiers"):
            yield from _check_offered(name, where, view.find(t.SUBNET, subnet), view)


def template_of(inputs: Bag, view: View) -> Row | None:
    """The launch template of a group or an instance."""
    block = inputs.get("launchTemplate")
    if not isinstance(block, dict):
        return None
    return view.find(t.LAUNCH_TEMPLATE, block.get("id")) or view.find(t.LAUNCH_TEMPLATE, block.get("name"))


def _check_type(name: str, path: str, inputs: Bag) -> Iterator[Failure]:
    try:
        found = catalog.ec2_type(name)
    except NotFoundError as error:
        yield Failure(name=path, reason=_told(error))
        return
    yield from _check_cpu(found, inputs)
    yield from _check_efa(found, inputs)
    market = inputs.get("instanceMarketOptions")
    if isinstance(market, dict) and market.get("marketType") == "spot" and "spot" not in found.usage_classes:
        yield Failure(name="instanceMarketOptions.marketType", reason=f"{name} cannot be had as spot")
    strategy = inputs.get("placement")
    if isinstance(strategy, dict) and strategy.get("groupName") is not None and not found.placement_strategies:
        yield Failure(name="placement.groupName", reason=f"{name} cannot be in a placement group")


def _check_cpu(found: Ec2Type, inputs: Bag) -> Iterator[Failure]:
    options = inputs.get("cpuOptions")
    threads = options.get("threadsPerCore") if isinstance(options, dict) else None
    if not isinstance(threads, int) or threads in found.legal_threads_per_core:
        return
    legal = " or ".join(map(str, found.legal_threads_per_core))
    reason = f"{found.name} takes {legal}" if legal else f"{found.name} takes no CPU options"
    yield Failure(name="cpuOptions.threadsPerCore", reason=f"{reason}, not {threads}")


def _check_efa(found: Ec2Type, inputs: Bag) -> Iterator[Failure]:
    interfaces = inputs.get("networkInterfaces")
    known = [item for item in interfaces if isinstance(item, dict)] if isinstance(interfaces, list) else []
    efa = [index for index, item in enumerate(known) if item.get("interfaceType") in EFA_TYPES]
    if efa and not found.max_efa:
        yield Failure(name=f"networkInterfaces[{efa[0]}].interfaceType", reason=f"{found.name} has no EFA")
    elif len(efa) > found.max_efa:
        reason = f"{len(efa)} EFA interfaces are more than the {found.max_efa} that {found.name} can have"
        yield Failure(name="networkInterfaces", reason=reason)
    cards = {card.index for card in found.cards}
    for index, item in enumerate(known):
        card = item.get("networkCardIndex", 0)
        if isinstance(card, int) and card not in cards:
            reason = f"{found.name} has no network card {card}: it has {len(cards)}"
            yield Failure(name=f"networkInterfaces[{index}].networkCardIndex", reason=reason)
        if item.get("associatePublicIpAddress") in (True, "true") and len(known) > 1:
            reason = "an instance with several interfaces cannot have a public address"
            yield Failure(name=f"networkInterfaces[{index}].associatePublicIpAddress", reason=reason)


def _check_offered(name: str, path: str, subnet: Row | None, view: View) -> Iterator[Failure]:
    zone = subnet.outputs.get("availabilityZoneId") if subnet else None
    if subnet is None or zone is None:
        return
    try:
        offering = catalog.zones_offering(name, view.region)
    except NotFoundError:
        return  # told where the type is named
    if zone not in offering:
        where = ", ".join(offering) or f"in no zone of {view.region}"
        yield Failure(name=path, reason=f"{name} is not offered in {zone}, the zone of {subnet.id}; it is: {where}")


def _check_user_data(path: str, value: Value) -> Iterator[Failure]:
    if not isinstance(value, str):
        return
    try:
        size = len(base64.b64decode(value, validate=True))
    except binascii.Error:
        yield Failure(name=path, reason="it must be base64")
        return
    if size > USER_DATA_BYTES:
        yield Failure(name=path, reason=f"it has {size} bytes, and may have {USER_DATA_BYTES}")


def _below(one: Value, other: Value) -> bool:
    return isinstance(one, int) and isinstance(other, int) and one < other


def _told(error: NotFoundError) -> str:
    problem = error.problems[0] if error.problems else None
    return f"{problem.value!r} {problem.rule}. {problem.fix}" if problem else error.message
