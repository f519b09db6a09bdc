"""A carrier's year out of the months that the demo's job has written."""

import pytest

from bodo_infra.driver.demo import sum_up_year


def month(number, departures, delay_minutes, share_cancelled):
    return {
        "month": number,
        "departures": departures,
        "mean_dep_delay_minutes": delay_minutes,
        "share_cancelled": share_cancelled,
    }


def test_departures_are_added_up():
    assert sum_up_year("UA", [month(1, 90, 10.0, 0.1), month(2, 10, 20.0, 0.0)]).departures == 100


def test_the_mean_delay_of_a_year_weighs_each_month_by_its_departures():
    year = sum_up_year("UA", [month(1, 90, 10.0, 0.0), month(2, 10, 20.0, 0.0)])

    assert year.mean_delay_minutes == pytest.approx(11.0), "the mean of the months' means would say 15"


def test_the_share_of_a_year_counts_flights_not_months():
    year = sum_up_year("UA", [month(1, 90, 10.0, 0.1), month(2, 100, 10.0, 0.0)])

    assert year.share_cancelled == pytest.approx(10 / 200)


def test_months_stand_in_the_order_of_the_calendar_and_one_without_flights_is_none():
    year = sum_up_year("UA", [month(12, 1, 7.0, 0.0), month(1, 1, 3.0, 0.0)])

    assert year.month_delays_minutes == (3.0, *[None] * 10, 7.0)


def test_a_month_that_was_cancelled_whole_has_no_delay_and_spoils_no_mean():
    year = sum_up_year("UA", [month(1, 10, 5.0, 0.0), month(2, 0, None, 1.0)])

    assert year.mean_delay_minutes == pytest.approx(5.0)
    assert year.month_delays_minutes[1] is None


def test_a_carrier_that_never_departed_has_no_delay_and_cancelled_all():
    year = sum_up_year("UA", [month(1, 0, None, 1.0)])

    assert (year.departures, year.mean_delay_minutes, year.share_cancelled) == (0, None, 1.0)
