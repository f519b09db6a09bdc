"""Locations: which there are, and which types have none."""

from collections.abc import Iterator

from bodo_infra import catalog
from bodo_infra.catalog import short_location
from bodo_infra.plugin.account.arm import tokens as t
from bodo_infra.plugin.account.arm.errors import Refusal, bad
from bodo_infra.plugin.account.arm.table import ArmType
from bodo_infra.plugin.wire_codec import Bag


def check_location(rules: ArmType, inputs: Bag) -> Iterator[Refusal]:
    """Why ARM does not put it there."""
    location = inputs.get("location")
    if location is None and rules.token == t.GROUP:
        text = "The location property is required for this definition."
        yield bad("location", "LocationRequired", text)
    if not isinstance(location, str):
        return
    legal = ("global",) if rules.is_global else catalog.azure_locations()
    if short_location(location) not in legal:
        code = f"LocationNotAvailableForResource{'Group' if rules.token == t.GROUP else 'Type'}"
        offered = "'global'" if rules.is_global else "those of the catalogue, such as 'westeurope'"
        text = f"The provided location '{location}' is not available for resource type '{rules.type}'."
        yield bad("location", code, f"{text} List of available regions for the resource type is {offered}.")
