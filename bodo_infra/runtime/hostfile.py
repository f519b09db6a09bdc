"""The hostfile of a cluster: one line ``node:slots`` per node, in the order in which ranks are placed.

Its path is the platform's (``<shared>/.hostfile-<UUID>``) and so are its bytes, on every target: documented
commands such as ``mpiexec -n <TOTAL> -f <shared>/.hostfile-<UUID> hostname`` work unchanged.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bodo_infra.errors import InputError
from bodo_infra.runtime.whole_file import write_whole

# Hydra also knows "host:slots binding=...", which fails with its bundled hwloc (5.0.2); we neither write nor accept it.
_LINE = re.compile(r"^(?P<name>[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?)(?::(?P<slots>[1-9][0-9]*))?$")


@dataclass(frozen=True, kw_only=True)
class Host:
    """One node: its name, and how many ranks it takes."""

    name: str
    slots: int


def render(hosts: Iterable[Host]) -> str:
    """The hostfile's text. The order is kept: rank 0 runs on the first node."""
    return "".join(f"{host.name}:{host.slots}\n" for host in hosts)


def parse(text: str) -> list[Host]:
    """The hosts of a hostfile; comments and blank lines are skipped, a host without slots has one.

    Raises InputError that names every line which is none.
    """
    hosts, wrong = [], []
    for number, line in enumerate(text.splitlines(), start=1):
        content = line.partition("#")[0].strip()
        if not content:
            continue
        found = _LINE.match(content)
        if found:
            hosts.append(Host(name=found["name"], slots=int(found["slots"] or 1)))
        else:
            wrong.append(f"line {number} is {content!r}")
    if wrong:
        raise InputError(
            f"the hostfile has lines that are not `node:slots`: {'; '.join(wrong)}",
            "Let the cluster write it anew: `bodo-infra cluster resume NAME`",
        )
    return hosts


def read(path: Path) -> list[Host]:
    """The hosts in the file. Raises InputError when it is missing, empty or no hostfile."""
    fix = "Bring the cluster up again: `bodo-infra up`, or `bodo-infra cluster resume NAME`"
    try:
        hosts = parse(path.read_text())
    except FileNotFoundError as error:
        raise InputError(f"hostfile {path} does not exist: the cluster has no nodes now", fix) from error
    if not hosts:
        raise InputError(f"hostfile {path} names no node", fix)
    return hosts


def write(path: Path, hosts: Iterable[Host]) -> None:
    """Replace the file whole: a launch that reads it meanwhile sees the old nodes or the new ones, never some."""
    write_whole(path, render(hosts).encode(), mode=0o644)


def total_slots(hosts: Sequence[Host]) -> int:
    """The <TOTAL_CORE_COUNT> of the platform's documentation."""
    return sum(host.slots for host in hosts)
