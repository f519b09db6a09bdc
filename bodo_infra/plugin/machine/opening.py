"""Opening the store that a resource lives in. One that is gone and one that cannot be read are not the same."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from bodo_infra.runtime.store import LocalStore
from bodo_infra.runtime.store.local import DATABASE


def store_exists(directory: str) -> bool:
    """Whether there is a store; what it held is gone when there is none."""
    return (Path(directory) / DATABASE).exists()


@contextlib.contextmanager
def opened(directory: str) -> Iterator[LocalStore]:
    """The store, for as long as it is needed. Raises HostError when it is not there or cannot be used."""
    with contextlib.closing(LocalStore(Path(directory))) as store:
        yield store
