"""Whether a cluster is idle, and what follows. The judge knows no clock, no store and no network."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bodo_infra.runtime.records import ClusterRecord, JobRecord


class IdleStep(StrEnum):
    """What to do about an idle cluster."""

    STAY = "stay"
    PAUSE = "pause"
    SHUTDOWN = "shutdown"


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """``because`` names the signal that decided, for the log."""

    idle: bool
    because: str


@dataclass(frozen=True, kw_only=True)
class IdlePlan:
    """What to do, and why."""

    step: IdleStep
    because: str


def judge_idle(last_seen_s: Mapping[str, float | None], *, now_s: float, limit_s: float) -> Verdict:
    """Say whether a cluster is idle, and which signal decided.

    ``last_seen_s``: per signal the time, on the clock of ``now_s``, of the last activity; None = could not be read.
    An unreadable signal keeps the cluster up: a needless hour costs less than a lost run.
    """
    for name, seen_s in last_seen_s.items():
        if seen_s is None:
            return Verdict(idle=False, because=f"{name} could not be read")
        if now_s - seen_s < limit_s:
            return Verdict(idle=False, because=f"{name} active less than {limit_s:g} s ago")
    return Verdict(idle=True, because=f"no activity for {limit_s:g} s in: {', '.join(last_seen_s)}")


def name_waiting(jobs: Sequence[JobRecord]) -> str | None:
    """What forbids to stop the nodes at all: a stopped cluster has no agent that could start these jobs in time."""
    for job in jobs:
        if job.schedule is not None:
            return f"job {job.name!r} recurs ({job.schedule.cron}), next at {job.due_at:%Y-%m-%d %H:%M:%S} UTC"
        if not job.state.ended:
            return f"job {job.name!r} is {job.state.value}, due at {job.due_at:%Y-%m-%d %H:%M:%S} UTC"
    return None


def plan_idle(
    cluster: ClusterRecord, jobs: Sequence[JobRecord], *, signals: Mapping[str, datetime | None], now: datetime
) -> IdlePlan:
    """What to do about the cluster now. ``jobs``: its queue.  ``signals``: last activity of what else counts.

    When both limits have passed, auto shutdown wins: pausing first would only put it off.
    """
    waiting = name_waiting(jobs)
    if waiting:
        return IdlePlan(step=IdleStep.STAY, because=waiting)
    seen = {"jobs": max(cluster.last_activity_at, cluster.in_state_since), **signals}
    seen_s = {name: moment.timestamp() if moment else None for name, moment in seen.items()}
    because = "auto pause and auto shutdown are never"
    limits = ((IdleStep.SHUTDOWN, cluster.auto_shutdown_minutes), (IdleStep.PAUSE, cluster.auto_pause_minutes))
    for step, minutes in limits:
        if minutes is None:
            continue
        verdict = judge_idle(seen_s, now_s=now.timestamp(), limit_s=minutes * 60)
        because = verdict.because
        if verdict.idle:
            return IdlePlan(step=step, because=because)
    return IdlePlan(step=IdleStep.STAY, because=because)
