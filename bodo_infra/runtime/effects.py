"""What the agent and the fleet do to a machine, as values: tests hand in their own."""

import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bodo_infra.runtime import hostfile, node_shell, processes, runner
from bodo_infra.runtime.hostfile import Host
from bodo_infra.runtime.records import NodeRecord


@dataclass(frozen=True, kw_only=True)
class Effects:
    """``REAL`` are the ones that count."""

    start_runner: Callable[[Path], subprocess.Popen[bytes]]
    """Start the detached runner of an attempt's folder; a second one of the same attempt ends at once."""
    sweep: Callable[[str], object]
    """Kill every process that carries the mark of an attempt (see ``attempt.mark``)."""
    write_hostfile: Callable[[Path, Sequence[NodeRecord]], None]
    write_remote_shell: Callable[[Path], Path | None]
    """Write the stand-in for ssh into a folder; None where the system forbids namespaces."""


def _write_hostfile(path: Path, nodes: Sequence[NodeRecord]) -> None:
    hostfile.write(path, [Host(name=node.name, slots=node.slots) for node in nodes])


REAL = Effects(
    start_runner=runner.start_runner,
    sweep=processes.sweep,
    write_hostfile=_write_hostfile,
    write_remote_shell=node_shell.write_remote_shell,
)
