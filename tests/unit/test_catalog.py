"""The catalogue of EC2: it says where it comes from, loads fast, and agrees with what AWS's own pages say."""

import gzip
import json
import subprocess
import sys

import pytest

from bodo_infra import catalog
from bodo_infra.catalog.ec2 import DATA
from bodo_infra.errors import InputError, NotFoundError

# Type: vCPUs, physical cores, threads per core, network cards, most EFAs.  Sources: the EC2 user guide's pages
# cpu-options-supported-instances-values and efa-acc-inst-types.
SHAPES = {
    "c5n.18xlarge": (72, 36, 2, 1, 1),
    "c5.4xlarge": (16, 8, 2, 1, 0),
    "c7gn.16xlarge": (64, 64, 1, 1, 1),
    "c8gn.48xlarge": (192, 192, 1, 2, 2),
    "hpc6a.48xlarge": (96, 96, 1, 1, 1),
    "hpc6id.32xlarge": (64, 64, 1, 2, 2),
    "hpc7a.12xlarge": (24, 24, 1, 2, 2),
    "hpc7a.96xlarge": (192, 192, 1, 2, 2),
    "hpc7g.16xlarge": (64, 64, 1, 1, 1),
    "hpc8a.96xlarge": (192, 192, 1, 2, 2),
    "p4d.24xlarge": (96, 48, 2, 4, 4),
    "p5.48xlarge": (192, 96, 2, 32, 32),
    "p5en.48xlarge": (192, 96, 2, 16, 16),
    "p6-b200.48xlarge": (192, 96, 2, 8, 8),
    "p6-b300.48xlarge": (192, 96, 2, 17, 16),
    "trn1.32xlarge": (128, 64, 2, 8, 8),
    "t2.micro": (1, 1, 1, 1, 0),
}

# Families of one thread a core: all Graviton, AMD from generation 7 on, and the HPC ones.
ONE_THREAD = (
    "c7g",
    "c7gn",
    "m8g",
    "r8gn",
    "c7a",
    "m7a",
    "r7a",
    "c8a",
    "m8a",
    "m8azn",
    "hpc6a",
    "hpc6id",
    "hpc7a",
    "hpc7g",
)
TWO_THREADS = ("c5n", "c6a", "c6i", "c6in", "m5n", "m7i", "r6a", "c8i", "g5", "p5")

# AWS offers the HPC families in one zone of a few regions.
HPC_ZONES = {
    "hpc7a.96xlarge": {"eun1-az2", "euw1-az1", "euw3-az1", "use2-az2"},
    "hpc8a.96xlarge": {"apne1-az4", "eun1-az2", "use2-az2"},
    "hpc6a.48xlarge": {"apse1-az1", "apse2-az1", "eun1-az2", "use2-az2"},
    "hpc6id.32xlarge": {"eun1-az2", "euw3-az1", "use2-az2"},
    "hpc7g.16xlarge": {"apne1-az4", "euw1-az1", "use1-az6"},
}


def test_the_shipped_file_says_where_it_comes_from_and_of_when_it_is():
    about = json.loads(gzip.decompress(DATA.read_bytes()))["about"]
    assert about["source"] == "moto 5.2.5"
    assert about["date"] == "2026-09-30"
    assert about["drawn_by"] == "tools/make_catalog.py", "whoever doubts a fact must find how it came here"
    source = catalog.ec2_source()
    assert (source.package, source.date) == ("moto 5.2.5", "2026-09-30")
    assert source.url == "https://github.com/getmoto/moto/tree/5.2.5"


def test_the_shipped_file_is_small_and_packed_without_a_time_stamp():
    packed = DATA.read_bytes()
    assert len(packed) < 40_000
    assert packed[4:8] == b"\0\0\0\0", "the same facts must always make the same file"


def seconds_in_a_fresh_process(statement):
    """CPU time of a statement after the import, the best of three."""
    code = f"import time\nfrom bodo_infra import catalog\nstart = time.thread_time()\n{statement}\n"
    command = [sys.executable, "-c", code + "print(time.thread_time() - start)"]
    return min(float(subprocess.run(command, capture_output=True, text=True, check=True).stdout) for _ in range(3))


def test_the_first_look_up_of_a_process_takes_less_than_30_ms():
    taken = seconds_in_a_fresh_process("catalog.zones_offering('hpc7a.96xlarge', 'us-east-2')")
    assert taken < 0.030, "the first command of the day must not wait for facts"


def test_all_types_together_are_made_in_a_tenth_of_a_second():
    assert seconds_in_a_fresh_process("catalog.ec2_types()") < 0.1


def test_all_types_come_by_name():
    names = [item.name for item in catalog.ec2_types()]
    assert names == sorted(names)
    assert len(names) > 1300


