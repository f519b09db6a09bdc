"""EC2 types and the zones that offer them, from ec2.json.gz beside this module (drawn by tools/make_catalog.py).

Zones are zone ids (``use2-az2``): a zone's name (``us-east-2b``) means another place in every account.
"""

import gzip
import json
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from bodo_infra.errors import NotFoundError, Problem

DATA = Path(__file__).with_name("ec2.json.gz")

Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class NetworkCard:
    """A network card of a type. ``max_interfaces``: of all kinds.  ``efa``: whether an EFA may be put on it."""

    index: int
    max_interfaces: int
    efa: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Ec2Type:
    """One EC2 instance type, with the values that it has when nothing is set at launch.

    ``cores``: physical ones; ``vcpus`` is cores times ``threads_per_core``.  ``legal_threads_per_core``: what may be
    set at launch, empty where CPU options are refused (metal, hpc6a, hpc7a, hpc7g, g5).  ``architecture``: x86_64 or
    arm64; x86_64_mac or arm64_mac for Apple's.  ``max_efa``: 0 where there is no EFA; may be less than the cards that
    could carry one.  ``usage_classes``: of on-demand, spot and capacity-block.
    """

    name: str
    vcpus: int
    cores: int
    threads_per_core: int
    legal_threads_per_core: tuple[int, ...]
    memory_mib: int
    architecture: str
    bare_metal: bool
    max_efa: int
    cards: tuple[NetworkCard, ...]
    placement_strategies: tuple[str, ...]
    usage_classes: tuple[str, ...]

    @property
    def family(self) -> str:
        """``hpc7a`` of ``hpc7a.96xlarge``."""
        return self.name.partition(".")[0]


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """Where the facts come from. ``date``: ISO; newer types may exist."""

    package: str
    url: str
    date: str


def ec2_type(name: str, *, path: str = "instance_type") -> Ec2Type:
    """The type of that name; ``path`` says where the name stands. Raises NotFoundError with the nearest one."""
    return _type(name, _row(name, path))


@cache
def ec2_types() -> tuple[Ec2Type, ...]:
    """All types, by name."""
    return tuple(_type(name, row) for name, row in _data()["types"].items())


@cache
def efa_types() -> tuple[Ec2Type, ...]:
    """All types that can have an Elastic Fabric Adapter, by name."""
    return tuple(found for found in ec2_types() if found.max_efa)


def regions() -> tuple[str, ...]:
    """All regions in the catalogue, by name."""
    return tuple(_data()["zones"])


def zones(region: str, *, path: str = "region") -> tuple[str, ...]:
    """The zone ids of a region. Raises NotFoundError with the nearest region."""
    found = _data()["zones"].get(region)
    if found is None:
        rule = f"is no region in the catalogue of {ec2_source().date}"
        fix = _did_you_mean(region, regions()) or f"Choose one of {', '.join(regions())}"
        raise NotFoundError.from_problems([Problem(path=path, value=region, rule=rule, fix=fix)])
    return tuple(found)


def zones_offering(name: str, region: str) -> tuple[str, ...]:
    """The zone ids of ``region`` that offer type ``name``; empty when none does. Raises NotFoundError."""
    masks, known = _offers(name), zones(region)
    mask = masks[regions().index(region)]
    return tuple(zone for bit, zone in enumerate(known) if mask >> bit & 1)


def regions_offering(name: str) -> tuple[str, ...]:
    """The regions where at least one zone offers type ``name``. Raises NotFoundError."""
    return tuple(region for region, mask in zip(regions(), _offers(name), strict=True) if mask)


def ec2_source() -> Source:
    """Where these facts come from, and of which date they are."""
    about = _data()["about"]
    return Source(package=about["source"], url=about["url"], date=about["date"])


@cache
def _data() -> Json:
    data: Json = json.loads(gzip.decompress(DATA.read_bytes()))
    return data


def _row(name: str, path: str = "instance_type") -> list[Any]:
    row: list[Any] | None = _data()["types"].get(name)
    if row is None:
        rule = f"is no EC2 type in the catalogue of {ec2_source().date}"
        raise NotFoundError.from_problems([Problem(path=path, value=name, rule=rule, fix=_nearest_type(name))])
    return row


def _offers(name: str) -> list[int]:
    """Per region a number whose bit i is set when the region's zone i offers the type."""
    masks: list[int] = _data()["patterns"][_row(name)[-1]]
    return masks


def _type(name: str, row: list[Any]) -> Ec2Type:
    vcpus, cores, threads, legal, memory, architecture, metal, efa, runs, strategies, usage, _ = row
    return Ec2Type(
        name=name,
        vcpus=vcpus,
        cores=cores,
        threads_per_core=threads,
        legal_threads_per_core=tuple(legal),
        memory_mib=memory,
        architecture=architecture,
        bare_metal=bool(metal),
        max_efa=efa,
        cards=_cards(runs),
        placement_strategies=tuple(strategies),
        usage_classes=tuple(usage),
    )


def _cards(runs: list[list[int]]) -> tuple[NetworkCard, ...]:
    kinds = [(interfaces, bool(efa)) for count, interfaces, efa in runs for _ in range(count)]
    return tuple(NetworkCard(index=index, max_interfaces=most, efa=efa) for index, (most, efa) in enumerate(kinds))


def _nearest_type(name: str) -> str:
    """What to do about an unknown type: the nearest one, or the sizes of its family."""
    known = _data()["types"]
    family = name.partition(".")[0]
    sizes = [other.partition(".")[2] for other in known if other.partition(".")[0] == family]
    near = _did_you_mean(name, known)
    if sizes:
        return f"{family} comes as {', '.join(sizes)}" + (f". {near}" if near else "")
    return near or "Write family and size, such as c5n.18xlarge"


def _did_you_mean(word: str, known: Iterable[str]) -> str:
    near = get_close_matches(word.lower(), known, n=1, cutoff=0.6)
    return f"Did you mean {near[0]}?" if near else ""
