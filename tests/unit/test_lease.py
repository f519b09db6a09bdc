"""Who leads: one holder at a time, and a dead one is followed within the lease's length. Time is passed in."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bodo_infra.runtime.lease import Lease, plan_lease
from bodo_infra.runtime.records import LeaseRecord
from bodo_infra.runtime.store.local import LocalStore

START = datetime(2026, 11, 27, tzinfo=UTC)
LEASE_S = 6.0


class FakeClock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def lease_of(tmp_path, clock):
    store = LocalStore(tmp_path, create=True)
    yield lambda holder: Lease(store, "c1", holder, lease_s=LEASE_S, clock=clock)
    store.close()


def test_the_first_one_to_ask_leads_and_the_second_does_not(lease_of):
    assert lease_of("a").keep()
    assert not lease_of("b").keep()


def test_a_leader_that_renews_stays_leader(lease_of, clock):
    first, second = lease_of("a"), lease_of("b")
    for _ in range(10):
        assert first.keep()
        assert not second.keep()
        clock.advance(LEASE_S / 2)


def test_a_silent_leader_is_followed_as_soon_as_its_lease_has_run_out(lease_of, clock):
    first, second = lease_of("a"), lease_of("b")
    first.keep()
    second.keep()
    assert second.look_at == START + timedelta(seconds=LEASE_S), "a peer need not ask before that moment"

    clock.advance(LEASE_S)
    assert not first.held(), "a leader that slept must not believe in its lease any more"
    assert second.keep()
    assert not first.keep(), "the old one has to accept that"


def test_a_leader_that_says_farewell_is_followed_at_once(lease_of):
    first, second = lease_of("a"), lease_of("b")
    first.keep()
    first.release()

    assert second.keep()


def test_releasing_a_lease_that_somebody_else_holds_by_now_leaves_it_alone(lease_of, clock):
    first, second, third = lease_of("a"), lease_of("b"), lease_of("c")
    first.keep()
    clock.advance(LEASE_S)
    second.keep()
    first.release()

    assert not third.keep()


def test_a_lease_written_by_a_clock_that_has_been_set_back_bars_nobody():
    found = LeaseRecord(holder="a", expires_at=START + timedelta(days=1))

    assert plan_lease(found, "b", now=START, lease_s=LEASE_S) is not None


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["keep", "release", "sleep"])), max_size=40))
def test_never_do_two_lead_at_the_same_moment(tmp_path_factory, turns):
    clock = FakeClock()
    store = LocalStore(tmp_path_factory.mktemp("store"), create=True)
    leases = {name: Lease(store, "c1", name, lease_s=LEASE_S, clock=clock) for name in "abc"}
    for name, turn in turns:
        if turn == "sleep":
            clock.advance(LEASE_S / 2)
        else:
            getattr(leases[name], turn)()
        assert sum(lease.held() for lease in leases.values()) <= 1, "two leaders would both start jobs"
    store.close()
