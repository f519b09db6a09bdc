"""Fixtures of the runtime lane."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.runtime.local_world import LocalWorld


@pytest.fixture
def world(tmp_path: Path) -> Iterator[LocalWorld]:
    """A store and a workspace of one's own; all processes are gone afterwards."""
    world = LocalWorld(tmp_path)
    yield world
    world.close()
