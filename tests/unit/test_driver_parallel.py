"""Tasks that stand on each other: their order, and what becomes of the others after a failure or Ctrl-C."""

import signal
import sys
import threading
import traceback

import pytest

from bodo_infra.driver.parallel import run_graph
from tests.waiting import wait_until

PLATFORM = {"cloud-config": set(), "workspace": {"cloud-config"}, "etl": {"workspace"}, "dev": {"workspace"}}
LIMIT_S = 10.0


def run(needs, task):
    return run_graph(needs, task, on_interrupt=lambda: None)


def test_a_task_starts_after_all_that_it_needs():
    order = []

    outcome = run(PLATFORM, order.append)

    assert order[:2] == ["cloud-config", "workspace"]
    assert set(order[2:]) == {"etl", "dev"}
    assert not outcome.failures
    assert outcome.not_started == ()


def test_every_result_is_kept_by_its_name():
    assert run(PLATFORM, str.upper).results == {name: name.upper() for name in PLATFORM}


def test_tasks_that_do_not_need_each_other_run_side_by_side():
    both_are_there = threading.Barrier(2)

    outcome = run({"etl": set(), "dev": set()}, lambda name: both_are_there.wait(LIMIT_S))

    assert not outcome.failures, "one of the two waited in vain for the other"


def test_nothing_is_nothing_to_do():
    assert run({}, str.upper).results == {}


def test_after_a_failure_what_stands_on_it_is_not_started():
    started = []

    def task(name):
        started.append(name)
        if name == "workspace":
            raise OSError("no space")

    outcome = run(PLATFORM, task)

    assert started == ["cloud-config", "workspace"]
    assert [str(error) for error in outcome.failures.values()] == ["no space"]
    assert set(outcome.not_started) == {"etl", "dev"}


def test_what_runs_beside_a_failure_is_waited_for_and_its_result_is_kept():
    failed = threading.Event()

    def task(name):
        if name == "bad":
            failed.set()
            raise OSError
        assert failed.wait(LIMIT_S)
        return "whole"

    outcome = run({"bad": set(), "good": set(), "top": {"good"}}, task)

    assert outcome.results == {"good": "whole"}
    assert outcome.not_started == ("top",), "after a failure nothing new is started, though nothing forbids it"


def waits_for_tasks(thread):
    """Starting a task waits too, for its thread to be there."""
    functions = [frame.f_code.co_name for frame, _ in traceback.walk_stack(sys._current_frames()[thread])]
    return functions[0] == "wait" and "submit" not in functions


def test_ctrl_c_is_handed_on_once_and_what_runs_ends_by_itself():
    main = threading.main_thread().ident
    told, started, ended = threading.Event(), [], []
    interrupts = []

    def task(name):
        started.append(name)
        wait_until(lambda: waits_for_tasks(main), "the main thread waits for its tasks")
        signal.raise_signal(signal.SIGINT)  # Python hands it to the main thread
        assert told.wait(LIMIT_S)
        ended.append(name)

    def on_interrupt():
        interrupts.append(1)
        told.set()

    with pytest.raises(KeyboardInterrupt):
        run_graph({"bottom": set(), "top": {"bottom"}}, task, on_interrupt=on_interrupt)

    assert interrupts == [1]
    assert ended == ["bottom"], "what is under way is finished, so that its state is whole"
    assert started == ["bottom"], "nothing new is started after Ctrl-C"
