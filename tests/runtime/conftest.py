"""Fixtures of the runtime lane."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from bodo_infra.runtime.attempt import Order
from bodo_infra.runtime.git import Git
from bodo_infra.runtime.records import SourceRecord
from tests.runtime.attempts import Bench
from tests.runtime.local_world import LocalWorld

GIT_SECRET = "correct-horse-battery"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[LocalWorld]:
    """A store and a workspace of one's own; all processes are gone afterwards."""
    world = LocalWorld(tmp_path)
    yield world
    world.close()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """Attempts of one's own that leave no process behind: every test that uses it proves so."""
    made = Bench(tmp_path)
    yield made
    assert made.close() == [], "processes outlived their attempt"


@pytest.fixture
def order(tmp_path: Path) -> Order:
    """An order whose source a test fills in."""
    (tmp_path / "shared").mkdir()
    return Order(
        job_uuid="j",
        job_name="etl",
        number=1,
        command="ex.py",
        mode="spmd",
        source=SourceRecord(kind="git"),
        ranks=None,
        hostfile="",
        shared_path=str(tmp_path / "shared"),
        checkouts_path=str(tmp_path / "shared/.checkouts"),
        remote_shell=None,
        timeout_s=60,
    )


@pytest.fixture
def git(tmp_path: Path) -> Git:
    """The machine's git, which finds the right password and a wrong one in its environment."""
    (tmp_path / "scratch").mkdir()
    machine = {"PATH": os.environ["PATH"], "GIT_TOKEN": GIT_SECRET, "WRONG_TOKEN": "guessed"}
    return Git(scratch=tmp_path / "scratch", machine=machine, watch=lambda: None, mark={}, grace_s=1)
