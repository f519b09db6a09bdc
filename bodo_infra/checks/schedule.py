"""Does this schedule ever fire, and not in the past?"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bodo_infra.checks.findings import Finding
from bodo_infra.spec.job import Schedule

# Somebody types a time, then reads the job over once more.
GRACE = timedelta(minutes=5)
CRON_FIELDS = 5
YEAR_MAX = 9998  # the last year that has a next one: 9999 overflows in other time zones


def check_schedule(schedule: Schedule, *, now: datetime | None = None) -> list[Finding]:
    """``now``: aware; when given, an ``at`` before it (less a grace of five minutes) is refused."""
    if schedule.cron is not None:
        return _check_cron(schedule.cron, schedule.timezone)
    at = schedule.at
    if at is None or now is None:
        return []
    meant = at if at.tzinfo is not None else at.replace(tzinfo=ZoneInfo(schedule.timezone))
    if meant >= now - GRACE:
        return [] if meant.year <= YEAR_MAX else [_too_late(at)]
    rule = f"has passed; it is {now.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    fix = "Use a later time, or leave schedule out to run at once"
    return [Finding(id="job.at-passed", path="schedule.at", value=at.isoformat(), rule=rule, fix=fix)]


def _too_late(at: datetime) -> Finding:
    rule, fix = f"lies beyond the year {YEAR_MAX}", "Use an earlier time"
    return Finding(id="job.at-too-late", path="schedule.at", value=at.isoformat(), rule=rule, fix=fix)


def _check_cron(line: str, timezone: str) -> list[Finding]:
    if len(line.split()) != CRON_FIELDS:
        rule = "must have five fields: minute, hour, day of month, month, day of week"
        return [_cron_finding(line, rule, "Write a line such as 0 6 * * 1-5")]
    try:
        from cronsim import CronSim, CronSimError
    except ModuleNotFoundError:  # It comes with the extra `local`; the agent that runs the job checks again.
        return []
    try:
        next(CronSim(line, datetime(2024, 1, 1, tzinfo=ZoneInfo(timezone))))
    except CronSimError as error:
        rule = f"is no cron line that can be read ({str(error).lower()})"
        return [_cron_finding(line, rule, "Write a line such as 0 6 * * 1-5")]
    except StopIteration:
        return [_cron_finding(line, "names a day that never comes", "Correct the day or the month")]
    return []


def _cron_finding(line: str, rule: str, fix: str) -> Finding:
    return Finding(id="job.cron", path="schedule.cron", value=line, rule=rule, fix=fix)
