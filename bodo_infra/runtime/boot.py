"""Which start of this machine it is: what must not outlive a restart carries this id."""

import contextlib
from pathlib import Path


def read_boot_id() -> str:
    """The same text until the machine is restarted; empty where the system tells none."""
    with contextlib.suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return ""
