"""A runner that keeps the protocol of attempt folders and runs the command by `sh`: no MPI, no sources, quick."""

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

MARK_VARIABLE = "BODO_INFRA_ATTEMPT"


def start_runner(folder: Path) -> subprocess.Popen[bytes]:
    order = json.loads((folder / "order.json").read_text())
    return subprocess.Popen(
        [sys.executable, "-ISE", __file__, str(folder)],
        env={"PATH": os.environ["PATH"], MARK_VARIABLE: f"{order['job_uuid']}/{order['number']}"},
        cwd="/",
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )


def fake_effects():
    """The real effects with this runner, and without the stand-in for ssh."""
    from bodo_infra.runtime.effects import REAL

    return replace(REAL, start_runner=start_runner, write_remote_shell=lambda folder: None)


def main(folder: Path) -> None:
    lock = os.open(folder / "runner.lock", os.O_RDWR | os.O_CREAT)
    for _ in range(50):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            time.sleep(0.01)
    else:
        return
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    write(folder, f".mine-{os.getpid()}", {"pid": os.getpid(), "boot_id": boot, "started_at": now()})
    try:
        os.link(folder / f".mine-{os.getpid()}", folder / "runner.json")
    except FileExistsError:
        return
    order = json.loads((folder / "order.json").read_text())
    write(folder, "progress.json", {"stage": "run", "commit": "c0ffee", "ranks": order["ranks"] or 2})
    child = subprocess.Popen(["sh", "-c", order["command"]], cwd=order["shared_path"], start_new_session=True)
    deadline = time.monotonic() + order["timeout_s"]
    state, reason = None, ""
    while child.poll() is None:
        if (folder / "cancel").exists():
            state, reason = "CANCELLED", "cancelled"
        elif time.monotonic() > deadline:
            state, reason = "TIMEOUT", "too long"
        if state:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
        time.sleep(0.01)
    state = state or ("FINISHED" if child.returncode == 0 else "FAILED")
    reason = reason or f"exit code {child.returncode}"
    write(folder, "exit.json", {"state": state, "exit_code": child.returncode, "reason": reason, "at": now()})


def write(folder: Path, name: str, fact: dict) -> None:
    temporary = folder / f".{name}-{os.getpid()}"
    temporary.write_text(json.dumps(fact))
    temporary.replace(folder / name)


def now() -> str:
    return datetime.now(UTC).isoformat()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
