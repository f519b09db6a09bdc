"""The contract of a store. DynamoDB and S3, Azure blobs, and SQLite with files all keep it."""

from collections.abc import Iterator
from typing import Protocol

from bodo_infra.runtime.records import Json


class StoreError(Exception):
    """A store's plain answer to a call; the caller turns it into something a person can use."""


class AlreadyExistsError(StoreError):
    """``create`` met a record under that key."""


class MissingError(StoreError):
    """No record or object under that key."""


class ConflictError(StoreError):
    """The record has changed since that version was read."""


class Store(Protocol):
    """Records (small JSON values with versions) and objects (bytes under a path).

    Every call may raise HostError when the store cannot be reached or is full; nothing is half written then.
    """

    def create(self, key: str, record: Json) -> int:
        """Write a new record and return its version. Raises AlreadyExistsError."""
        ...

    def get(self, key: str) -> tuple[Json, int]:
        """The record and its version. Raises MissingError."""
        ...

    def replace(self, key: str, record: Json, version: int) -> int:
        """Overwrite the record if it still has ``version``; return the new one. Raises ConflictError, MissingError."""
        ...

    def delete(self, key: str, version: int | None = None) -> None:
        """Delete the record, if it still has ``version`` where given. Missing is no error. Raises ConflictError."""
        ...

    def list(self, prefix: str) -> Iterator[tuple[str, Json, int]]:
        """Key, record and version of all records under ``prefix``, in the order of their keys."""
        ...

    def put(self, path: str, content: bytes) -> None:
        """Write an object whole, or not at all."""
        ...

    def get_object(self, path: str, start: int = 0, size: int | None = None) -> bytes:
        """The object's bytes from offset ``start`` on, ``size`` of them at most. Raises MissingError."""
        ...

    def list_objects(self, prefix: str) -> Iterator[str]:
        """Paths of all objects under ``prefix``, sorted."""
        ...

    def delete_objects(self, prefix: str) -> None:
        """Delete all objects under ``prefix``."""
        ...

    def changes(self) -> int:
        """A cheap number that differs after any record was written by anybody: what a loop asks before it reads."""
        ...

    def close(self) -> None:
        """Give back what the store holds open."""
        ...
