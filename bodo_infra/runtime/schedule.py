"""Cron lines: whether one is sound, and when it fires next. Pure. The rules are Debian cron's, with daylight saving.

A time that the spring change skips runs when the clock has jumped (02:30 becomes 03:00); one that the autumn change
repeats runs once, except for lines with a star for the hour.

cronsim comes with the extra `local` and is loaded where a line is read: the driver does without it for other targets.
"""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

FIELDS = 5  # cronsim also knows six, with seconds first; a job every second is nobody's wish


def next_run(cron: str, zone: str, after: datetime) -> datetime:
    """The first moment later than ``after`` (aware) at which the line fires in the IANA zone, in UTC.

    Raises ValueError for a line that ``check_cron`` finds fault with, and for an unknown zone.
    """
    from cronsim import CronSim

    problem = check_cron(cron)
    if problem:
        raise ValueError(problem)
    try:
        local = after.astimezone(ZoneInfo(zone))
    except ZoneInfoNotFoundError as error:
        raise ValueError(f"{zone!r} is no IANA time zone on this machine") from error
    return next(CronSim(cron, local)).astimezone(UTC)


def check_cron(text: str) -> str | None:
    """What is wrong with a cron line, as the rest of a sentence about it; None when it is sound and will fire."""
    from cronsim import CronSim, CronSimError

    words = text.split()
    if len(words) != FIELDS:
        return f"has {len(words)} field(s), and must have five: minute hour day month weekday"
    try:
        next(CronSim(text, datetime(2024, 1, 1, tzinfo=UTC)))
    except CronSimError as error:
        return f"is no cron line: {str(error)[:1].lower()}{str(error)[1:]}"
    except StopIteration:
        return "never fires"
    return None
