"""Waiting for an event in a test: polls with a deadline and says what did not come."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_until(ready: Callable[[], T], what: str, *, timeout_s: float = 30.0, poll_s: float = 0.02) -> T:
    """Return the first true result of ``ready``; AssertionError naming ``what`` when none came in time."""
    deadline = time.monotonic() + timeout_s
    while True:
        result = ready()
        if result:
            return result
        assert time.monotonic() < deadline, f"{what} did not happen within {timeout_s} s"
        time.sleep(poll_s)
