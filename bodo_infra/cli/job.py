"""Commands on jobs."""

from itertools import chain, islice
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING, Any

import click

from bodo_infra.cli.frame import (
    FAILED,
    STOPPED,
    Settings,
    output_option,
    pass_settings,
    print_json,
    print_records,
    print_table,
)

if TYPE_CHECKING:
    from bodo_infra.driver import Platform
    from bodo_infra.runtime.records import JobRecord

COLUMNS = ("uuid", "name", "state", "exit_code", "attempt", "cluster", "cores", "submitted_at", "reason")
SHORT_UUID = 8  # characters of a uuid in tables; commands take them for the whole
REASON_WIDTH = 60  # characters of it in the list; `job show` has it whole
BATCH = 10_000  # lines per write


@click.group()
def job() -> None:
    """Jobs: programs that run on a cluster with MPI."""


@job.command()
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--name", help="Name of the job; that of the script when left out.")
@click.option("--cluster", help="Cluster to run on; the only one when left out.")
@click.option(
    "--new-cluster", metavar="KEY=VALUE[,...]", help="A cluster for this job alone: nodes=2,ranks_per_node=1."
)
@click.option("--workspace", help="Workspace stack of the new cluster; the only one when left out.")
@click.option("--command", help="Script and arguments, such as 'ex.py 1'.")
@click.option("--git", "git_url", metavar="URL", help="Git repository that holds the script.")
@click.option("--reference", help="Branch, tag or commit; the default branch when left out.")
@click.option("--username", help="User name for a private repository.")
@click.option("--password", metavar="REFERENCE", help="Where its password is found: env:NAME or file:PATH.")
@click.option("--folder", help="Folder of the shared files that holds the script, instead of --git.")
@click.option("--mode", type=click.Choice(["spmd", "spawn"]), help="spawn: for programs that use bodo.pandas.")
@click.option("--ranks", type=int, help="MPI ranks; all slots of the cluster when left out.")
@click.option("--env", multiple=True, metavar="NAME=VALUE", help="An environment variable of the program.")
@click.option("--at", metavar="TIME", help="When to start, ISO 8601.")
@click.option("--cron", metavar="LINE", help="Start again and again: five cron fields.")
@click.option("--timezone", metavar="ZONE", help="Zone of --at and --cron, such as Europe/Berlin.")
@click.option("--timeout-minutes", type=float, help="Limit of one attempt.")
@click.option("--retries", type=int, help="How many more attempts a failure is given.")
@click.option("--retry-delay-minutes", type=float, help="Wait before the next attempt.")
@click.option("--retry-on-timeout", is_flag=True, default=None, help="A timeout may be retried, too.")
@click.option("--detach", is_flag=True, help="Submit and return; otherwise follow the job to its end.")
@output_option
@pass_settings
def run(settings: Settings, /, file: Path | None, detach: bool, output: str, **flags: Any) -> int:  # noqa: ANN401 - see JobFlags
    """Run a job from FILE, from flags, or from a file changed by flags. Exit code 0 when it FINISHED, 1 when not."""
    from bodo_infra.cli.job_flags import JobFlags, job_spec
    from bodo_infra.cli.stack import reporter

    platform = settings.platform()
    spec = job_spec(file, JobFlags(**flags), clusters=lambda: [found.record.name for found in platform.clusters.all()])
    platform.sweep()
    submitted = platform.submit(spec, reporter(output))
    if detach or submitted.schedule is not None:  # a recurring job has no end that could be waited for
        _print(submitted, output)
        return 0
    return _follow(platform, submitted, output=output, sweep=submitted.dedicated)


@job.command("list")
@click.option("--cluster", help="Jobs of this cluster only.")
@output_option
@pass_settings
def list_(settings: Settings, cluster: str | None, output: str) -> None:
    """List the jobs, oldest first; ended ones too."""
    from bodo_infra.driver.results import job_json

    rows = [job_json(record) for record in settings.platform().jobs.all(cluster=cluster)]
    if output == "table":
        rows = [
            {**row, "uuid": row["uuid"][:SHORT_UUID], "reason": shorten(row["reason"], REASON_WIDTH)} for row in rows
        ]
    print_records(rows, COLUMNS, output)


