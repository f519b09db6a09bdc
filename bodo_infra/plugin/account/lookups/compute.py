"""Instance types and where they are offered."""

from collections.abc import Iterable, Mapping

from bodo_infra import catalog
from bodo_infra.errors import InputError
from bodo_infra.plugin.account.account import Account
from bodo_infra.plugin.account.lookups.answer import Answer
from bodo_infra.plugin.account.lookups.rows import filters, matches
from bodo_infra.plugin.account.view import View
from bodo_infra.plugin.wire_codec import Bag


def _offerings(account: Account, view: View, arguments: Bag) -> Bag:
    kind = arguments.get("locationType") or "region"
    wanted = filters(arguments, {"instance-type", "location"})
    zones = view.zones()
    found = []
    for name in _matching_types(wanted.get("instance-type")):
        offering = catalog.zones_offering(name, view.region)
        places = {
            "region": [view.region] if offering else [],
            "availability-zone": [zone for zone, id in zones.items() if id in offering],
            "availability-zone-id": list(offering),
        }.get(kind)
        if places is None:
            raise InputError(f"locationType = {kind}: it is not known", "Use region, or availability-zone(-id)")
        found += [(name, place) for place in places if matches(wanted, {"location": place, "instance-type": name})]
    return {
        **arguments,
        "id": view.region,
        "region": view.region,
        "instanceTypes": [name for name, _ in found],
        "locations": [place for _, place in found],
        "locationTypes": [kind] * len(found),
    }


def _matching_types(names: list[str] | None) -> Iterable[str]:
    known = {found.name for found in catalog.ec2_types()}
    return sorted(known if names is None else known & set(names))


ANSWERS: Mapping[str, Answer] = {
    "aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings": _offerings,
}
