"""The tables of states: whole, without dead ends, and obeyed."""

import pytest

from bodo_infra.errors import TransitionError
from bodo_infra.runtime.states import CLUSTER_NEXT, JOB_NEXT, ClusterState, JobState, check_step

TABLES = [pytest.param(JOB_NEXT, JobState, id="jobs"), pytest.param(CLUSTER_NEXT, ClusterState, id="clusters")]


def reachable(table, start):
    found, new = set(), {start}
    while new:
        found |= new
        new = {to for state in new for to in table[state]} - found
    return found


@pytest.mark.parametrize(("table", "states"), TABLES)
def test_every_state_has_its_row(table, states):
    assert set(table) == set(states)


@pytest.mark.parametrize(("table", "states"), TABLES)
def test_every_state_can_be_reached_from_new(table, states):
    assert reachable(table, states.NEW) == set(states)


@pytest.mark.parametrize(("table", "states"), TABLES)
def test_no_state_is_a_trap_every_life_can_end(table, states):
    ends = {state for state in states if not table[state]}

    for state in states:
        assert reachable(table, state) & ends, f"what is {state} would stay so for ever"


@pytest.mark.parametrize("state", [state for state in JobState if state.ended])
def test_an_ended_job_stays_as_it_is(state):
    for to in JobState:
        with pytest.raises(TransitionError, match="it has ended"):
            check_step("job 'etl'", state, to, JOB_NEXT)


def test_finished_failed_timeout_and_cancelled_are_the_ends_of_a_job():
    assert {state for state in JobState if state.ended} == {
        JobState.FINISHED,
        JobState.FAILED,
        JobState.TIMEOUT,
        JobState.CANCELLED,
    }


def test_every_cluster_that_is_not_removed_can_be_shut_down():
    for state in set(ClusterState) - {ClusterState.REMOVED, ClusterState.SHUTTING_DOWN}:
        assert ClusterState.SHUTTING_DOWN in CLUSTER_NEXT[state], f"a {state} cluster could not be destroyed"


def test_a_step_that_is_not_in_the_table_names_the_steps_that_are():
    with pytest.raises(TransitionError, match="cluster 'etl' is PAUSED and cannot become RUNNING; possible: RESUMING"):
        check_step("cluster 'etl'", ClusterState.PAUSED, ClusterState.RUNNING, CLUSTER_NEXT)
