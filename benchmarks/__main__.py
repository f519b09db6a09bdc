"""`make bench`: all figures as a table, and as JSON in benchmarks/results."""

import json
import platform
import sys
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from benchmarks import account, clouds, jobs, stacks, start
from benchmarks.figure import Figure

RESULTS = Path(__file__).parent / "results"
SETS = {
    "start": start.measure,
    "jobs": jobs.measure,
    "stacks": stacks.measure,
    "account": account.measure,
    "aws": partial(clouds.measure, "aws"),
    "azure": partial(clouds.measure, "azure"),
}
VERDICTS = {True: "met", False: "MISSED", None: ""}


def main(names: list[str]) -> int:
    """Measure the sets of these names, all without any. Exit code 1 when a target is missed."""
    print(f"{'figure':<46} {'value':>10} {'unit':<12} {'bare':>8} {'ratio':>6} {'target':>9}")
    figures = []
    for name in names or SETS:
        for figure in SETS[name]():
            figures.append(figure)
            print(_row(figure), flush=True)
    RESULTS.mkdir(exist_ok=True)
    now = datetime.now(UTC)
    path = RESULTS / f"{now:%Y-%m-%dT%H%M%S}.json"
    machine = {"python": platform.python_version(), "system": platform.platform(), "at": now.isoformat()}
    path.write_text(json.dumps({"machine": machine, "figures": [figure.to_json() for figure in figures]}, indent=2))
    print(f"\nwritten to {path}")
    return 1 if any(figure.met is False for figure in figures) else 0


def _row(figure: Figure) -> str:
    bare = "" if figure.bare is None else f"{figure.bare:.3f}"
    ratio = "" if figure.bare is None else f"{figure.value / figure.bare:.1f}"
    sign = ">" if figure.more_is_better else "<"
    target = "" if figure.limit is None else f"{sign} {figure.limit:g}"
    value = f"{figure.value:,.0f}" if figure.value >= 1000 else f"{figure.value:.3f}"
    return f"{figure.name:<46} {value:>10} {figure.unit:<12} {bare:>8} {ratio:>6} {target:>9} {VERDICTS[figure.met]}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
