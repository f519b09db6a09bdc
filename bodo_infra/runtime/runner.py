"""One attempt of a job, from its order to its exit: ``python -m bodo_infra.runtime.runner ATTEMPT_FOLDER``.

A process of its own that outlives the agent which started it. It talks by files (see ``attempt``), needs neither store
nor network for itself, and is on the path of every job's start: the standard library only, and little of that.
"""

import contextlib
import errno
import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from bodo_infra.errors import BodoInfraError, InputError
from bodo_infra.runtime import hostfile, mpi, processes, rank_logs
from bodo_infra.runtime.attempt import (
    CANCEL,
    EXIT,
    MARK_VARIABLE,
    ORDER,
    PROGRESS,
    RUNNER_ERR,
    RUNNER_LOCK,
    Exit,
    Order,
    Progress,
    Stage,
    read_fact,
    write_fact,
)
from bodo_infra.runtime.claim import claim, locked
from bodo_infra.runtime.clock import utc_now
from bodo_infra.runtime.endings import DISK_FULL_REASON, Ending, Evidence, judge_ending
from bodo_infra.runtime.git import Git
from bodo_infra.runtime.source import Source, fetch_source
from bodo_infra.runtime.states import JobState

RESERVE = ".reserve"
RESERVE_BYTES = 64 * 1024
TICK_MIN_S = 0.02
TICK_MAX_S = 0.05


def start_runner(folder: Path) -> subprocess.Popen[bytes]:
    """Start the runner of an attempt whose order is written, and leave it alone: it outlives the caller.

    Call it as often as you like: an attempt runs once. The caller may ``poll`` what is returned, so that an ended
    runner leaves no zombie; whether it lives tells its lock, not its pid.
    """
    order = _read_order(folder)
    package_root = Path(__file__).parents[2]
    inherited = os.environ.get("PYTHONPATH")
    python_path = f"{package_root}{os.pathsep}{inherited}" if inherited else str(package_root)
    with (folder / RUNNER_ERR).open("ab") as messages:
        return subprocess.Popen(
            # -P: a file of the current folder must not stand in for a module.
            [sys.executable, "-P", "-m", "bodo_infra.runtime.runner", str(folder)],
            env={**os.environ, "PYTHONPATH": python_path, MARK_VARIABLE: order.mark},
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=messages,
            stderr=messages,
            start_new_session=True,
        )


def _read_order(folder: Path) -> Order:
    order = read_fact(folder, ORDER, Order)
    if order is None:
        raise InputError(f"{folder / ORDER} does not exist", "Write the order before starting its runner")
    return order


class Stopped(Exception):  # noqa: N818 - an order that is obeyed, not an error
    """The attempt must end now."""

    def __init__(self, state: JobState, reason: str) -> None:
        super().__init__(reason)
        self.ending = Ending(state=state, exit_code=None, reason=reason)


@dataclass(kw_only=True)
class Watch:
    """Knows why an attempt must end before its time: an order to cancel, its time limit, a signal to this process."""

    cancel: Path
    limit_s: float
    signals: list[int] = field(default_factory=list)
    started_s: float = field(default_factory=time.monotonic)

    def __call__(self) -> None:
        """Raises Stopped."""
        if self.signals:
            reason = f"the job's runner was told to end ({signal.Signals(self.signals[0]).name})"
            raise Stopped(JobState.FAILED, reason)
        if time.monotonic() - self.started_s > self.limit_s:
            raise Stopped(JobState.TIMEOUT, f"stopped after {self.limit_s / 60:g} minutes, the limit of an attempt")
        if self.cancel.exists():
            raise Stopped(JobState.CANCELLED, "cancelled by user")


