"""Fixtures of the runtime lane."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.runtime.attempts import Bench
from tests.runtime.local_world import LocalWorld


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
