"""Processes of an attempt: run one while watching for orders to stop, end a tree, and leave nobody behind."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bodo_infra.runtime.attempt import MARK_VARIABLE

SWEEP_LIMIT_S = 5.0
POLL_S = 0.02


@dataclass(frozen=True, kw_only=True)
class Output:
    """What a command that ended had to say."""

    code: int
    out: str
    err: str


def run_watched(
    argv: Sequence[str], *, env: Mapping[str, str], cwd: Path, watch: Callable[[], None], grace_s: float
) -> Output:
    """Run a command to its end. ``watch`` is called every few milliseconds; what it raises stops the command.

    Raises FileNotFoundError when the program is missing.
    """
    child = subprocess.Popen(
        argv,
        env=dict(env),
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    with child, _stopped_on_error(child, grace_s):
        while True:
            try:
                out, err = child.communicate(timeout=POLL_S)
            except subprocess.TimeoutExpired:
                watch()
            else:
                return Output(code=child.returncode, out=_text(out), err=_text(err))


@contextlib.contextmanager
def _stopped_on_error(child: subprocess.Popen[bytes], grace_s: float) -> Iterator[None]:
    try:
        yield
    except BaseException:
        stop_group(child, grace_s)
        raise


def _text(output: bytes) -> str:
    return output.decode(errors="replace")


def stop_group(
    child: subprocess.Popen[bytes], grace_s: float, *, meanwhile: Callable[[], object] = lambda: None
) -> None:
    """End a child that leads its process group: SIGTERM, ``grace_s`` seconds to tidy up, SIGKILL.

    ``meanwhile`` is called while it tidies up: its last words are to be read.
    """
    _signal_group(child.pid, signal.SIGTERM)
    deadline = time.monotonic() + grace_s
    while child.poll() is None and time.monotonic() < deadline:
        meanwhile()
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(POLL_S)
    _signal_group(child.pid, signal.SIGKILL)
    child.wait()


def _signal_group(group: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, number)


def sweep(mark: str, *, limit_s: float = SWEEP_LIMIT_S) -> list[int]:
    """Kill every process of this machine that carries ``mark`` (see ``attempt.mark``), except the caller.

    The group is not enough: Hydra gives its proxies and every rank a session of their own.
    Returns the pids that were killed; empty when nobody was left. Gives up after ``limit_s`` seconds of new ones.
    """
    killed: dict[int, None] = {}
    deadline = time.monotonic() + limit_s
    # Again until a look finds none: a process may have forked between the look and the kill.
    while (found := marked_pids(mark)) and time.monotonic() < deadline:
        for pid in found:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
                killed[pid] = None
        time.sleep(0.002)
    return list(killed)


def marked_pids(mark: str) -> list[int]:
    """Living processes of this machine that carry ``mark`` in their environment, except the caller."""
    wanted = f"{MARK_VARIABLE}={mark}"
    own = os.getpid()
    return [pid for pid, environment in _environments() if pid != own and wanted in environment]


def _environments() -> Iterator[tuple[int, list[str]]]:
    proc = Path("/proc")
    if not proc.joinpath("self/environ").exists():
        yield from _environments_without_proc()
        return
    for name in os.listdir(proc):  # noqa: PTH208 - strings are enough, and this runs at the end of every job
        if name.isdecimal():
            # Gone meanwhile, or somebody else's: not ours either way.
            with contextlib.suppress(OSError), open(f"/proc/{name}/environ", "rb") as file:  # noqa: PTH123
                yield int(name), os.fsdecode(file.read()).split("\0")


def _environments_without_proc() -> Iterator[tuple[int, list[str]]]:
    import psutil  # macOS only, Linux has /proc

    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            yield process.pid, [f"{name}={value}" for name, value in process.environ().items()]
