"""What of a job's spec is kept in its record, and when the job is due first."""

from datetime import UTC, datetime

import pytest

from bodo_infra.driver.submission import first_due, schedule_record, source_record
from bodo_infra.runtime.records import ScheduleRecord, SourceRecord
from bodo_infra.spec import FolderSource, GitSource, JobSpec, S3Source, Schedule

NOON = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)

DUE = {
    "none: at once": (None, "2026-11-27 12:00"),
    "at with an offset": (Schedule(at="2026-11-27T18:00:00+02:00"), "2026-11-27 16:00"),
    "at without an offset is meant in UTC": (Schedule(at="2026-11-27T18:00:00"), "2026-11-27 18:00"),
    "at without an offset is meant in its zone": (
        Schedule(at="2026-11-27T18:00:00", timezone="Europe/Berlin"),
        "2026-11-27 17:00",
    ),
    "an offset counts more than the zone": (
        Schedule(at="2026-11-27T18:00:00Z", timezone="Europe/Berlin"),
        "2026-11-27 18:00",
    ),
    "at in summer": (Schedule(at="2027-07-01T18:00:00", timezone="Europe/Berlin"), "2027-07-01 16:00"),
    "cron: its next time": (Schedule(cron="30 6 * * *"), "2026-11-28 06:30"),
    "cron: later than now, though now would do": (Schedule(cron="0 12 * * *"), "2026-11-28 12:00"),
    "cron in its zone": (Schedule(cron="30 14 * * *", timezone="Europe/Berlin"), "2026-11-27 13:30"),
}


@pytest.mark.parametrize(("schedule", "due"), DUE.values(), ids=DUE)
def test_a_job_is_due_at_its_first_time_in_utc(schedule, due):
    found = first_due(schedule, NOON)

    assert f"{found:%Y-%m-%d %H:%M}" == due
    assert found.tzinfo is UTC, "records compare moments of one zone"


@pytest.mark.parametrize("schedule", [None, Schedule(at="2026-11-27T18:00:00")], ids=["none", "at"])
def test_a_job_that_runs_once_has_no_schedule_in_its_record(schedule):
    assert schedule_record(schedule) is None


def test_a_recurring_job_keeps_its_line_and_zone():
    schedule = Schedule(cron="0 6 * * *", timezone="Europe/Berlin")

    assert schedule_record(schedule) == ScheduleRecord(cron="0 6 * * *", timezone="Europe/Berlin")


SOURCES = {
    "git": (
        GitSource(url="https://example.com/a", reference="v2", username="ann", password="env:TOKEN"),
        SourceRecord(kind="git", url="https://example.com/a", reference="v2", username="ann", password="env:TOKEN"),
    ),
    "folder": (FolderSource(kind="folder", path="jobs"), SourceRecord(kind="folder", path="jobs")),
    "s3": (S3Source(kind="s3", uri="s3://bucket/jobs"), SourceRecord(kind="s3", url="s3://bucket/jobs")),
}


@pytest.mark.parametrize(("source", "record"), SOURCES.values(), ids=SOURCES)
def test_a_source_is_kept_whole_with_its_secret_as_a_reference(source, record):
    spec = JobSpec(name="etl", cluster="demo", source=source, command="etl.py")

    assert source_record(spec) == record
