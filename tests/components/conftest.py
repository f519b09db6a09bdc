"""Leaves nothing of the SDK's mocks behind."""

import gc
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session", autouse=True)
def event_loops_are_collected() -> Iterator[None]:
    """The SDK's test runner leaves event loops open. Collected while Python parses a file, as happens when pytest ends,
    their complaints end in a SystemError of CPython 3.11: so they are collected here."""
    yield
    gc.collect()
