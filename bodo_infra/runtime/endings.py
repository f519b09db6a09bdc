"""How a program ended, in words that a person can act on. Pure: from exit code and what was said to a reason."""

import re
import signal
from dataclasses import dataclass

from bodo_infra.runtime.states import JobState

# bodo 2026.10 in a program that mpiexec runs on every core; which of the two comes is a matter of luck.
_MISPLACED_WORKER = "Spawner and worker 0 must be on the same machine"
_UNREAD_MESSAGES = re.compile(r"being freed has \d+ unmatched message")
_CLASH = (
    "workers of its own, as `bodo.pandas` always does, while mpiexec runs the program on every core. "
    "Set `mode: spawn` in the job"
)
_HYDRA_SIGNAL = re.compile(r"TERMINATED WITH THE EXIT STRING: .*\(signal (\d+)\)")
_OPENMPI_SIGNAL = re.compile(r"exited on signal (\d+)")
# Hydra 5.0.2, when one of its proxies is gone: killed, or in a hurry to end after a rank of its has ended badly. Then
# mpiexec ends with 255, and only its banner knows how that rank ended.
_HYDRA_LOST_NODE = "assert (!closed) failed"
_HYDRA_BANNER = re.compile(r"BAD TERMINATION.*?EXIT CODE: (\d+)", re.DOTALL)
DISK_FULL = "No space left on device"
DISK_FULL_REASON = "the disk is full: free space where the store and the workspace's shared files are, then run again"


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What is known when mpiexec has ended."""

    code: int
    """Of mpiexec; minus N when signal N killed it."""
    launcher_said: str
    """What mpiexec itself printed."""
    program_said: str
    """Ends of the ranks' stderr."""
    error_lines: int
    """Lines that all ranks wrote to stderr."""
    disk_full: bool
    """Nothing can be written where the logs are; then mpiexec could not even say so."""
    job_uuid: str
    mode: str


@dataclass(frozen=True, kw_only=True)
class Ending:
    """The outcome of a program that ended by itself."""

    state: JobState
    exit_code: int | None
    reason: str


def judge_ending(evidence: Evidence) -> Ending:
    """FINISHED for code 0, else FAILED with the most telling cause."""
    if evidence.code == 0:
        return Ending(state=JobState.FINISHED, exit_code=0, reason="finished")
    in_banner = _code_in_banner(evidence)
    code = evidence.code if in_banner is None else in_banner
    reason = f"{_cause(evidence, code, told_by_banner=in_banner is not None)}{_pointer(evidence)}"
    return Ending(state=JobState.FAILED, exit_code=code if code >= 0 else None, reason=reason)


def _cause(evidence: Evidence, code: int, *, told_by_banner: bool) -> str:
    if evidence.disk_full or DISK_FULL in evidence.launcher_said or DISK_FULL in evidence.program_said:
        return DISK_FULL_REASON
    if code < 0:
        return f"mpiexec was killed ({signal_name(-code)}) by somebody else"
    if evidence.mode == "spmd" and _MISPLACED_WORKER in evidence.program_said:
        return f"exit code {code}: Bodo spawned {_CLASH}"
    if evidence.mode == "spmd" and _UNREAD_MESSAGES.search(evidence.program_said):
        return f"exit code {code}: MPI ended with unread messages, as it does when Bodo spawned {_CLASH}"
    if told_by_banner:
        return f"a rank ended with exit code {code}, or was killed ({_signal_and_cause(code)})"
    if _HYDRA_LOST_NODE in evidence.launcher_said:
        return "mpiexec lost a node: its processes were killed by somebody else"
    killed = _HYDRA_SIGNAL.search(evidence.launcher_said) or _OPENMPI_SIGNAL.search(evidence.launcher_said)
    if killed:
        return f"a rank was killed ({_signal_and_cause(int(killed[1]))})"
    return f"exit code {code}"


def _signal_and_cause(number: int) -> str:
    return f"{signal_name(number)}, often out of memory" if number == signal.SIGKILL else signal_name(number)


def _code_in_banner(evidence: Evidence) -> int | None:
    """How a rank ended whose node was lost on the way; None when that is not what happened."""
    found = _HYDRA_BANNER.search(evidence.launcher_said) if _HYDRA_LOST_NODE in evidence.launcher_said else None
    return int(found[1]) if found else None


def _pointer(evidence: Evidence) -> str:
    if not evidence.error_lines:
        return ""
    return f"; {evidence.error_lines} line(s) of stderr: `bodo-infra job logs {evidence.job_uuid} --stderr`"


def signal_name(number: int) -> str:
    """``SIGKILL`` for 9; a number without a name stays one."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
