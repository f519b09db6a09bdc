"""Cores are counted once however many threads they have."""

import os
from pathlib import Path

import pytest

from bodo_infra.cores import physical_cores

pytestmark = pytest.mark.skipif(
    not hasattr(os, "sched_getaffinity"), reason="this system has no CPU affinity to test with"
)


def topology(folder: Path, siblings: str) -> Path:
    for cpu in os.sched_getaffinity(0):
        place = folder / f"cpu{cpu}" / "topology"
        place.mkdir(parents=True)
        (place / "thread_siblings_list").write_text(siblings.format(cpu=cpu) + "\n")
    return folder


def test_cpus_of_their_own_are_cores_of_their_own(tmp_path):
    assert physical_cores(topology(tmp_path, "{cpu}")) == len(os.sched_getaffinity(0))


def test_threads_of_one_core_count_once(tmp_path):
    assert physical_cores(topology(tmp_path, "0-999")) == 1


def test_without_a_topology_the_cpus_are_counted(tmp_path):
    assert physical_cores(tmp_path) == len(os.sched_getaffinity(0))
