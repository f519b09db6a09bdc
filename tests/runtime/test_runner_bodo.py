"""Real Bodo programs, one per mode and one that is in the wrong mode. About 10 s each."""

import pytest

from bodo_infra.runtime.states import JobState

pytestmark = [pytest.mark.bodo, pytest.mark.mpi]

pytest.importorskip("bodo", reason="needs the `bodo` extra")

COMPILED = """
import bodo, numpy as np

@bodo.jit(cache=True)
def total(n):
    return np.arange(n).sum()

print("total", total(1000), bodo.get_rank(), bodo.get_size())
"""
DATA_FRAME = """
import bodo.pandas as pd

if __name__ == "__main__":
    frame = pd.DataFrame({"key": ["a", "b"] * 500, "value": range(1000)})
    print("sums", sorted(frame.groupby("key")["value"].sum().tolist()))
"""


def test_a_compiled_program_runs_on_every_rank_and_keeps_what_was_compiled(bench):
    ending, running = bench.run(COMPILED)

    assert ending.state is JobState.FINISHED, ending.reason + running.text("rank-0.err")
    assert running.text("rank-0.out") == "total 499500 0 2\n"
    assert running.text("rank-1.out") == "total 499500 1 2\n"
    assert list((bench.shared / ".cache").rglob("*.nbc")), "the next job would compile everything again"


def test_a_data_frame_program_runs_in_spawn_mode(bench):
    ending, running = bench.run(DATA_FRAME, mode="spawn")

    assert ending.state is JobState.FINISHED, ending.reason + running.text("rank-0.err")
    assert "sums [249500, 250000]" in running.text("merged.log")


def test_a_data_frame_program_in_spmd_mode_is_told_the_other_mode(bench):
    ending, running = bench.run(DATA_FRAME, mode="spmd")

    assert ending.state is JobState.FAILED
    assert "Set `mode: spawn` in the job" in ending.reason, running.text("rank-0.err") + running.text("rank-1.err")
