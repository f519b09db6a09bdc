"""VM sizes of Azure that nodes and notebooks can have, and Azure's locations, from azure_sizes.json beside this module.

Names are as Azure writes them (``Standard_HB120rs_v3``); its pages do not find them otherwise.
Which location has which size is known for few of them: Azure says it to signed-in callers alone.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

from bodo_infra.catalog.ec2 import Source
from bodo_infra.errors import NotFoundError, Problem

DATA = Path(__file__).with_name("azure_sizes.json")

InfiniBand = Literal["EDR", "HDR", "NDR"]
Json = dict[str, Any]

# Pages of the HB, HC and HX series, "Max MPI Job Size"; "Virtual Machine Scale Sets and placement groups".
INFINIBAND_NODES: Final = 300
SET_NODES: Final = 1000
IMAGE_NODES: Final = 600
"""Of a set whose image is not of the marketplace or a gallery, but an image that somebody made of a machine."""
PREFIX = "Standard_"


@dataclass(frozen=True, kw_only=True, slots=True)
class AzureSize:
    """One VM size.

    ``series``: such as HBv3.  ``vcpus``: that a machine has; of a constrained size (HB120-64rs_v3) its own number.
    ``cores``: physical ones.  ``architecture``: x86_64 or arm64.  ``infiniband``: generation, None without.
    ``accelerated_networking``, ``spot``: whether it can have them.  ``burstable``: its vCPUs are a share of real ones,
    and slow down when used for long.  ``retires``: ISO date, empty when none is known.
    """

    name: str
    series: str
    vcpus: int
    cores: int
    memory_gib: float
    architecture: str
    infiniband: InfiniBand | None
    accelerated_networking: bool
    spot: bool
    burstable: bool
    retires: str

    @property
    def most_nodes(self) -> int:
        """Of one cluster, which is one scale set: with InfiniBand of a single placement group."""
        return INFINIBAND_NODES if self.infiniband else SET_NODES


def azure_size(name: str, *, path: str = "instance_type") -> AzureSize:
    """The size of that name; ``path`` says where the name stands. Raises NotFoundError with the nearest one."""
    found = _sizes().get(name)
    if found is None:
        rule = f"is no VM size in the catalogue of {azure_source().date}"
        raise NotFoundError.from_problems([Problem(path=path, value=name, rule=rule, fix=_nearest_size(name))])
    return found


@cache
def azure_sizes() -> tuple[AzureSize, ...]:
    """All sizes, in the order of their series, the fastest networks first."""
    return tuple(_sizes().values())


def azure_locations() -> tuple[str, ...]:
    """All locations by their short names, such as westeurope."""
    return tuple(_data()["locations"])


def azure_zones(location: str, *, path: str = "location") -> tuple[str, ...]:
    """``1``, ``2`` and ``3``, or none where a location has no zones. Raises NotFoundError with the nearest location."""
    found = _data()["locations"].get(location)
    if found is None:
        rule = f"is no Azure location in the catalogue of {azure_source().date}"
        fix = nearest_azure_location(location) or "Write a short name such as westeurope"
        raise NotFoundError.from_problems([Problem(path=path, value=location, rule=rule, fix=fix)])
    return tuple(map(str, range(1, found[1] + 1)))


def short_location(text: str) -> str:
    """``West Europe`` -> ``westeurope``: Azure takes both, and answers with the second."""
    return text.replace(" ", "").lower()


def nearest_azure_location(text: str) -> str:
    """What to do about an unknown location: the short name of what was meant; empty when nothing is near."""
    short = re.sub(r"[^a-z0-9]", "", text.lower())
    if short in _data()["locations"]:
        return f"Write its short name, {short}"
    return _did_you_mean(short, azure_locations())


def locations_offering(name: str) -> tuple[str, ...] | None:
    """Locations that are known to offer a size; others may. None when nothing is known. Raises NotFoundError."""
    found: list[str] | None = _series(azure_size(name).series).get("offered")
    return None if found is None else tuple(found)


def azure_offers(name: str, location: str) -> bool | None:
    """Whether a location offered a size when the catalogue was drawn; None when that is not known."""
    offering = locations_offering(name)
    if offering is None or location not in _data()["surveyed"]:
        return None
    return location in offering


def azure_source() -> Source:
    """Where these facts come from, and of which date the newest are."""
    about = _data()["about"]
    return Source(package=about["source"], url=about["url"], date=about["date"])


@cache
def _data() -> Json:
    data: Json = json.loads(DATA.read_bytes())
    return data


def _series(name: str) -> Json:
    found: Json = next(series for series in _data()["series"] if series["name"] == name)
    return found


@cache
def _sizes() -> dict[str, AzureSize]:
    return {
        f"{PREFIX}{name}": _size(f"{PREFIX}{name}", series, *row)
        for series in _data()["series"]
        for name, row in series["sizes"].items()
    }


def _size(name: str, series: Json, vcpus: int, memory_gib: float) -> AzureSize:
    return AzureSize(
        name=name,
        series=series["name"],
        vcpus=vcpus,
        cores=max(1, vcpus // series["threads_per_core"]),
        memory_gib=memory_gib,
        architecture=series.get("architecture", "x86_64"),
        infiniband=series.get("infiniband"),
        accelerated_networking=series.get("accelerated_networking", True),
        spot=series.get("spot", True),
        burstable=series.get("burstable", False),
        retires=series.get("retires", ""),
    )


def _nearest_size(name: str) -> str:
    """What to do about an unknown size: the nearest one, also where only the case or the prefix differs."""
    bare = name.lower().removeprefix(PREFIX.lower())
    plain = {known.lower().removeprefix(PREFIX.lower()): known for known in _sizes()}
    near = [bare] if bare in plain else get_close_matches(bare, plain, n=2, cutoff=0.6)
    if near:
        return f"Did you mean {' or '.join(plain[word] for word in near)}?"
    return "Write it as Azure does, such as Standard_HB120rs_v3"


def _did_you_mean(word: str, known: Iterable[str]) -> str:
    near = get_close_matches(word.lower(), known, n=1, cutoff=0.6)
    return f"Did you mean {near[0]}?" if near else ""
