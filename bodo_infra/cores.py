"""Physical cores of this machine: the ranks that a local node gets by default, and the most that it carries."""

import os
from pathlib import Path

TOPOLOGY = Path("/sys/devices/system/cpu")

# Ranks wait for each other by spinning: beyond this many on a core a machine hardly gets anywhere.
RANKS_PER_CORE = 8
ALWAYS_ALLOWED_RANKS = 32


def most_ranks(cores: int) -> int:
    """How many ranks a machine of so many physical cores carries."""
    return max(ALWAYS_ALLOWED_RANKS, RANKS_PER_CORE * cores)


def physical_cores(topology: Path = TOPOLOGY) -> int:
    """Cores that this process may run on, each counted once however many threads it has; at least 1.

    Where the system does not say which threads are siblings (macOS, some containers), its CPUs are counted.
    """
    usable = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set(range(os.cpu_count() or 1))
    siblings = set()
    for cpu in usable:
        try:
            siblings.add((topology / f"cpu{cpu}" / "topology" / "thread_siblings_list").read_text().strip())
        except OSError:
            return max(1, len(usable))
    return max(1, len(siblings))
