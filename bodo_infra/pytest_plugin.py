"""What pytest finds where this package is installed: the fixture ``offline_account``. Loads nothing until then."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from bodo_infra.testing import OfflineAccount


@pytest.fixture
def offline_account(tmp_path: Path) -> "Iterator[OfflineAccount]":
    """An account of AWS and Azure for one test, with a Pulumi home and a state of its own; see bodo_infra.testing."""
    from bodo_infra.testing import OfflineAccount

    with OfflineAccount(tmp_path / "offline-account") as account:
        yield account
