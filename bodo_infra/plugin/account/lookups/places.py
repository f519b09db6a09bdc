"""Regions, zones and the partition."""

from collections.abc import Mapping

from bodo_infra.plugin.account.account import Account
from bodo_infra.plugin.account.lookups.answer import Answer
from bodo_infra.plugin.account.lookups.rows import filters, matches
from bodo_infra.plugin.account.view import View
from bodo_infra.plugin.wire_codec import Bag


def _region(account: Account, view: View, arguments: Bag) -> Bag:
    name = arguments.get("name") or view.region
    return {
        "name": name,
        "region": name,
        "id": name,
        "description": f"offline {name}",
        "endpoint": f"ec2.{name}.{_dns(name)}",
    }


def _partition(account: Account, view: View, arguments: Bag) -> Bag:
    partition = _partition_of(view.region)
    suffix = _dns(view.region)
    reverse = ".".join(reversed(suffix.split(".")))
    return {"partition": partition, "id": partition, "dnsSuffix": suffix, "reverseDnsPrefix": reverse}


def _availability_zones(account: Account, view: View, arguments: Bag) -> Bag:
    wanted = filters(arguments, {"zone-name", "zone-id", "zone-type", "region-name", "opt-in-status"})
    if arguments.get("state") not in (None, "available"):
        return {**arguments, "id": view.region, "names": [], "zoneIds": [], "groupNames": []}
    zones = {
        name: id
        for name, id in view.zones().items()
        if name not in (arguments.get("excludeNames") or ())
        and id not in (arguments.get("excludeZoneIds") or ())
        and matches(wanted, {
            "zone-name": name,
            "zone-id": id,
            "zone-type": "availability-zone",
            "region-name": view.region,
            "opt-in-status": "opt-in-not-required",
        })
    }  # fmt: skip
    return {
        **arguments,
        "id": view.region,
        "region": view.region,
        "names": list(zones),
        "zoneIds": list(zones.values()),
        "groupNames": [view.region] if zones else [],
    }


def _partition_of(region: str) -> str:
    return {"cn": "aws-cn", "us-gov": "aws-us-gov"}.get(region.rpartition("-")[0].rpartition("-")[0], "aws")


def _dns(region: str) -> str:
    return "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"


ANSWERS: Mapping[str, Answer] = {
    "aws:index/getRegion:getRegion": _region,
    "aws:index/getPartition:getPartition": _partition,
    "aws:index/getAvailabilityZones:getAvailabilityZones": _availability_zones,
}
