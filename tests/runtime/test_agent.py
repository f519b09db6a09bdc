"""Agents of a local cluster as real processes, with a runner that needs no MPI. What MPI adds: test_agent_real_runner."""

from bodo_infra.runtime.states import JobState


def test_a_job_runs_once_and_its_outcome_is_in_its_record(world):
    cluster = world.make()
    job = world.wait_job(world.submit(cluster, "echo x >> runs"))

    assert (job.state, job.exit_code, job.attempt, job.reason) == (JobState.FINISHED, 0, 1, "exit code 0")
    assert (job.commit, job.cores) == ("c0ffee", 2), "what the runner found out must reach the record"
    assert job.started_at <= job.finished_at
    assert world.runs() == 1
