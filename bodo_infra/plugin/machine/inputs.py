"""Judging inputs: every handler's Check collects Failures with these, and lets unknown values of a preview pass."""

from collections.abc import Iterator
from pathlib import Path

from bodo_infra.plugin.handler import Failure
from bodo_infra.plugin.wire_codec import UNKNOWN, Bag


def check_types(inputs: Bag, **kinds: type) -> Iterator[Failure]:
    """Inputs that are missing or of another type than the one named; ``None`` stands for missing."""
    for name, kind in kinds.items():
        value = inputs.get(name)
        if value is UNKNOWN:
            continue
        if value is None:
            yield Failure(name=name, reason="it is missing")
        elif type(value) is not kind:  # not isinstance: True is no number of nodes
            yield Failure(name=name, reason=f"it must be of type {kind.__name__}, not {type(value).__name__}")


def check_whole(inputs: Bag, least: int, *names: str) -> Iterator[Failure]:
    """Optional inputs that are given and are not whole numbers of at least ``least``."""
    for name in names:
        value = inputs.get(name)
        if value is None or value is UNKNOWN:
            continue
        if type(value) is not int or value < least:
            yield Failure(name=name, reason=f"it must be a whole number of at least {least}")


def check_folder(inputs: Bag, name: str) -> Iterator[Failure]:
    """A path that is not absolute, or where something else than a folder is."""
    value = inputs.get(name)
    if not isinstance(value, str):
        return
    path = Path(value)
    if not path.is_absolute():
        yield Failure(name=name, reason="it must be an absolute path")
        return
    blocking = next((part for part in (path, *path.parents) if part.exists()), None)
    if blocking is not None and not blocking.is_dir():
        yield Failure(name=name, reason=f"{blocking} is there and is no folder; move it away, or choose another path")