@job.command()
@click.argument("job_name", metavar="JOB")
@output_option
@pass_settings
def show(settings: Settings, job_name: str, output: str) -> None:
    """Show JOB: its uuid, the beginning of it, or its name (the newest of that name)."""
    _print(settings.platform().jobs.show(job_name), output)


@job.command()
@click.argument("job_name", metavar="JOB")
@click.option("--follow", "-f", is_flag=True, help="Go on until the job has ended; exit code 0 when it FINISHED.")
@click.option("--rank", type=int, help="Lines of this rank only, without the rank in front.")
@click.option("--stderr", "stream", flag_value="stderr", help="Standard error only, on standard output.")
@click.option("--stdout", "stream", flag_value="stdout", help="Standard output only.")
@click.option("--attempt", type=int, help="Of this attempt; the newest when left out.")
@click.option("--runner", is_flag=True, help="What Git, mpiexec and the runner had to say, instead.")
@pass_settings
def logs(
    settings: Settings,
    job_name: str,
    follow: bool,
    rank: int | None,
    stream: str | None,
    attempt: int | None,
    runner: bool,
) -> int:
    """Print what JOB has printed: standard output to standard output, standard error to standard error."""
    from bodo_infra.cli.progress import print_lines

    platform = settings.platform()
    if follow:
        return _follow(platform, platform.jobs.show(job_name), rank=rank, stream=stream)
    if runner:
        click.echo(platform.jobs.messages(job_name, attempt=attempt), nl=False)
        return 0
    lines = platform.jobs.log(job_name, attempt=attempt)
    while batch := list(islice(lines, BATCH)):
        print_lines(batch, rank=rank, stream=stream)
    return 0


@job.command()
@click.argument("job_name", metavar="JOB")
@output_option
@pass_settings
def cancel(settings: Settings, job_name: str, output: str) -> None:
    """Stop JOB, or take it out of the queue: its uuid, the beginning of it, or its name.

    A recurring job is cancelled itself, not the runs that have ended.
    """
    platform = settings.platform()
    cancelled = platform.jobs.cancel(job_name)
    platform.sweep()
    _print(cancelled, output)


@job.command()
@click.argument("job_name", metavar="JOB")
@pass_settings
def delete(settings: Settings, job_name: str) -> None:
    """Forget JOB, which has ended, and its logs."""
    deleted = settings.platform().jobs.delete(job_name)
    click.echo(f"deleted job {deleted.name} ({deleted.uuid})")


def _follow(
    platform: "Platform",
    known: "JobRecord",
    *,
    output: str = "table",
    sweep: bool = False,
    rank: int | None = None,
    stream: str | None = None,
) -> int:
    from bodo_infra.cli.progress import print_news
    from bodo_infra.cli.stack import reporter
    from bodo_infra.driver.results import JobNews
    from bodo_infra.runtime.states import JobState

    # The uuid, because the newest job of a name may be another one by the time the next line comes.
    uuid = known.uuid
    # What is known is news: the cluster may have taken the job before it is looked at again.
    news = chain([JobNews(job=known, changed=True)], platform.jobs.follow(uuid))
    try:
        ended = print_news(news, rank=rank, stream=stream)
    except KeyboardInterrupt:
        click.echo(f"\nThe job goes on. Follow it: `bodo-infra job logs --follow {uuid}`", err=True)
        click.echo(f"Stop it: `bodo-infra job cancel {uuid}`", err=True)
        return STOPPED
    if sweep:
        platform.clusters.wait_removed(ended.cluster_uuid)
        platform.sweep(reporter(output))
    if output == "json":
        _print(ended, output)
    return 0 if ended.state is JobState.FINISHED else FAILED


def _print(record: "JobRecord", output: str) -> None:
    from bodo_infra.driver.results import job_json

    if output == "json":
        print_json(job_json(record))
    else:
        print_table(list(job_json(record).items()), ("field", "value"))
