"""What a benchmark gives: a figure, what it is held against, and the target."""

import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One measured number. ``bare``: the same of something without us, measured in turn with it; None: nothing such.

    ``limit``: at most this (at least this, where ``more_is_better``); None: no target.
    """

    name: str
    unit: str
    value: float
    bare: float | None = None
    limit: float | None = None
    more_is_better: bool = False

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None without one."""
        if self.limit is None:
            return None
        return self.value >= self.limit if self.more_is_better else self.value <= self.limit

    def to_json(self) -> dict[str, Any]:
        """All of it, with the verdict."""
        return {**asdict(self), "met": self.met}


def median_seconds(run: Callable[[], object], *, times: int) -> float:
    """Median wall time of a call, after one that is not counted."""
    run()
    return statistics.median(_seconds(run) for _ in range(times))


def paired_seconds(run: Callable[[], object], bare: Callable[[], object], *, times: int) -> tuple[float, float]:
    """Medians of two calls made in turn, so that a machine whose speed drifts is fair to both."""
    run()
    bare()
    pairs = [(_seconds(run), _seconds(bare)) for _ in range(times)]
    return statistics.median(pair[0] for pair in pairs), statistics.median(pair[1] for pair in pairs)


def _seconds(run: Callable[[], object]) -> float:
    started = time.perf_counter()
    run()
    return time.perf_counter() - started
