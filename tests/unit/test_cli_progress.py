"""What a person reads while stacks go up and jobs run: the words, and which of the two streams they go to."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bodo_infra.cli.progress import describe, print_lines, print_news, print_results, print_step, summary
from bodo_infra.driver.results import JobNews, StackResult, Step, Verb
from bodo_infra.runtime.logs import LogLine
from bodo_infra.runtime.records import JobRecord, SourceRecord
from bodo_infra.runtime.states import JobState

NOON = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
JOB = JobRecord(
    uuid="u",
    name="pi",
    cluster="demo",
    cluster_uuid="c",
    workspace="team",
    command="pi.py",
    source=SourceRecord(kind="folder", path="jobs"),
    submitted_at=NOON,
    due_at=NOON,
)
RUNNING = replace(JOB, state=JobState.INPROGRESS, reason="started", attempt=1, cores=2, started_at=NOON)
FINISHED = replace(
    RUNNING, state=JobState.FINISHED, reason="finished", exit_code=0, finished_at=NOON + timedelta(seconds=9.14)
)
LINES = (
    LogLine(rank=0, stream="stdout", text="hello"),
    LogLine(rank=1, stream="stderr", text="careful"),
    LogLine(rank=1, stream="stdout", text="bye"),
)


def result(verb, *steps, **changes):
    return StackResult(stack="etl", verb=verb, changes=changes, steps=steps, seconds=3.14)


def step(operation, type="bodo:local:Cluster", id=""):
    return Step(stack="etl", operation=operation, type=type, name="etl", id=id)


SUMMARIES = {
    "up": (result(Verb.UP, create=2, delete=1), "up, 2 created, 1 deleted (3.1 s)"),
    "up without a change": (result(Verb.UP), "up, nothing to change (3.1 s)"),
    "preview": (result(Verb.PREVIEW, create=2, update=1), "preview, 2 to create, 1 to update (3.1 s)"),
    "refresh": (result(Verb.REFRESH, delete=1), "refreshed, 1 deleted (3.1 s)"),
    "destroy": (result(Verb.DESTROY, delete=3), "destroyed, 3 deleted (3.1 s)"),
    "a word that only the engine knows": (result(Verb.UP, **{"import": 1}), "up, 1 import (3.1 s)"),
}


@pytest.mark.parametrize(("done", "text"), SUMMARIES.values(), ids=SUMMARIES)
def test_a_stack_is_summed_up_in_one_line(done, text):
    assert summary(done) == text


def test_a_preview_names_every_resource_that_it_would_touch(capsys):
    print_results([result(Verb.PREVIEW, step("create"), create=1)])

    assert capsys.readouterr().out.splitlines()[0] == "etl: would create bodo:local:Cluster etl"


def test_a_preview_tells_a_replacement_once(capsys):
    steps = [step(operation) for operation in ("create-replacement", "replace", "delete-replaced")]

    print_results([result(Verb.PREVIEW, *steps, replace=1)])

    assert capsys.readouterr().out.splitlines()[0] == "etl: would replace bodo:local:Cluster etl"


@pytest.mark.parametrize(
    ("type", "short"),
    [
        ("aws:s3/bucketVersioning:BucketVersioning", "aws:s3:BucketVersioning"),
        ("random:index/randomUuid:RandomUuid", "random:RandomUuid"),
        ("bodo-machine:index:Store", "bodo-machine:Store"),
        ("bodo:aws:Cluster", "bodo:aws:Cluster"),
    ],
)
def test_types_are_told_without_saying_things_twice(capsys, type, short):
    print_step(step("create", type))

    assert capsys.readouterr().err == f"etl: creating {short} etl\n"


def test_what_is_kept_is_told_by_the_name_that_finds_it_again(capsys):
    print_step(step("retain", "aws:s3/bucket:Bucket", id="bodo--demo--1a2b3c4d"))

    assert capsys.readouterr().err == "etl: keeping aws:s3:Bucket etl (bodo--demo--1a2b3c4d)\n"


def test_a_result_repeats_no_step_that_was_told_already(capsys):
    print_results([result(Verb.UP, step("create"), create=1)])

    assert capsys.readouterr().out == "etl: up, 1 created (3.1 s)\n"


@pytest.mark.parametrize(("operation", "doing"), [("create", "creating"), ("delete-replaced", "deleting the old")])
def test_a_step_is_told_on_stderr_where_results_are_not(capsys, operation, doing):
    print_step(step(operation))

    out, err = capsys.readouterr()
    assert (out, err) == ("", f"etl: {doing} bodo:local:Cluster etl\n")


DESCRIPTIONS = {
    "waiting": (JOB, "recently submitted"),
    "running": (RUNNING, "2 ranks on demo"),
    "one rank": (replace(RUNNING, cores=1), "1 rank on demo"),
    "ranks not known yet": (replace(RUNNING, cores=None), "on demo"),
    "a commit": (replace(RUNNING, commit="3f9a1c2" + "0" * 33), "2 ranks on demo, commit 3f9a1c2"),
    "another attempt": (replace(RUNNING, attempt=2), "2 ranks on demo, attempt 2"),
    "finished": (FINISHED, "exit code 0 after 9.1 s"),
    "failed": (replace(FINISHED, state=JobState.FAILED, reason="exit code 7"), "exit code 7"),
}


@pytest.mark.parametrize(("job", "text"), DESCRIPTIONS.values(), ids=DESCRIPTIONS)
def test_a_job_is_described_by_what_matters_in_its_state(job, text):
    assert describe(job) == text


def test_each_stream_of_the_ranks_goes_to_its_own_with_the_rank_in_front(capsys):
    print_lines(LINES)

    out, err = capsys.readouterr()
    assert (out, err) == ("[0] hello\n[1] bye\n", "[1] careful\n")


def test_lines_of_one_rank_stand_without_it(capsys):
    print_lines(LINES, rank=1)

    out, err = capsys.readouterr()
    assert (out, err) == ("bye\n", "careful\n")


def test_standard_error_that_was_asked_for_is_the_output(capsys):
    print_lines(LINES, stream="stderr")

    out, err = capsys.readouterr()
    assert (out, err) == ("[1] careful\n", "")


def test_standard_output_alone_leaves_the_errors_out(capsys):
    print_lines(LINES, stream="stdout")

    out, err = capsys.readouterr()
    assert (out, err) == ("[0] hello\n[1] bye\n", "")


def test_following_a_job_tells_its_states_beside_its_output_and_returns_its_end(capsys):
    news = [
        JobNews(job=JOB, changed=True),
        JobNews(job=RUNNING, changed=True),
        JobNews(job=RUNNING, changed=False, lines=LINES[:1]),
        JobNews(job=FINISHED, changed=True),
    ]

    assert print_news(iter(news)) == FINISHED
    out, err = capsys.readouterr()
    assert out == "[0] hello\n", "a redirection holds the program's output alone"
    assert err.splitlines() == [
        "pi  NEW         recently submitted",
        "pi  INPROGRESS  2 ranks on demo",
        "pi  FINISHED    exit code 0 after 9.1 s",
    ]


def test_a_record_that_changed_in_nothing_that_is_shown_is_not_told_again(capsys):
    moved = replace(RUNNING, due_at=NOON + timedelta(seconds=1))

    print_news(iter([JobNews(job=RUNNING, changed=True), JobNews(job=moved, changed=True)]))

    assert len(capsys.readouterr().err.splitlines()) == 1
