"""Is this an Azure location? The catalogue may be older than one: what looks like one passes with a warning."""

import difflib
import re

from bodo_infra import catalog
from bodo_infra.catalog import nearest_azure_location
from bodo_infra.checks.findings import Finding

_DIRECTIONS = "(?:north|south|east|west|central)"
_FORM = re.compile(rf"(?:{_DIRECTIONS}+([a-z]+?)|([a-z]+?){_DIRECTIONS}+)[0-9]?")


def check_location(location: str, *, rule_id: str, path: str) -> list[Finding]:
    """An error for what no location can be called, a warning for one that the catalogue does not have."""
    if is_known(location):
        return []
    near = nearest_azure_location(location)
    area = _area(location)
    if area is None or _slip(area):
        fix = near or f"Use a short name, such as westeurope; there are {', '.join(catalog.azure_locations())}"
        return [Finding(id=rule_id, path=path, value=location, rule="is no Azure location", fix=fix)]
    rule = f"is not in the catalogue of {catalog.azure_source().date}, so its zones cannot be checked"
    fix = f"Keep it if Azure has it{f'. {near}' if near else ''}"
    return [Finding(id=f"{rule_id}-unknown", path=path, value=location, rule=rule, fix=fix, level="warning")]


def is_known(location: str | None) -> bool:
    """Whether the catalogue has the location; None is none."""
    return location is not None and location in catalog.azure_locations()


def _area(location: str) -> str | None:
    """``us`` of ``southcentralus2``; None for what has another form."""
    match = _FORM.fullmatch(location)
    return match and (match[1] or match[2])


def _slip(area: str) -> bool:
    """Whether it is an area that we know, but for a letter or two."""
    known = {found for location in catalog.azure_locations() if (found := _area(location))}
    return area not in known and bool(difflib.get_close_matches(area, known, n=1, cutoff=0.75))
