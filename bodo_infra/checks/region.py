"""Is this an AWS region? The catalogue may be older than a region: what looks like one passes with a warning."""

import difflib
import re

from bodo_infra import catalog
from bodo_infra.checks.findings import Finding

REGION = re.compile(r"([a-z]{2,4})((?:-[a-z]+)+)-\d{1,2}")
AREAS = frozenset(("af", "ap", "ca", "cn", "eu", "eusc", "il", "me", "mx", "sa", "us"))
DIRECTIONS = ("north", "south", "east", "west", "central", "northeast", "northwest", "southeast", "southwest")
PARTS = frozenset((*DIRECTIONS, "gov", "iso", "isob", "isoe", "isof", "de"))


def check_region(region: str, *, rule_id: str, path: str) -> list[Finding]:
    """An error for what no region can be called, a warning for one that the catalogue does not have."""
    if is_known(region):
        return []
    near = difflib.get_close_matches(region.lower(), catalog.regions(), n=2)
    match = REGION.fullmatch(region)
    if match is None or match[1] not in AREAS or not set(match[2][1:].split("-")) <= PARTS:
        fix = f"Did you mean {' or '.join(near)}?" if near else f"Choose one of {', '.join(catalog.regions())}"
        return [Finding(id=rule_id, path=path, value=region, rule="is no AWS region", fix=fix)]
    rule = f"is not in the catalogue of {catalog.ec2_source().date}, so its zones and instance types cannot be checked"
    fix = f"Keep it if AWS has it{f'; the nearest known one is {near[0]}' if near else ''}"
    return [Finding(id=f"{rule_id}-unknown", path=path, value=region, rule=rule, fix=fix, level="warning")]


def is_known(region: str | None) -> bool:
    """Whether the catalogue has the region; None is none."""
    return region is not None and region in catalog.regions()


def region_of_zone(zone_id: str) -> str | None:
    """The region that a zone id belongs to; None when the catalogue has no such zone."""
    return next((region for region in catalog.regions() if zone_id in catalog.zones(region)), None)
