"""`bodo-infra demo`: the main job on one machine, from nothing to a result, and what to type next."""

import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bodo_infra.cli.frame import FAILED, PROGRAM, Settings, pass_settings, print_table

if TYPE_CHECKING:
    from bodo_infra.driver.demo import CarrierYear
    from bodo_infra.driver.results import Cluster

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


@click.command()
@pass_settings
def demo(settings: Settings) -> int:
    """Bring up a cluster on this machine and run a parallel Bodo program on 336,776 real flights.

    It makes stacks demo-cloud-config, demo-workspace and demo-cluster, and leaves them up. Run it as often as you like.
    """
    from bodo_infra.cli.progress import print_news, print_results, print_step
    from bodo_infra.driver.demo import (
        STACKS,
        WORKSPACE,
        check_demo,
        copy_examples,
        demo_job,
        make_repository,
        read_result,
    )
    from bodo_infra.runtime.states import JobState

    started = time.monotonic()
    platform = settings.platform()
    check_demo(platform.project)
    print_results(platform.up(STACKS, print_step))
    shared = Path(platform.workspaces.show(WORKSPACE).shared_path)
    copy_examples(platform.project, shared)
    job = platform.submit(demo_job(make_repository(platform.project)))
    job = print_news(platform.jobs.follow(job.uuid))
    if job.state is not JobState.FINISHED:
        click.echo(f"What the runner said: `bodo-infra job logs --runner {job.uuid}`", err=True)
        return FAILED
    click.echo()
    _print_years(read_result(shared))
    click.echo(f"\nDone in {time.monotonic() - started:.0f} s. Next:")
    _print_next(platform.clusters.show(job.cluster_uuid))
    return 0


def _print_years(years: "Sequence[CarrierYear]") -> None:
    click.echo("Flights from New York, 2013: departures, mean delay in minutes (also by month), share cancelled")
    rows = [
        [
            year.carrier,
            f"{year.departures:,}",
            _minutes(year.mean_delay_minutes),
            f"{year.share_cancelled:.1%}",
            *(_minutes(delay) for delay in year.month_delays_minutes),
        ]
        for year in years
    ]
    numbers = ("departures", "delay", "cancelled", *MONTHS)
    print_table(rows, ("carrier", *numbers), numbers=numbers)


def _minutes(delay: float | None) -> str | None:
    return None if delay is None else f"{delay:.1f}"


def _print_next(cluster: "Cluster") -> None:
    from bodo_infra.project.yaml_files import shown_path

    name, record = cluster.record.name, cluster.record
    # `make demo` runs it from an environment that the person's shell does not know yet.
    activate = Path(sys.prefix, "bin", "activate")
    unknown = shutil.which(PROGRAM) is None and activate.is_file()
    commands = (
        *([(f". {shown_path(activate)}", f"put `{PROGRAM}` on your PATH")] if unknown else ()),
        ("bodo-infra status", "the stacks"),
        ("bodo-infra job list", "what has run"),
        (f"bodo-infra cluster shell {name}", "a shell on the cluster, in which this reaches every node:"),
        (f"  mpiexec -n {record.cores} -f {record.hostfile} hostname", ""),
        ("bodo-infra job run examples/jobs/pi.yaml", "another job"),
        (f"bodo-infra cluster scale {name} {len(record.nodes) + 1}", "one more node, in place"),
        ("bodo-infra destroy", "remove everything; records and shared files stay"),
    )
    for command, meaning in commands:
        click.echo(f"  {command:<44}  {'# ' if meaning else ''}{meaning}".rstrip())
