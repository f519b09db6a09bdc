"""Why a program ended, told from what is known when mpiexec has ended."""

import pytest

from bodo_infra.runtime.endings import Evidence, judge_ending
from bodo_infra.runtime.states import JobState

KILLED = "=   EXIT CODE: 9\nYOUR APPLICATION TERMINATED WITH THE EXIT STRING: Killed (signal 9)\n"
CLASH = "Abort(740970511): Fatal error in internal_Finalize: Communicator being freed has 1 unmatched message"


def evidence(code, *, launcher="", program="", error_lines=0, disk_full=False, mode="spmd"):
    return Evidence(
        code=code,
        launcher_said=launcher,
        program_said=program,
        error_lines=error_lines,
        disk_full=disk_full,
        job_uuid="1234",
        mode=mode,
    )


@pytest.mark.parametrize(
    ("given", "exit_code", "says"),
    [
        pytest.param(evidence(1), 1, "exit code 1", id="own code"),
        pytest.param(evidence(7), 7, "exit code 7", id="another code"),
        pytest.param(evidence(9), 9, "exit code 9", id="nine need not be a signal"),
        pytest.param(evidence(9, launcher=KILLED), 9, "SIGKILL, often out of memory", id="killed rank"),
        pytest.param(
            evidence(11, launcher=KILLED.replace("Killed (signal 9)", "Segmentation fault (signal 11)")),
            11,
            "a rank was killed (SIGSEGV)",
            id="crashed rank",
        ),
        pytest.param(evidence(139, launcher="exited on signal 11 (Seg"), 139, "SIGSEGV", id="crashed rank of Open MPI"),
        pytest.param(evidence(-9), None, "mpiexec was killed (SIGKILL)", id="killed mpiexec"),
        pytest.param(evidence(9, program=CLASH), 9, "mode: spawn", id="spawn clash"),
        pytest.param(
            evidence(1, program="AssertionError: Spawner and worker 0 must be on the same machine"),
            1,
            "Set `mode: spawn`",
            id="spawn clash over nodes",
        ),
        pytest.param(evidence(255, launcher="assert (!closed) failed"), 255, "mpiexec lost a node", id="killed proxy"),
        pytest.param(
            evidence(255, launcher="=   BAD TERMINATION OF ONE\n=   EXIT CODE: 9\n[proxy] assert (!closed) failed"),
            9,
            "a rank ended with exit code 9, or was killed (SIGKILL, often out of memory)",
            id="killed rank, and its node's proxy in a hurry",
        ),
        pytest.param(evidence(255, disk_full=True), 255, "the disk is full", id="full disk of the logs"),
        pytest.param(
            evidence(1, program="OSError: [Errno 28] No space left on device"), 1, "the disk is full", id="full disk"
        ),
    ],
)
def test_a_failure_names_its_cause(given, exit_code, says):
    ending = judge_ending(given)

    assert (ending.state, ending.exit_code) == (JobState.FAILED, exit_code)
    assert says in ending.reason


def test_zero_is_finished():
    assert judge_ending(evidence(0, error_lines=3)).state is JobState.FINISHED, "warnings on stderr are no failure"


def test_the_reason_points_to_stderr_and_does_not_repeat_it():
    reason = judge_ending(evidence(1, program="Traceback: token hunter2", error_lines=12)).reason

    assert "12 line(s) of stderr: `bodo-infra job logs 1234 --stderr`" in reason
    assert "hunter2" not in reason


def test_a_message_about_spawning_means_nothing_in_spawn_mode():
    assert "mode: spawn" not in judge_ending(evidence(9, program=CLASH, mode="spawn")).reason