@dataclass(kw_only=True)
class Attempt:
    """The life of one attempt: SOURCE, LAUNCH, RUN."""

    folder: Path
    order: Order
    watch: Watch
    stage: Stage = Stage.SOURCE

    def live(self) -> Ending:
        """Run the order to its end, whatever that is; afterwards no process of it is left."""
        try:
            return self._run(self._launch(self._source()))
        except Stopped as stopped:
            return stopped.ending
        except BodoInfraError as error:
            return self._failed(f"{error.message}. {error.fix}".rstrip(". "))
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                return self._failed(DISK_FULL_REASON)
            return self._failed(f"{error.strerror} ({error.filename})")
        except Exception:  # noqa: BLE001
            # The edge of the process: a fault of ours must not leave the job without an end.
            import traceback

            traceback.print_exc()  # into runner.err
            return self._failed("the job's runner itself failed: `bodo-infra job show` has its messages")
        finally:
            processes.sweep(self.order.mark)

    def _failed(self, reason: str) -> Ending:
        return Ending(state=JobState.FAILED, exit_code=None, reason=f"{self.stage.value}: {reason}")

    def _source(self) -> Source:
        self._reached(Progress(stage=Stage.SOURCE))
        with tempfile.TemporaryDirectory(dir=self.folder, prefix=".git-") as scratch:
            git = Git(
                scratch=Path(scratch),
                machine=os.environ,
                watch=self.watch,
                mark={MARK_VARIABLE: self.order.mark},
                grace_s=self.order.kill_grace_s,
            )
            return fetch_source(self.order, git)

    def _launch(self, source: Source) -> "Program":
        self._reached(Progress(stage=Stage.LAUNCH, commit=source.commit))
        hosts = hostfile.read(Path(self.order.hostfile))
        problems = mpi.check_launch(self.order, hosts, source.folder)
        if problems:
            raise InputError("; ".join(f"{p.path} = {p.value}: {p.rule}. {p.fix}" for p in problems), "")
        python = Path(sys.executable)
        tools = mpi.find_tools(python, os.environ.get("PATH", mpi.DEFAULT_PATH))
        launch = mpi.plan_launch(
            self.order, hosts, tools, attempt=self.folder, machine=os.environ, as_root=os.geteuid() == 0
        )
        (self.folder / mpi.HOSTFILE_COPY).write_text(launch.hostfile)
        return Program(source=source, launch=launch)

    def _run(self, program: "Program") -> Ending:
        messages = self.folder / RUNNER_ERR
        said_before = messages.stat().st_size if messages.exists() else 0
        merger = rank_logs.Merger(folder=self.folder)
        self._reached(Progress(stage=Stage.RUN, commit=program.source.commit, ranks=program.launch.ranks))
        with messages.open("ab") as file:
            child = subprocess.Popen(
                program.launch.argv,
                env=program.launch.env,
                cwd=program.source.folder,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                start_new_session=True,
            )
        with contextlib.closing(merger):
            try:
                self._follow(child, merger)
            except BaseException:
                processes.stop_group(child, self.order.kill_grace_s, meanwhile=lambda: _pump_if_possible(merger))
                raise
            finally:
                # Before the logs are closed: what is left of the program must not write behind our back.
                processes.sweep(self.order.mark)
        return judge_ending(self._evidence(child.returncode, merger, said_before))

    def _follow(self, child: subprocess.Popen[bytes], merger: rank_logs.Merger) -> None:
        tick_s = TICK_MIN_S
        while child.poll() is None:
            self.watch()
            moved = merger.pump()
            tick_s = TICK_MIN_S if moved else min(tick_s * 1.2, TICK_MAX_S)
            if moved < rank_logs.LINE_MAX:  # otherwise there is more already
                _wait(child, tick_s)

    def _evidence(self, code: int, merger: rank_logs.Merger, said_before: int) -> Evidence:
        errors = [name for name, file in merger.files.items() if file.stream == "stderr"]
        return Evidence(
            code=code,
            launcher_said=rank_logs.tail(self.folder / RUNNER_ERR, since=said_before),
            program_said="".join(rank_logs.tail(self.folder / name) for name in errors),
            error_lines=sum(merger.files[name].lines for name in errors),
            disk_full=_is_full(self.folder),
            job_uuid=self.order.job_uuid,
            mode=self.order.mode,
        )

    def _reached(self, progress: Progress) -> None:
        self.watch()
        self.stage = progress.stage
        write_fact(self.folder, PROGRESS, progress)


@dataclass(frozen=True, kw_only=True)
class Program:
    """A program that is ready to start."""

    source: Source
    launch: mpi.Launch


def _pump_if_possible(merger: rank_logs.Merger) -> None:
    with contextlib.suppress(OSError):  # a full disk is why we are here, perhaps
        merger.pump()


def _is_full(folder: Path) -> bool:
    disk = os.statvfs(folder)
    return disk.f_bavail == 0 or (disk.f_files > 0 and disk.f_favail == 0)


def _wait(child: subprocess.Popen[bytes], limit_s: float) -> None:
    """Wait for the child's end, ``limit_s`` seconds at most; unlike Popen.wait without waking up in between."""
    if not hasattr(os, "pidfd_open"):  # macOS
        time.sleep(limit_s)
        return
    import select

    handle = os.pidfd_open(child.pid)
    try:
        select.select([handle], [], [], limit_s)
    finally:
        os.close(handle)


def run_attempt(folder: Path) -> None:
    """Run the attempt unless it runs or has run already; its outcome is in ``exit.json``."""
    with locked(folder / RUNNER_LOCK) as alone:
        if not alone or not claim(folder):
            return
        order = _read_order(folder)
        watch = Watch(cancel=folder / CANCEL, limit_s=order.timeout_s)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda number, _: watch.signals.append(number))
        _reserve(folder)
        ending = Attempt(folder=folder, order=order, watch=watch).live()
        (folder / RESERVE).unlink(missing_ok=True)
        fact = Exit(state=ending.state, exit_code=ending.exit_code, reason=ending.reason, at=utc_now())
        write_fact(folder, EXIT, fact)


def _reserve(folder: Path) -> None:
    # Given back at the end, so that a disk which the program has filled still takes `exit.json`.
    with contextlib.suppress(OSError), (folder / RESERVE).open("wb") as file:
        file.write(bytes(RESERVE_BYTES))


if __name__ == "__main__":
    run_attempt(Path(sys.argv[1]))
