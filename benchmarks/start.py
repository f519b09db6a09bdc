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
CHECK_LIMIT_S = 1.0
TIMES = 7
HELPS = (("--help",), ("up", "--help"), ("job", "--help"), ("job", "run", "--help"), ("cluster", "scale", "--help"))
CLUSTERS = 50


def measure() -> Iterator[Figure]:
    """Starts of the command, imports, and the check of a project with many clusters."""
    for arguments in (("--version",), *HELPS):
        yield _against_python(f"bodo-infra {' '.join(arguments)}", [COMMAND, *arguments], START_LIMIT_S)
    for module, limit in (
        ("bodo_infra", IMPORT_LIMIT_S),
        ("bodo_infra.driver", IMPORT_LIMIT_S),
        ("bodo_infra.spec", None),
    ):
        yield _against_python(f"import {module}", [sys.executable, "-c", f"import {module}"], limit)
    with tempfile.TemporaryDirectory() as folder:
        _run([COMMAND, "init", folder])
        stacks = Path(folder) / "stacks"
        text = (stacks / "Pulumi.demo-cluster.yaml").read_text()
        for number in range(CLUSTERS):
            path = stacks / f"Pulumi.cluster-{number}.yaml"
            path.write_text(text.replace("name: demo", f"name: cluster-{number}"))
        count = len(list(stacks.iterdir()))
        yield _against_python(f"check of {count} stacks", [COMMAND, "-C", folder, "check"], CHECK_LIMIT_S)


def _against_python(name: str, command: list[str], limit_s: float | None) -> Figure:
    """What a command takes, in turn with the bare interpreter."""
    value, bare = paired_seconds(lambda: _run(command), lambda: _run([sys.executable, "-c", "pass"]), times=TIMES)
    return Figure(name=name, unit="s", value=value, bare=bare, limit=limit_s)


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True, capture_output=True)
