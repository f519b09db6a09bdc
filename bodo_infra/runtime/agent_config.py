"""What a node agent is told when it is started, and where its files lie."""

import sys
from dataclasses import dataclass, field
from pathlib import Path

from bodo_infra.runtime.records import Record

SETTINGS = "settings.json"
"""In the cluster's private folder: the same settings for every agent of the cluster, whoever starts it."""
AGENT = "agent.json"
AGENT_LOCK = "agent.lock"
AGENT_LOG = "agent.log"
AGENT_ERR = "agent.err"
"""What an agent said before it could log: a broken installation, say."""
SECRETS = "secrets"

NODE_VARIABLE = "BODO_INFRA_AGENT"
"""Every agent carries this variable, ``<cluster uuid>/<node>``."""


@dataclass(frozen=True, kw_only=True)
class AgentSettings(Record):
    """How a cluster's agents are started, and their times in seconds."""

    python: str = sys.executable
    arguments: tuple[str, ...] = ("-P", "-m", "bodo_infra.runtime.agent")
    tick_s: float = 0.1
    heartbeat_s: float = 2.0
    lease_s: float = 6.0
    settle_s: float = 3.0
    """How long a runner that was started may take to show itself, before it is started once more."""
    stop_grace_s: float = 5.0
    """From SIGTERM to SIGKILL."""

    @property
    def fresh_s(self) -> float:
        """A heartbeat older than this is no sign of life."""
        return 3 * self.heartbeat_s


@dataclass(frozen=True, kw_only=True)
class AgentConfig(Record):
    """Which node of which cluster an agent serves."""

    store: str
    cluster_uuid: str
    node: str
    settings: AgentSettings = field(default_factory=AgentSettings)


def node_folder(private_path: str, node: str) -> Path:
    """Folder of one node's agent."""
    return Path(private_path) / node


def secrets_file(private_path: str, job_uuid: str) -> Path:
    """Where a job's secrets were handed over, if it has any."""
    return Path(private_path) / SECRETS / f"{job_uuid}.json"
