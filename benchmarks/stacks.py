"""What the engine takes for a whole local platform, against the engine's own start."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figure import Figure, median_seconds
from bodo_infra.driver.engine import require_engine

COMMAND = str(Path(sys.executable).with_name("bodo-infra"))


def measure() -> Iterator[Figure]:
    """Preview, up, up again and destroy of the demo's three stacks."""
    engine = require_engine()
    bare = median_seconds(lambda: subprocess.run([engine.path, "version"], check=True, capture_output=True), times=5)
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([COMMAND, "init", folder], check=True, capture_output=True)
        for name, verb in (("preview", "preview"), ("up", "up"), ("up again, no change", "up"), ("destroy", "destroy")):
            started = time.perf_counter()
            subprocess.run([COMMAND, verb], cwd=folder, check=True, capture_output=True)
            yield Figure(name=f"{name} of three stacks", unit="s", value=time.perf_counter() - started, bare=bare)
