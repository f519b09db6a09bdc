"""The agent of one node: ``python -m bodo_infra.runtime.agent AGENT_JSON``. Wait, gather, judge, act; for ever.

Every agent gives signs of life and stands ready to lead; one of them does (see ``lease``, ``leader``). It may be killed
at any moment: all that matters is in the store and in the folders of attempts, and jobs have a runner of their own.
"""

import logging
import os
import select
import signal
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from logging.handlers import RotatingFileHandler
from pathlib import Path
from uuid import uuid4

from bodo_infra.errors import BodoInfraError, NotFoundError, TransitionError
from bodo_infra.runtime import agent_config, attempt, keys
from bodo_infra.runtime.agent_config import AgentConfig
from bodo_infra.runtime.boot import read_boot_id
from bodo_infra.runtime.clock import Clock, utc_now
from bodo_infra.runtime.clusters import read_cluster
from bodo_infra.runtime.effects import REAL, Effects
from bodo_infra.runtime.file_lock import hold_for_life
from bodo_infra.runtime.fleet.local_fleet import LocalFleet
from bodo_infra.runtime.leader import Leader
from bodo_infra.runtime.lease import Lease
from bodo_infra.runtime.records import HeartbeatRecord
from bodo_infra.runtime.states import ClusterState
from bodo_infra.runtime.store.base import ConflictError, MissingError, Store
from bodo_infra.runtime.store.local import LocalStore

log = logging.getLogger(__name__)

LOG_BYTES = 1_000_000
LOG_FILES = 2
RETRY_LIMIT_S = 5.0  # a step that keeps failing is tried again no less often than this

HOME_STATES = (ClusterState.PAUSED, ClusterState.REMOVED, ClusterState.FAILED)
"""In these states of its cluster an agent has nothing to do, and ends."""


class Guard:
    """Runs steps so that one which fails harms no other: it is logged, and tried again after a growing pause."""

    def __init__(self, clock: Clock, first_pause_s: float) -> None:
        self._clock = clock
        self._first_pause_s = first_pause_s
        self._failures: dict[str, tuple[float, datetime]] = {}

    def run(self, name: str, step: Callable[[], object]) -> None:
        """Run the step, unless it has failed too short a while ago."""
        pause_s, not_before = self._failures.get(name, (0.0, self._clock()))
        now = self._clock()
        if now < not_before <= now + timedelta(seconds=RETRY_LIMIT_S):
            return
        try:
            step()
        except TransitionError as error:
            log.info("%s: %s", name, error.message)  # somebody else was faster, or is at work: no failure
        except Exception as error:  # the top of the loop: one step must not cost a cluster its agent
            pause_s = min(max(2 * pause_s, self._first_pause_s), RETRY_LIMIT_S)
            first = name not in self._failures
            log.error("%s failed, next try in %g s: %s", name, pause_s, error, exc_info=first)
            self._failures[name] = (pause_s, now + timedelta(seconds=pause_s))
            return
        if self._failures.pop(name, None):
            log.info("%s works again", name)


