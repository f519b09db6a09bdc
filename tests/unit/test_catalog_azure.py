"""The catalogue of Azure: it says where it comes from, loads fast, and agrees with what Microsoft's own pages say."""

import json
import re
import subprocess
import sys

import pytest

from bodo_infra import catalog
from bodo_infra.catalog.azure_sizes import DATA
from bodo_infra.errors import InputError, NotFoundError

# Size: vCPUs, physical cores, GiB, InfiniBand.  Sources: the pages of the series.
SHAPES = {
    "Standard_HB368rs_v5": (368, 368, 432, "NDR"),
    "Standard_HB368-48rs_v5": (48, 48, 432, "NDR"),
    "Standard_HB176rs_v4": (176, 176, 768, "NDR"),
    "Standard_HB176-24rs_v4": (24, 24, 768, "NDR"),
    "Standard_HX176-144rs": (144, 144, 1408, "NDR"),
    "Standard_HB120rs_v3": (120, 120, 448, "HDR"),
    "Standard_HB120-16rs_v2": (16, 16, 456, "HDR"),
    "Standard_HC44rs": (44, 44, 352, "EDR"),
    "Standard_F72s_v2": (72, 36, 144, None),
    "Standard_F64as_v6": (64, 64, 256, None),
    "Standard_F1als_v7": (1, 1, 2, None),
    "Standard_F80ams_v7": (80, 80, 640, None),
    "Standard_FX48mds": (48, 24, 1008, None),
    "Standard_FX96ms_v2": (96, 48, 1832, None),
    "Standard_D96as_v5": (96, 48, 384, None),
    "Standard_D192s_v6": (192, 96, 768, None),
    "Standard_E128ds_v6": (128, 64, 1024, None),
    "Standard_E192ids_v6": (192, 96, 1832, None),
    "Standard_E96as_v5": (96, 48, 672, None),
    "Standard_L80s_v3": (80, 40, 640, None),
    "Standard_D64ps_v5": (64, 64, 256, None),
}


def test_the_shipped_file_says_where_it_comes_from_and_of_when_it_is():
    about = json.loads(DATA.read_text())["about"]
    assert re.fullmatch(r"2026-\d\d-\d\d", about["date"])
    assert any("azure-compute-docs" in source for source in about["files"]), "whoever doubts a fact must find its page"
    source = catalog.azure_source()
    assert (source.package, source.date, source.url) == (about["source"], about["date"], about["url"])


@pytest.mark.parametrize(("name", "shape"), SHAPES.items(), ids=SHAPES)
def test_a_size_is_what_its_page_says(name, shape):
    size = catalog.azure_size(name)
    assert (size.vcpus, size.cores, size.memory_gib, size.infiniband) == shape


@pytest.mark.parametrize("size", catalog.azure_sizes(), ids=lambda size: size.name)
def test_every_size_is_sound_and_has_the_name_that_azure_gives_it(size):
    assert re.fullmatch(r"Standard_[A-Z]{1,2}\d+(-\d+)?[a-z]*(_v\d)?", size.name)
    assert size.cores in (size.vcpus, size.vcpus // 2)
    assert size.memory_gib >= size.vcpus
    number = int(re.findall(r"\d+", size.name.partition("_v")[0])[-1])
    assert size.vcpus == number, "Azure names a size by its vCPUs, a constrained one by those that are left"
    assert size.most_nodes == (300 if size.infiniband else 1000)
    assert catalog.azure_size(size.name) == size


@pytest.mark.parametrize("size", catalog.azure_sizes(), ids=lambda size: size.name)
def test_every_size_can_have_the_premium_disk_that_nodes_are_given(size):
    features = re.sub(r".*\d", "", size.name.removeprefix("Standard_").partition("_")[0])
    assert "s" in features, "Azure marks sizes with premium storage by this letter, and refuses the disk to others"


def test_sizes_are_in_the_catalogue_once():
    names = [size.name.lower() for size in catalog.azure_sizes()]
    assert len(names) == len(set(names)) > 300


NEAR = {
    "standard_hb120rs_v3": "Did you mean Standard_HB120rs_v3?",
    "HB120rs_v3": "Did you mean Standard_HB120rs_v3?",
    "Standard_HB120rs_v33": "Standard_HB120rs_v3",
    "c5n.18xlarge": "Write it as Azure does",
}


@pytest.mark.parametrize(("name", "fix"), NEAR.items(), ids=NEAR)
def test_an_unknown_size_is_told_with_the_nearest_one(name, fix):
    with pytest.raises(NotFoundError) as caught:
        catalog.azure_size(name, path="bodo:spec.instance_type")
    (problem,) = caught.value.problems
    assert (problem.path, problem.value) == ("bodo:spec.instance_type", name)
    assert fix in problem.fix


def test_locations_have_three_zones_or_none():
    assert catalog.azure_zones("westeurope") == ("1", "2", "3")
    assert catalog.azure_zones("westus") == ()
    assert {len(catalog.azure_zones(location)) for location in catalog.azure_locations()} == {0, 3}


@pytest.mark.parametrize(
    ("text", "fix"),
    [
        ("West Europe", "short name, westeurope"),
        ("(US) East US 2", "eastus2"),
        ("westeurop", "Did you mean westeurope"),
    ],
)
def test_an_unknown_location_is_told_with_the_nearest_one(text, fix):
    with pytest.raises(InputError) as caught:
        catalog.azure_zones(text)
    assert fix in caught.value.problems[0].fix


def test_what_is_not_known_of_a_size_is_not_made_up():
    rare, new, usual = "Standard_HB120rs_v3", "Standard_HB368rs_v5", "Standard_D4s_v5"
    assert catalog.locations_offering(rare) == ("eastus", "southcentralus", "westus3")
    assert catalog.azure_offers(rare, "eastus") is True
    assert catalog.azure_offers(rare, "westus2") is False
    assert catalog.azure_offers(rare, "westeurope") is None, "nobody looked there"
    for name in (new, usual):
        assert catalog.locations_offering(name) is None
        assert catalog.azure_offers(name, "eastus") is None


def test_places_in_the_catalogue_are_locations():
    data = json.loads(DATA.read_text())
    places = {*data["surveyed"], *(place for series in data["series"] for place in series.get("offered", ()))}
    assert places <= set(catalog.azure_locations())


def test_nothing_is_read_before_it_is_asked_for():
    program = (
        "import sys; from bodo_infra import checks; found = sys.modules['bodo_infra.catalog.azure_sizes'];"
        "print(found._data.cache_info().currsize, found._sizes.cache_info().currsize)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == ["0", "0"]
