"""Fire times of cron lines, daylight saving included."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bodo_infra.runtime.schedule import check_cron, next_run

NEW_YORK = "America/New_York"


def times(cron: str, zone: str, after: str, count: int) -> list[str]:
    moment = datetime.fromisoformat(after)
    found = []
    for _ in range(count):
        moment = next_run(cron, zone, moment)
        found.append(f"{moment:%m-%d %H:%M}")
    return found


@pytest.mark.parametrize(
    ("cron", "zone", "after", "expected"),
    [
        pytest.param("30 2 * * *", NEW_YORK, "2026-03-07T12:00-05:00", ["03-08 07:00", "03-09 06:30"], id="spring gap"),
        pytest.param(
            "30 1 * * *", NEW_YORK, "2026-10-31T12:00-04:00", ["11-01 05:30", "11-02 06:30"], id="autumn once"
        ),
        pytest.param("0 * * * *", NEW_YORK, "2026-11-01T00:30-04:00", ["11-01 05:00", "11-01 06:00"], id="every hour"),
        pytest.param("0 9 * * 1", "UTC", "2026-11-27T00:00+00:00", ["11-30 09:00", "12-07 09:00"], id="1 is Monday"),
        pytest.param(
            "0 0 13 * 5", "UTC", "2026-11-01T00:00+00:00", ["11-06 00:00", "11-13 00:00"], id="day or weekday"
        ),
        pytest.param("0 6 * * *", "Asia/Kolkata", "2026-11-27T00:30+00:00", ["11-28 00:30"], id="exactly now is past"),
    ],
)
def test_a_line_fires_when_cron_on_debian_would(cron, zone, after, expected):
    assert times(cron, zone, after, len(expected)) == expected


@pytest.mark.parametrize(
    ("cron", "word"),
    [
        ("* * * *", "five"),
        ("* * * * * *", "five"),
        ("@daily", "five"),
        ("", "0 field"),
        ("61 * * * *", "minute"),
        ("0 0 30 2 *", "day-of-month"),
    ],
)
def test_a_line_that_cannot_be_is_named(cron, word):
    assert word in (check_cron(cron) or "")
    with pytest.raises(ValueError, match=word):
        next_run(cron, "UTC", datetime(2026, 1, 1, tzinfo=UTC))


def test_an_unknown_zone_is_named():
    with pytest.raises(ValueError, match="Mars/Olympus"):
        next_run("0 * * * *", "Mars/Olympus", datetime(2026, 1, 1, tzinfo=UTC))


@given(
    minute=st.integers(0, 59),
    hour=st.integers(0, 23),
    after=st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
    zone=st.sampled_from(["UTC", NEW_YORK, "Europe/Berlin", "Australia/Lord_Howe"]),
)
def test_the_next_run_is_always_later_and_within_two_days_for_a_daily_line(minute, hour, after, zone):
    fire = next_run(f"{minute} {hour} * * *", zone, after)

    assert fire > after, "a fire time that is not later would run for ever"
    assert (fire - after).total_seconds() <= 48 * 3600