class Agent:
    """One node's agent. ``wake``: becomes readable when the agent is to end."""

    def __init__(
        self,
        config: AgentConfig,
        store: LocalStore,
        *,
        effects: Effects,
        wake: int,
        home: Path,
        lock: int,
        clock: Clock = utc_now,
    ) -> None:
        self._config = config
        self._settings = config.settings
        self._store = store
        self._wake = wake
        self._home = home
        self._lock = lock
        self._clock = clock
        self._guard = Guard(clock, config.settings.tick_s)
        holder = f"{config.node}/{os.getpid()}/{uuid4().hex[:8]}"
        self._lease = Lease(store, config.cluster_uuid, holder, lease_s=config.settings.lease_s, clock=clock)
        fleet = LocalFleet(store, config.cluster_uuid, effects=effects, inside=True, clock=clock)
        self._leader = Leader(
            store,
            config.cluster_uuid,
            fleet=fleet,
            effects=effects,
            settings=config.settings,
            clock=clock,
            leads=self._lease.held,
            folder_of=fleet.attempt_folder,
        )
        self._beat_at = clock()
        self._changes = -1
        self._changed = False
        self._end_because: str | None = None

    def serve(self) -> None:
        """Live until told to end, or until there is nothing to live for."""
        try:
            while True:
                self._turn()
                if self._end_because is not None:
                    break
                if select.select([self._wake], [], [], self._settings.tick_s)[0]:
                    self._end_because = "told to end"
                    break
        finally:
            log.info("ends: %s", self._end_because)
            self._guard.run("farewell", self._farewell)

    def _turn(self) -> None:
        self._changed = False
        self._guard.run("changes", self._notice_changes)
        now = self._clock()
        heartbeat = timedelta(seconds=self._settings.heartbeat_s)
        due = not now < self._beat_at <= now + heartbeat  # a clock may be set back
        if due or self._changed:
            self._guard.run("reason to live", self._find_reason_to_end)
            if self._end_because is not None:
                return
        if due:
            self._beat_at = now + heartbeat
            self._guard.run("heartbeat", self._beat)
        # A peer looks at every change, to see a farewell at once; a leader that did so would wake itself by renewing.
        if self._clock() >= self._lease.look_at or (self._changed and not self._lease.held()):
            self._guard.run("lease", self._lease.keep)
        if not self._lease.held():
            return
        for name, step in self._leader.steps(changed=self._changed):
            self._guard.run(name, step)

    def _notice_changes(self) -> None:
        changes = self._store.changes()
        self._changed, self._changes = changes != self._changes, changes

    def _find_reason_to_end(self) -> None:
        try:
            same = (self._home / agent_config.AGENT_LOCK).stat().st_ino == os.fstat(self._lock).st_ino
        except FileNotFoundError:
            same = False
        if not same:
            self._end_because = f"its folder {self._home} is gone"
            return
        try:
            cluster = read_cluster(self._store, self._config.cluster_uuid)
        except NotFoundError:
            self._end_because = "its cluster is gone"
            return
        if cluster.state in HOME_STATES:
            self._end_because = f"its cluster is {cluster.state}"
        elif all(node.name != self._config.node for node in cluster.nodes):
            self._end_because = "its node is no part of the cluster any more"

    def _beat(self) -> None:
        write_heartbeat(
            self._store,
            self._config.cluster_uuid,
            HeartbeatRecord(node=self._config.node, pid=os.getpid(), boot_id=read_boot_id(), at=self._clock()),
        )

    def _farewell(self) -> None:
        self._lease.release()
        try:
            beat, version = self._store.get(keys.heartbeat(self._config.cluster_uuid, self._config.node))
            if beat["pid"] == os.getpid():
                self._store.delete(keys.heartbeat(self._config.cluster_uuid, self._config.node), version)
        except (MissingError, ConflictError):
            return


def write_heartbeat(store: Store, cluster_uuid: str, beat: HeartbeatRecord) -> None:
    """Write a node's sign of life over the one before."""
    key = keys.heartbeat(cluster_uuid, beat.node)
    try:
        _, version = store.get(key)
        store.replace(key, beat.to_json(), version)
    except MissingError:
        store.create(key, beat.to_json())


def run(config_path: Path, effects: Effects = REAL) -> int:
    """Serve the node that the file names; return the exit code. Ends at once when the node has an agent already."""
    config = attempt.read_fact(config_path.parent, config_path.name, AgentConfig)
    if config is None:
        print(f"agent: {config_path} does not exist", file=sys.stderr)  # noqa: T201 - there is no log yet
        return 3
    lock = _take_lock(config_path.with_name(agent_config.AGENT_LOCK))
    if lock is None:
        return 0
    _log_to(config_path.with_name(agent_config.AGENT_LOG))
    wake, waker = os.pipe()
    os.set_blocking(waker, False)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: os.write(waker, b"."))
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    log.info("agent of %s, process %d, cluster %s", config.node, os.getpid(), config.cluster_uuid)
    try:
        store = LocalStore(Path(config.store))
        Agent(config, store, effects=effects, wake=wake, home=config_path.parent, lock=lock).serve()
    except BodoInfraError as error:
        log.exception("cannot serve")
        print(f"agent: {error}", file=sys.stderr)  # noqa: T201 - read by whoever waits for this agent
        return error.exit_code
    return 0


def _take_lock(path: Path) -> int | None:
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    if hold_for_life(handle):
        return handle
    os.close(handle)
    return None


def _log_to(path: Path) -> None:
    logging.raiseExceptions = False  # a full disk must not fill stderr too
    handler = RotatingFileHandler(path, maxBytes=LOG_BYTES, backupCount=LOG_FILES)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])


if __name__ == "__main__":
    sys.exit(run(Path(sys.argv[1])))
