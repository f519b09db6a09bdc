"""A store, a workspace and clusters of real agent processes, for tests; whoever leaves takes all processes along."""

import os
import signal
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import psutil

from bodo_infra.runtime import keys
from bodo_infra.runtime.agent_config import NODE_VARIABLE, AgentSettings
from bodo_infra.runtime.attempt import MARK_VARIABLE
from bodo_infra.runtime.clock import utc_now
from bodo_infra.runtime.clusters import change_cluster, list_clusters, read_cluster
from bodo_infra.runtime.effects import Effects
from bodo_infra.runtime.fleet.local import LocalFleet, make_cluster, wish_cluster
from bodo_infra.runtime.jobs import read_job, submit_job
from bodo_infra.runtime.records import ClusterRecord, JobRecord, LeaseRecord, SourceRecord, WorkspaceRecord
from bodo_infra.runtime.states import ClusterState, JobState
from bodo_infra.runtime.store.base import MissingError
from bodo_infra.runtime.store.local import LocalStore
from tests.runtime.fake_runner import fake_effects
from tests.waiting import wait_until

QUICK = AgentSettings(
    arguments=(str(Path(__file__).with_name("fake_agent.py")),),
    tick_s=0.05,
    heartbeat_s=0.5,
    lease_s=2.0,
    settle_s=1.0,
    stop_grace_s=3.0,
)


@dataclass
class LocalWorld:
    """Everything below ``home``. ``effects`` and ``settings``: with the fake runner unless told otherwise."""

    home: Path
    settings: AgentSettings = QUICK
    effects: Effects = field(default_factory=fake_effects)

    def __post_init__(self) -> None:
        self.store = LocalStore(self.home / "store", create=True)
        self.shared = self.home / "shared"
        self.shared.mkdir()
        self.workspace = WorkspaceRecord(
            uuid=str(uuid4()), name="ws", shared_path=str(self.shared), created_at=utc_now()
        )

    def wish(self, name: str = "etl", *, nodes: int = 2, slots: int = 2, **fields: object) -> ClusterRecord:
        return wish_cluster(name, self.workspace, nodes=nodes, slots=slots, **fields)

    def make(self, name: str = "etl", **fields: object) -> ClusterRecord:
        """A cluster that is RUNNING."""
        made = make_cluster(self.store, self.wish(name, **fields), settings=self.settings, effects=self.effects)
        return self.fleet(made).wait_running()

    def fleet(self, cluster: ClusterRecord) -> LocalFleet:
        """A fleet as a new process would build it."""
        return LocalFleet(self.store, cluster.uuid, effects=self.effects)

    def submit(self, cluster: ClusterRecord, command: str, *, due_in_s: float = 0, **fields: object) -> JobRecord:
        now = utc_now()
        values: dict = {
            "uuid": str(uuid4()),
            "name": "job",
            "cluster": cluster.name,
            "cluster_uuid": cluster.uuid,
            "workspace": "ws",
            "command": command,
            "source": SourceRecord(kind="folder", path="."),
            "timeout_minutes": 5,
            "retry_delay_minutes": 0,
            "submitted_at": now,
            "due_at": now + timedelta(seconds=due_in_s),
        }
        job = JobRecord(**{**values, **fields})
        submit_job(self.store, job)
        return job

    def job(self, job: JobRecord) -> JobRecord:
        return read_job(self.store, job.uuid)

    def wait_job(self, job: JobRecord, *states: JobState, timeout_s: float = 30) -> JobRecord:
        """The job once it is in one of the states; ended, when none is given."""
        wanted = states or tuple(state for state in JobState if state.ended)
        wait_until(lambda: self.job(job).state in wanted, f"job {job.command!r} in {wanted}", timeout_s=timeout_s)
        return self.job(job)

    def wait_cluster(self, cluster: ClusterRecord, state: ClusterState, timeout_s: float = 30) -> ClusterRecord:
        wait_until(
            lambda: read_cluster(self.store, cluster.uuid).state is state, f"cluster {state}", timeout_s=timeout_s
        )
        return read_cluster(self.store, cluster.uuid)

    def change(self, cluster: ClusterRecord, change) -> ClusterRecord:
        return change_cluster(self.store, cluster.uuid, change)

    def holder(self, cluster: ClusterRecord) -> str | None:
        """Name of the node that leads, None when none does."""
        try:
            return LeaseRecord.from_json(self.store.get(keys.lease(cluster.uuid))[0]).holder.partition("/")[0]
        except MissingError:
            return None

    def agents(self, cluster: ClusterRecord, node: str | None = None) -> list[int]:
        """Pids of the cluster's agents, or of one node's."""
        return carrying(NODE_VARIABLE, f"{cluster.uuid}/{node or ''}", inherited_by=MARK_VARIABLE)

    def runs(self, name: str = "runs") -> int:
        """How often programs that say ``echo x >> runs`` have run."""
        path = self.shared / name
        return len(path.read_text().splitlines()) if path.exists() else 0

    def log(self, cluster: ClusterRecord) -> str:
        return "\n".join(path.read_text() for path in sorted(Path(cluster.private_path).glob("node-*/agent.log")))

    def close(self) -> None:
        """End all clusters; AssertionError when a process of theirs outlives them."""
        clusters = list_clusters(self.store, removed=True)
        for cluster in clusters:
            self.fleet(cluster).shutdown("the test is over")
        for cluster in clusters:
            wait_until(
                lambda cluster=cluster: not carrying(NODE_VARIABLE, cluster.uuid), "the end of all agents", timeout_s=5
            )
        self.store.close()


def kill(*pids: int) -> None:
    """SIGKILL, and wait until they are gone."""
    processes = []
    for pid in pids:
        with suppress(psutil.NoSuchProcess):
            processes.append(psutil.Process(pid))
            os.kill(pid, signal.SIGKILL)
    psutil.wait_procs(processes, timeout=5)


def carrying(variable: str, start: str, *, inherited_by: str | None = None) -> list[int]:
    """Pids of processes whose environment has ``variable`` with a value that begins with ``start``.

    Those that also have the variable ``inherited_by`` only inherited it, and are left out.
    """
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            environment = process.environ()
            alive = process.status() != psutil.STATUS_ZOMBIE
            if alive and environment.get(variable, "\0").startswith(start) and inherited_by not in environment:
                found.append(process.pid)
    return found
