"""What a person sees while something goes on: one line per step of a stack, per state of a job, per line of a rank."""

from collections.abc import Iterable, Iterator, Sequence

import click

from bodo_infra.driver.results import JobNews, StackResult, Step, Verb
from bodo_infra.runtime.logs import LogLine
from bodo_infra.runtime.records import JobRecord
from bodo_infra.runtime.states import JobState

# What the engine calls a step -> what it is doing.
_DOING = {
    "create": "creating",
    "update": "updating",
    "delete": "deleting",
    "retain": "keeping",
    "retain-replaced": "keeping the old",
    "replace": "replacing",
    "create-replacement": "creating anew",
    "delete-replaced": "deleting the old",
    "import": "importing",
}
_DONE = {Verb.UP: "up", Verb.PREVIEW: "preview", Verb.REFRESH: "refreshed", Verb.DESTROY: "destroyed"}
_COUNTED = {"create": "created", "update": "updated", "delete": "deleted", "replace": "replaced", "retain": "kept"}
# A replacement comes as three steps; a plan needs to tell it once.
_PARTS = ("create-replacement", "delete-replaced", "retain-replaced")
COMMIT_DIGITS = 7
_STATE_COLOURS = {
    JobState.FINISHED: "green",
    JobState.FAILED: "red",
    JobState.TIMEOUT: "red",
    JobState.CANCELLED: "yellow",
    JobState.CANCELLING: "yellow",
}


def print_step(step: Step) -> None:
    """One step of a stack as it starts. On stderr: results go to stdout."""
    kept = f" ({step.id})" if step.operation.startswith("retain") and step.id else ""
    doing = _DOING.get(step.operation, step.operation)
    click.echo(f"{step.stack}: {doing} {_short(step.type)} {step.name}{kept}", err=True)


def _short(type: str) -> str:
    """``aws:s3:Bucket`` for ``aws:s3/bucket:Bucket``, ``random:RandomUuid`` for what is in the module ``index``."""
    package, module, noun = type.split(":") if type.count(":") == 2 else ("", "", type)
    place = module.partition("/")[0]
    return ":".join(word for word in (package, place if place != "index" else "", noun) if word)


def print_results(results: Sequence[StackResult]) -> None:
    """What an operation has done, or would do, stack by stack."""
    for result in results:
        if result.verb is Verb.PREVIEW:
            for step in result.steps:
                if step.operation not in _PARTS:
                    click.echo(f"{result.stack}: would {step.operation} {_short(step.type)} {step.name}")
        for warning in result.warnings:
            click.echo(f"{result.stack}: {click.style('warning:', fg='yellow')} {warning}", err=True)
        click.echo(f"{result.stack}: {summary(result)}")


def summary(result: StackResult) -> str:
    """``up, 2 created in 3.1 s``."""
    planned = {operation: f"to {operation}" for operation in _COUNTED}
    words = planned if result.verb is Verb.PREVIEW else _COUNTED
    counted = ", ".join(
        f"{number} {words.get(operation, operation)}" for operation, number in sorted(result.changes.items())
    )
    return f"{_DONE[result.verb]}, {counted or 'nothing to change'} ({result.seconds:.1f} s)"


def print_news(news: Iterator[JobNews], *, rank: int | None = None, stream: str | None = None) -> JobRecord:
    """Print what is followed until it ends, and return the last record.

    Lines of standard output go to stdout, all else to stderr, so that a redirection holds the program's output alone.
    """
    said = ""
    for item in news:
        job = item.job
        print_lines(item.lines, rank=rank, stream=stream)
        state = f"{job.state.value:<11} {describe(job)}"
        if item.changed and state != said:
            said = state
            click.echo(f"{job.name}  {click.style(state, fg=_STATE_COLOURS.get(job.state))}", err=True)
    return job


def describe(job: JobRecord) -> str:
    """What there is to say about the job in its state, in a few words."""
    if job.state is JobState.INPROGRESS:
        ranks = f"{job.cores} rank{'s' if job.cores != 1 else ''} " if job.cores else ""
        commit = f", commit {job.commit[:COMMIT_DIGITS]}" if job.commit else ""
        attempt = f", attempt {job.attempt}" if job.attempt > 1 else ""
        return f"{ranks}on {job.cluster}{commit}{attempt}"
    if job.state is JobState.FINISHED and job.started_at and job.finished_at:
        return f"exit code {job.exit_code} after {(job.finished_at - job.started_at).total_seconds():.1f} s"
    return job.reason


def print_lines(lines: Iterable[LogLine], *, rank: int | None = None, stream: str | None = None) -> None:
    """Lines of ranks, each with its rank in front unless one rank alone was asked for."""
    out: list[str] = []
    err: list[str] = []
    for line in lines:
        if rank in (None, line.rank) and stream in (None, line.stream):
            text = line.text if rank is not None else f"[{line.rank}] {line.text}"
            (out if line.stream == "stdout" or stream == "stderr" else err).append(text)
    # One write per batch: click.echo per line would not keep up with a program that prints much.
    if err:
        click.echo("\n".join(err), err=True)
    if out:
        click.echo("\n".join(out))
