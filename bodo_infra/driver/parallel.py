"""Tasks that stand on each other: each starts as soon as those it needs have ended, several at once."""

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import Generic, TypeVar

T = TypeVar("T")

AT_ONCE = 8
POLL_S = 0.2  # so that the main thread sees Ctrl-C: a wait without a limit is not interruptible on every platform


@dataclass(frozen=True, kw_only=True)
class Outcome(Generic[T]):
    """What became of all tasks: results by name, failures by name, and the names that were never started."""

    results: Mapping[str, T]
    failures: Mapping[str, BaseException]
    not_started: tuple[str, ...]


def run_graph(
    needs: Mapping[str, set[str]], task: Callable[[str], T], *, on_interrupt: Callable[[], None], at_once: int = AT_ONCE
) -> Outcome[T]:
    """Run ``task(name)`` for every name, after all that it needs. After the first failure nothing new is started.

    Ctrl-C calls ``on_interrupt`` (each time), starts nothing new, waits for what runs, and raises KeyboardInterrupt.
    """
    sorter = TopologicalSorter(needs)
    sorter.prepare()
    results: dict[str, T] = {}
    failures: dict[str, BaseException] = {}
    running: dict[Future[T], str] = {}
    interrupted = threading.Event()
    with ThreadPoolExecutor(at_once) as pool:
        while True:
            try:  # around all of it: Ctrl-C may come at any line
                if not failures and not interrupted.is_set():
                    for name in sorter.get_ready():
                        running[pool.submit(task, name)] = name
                if not running:
                    break
                done, _ = wait(running, timeout=POLL_S, return_when=FIRST_COMPLETED)
                for future in done:
                    name = running.pop(future)
                    error = future.exception()
                    if error is None:
                        results[name] = future.result()
                        sorter.done(name)
                    else:
                        failures[name] = error
            except KeyboardInterrupt:
                interrupted.set()
                on_interrupt()
    if interrupted.is_set():
        raise KeyboardInterrupt
    return Outcome(
        results=results,
        failures=failures,
        not_started=tuple(name for name in needs if name not in results and name not in failures),
    )
