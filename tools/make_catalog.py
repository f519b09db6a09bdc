"""Draws bodo_infra/catalog/ec2.json.gz from the data files of the PyPI package moto.

moto ships what DescribeInstanceTypes and DescribeInstanceTypeOfferings answered in each region, refreshed each month.
Its files are read without importing it, so it can be installed without its dependencies; see tools/README.md.
The same version of moto always yields the same content.
"""

import argparse
import gzip
import importlib.metadata
import importlib.util
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

FORMAT = 1  # read by bodo_infra/catalog/ec2.py; raise it when the columns change
SIXTY_FOUR_BIT = ("x86_64", "arm64", "x86_64_mac", "arm64_mac")

Record = Mapping[str, Any]


class UnexpectedDataError(Exception):
    """moto's data does not have the shape that this tool was written for: look, then adapt the tool."""


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("target", type=Path, help="the file to write: bodo_infra/catalog/ec2.json.gz")
    target: Path = parser.parse_args(arguments).target
    spec = importlib.util.find_spec("moto")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("moto is not installed for this Python. Install it as tools/README.md shows.")
    resources = Path(spec.submodule_search_locations[0]) / "ec2" / "resources"
    catalog = make_catalog(resources, version=importlib.metadata.version("moto"))
    text = json.dumps(catalog, separators=(",", ":"), sort_keys=True)
    target.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    about, size = catalog["about"], target.stat().st_size
    types, regions = len(catalog["types"]), len(catalog["zones"])
    summary = f"{target}: {types} types, {regions} regions, {size} bytes, {about['source']} of {about['date']}"
    sys.stdout.write(summary + "\n")


def make_catalog(resources: Path, *, version: str) -> dict[str, Any]:
    """The whole file. ``resources``: moto's folder ``ec2/resources``."""
    records: Mapping[str, Record] = read(resources / "instance_types.json.gz")
    offers = {
        file.name.partition(".")[0]: read(file)
        for file in sorted((resources / "instance_type_offerings" / "availability-zone-id").iterdir())
    }
    zones = {region: sorted({row["Location"] for row in rows}) for region, rows in offers.items()}
    masks = zone_masks(offers, zones)
    unknown = sorted(set(masks) - set(records))
    if unknown:
        raise UnexpectedDataError(f"offered, but not described: {', '.join(unknown)}")
    patterns = sorted({masks[name] for name in masks})
    return {
        "about": {
            "source": f"moto {version}",
            "url": f"https://github.com/getmoto/moto/tree/{version}",
            "files": "moto/ec2/resources: instance_types.json.gz, instance_type_offerings/availability-zone-id",
            "date": newest_image_date(resources / "latest_amis"),
            "date_means": "the newest machine image in the same release of that data",
            "drawn_by": "tools/make_catalog.py",
            "format": FORMAT,
        },
        "zones": zones,
        "patterns": patterns,
        "types": {name: row(record, patterns.index(masks[name])) for name, record in sorted(records.items())},
    }


def row(record: Record, pattern: int) -> list[Any]:
    """One type as the columns that bodo_infra/catalog/ec2.py reads. ``pattern``: where it is offered."""
    name, cpu, network = record["InstanceType"], record["VCpuInfo"], record["NetworkInfo"]
    threads = cpu["DefaultThreadsPerCore"]
    if cpu["DefaultCores"] * threads != cpu["DefaultVCpus"]:
        raise UnexpectedDataError(f"{name}: cores times threads is not the number of vCPUs: {cpu}")
    architecture = [known for known in SIXTY_FOUR_BIT if known in record["ProcessorInfo"]["SupportedArchitectures"]]
    if len(architecture) != 1:
        raise UnexpectedDataError(f"{name}: architectures {record['ProcessorInfo']['SupportedArchitectures']}")
    return [
        cpu["DefaultVCpus"],
        cpu["DefaultCores"],
        threads,
        sorted(cpu.get("ValidThreadsPerCore", ())),
        record["MemoryInfo"]["SizeInMiB"],
        architecture[0],
        int(record["BareMetal"]),
        network.get("EfaInfo", {}).get("MaximumEfaInterfaces", 0),
        [list(run) for run in card_runs(name, network)],
        sorted(record["PlacementGroupInfo"]["SupportedStrategies"]),
        sorted(record["SupportedUsageClasses"]),
        pattern,
    ]


def card_runs(name: str, network: Record) -> Iterator[tuple[int, int, int]]:
    """Runs of equal network cards in the order of their indexes: how many, interfaces on each, 1 if EFA may go on."""
    cards = network["NetworkCards"]
    efa_cards = [card for card in cards if "efa-only" in card["InterfaceTypes"]]
    sound = (
        [card["NetworkCardIndex"] for card in cards] == list(range(len(cards)))
        and network["DefaultNetworkCardIndex"] == 0
        and network.get("EfaInfo", {}).get("MaximumEfaInterfaces", 0) <= len(efa_cards)
        and network["EfaSupported"] == bool(efa_cards)
    )
    if not sound:
        raise UnexpectedDataError(f"{name}: network cards {network}")
    kinds = [(card["MaximumNetworkInterfaces"], int(card in efa_cards)) for card in cards]
    for (interfaces, efa), run in groupby(kinds):
        yield len(list(run)), interfaces, efa


def zone_masks(
    offers: Mapping[str, Sequence[Record]], zones: Mapping[str, Sequence[str]]
) -> dict[str, tuple[int, ...]]:
    """Per type one number a region, in the order of ``zones``: bit i is set when the region's zone i offers it."""
    masks: dict[str, list[int]] = {}
    for position, region in enumerate(zones):
        for offer in offers[region]:
            mask = masks.setdefault(offer["InstanceType"], [0] * len(zones))
            mask[position] |= 1 << zones[region].index(offer["Location"])
    return {name: tuple(mask) for name, mask in masks.items()}


def newest_image_date(folder: Path) -> str:
    """When the data was refreshed: moto notes no date, but the images drawn with it carry theirs in their names."""
    found: set[str] = set()
    for file in folder.iterdir():
        for image in read(file):
            found.update(re.findall(r"\b(20\d{6})\b", image["name"]))
    if not found:
        raise UnexpectedDataError(f"no image in {folder} carries a date")
    newest = max(found)
    return f"{newest[:4]}-{newest[4:6]}-{newest[6:]}"


def read(file: Path) -> Any:  # noqa: ANN401 - JSON
    """A JSON file, packed or not."""
    raw = file.read_bytes()
    return json.loads(gzip.decompress(raw) if file.suffix == ".gz" else raw)


if __name__ == "__main__":
    main(sys.argv[1:])
