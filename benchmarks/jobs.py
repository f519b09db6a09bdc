"""What a job costs beyond bare mpiexec, how fast logs come, and what an agent costs when nothing happens."""

import os
import subprocess
import sys
import tempfile
import time
import uuid as uuids
from collections.abc import Iterator
from pathlib import Path

import psutil

from benchmarks.figure import Figure, paired_seconds
from bodo_infra.driver.clusters import Clusters
from bodo_infra.driver.jobs import Jobs
from bodo_infra.driver.stores import Stores
from bodo_infra.project.project import read_project
from bodo_infra.project.scaffold import make_project
from bodo_infra.runtime.clock import utc_now
from bodo_infra.runtime.fleet.local import LocalFleet, make_cluster, wish_cluster
from bodo_infra.runtime.jobs import submit_job
from bodo_infra.runtime.mpi import mpi_environment
from bodo_infra.runtime.node_shell import write_remote_shell
from bodo_infra.runtime.records import ClusterRecord, JobRecord, SourceRecord, WorkspaceRecord
from bodo_infra.runtime.states import JobState
from bodo_infra.runtime.store import LocalStore

WARM_START_LIMIT_S = 1.0
LINES = 500_000
LINES_PER_S_LIMIT = 50_000
IDLE_S = 20.0
IDLE_CPU_LIMIT_PERCENT = 1.0
IDLE_MEMORY_LIMIT_MB = 60.0
FIRST_LINE = "print('first', flush=True)\nfrom mpi4py import MPI\nMPI.COMM_WORLD.Barrier()\n"
MANY_LINES = "import sys\nline = 'x' * 60\nfor number in range(int(sys.argv[1])):\n    print(number, line)\n"


def measure() -> Iterator[Figure]:
    """All figures of jobs, on a cluster of two nodes with one slot each."""
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        try:
            yield from bench.figures()
        finally:
            bench.close()


class Bench:
    """A store, a cluster and a project around them, as `up` makes them, without the engine's time."""

    def __init__(self, folder: Path) -> None:
        make_project(folder)
        self.shared = folder / "shared"
        (self.shared / "programs").mkdir(parents=True)
        (self.shared / "programs" / "first.py").write_text(FIRST_LINE)
        (self.shared / "programs" / "many.py").write_text(MANY_LINES)
        self.store = LocalStore(folder / ".bodo-infra" / "platform", create=True)
        workspace = WorkspaceRecord(uuid="ws", name="demo", shared_path=str(self.shared), created_at=utc_now())
        wish = wish_cluster("demo", workspace, nodes=2, slots=1)
        self.cluster = make_cluster(self.store, wish)
        self.fleet = LocalFleet(self.store, self.cluster.uuid)
        self.cluster = self.fleet.wait_running()
        project = read_project(folder)
        stores = Stores(project)
        self.jobs = Jobs(Clusters(project, stores), stores)

    def close(self) -> None:
        """No process is left."""
        self.fleet.shutdown("the benchmark has ended")

    def figures(self) -> Iterator[Figure]:
        """One after the other: none may disturb another."""
        yield from self._idle()
        first, bare = paired_seconds(self._to_first_line, self._bare_to_first_line, times=9)
        beyond = first - bare
        yield Figure(name="warm job start, submit to first line", unit="s", value=first, bare=bare)
        yield Figure(name="  of that beyond bare mpiexec", unit="s", value=beyond, limit=WARM_START_LIMIT_S)
        whole, bare = paired_seconds(self._whole, self._bare_whole, times=9)
        yield Figure(name="whole job of a program that does nothing", unit="s", value=whole, bare=bare)
        started = time.perf_counter()
        count = sum(len(news.lines) for news in self.jobs.follow(self._submit(f"many.py {LINES // 2}")))
        assert count == LINES, f"{count} of {LINES} lines came"
        rate = count / (time.perf_counter() - started)
        yield Figure(
            name="log lines followed", unit="lines/s", value=rate, limit=LINES_PER_S_LIMIT, more_is_better=True
        )

    def _idle(self) -> Iterator[Figure]:
        agents = [process for process in psutil.process_iter() if self._is_agent(process)]
        time.sleep(2.0)  # past the start
        before = {agent: _cpu(agent) for agent in agents}
        time.sleep(IDLE_S)
        shares = [100 * (_cpu(agent) - before[agent]) / IDLE_S for agent in agents]
        memory = [agent.memory_info().rss / 1e6 for agent in agents]
        yield Figure(
            name="idle agent, busiest of two", unit="% of a core", value=max(shares), limit=IDLE_CPU_LIMIT_PERCENT
        )
        yield Figure(name="idle agent, largest of two", unit="MB", value=max(memory), limit=IDLE_MEMORY_LIMIT_MB)

    def _is_agent(self, process: psutil.Process) -> bool:
        try:
            return self.cluster.private_path in " ".join(process.cmdline())
        except psutil.Error:
            return False

    def _to_first_line(self) -> None:
        uuid = self._submit("first.py")
        news = self.jobs.follow(uuid)
        for item in news:
            if item.lines:
                break

    def _whole(self) -> None:
        job = self.jobs.wait(self._submit("first.py"))
        assert job.state is JobState.FINISHED, job.reason

    def _bare_to_first_line(self) -> None:
        process = subprocess.Popen(self._bare_command(), env=self._environment(), stdout=subprocess.PIPE)
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.read()
        process.wait()

    def _bare_whole(self) -> None:
        subprocess.run(self._bare_command(), env=self._environment(), stdout=subprocess.PIPE, check=True)

    def _bare_command(self) -> list[str]:
        return ["mpiexec", "-n", "2", sys.executable, str(self.shared / "programs" / "first.py")]

    def _environment(self) -> dict[str, str]:
        shell = write_remote_shell(Path(self.cluster.private_path))
        variables = mpi_environment(Path(sys.executable), self.cluster.hostfile, shell, self.shared)
        return {**os.environ, **variables, "PATH": os.pathsep.join([variables["PATH"], os.environ["PATH"]])}

    def _submit(self, command: str) -> str:
        job = _job(self.cluster, command)
        submit_job(self.store, job)
        return job.uuid


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


def _job(cluster: ClusterRecord, command: str) -> JobRecord:
    now = utc_now()
    return JobRecord(
        uuid=str(uuids.uuid4()),
        name="bench",
        cluster=cluster.name,
        cluster_uuid=cluster.uuid,
        workspace=cluster.workspace,
        command=command,
        source=SourceRecord(kind="folder", path="programs"),
        submitted_at=now,
        due_at=now,
    )
