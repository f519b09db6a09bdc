"""How long the command line and the library take to start."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figure import Figure, paired_seconds

COMMAND = str(Path(sys.executable).with_name("bodo-infra"))
START_LIMIT_S = 0.3
IMPORT_LIMIT_S = 0.15
HELPS = (("--help",), ("up", "--help"), ("job", "--help"), ("job", "run", "--help"), ("cluster", "scale", "--help"))
CLUSTERS = 50


def measure() -> Iterator[Figure]:
    """Starts of the command, imports, and the check of a project with many clusters."""
    bare = [sys.executable, "-c", "pass"]
    for arguments in (("--version",), *HELPS):
        value, python = paired_seconds(lambda: _run([COMMAND, *arguments]), lambda: _run(bare), times=7)  # noqa: B023
        yield Figure(name=f"bodo-infra {' '.join(arguments)}", unit="s", value=value, bare=python, limit=START_LIMIT_S)
    for module, limit in (
        ("bodo_infra", IMPORT_LIMIT_S),
        ("bodo_infra.driver", IMPORT_LIMIT_S),
        ("bodo_infra.spec", None),
    ):
        command = [sys.executable, "-c", f"import {module}"]
        value, python = paired_seconds(lambda: _run(command), lambda: _run(bare), times=7)  # noqa: B023
        yield Figure(name=f"import {module}", unit="s", value=value, bare=python, limit=limit)
    with tempfile.TemporaryDirectory() as folder:
        _run([COMMAND, "init", folder])
        for number in range(CLUSTERS):
            text = (Path(folder) / "stacks" / "Pulumi.demo-cluster.yaml").read_text()
            path = Path(folder) / "stacks" / f"Pulumi.cluster-{number}.yaml"
            path.write_text(text.replace("name: demo", f"name: cluster-{number}"))
        value, python = paired_seconds(lambda: _run([COMMAND, "-C", folder, "check"]), lambda: _run(bare), times=5)
        yield Figure(name=f"check of {CLUSTERS + 3} stacks", unit="s", value=value, bare=python, limit=1.0)


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True, capture_output=True)
