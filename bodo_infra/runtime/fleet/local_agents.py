"""The agents of a cluster on this machine as processes: start them detached, see whether they live, end them."""

import logging
import os
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path

import psutil

from bodo_infra.errors import HostError
from bodo_infra.runtime import agent_config, attempt
from bodo_infra.runtime.agent_config import AgentConfig, AgentSettings
from bodo_infra.runtime.mpi import DEFAULT_PATH, MACHINE_VARIABLES
from bodo_infra.runtime.records import ClusterRecord

log = logging.getLogger(__name__)

POLL_S = 0.02


class LocalAgents:
    """The agents of one cluster. ``inside``: this very process is one of them, and is never ended from here."""

    def __init__(self, store: Path, settings: AgentSettings, *, inside: bool) -> None:
        self._store = store
        self._settings = settings
        self._inside = inside
        self._children: list[subprocess.Popen[bytes]] = []

    def alive(self, cluster: ClusterRecord, node: str) -> bool:
        """Whether the node's agent lives. It holds its lock from its first moment to its last."""
        self._reap()
        return attempt.lock_held(_folder(cluster, node) / agent_config.AGENT_LOCK)

    def missing(self, cluster: ClusterRecord) -> list[str]:
        """The nodes that neither live nor are about to: a process that is just starting holds no lock yet."""
        dead = [node.name for node in cluster.nodes if not self.alive(cluster, node.name)]
        return [node for node in dead if not self._processes(cluster, [node])]

    def start(self, cluster: ClusterRecord, node: str) -> None:
        """Start the node's agent, detached. If one lives already, the new one ends at once."""
        folder = _folder(cluster, node)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        config = AgentConfig(store=str(self._store), cluster_uuid=cluster.uuid, node=node, settings=self._settings)
        attempt.write_fact(folder, agent_config.AGENT, config)
        argv = [self._settings.python, *self._settings.arguments, str(folder / agent_config.AGENT)]
        try:
            with (folder / agent_config.AGENT_ERR).open("wb") as output:
                self._children.append(
                    subprocess.Popen(
                        argv,
                        env=_environment(self._settings.python, f"{cluster.uuid}/{node}"),
                        cwd="/",  # an agent must not hold anybody's folder
                        stdin=subprocess.DEVNULL,
                        stdout=output,
                        stderr=output,
                        start_new_session=True,
                    )
                )
        except OSError as error:
            raise HostError(f"the agent of {node} cannot be started: {error}", "Repair that, then try again") from error

    def stop(self, cluster: ClusterRecord, nodes: Iterable[str]) -> None:
        """End the nodes' agents, the ones that are only just starting too: SIGTERM, some grace, SIGKILL."""
        nodes = list(nodes)
        grace_s = self._settings.stop_grace_s
        for process in self._processes(cluster, nodes):
            _signal(process, kill=False)
        left = self._wait_gone(cluster, nodes, grace_s)
        for process in left:
            log.warning("agent %d did not end within %g s: killing it", process.pid, grace_s)
            _signal(process, kill=True)
        if left:
            self._wait_gone(cluster, nodes, grace_s)
        if not self._inside:
            self._wait_released(cluster, nodes, grace_s)

    def failed_start(self, cluster: ClusterRecord) -> str | None:
        """A node whose agent has complained and ended before it could serve; None when there is none."""
        for node in cluster.nodes:
            err = _folder(cluster, node.name) / agent_config.AGENT_ERR
            complained = err.exists() and err.stat().st_size > 0
            if complained and not self.alive(cluster, node.name) and not self._processes(cluster, [node.name]):
                return node.name
        return None

    def last_words(self, cluster: ClusterRecord, node: str, *, lines: int = 5) -> str:
        """The end of what a node's agent logged or, if it never got so far, complained about."""
        for name in (agent_config.AGENT_ERR, agent_config.AGENT_LOG):
            path = _folder(cluster, node) / name
            if path.exists() and (text := path.read_text(errors="replace").strip()):
                return "\n".join(text.splitlines()[-lines:])
        return "(it has said nothing)"

    def _processes(self, cluster: ClusterRecord, nodes: Iterable[str]) -> list[psutil.Process]:
        configs = {str(_folder(cluster, node) / agent_config.AGENT) for node in nodes}
        return [process for process in psutil.process_iter() if self._serves(process, configs)]

    def _wait_gone(self, cluster: ClusterRecord, nodes: list[str], timeout_s: float) -> list[psutil.Process]:
        # Not psutil.wait_procs: to that, a zombie that its parent has not reaped yet is alive.
        deadline = time.monotonic() + timeout_s
        while (left := self._processes(cluster, nodes)) and time.monotonic() < deadline:
            self._reap()
            time.sleep(POLL_S)
        self._reap()
        return left

    def _wait_released(self, cluster: ClusterRecord, nodes: list[str], timeout_s: float) -> None:
        # In its last moments a process has no command line to be found by any more, but its lock still.
        deadline = time.monotonic() + timeout_s
        while any(self.alive(cluster, node) for node in nodes) and time.monotonic() < deadline:
            time.sleep(POLL_S)

    def _serves(self, process: psutil.Process, configs: set[str]) -> bool:
        if self._inside and process.pid == os.getpid():
            return False
        try:
            command = process.cmdline()
        except psutil.Error:
            return False
        return bool(command) and command[-1] in configs

    def _reap(self) -> None:
        self._children = [child for child in self._children if child.poll() is None]


def _folder(cluster: ClusterRecord, node: str) -> Path:
    return agent_config.node_folder(cluster.private_path, node)


def _environment(python: str, node: str) -> dict[str, str]:
    """An agent outlives the terminal it was started from, so it takes no more of it than what describes the machine."""
    kept = {name: os.environ[name] for name in MACHINE_VARIABLES if name in os.environ}
    path = os.pathsep.join((str(Path(python).parent), kept.get("PATH") or DEFAULT_PATH))
    # So that it finds this very library, installed or not. Jobs do not see the variable: their runner leaves it out.
    package_root = str(Path(__file__).parents[3])
    return {**kept, "PATH": path, "PYTHONPATH": package_root, agent_config.NODE_VARIABLE: node}


def _signal(process: psutil.Process, *, kill: bool) -> None:
    try:
        process.kill() if kill else process.terminate()
    except psutil.NoSuchProcess:
        return