@pytest.mark.parametrize(("name", "shape"), SHAPES.items(), ids=SHAPES)
def test_a_type_has_the_cores_and_cards_of_aws_own_tables(name, shape):
    found = catalog.ec2_type(name)
    assert (found.vcpus, found.cores, found.threads_per_core, len(found.cards), found.max_efa) == shape


@pytest.mark.parametrize(
    ("families", "threads", "reason"),
    [
        (ONE_THREAD, 1, "half of the cores would stay idle"),
        (TWO_THREADS, 2, "two ranks would share each core"),
    ],
    ids=["one", "two"],
)
def test_physical_cores_are_not_always_half_of_the_vcpus(families, threads, reason):
    found = {(item.family, item.threads_per_core) for item in catalog.ec2_types() if item.family in families}
    assert found == {(family, threads) for family in families}, reason


def test_every_type_is_whole():
    for item in catalog.ec2_types():
        assert item.cores * item.threads_per_core == item.vcpus, item.name
        assert not item.legal_threads_per_core or item.threads_per_core in item.legal_threads_per_core, item.name
        assert [card.index for card in item.cards] == list(range(len(item.cards))), item.name
        assert item.max_efa <= sum(card.efa for card in item.cards), item.name
        assert "on-demand" in item.usage_classes, item.name
        assert set(item.placement_strategies) <= {"cluster", "partition", "spread"}, item.name
        assert catalog.regions_offering(item.name), f"{item.name} is offered nowhere"


def test_metal_and_some_families_take_no_cpu_options():
    without = {item.family for item in catalog.efa_types() if not item.legal_threads_per_core and not item.bare_metal}
    assert without == {"hpc6a", "hpc7a", "hpc7g", "g5"}
    assert not any(item.legal_threads_per_core for item in catalog.ec2_types() if item.bare_metal)


def test_efa_types_are_those_with_an_efa():
    names = {item.name for item in catalog.efa_types()}
    assert {"c5n.18xlarge", "c5n.9xlarge", "hpc7a.96xlarge", "p5.48xlarge"} <= names
    assert not names & {"c5n.4xlarge", "t3.micro", "m5.24xlarge"}
    assert len(names) > 260


def test_hpc_types_have_no_spot():
    hpc = [item for item in catalog.ec2_types() if item.family.startswith("hpc")]
    assert {item.usage_classes for item in hpc} == {("on-demand",)}


def test_capacity_blocks_are_for_p_and_trn_types_only():
    blocks = {item.family for item in catalog.ec2_types() if "capacity-block" in item.usage_classes}
    assert blocks == {"p4d", "p4de", "p5", "p5e", "p5en", "p6-b200", "p6-b300", "trn1", "trn2", "trn2u"}


def test_only_vt1_has_efa_but_no_cluster_placement():
    assert [t.name for t in catalog.efa_types() if "cluster" not in t.placement_strategies] == ["vt1.24xlarge"]


@pytest.mark.parametrize(("name", "zones"), HPC_ZONES.items(), ids=HPC_ZONES)
def test_an_hpc_type_lives_in_one_zone_of_few_regions(name, zones):
    offered = [catalog.zones_offering(name, region) for region in catalog.regions_offering(name)]
    assert {zone for found in offered for zone in found} == zones
    assert all(len(found) == 1 for found in offered)


def test_a_region_that_lacks_a_type_offers_it_in_no_zone():
    assert catalog.zones_offering("hpc7a.96xlarge", "us-west-2") == ()


def test_there_are_30_regions_each_with_zone_ids_of_its_own():
    every = [zone for region in catalog.regions() for zone in catalog.zones(region)]
    assert len(catalog.regions()) == 30
    assert len(set(every)) == len(every) == 95
    assert catalog.zones("us-east-1") == tuple(f"use1-az{number}" for number in range(1, 7))


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("hpc7a.95xlarge", "Did you mean hpc7a.96xlarge?"),
        ("hpc7a.large", "hpc7a comes as 12xlarge, 24xlarge, 48xlarge, 96xlarge"),
        ("c5n-18xlarge", "Did you mean c5n.18xlarge?"),
        ("C5N.18XLARGE", "Did you mean c5n.18xlarge?"),
        ("Standard_HB120rs_v3", "Write family and size, such as c5n.18xlarge"),
    ],
)
def test_an_unknown_type_is_refused_with_the_nearest(name, hint):
    with pytest.raises(NotFoundError) as caught:
        catalog.ec2_type(name, path="bodo:spec.instance_type")
    assert isinstance(caught.value, InputError)
    assert f"bodo:spec.instance_type = {name}: is no EC2 type in the catalogue of 2026-09-30" in str(caught.value)
    assert hint in str(caught.value)


def test_an_unknown_region_is_refused_with_the_nearest():
    with pytest.raises(NotFoundError, match=r"us-east2: is no region.*Did you mean us-east-2\?"):
        catalog.zones_offering("c5n.18xlarge", "us-east2")
    with pytest.raises(NotFoundError, match=r"Choose one of af-south-1, "):
        catalog.zones("mars")
