"""Real attempts for tests: a shared folder, two nodes on this machine, programs, runners started for real."""

import subprocess
import uuid
from dataclasses import dataclass, field, replace
from pathlib import Path

from bodo_infra.runtime import hostfile
from bodo_infra.runtime.attempt import EXIT, ORDER, PROGRESS, Exit, Order, Progress, Stage, read_fact, write_fact
from bodo_infra.runtime.hostfile import Host
from bodo_infra.runtime.keys import attempt as attempt_key
from bodo_infra.runtime.node_shell import write_remote_shell
from bodo_infra.runtime.processes import marked_pids, sweep
from bodo_infra.runtime.records import SourceRecord
from bodo_infra.runtime.runner import start_runner
from bodo_infra.runtime.store.local import LocalStore
from tests.waiting import wait_until


@dataclass
class Running:
    """An attempt whose runner was started."""

    folder: Path
    order: Order
    process: subprocess.Popen[bytes]

    @property
    def mark(self) -> str:
        """What its processes carry."""
        return self.order.mark

    def end(self, *, timeout_s: float = 30) -> Exit:
        """Wait for the runner's end and return the exit, which must be there then."""
        self.process.wait(timeout_s)
        ending = read_fact(self.folder, EXIT, Exit)
        assert ending is not None, f"the runner ended without exit.json: {self.text('runner.err')}"
        return ending

    def started(self, line: str = "started", *, count: int = 1) -> None:
        """Wait until ``count`` ranks have printed ``line``."""
        wait_until(lambda: self.text("merged.log").count(line) >= count, f"{count} x {line!r} in the log")

    def reached(self, stage: Stage) -> Progress:
        """Wait until the attempt has come to ``stage``."""

        def there() -> Progress | None:
            progress = read_fact(self.folder, PROGRESS, Progress)
            return progress if progress and progress.stage is stage else None

        progress = wait_until(there, f"stage {stage}")
        assert progress is not None
        return progress

    def text(self, name: str) -> str:
        """Content of a file of the attempt; empty when it is not there."""
        path = self.folder / name
        return path.read_text(errors="replace") if path.exists() else ""

    def pids(self, of: str) -> list[int]:
        """Living processes of the attempt whose command line holds ``of``."""
        return [pid for pid in marked_pids(self.mark) if of in command_line(pid)]


@dataclass
class Bench:
    """Makes attempts. Nodes: node-0 and node-1 with two slots each, unless ``nodes`` says otherwise."""

    base: Path
    nodes: list[Host] = field(default_factory=lambda: [Host(name=f"node-{n}", slots=2) for n in range(2)])
    begun: list[Running] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.store = LocalStore(self.base / "store", create=True)
        self.shared = self.base / "shared"
        self.programs = self.shared / "programs"
        self.programs.mkdir(parents=True)
        self.hostfile = self.shared / ".hostfile-x"
        hostfile.write(self.hostfile, self.nodes)
        self.remote_shell = write_remote_shell(self.base)

    def order(self, program: str = "", **changes: object) -> Order:
        """An order for a program given as text, in a folder source."""
        (self.programs / "ex.py").write_text(program)
        order = Order(
            job_uuid=str(uuid.uuid4()),
            job_name="etl",
            number=1,
            command="ex.py",
            mode="spmd",
            source=SourceRecord(kind="folder", path="programs"),
            ranks=2,
            hostfile=str(self.hostfile),
            shared_path=str(self.shared),
            checkouts_path=str(self.shared / ".checkouts"),
            remote_shell=str(self.remote_shell) if self.remote_shell else None,
            timeout_s=60,
            kill_grace_s=5,
        )
        return replace(order, **changes)  # type: ignore[arg-type]

    def folder(self, order: Order) -> Path:
        """The attempt's folder with the order in it."""
        folder = self.store.object_path(attempt_key(order.job_uuid, order.number))
        folder.mkdir(parents=True, exist_ok=True)
        write_fact(folder, ORDER, order)
        return folder

    def start(self, order: Order, folder: Path | None = None) -> Running:
        """Start the runner of an order."""
        folder = folder or self.folder(order)
        running = Running(folder=folder, order=order, process=start_runner(folder))
        self.begun.append(running)
        return running

    def run(self, program: str, **changes: object) -> tuple[Exit, Running]:
        """Run a program to its end."""
        running = self.start(self.order(program, **changes))
        return running.end(timeout_s=90), running

    def close(self) -> list[str]:
        """End everything; return the command lines of processes that had outlived their attempt's exit."""
        left = []
        for running in self.begun:
            if (running.folder / EXIT).exists():
                left += [command_line(pid) for pid in marked_pids(running.mark) if pid != running.process.pid]
            sweep(running.mark)
            running.process.wait(10)
        self.store.close()
        return left


def command_line(pid: int) -> str:
    """Words of a process; empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""
