"""Who holds a stack, by the engine's words and by the files of a backend; and whether the holder still lives."""

import json
import os
import socket
import subprocess
import sys

import pytest

from bodo_infra.driver.locks import LockHolder, find_locks, in_the_making, read_locks
from bodo_infra.driver.operations import locked_error

REFUSAL = """error: the stack is currently locked by 2 lock(s). Either wait for the other process(es) to end or
delete the lock file with `pulumi cancel`.
  file:///data/.pulumi/locks/organization/bodo/etl/a.json: created by ann@box (pid 42) at 2026-11-27T21:00:00+01:00
  file:///data/.pulumi/locks/organization/bodo/etl/b.json: created by ben@other-box (pid 7) at 2026-11-27T20:00:00Z
"""
# As the engine writes them (pkg/backend/diy/lock.go).
LOCK = {"pid": 42, "username": "ann", "hostname": "box", "timestamp": "2026-11-27T21:00:00.123456789+01:00"}


def holder(pid, host=None):
    return LockHolder(user="ann", host=host or socket.gethostname(), pid=pid, since="2026-11-27T21:00:00Z")


@pytest.fixture
def backend(tmp_path):
    (tmp_path / ".pulumi/locks/organization/bodo/etl").mkdir(parents=True)
    return tmp_path


def write_lock(backend, name, text):
    (backend / ".pulumi/locks/organization/bodo/etl" / name).write_text(text)


def test_every_holder_is_read_out_of_the_engines_refusal():
    assert read_locks(REFUSAL) == [
        LockHolder(user="ann", host="box", pid=42, since="2026-11-27T21:00:00+01:00"),
        LockHolder(user="ben", host="other-box", pid=7, since="2026-11-27T20:00:00Z"),
    ]


def test_a_refusal_without_a_holder_names_none():
    assert read_locks("error: the stack is currently locked") == []


def test_a_holder_reads_as_who_where_and_since_when():
    assert str(read_locks(REFUSAL)[0]) == "ann@box (pid 42) since 2026-11-27T21:00:00+01:00"


def test_a_lock_file_names_its_holder(backend):
    write_lock(backend, "a.json", json.dumps(LOCK))

    assert find_locks(backend, "bodo", "etl") == [
        LockHolder(user="ann", host="box", pid=42, since="2026-11-27T21:00:00+01:00")
    ]


def test_a_stack_without_lock_files_is_free(backend):
    assert find_locks(backend, "bodo", "etl") == []
    assert find_locks(backend, "bodo", "never-up") == []


def test_a_lock_file_that_is_still_being_written_is_passed_over(backend):
    write_lock(backend, "a.json", '{"pid": 4')
    write_lock(backend, "b.json", json.dumps(LOCK))

    assert [lock.user for lock in find_locks(backend, "bodo", "etl")] == ["ann"]


def test_a_process_of_this_machine_lives_while_it_runs():
    assert holder(os.getpid()).lives_here()


def test_a_process_of_another_machine_is_not_judged_by_a_pid_of_this_one():
    assert not holder(os.getpid(), host="another-machine").lives_here()


def test_a_process_that_has_ended_does_not_live_though_nobody_has_reaped_it():
    child = subprocess.Popen([sys.executable, "-c", "pass"])
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)

    assert not holder(child.pid).lives_here(), "a zombie holds no lock"
    child.wait()
    assert not holder(child.pid).lives_here()


def test_what_was_in_the_making_is_named_as_the_program_and_the_cloud_name_it():
    network = "urn:pulumi:team::bodo::bodo:aws:Workspace$bodo:aws:Network$aws:ec2/subnet:Subnet::team-network-private"
    uuid = "urn:pulumi:team::bodo::random:index/randomUuid:RandomUuid::team-uuid"
    pending = [
        {"resource": {"urn": network}, "type": "creating"},
        {"resource": {"urn": network}, "type": "deleting"},
        {"resource": {"urn": uuid}, "type": "creating"},
    ]

    assert in_the_making(pending) == (
        "aws:ec2/subnet:Subnet team-network-private",
        "random:index/randomUuid:RandomUuid team-uuid",
    )


@pytest.mark.parametrize(
    ("host", "pid", "gone"),
    [(socket.gethostname(), os.getpid(), False), (socket.gethostname(), 2**22 + 1, True), ("elsewhere", 1, False)],
    ids=["it runs", "it has ended", "who knows"],
)
def test_a_holder_that_is_known_to_be_gone_is_told_so(host, pid, gone):
    holder = LockHolder(user="ann", host=host, pid=pid, since="2026-11-27T21:00:00Z")

    assert holder.is_gone() is gone
    assert locked_error("data", [holder]).fix.startswith("That process is gone") is gone
