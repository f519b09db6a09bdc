"""A store in a folder: records in SQLite (WAL), objects as files beside it."""

import contextlib
import errno
import json
import secrets
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

from bodo_infra.errors import HostError
from bodo_infra.runtime.records import Json
from bodo_infra.runtime.store.base import AlreadyExistsError, ConflictError, MissingError
from bodo_infra.runtime.whole_file import DRAFT, write_whole

DATABASE = "records.sqlite3"
OBJECTS = "objects"
BUSY_TIMEOUT_S = 30.0
FIRST_VERSIONS = 2**40

_SCHEMA = """
CREATE TABLE IF NOT EXISTS records (
    key TEXT PRIMARY KEY,
    body TEXT NOT NULL,
    version INTEGER NOT NULL
) WITHOUT ROWID
"""


class LocalStore:
    """See ``Store``. Safe for many processes on one machine; a process that is killed leaves nothing half written.

    ``create``: make the folder and the database when they are missing; otherwise a missing one raises HostError.
    """

    def __init__(self, directory: Path, *, create: bool = False) -> None:
        self.directory = directory
        # How many rows a statement changed is kept by the connection: another thread's would be counted for it.
        self._counting = threading.Lock()
        database = directory / DATABASE
        if create:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            (directory / OBJECTS).mkdir(mode=0o700, exist_ok=True)
            # SQLite gives its files beside the database the database's mode, so that comes first.
            database.touch(mode=0o600)
        elif not database.exists():
            raise _missing(directory)
        with self._readable_errors():
            # One process may use its store from several threads; SQLite serialises them (threadsafety 3).
            self._connection = sqlite3.connect(
                database, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
            )
            if not create and not self._is_finished():
                self._connection.close()
                raise _missing(directory)
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=NORMAL")
            if create:
                self._connection.execute(_SCHEMA)

    def _is_finished(self) -> bool:
        # A full disk, or a kill, may have left a database without its table; the next `create` finishes it.
        query = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'records'"
        return self._connection.execute(query).fetchone() is not None

    def create(self, key: str, record: Json) -> int:
        # Not 1: a key that was deleted and made anew must not be taken for the old one by whoever read that.
        version = secrets.randbelow(FIRST_VERSIONS)
        with self._readable_errors():
            try:
                with self._counting:
                    self._connection.execute("INSERT INTO records VALUES (?, ?, ?)", (key, json.dumps(record), version))
            except sqlite3.IntegrityError as error:
                raise AlreadyExistsError(key) from error
        return version

    def get(self, key: str) -> tuple[Json, int]:
        with self._readable_errors():
            row = self._connection.execute("SELECT body, version FROM records WHERE key = ?", (key,)).fetchone()
        if row is None:
            raise MissingError(key)
        return _loads(key, row[0]), row[1]

    def replace(self, key: str, record: Json, version: int) -> int:
        with self._readable_errors(), self._counting:
            changed = self._connection.execute(
                "UPDATE records SET body = ?, version = version + 1 WHERE key = ? AND version = ?",
                (json.dumps(record), key, version),
            ).rowcount
        if not changed:
            self.get(key)
            raise ConflictError(key)
        return version + 1

    def delete(self, key: str, version: int | None = None) -> None:
        with self._readable_errors(), self._counting:
            gone = self._connection.execute(
                "DELETE FROM records WHERE key = ? AND (? IS NULL OR version = ?)", (key, version, version)
            ).rowcount
        if not gone and version is not None:
            with contextlib.suppress(MissingError):
                self.get(key)
                raise ConflictError(key)

    def list(self, prefix: str) -> Iterator[tuple[str, Json, int]]:
        with self._readable_errors():
            rows = self._connection.execute(
                "SELECT key, body, version FROM records WHERE key >= ? AND key < ? ORDER BY key",
                (prefix, prefix + "\U0010ffff"),
            ).fetchall()
        for key, body, version in rows:
            yield key, _loads(key, body), version

    def put(self, path: str, content: bytes) -> None:
        target = self.object_path(path)
        with self._readable_errors():
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_whole(target, content)

    def get_object(self, path: str, start: int = 0, size: int | None = None) -> bytes:
        try:
            with self.object_path(path).open("rb") as file:
                file.seek(start)
                return file.read(-1 if size is None else size)
        except (FileNotFoundError, IsADirectoryError) as error:
            raise MissingError(path) from error

    def list_objects(self, prefix: str) -> Iterator[str]:
        root = self.directory / OBJECTS
        start = self.object_path(prefix) if prefix.endswith("/") or not prefix else self.object_path(prefix).parent
        found = (path for path in start.rglob("*") if path.is_file() and not path.name.startswith(DRAFT))
        yield from sorted(name for path in found if (name := path.relative_to(root).as_posix()).startswith(prefix))

    def delete_objects(self, prefix: str) -> None:
        if prefix.endswith("/"):
            shutil.rmtree(self.object_path(prefix), ignore_errors=True)
            return
        for path in self.list_objects(prefix):
            self.object_path(path).unlink(missing_ok=True)

    def changes(self) -> int:
        # data_version moves when another connection writes, total_changes when this one does.
        with self._readable_errors():
            (others,) = self._connection.execute("PRAGMA data_version").fetchone()
        return int(others) + self._connection.total_changes

    def close(self) -> None:
        self._connection.close()

    def object_path(self, path: str) -> Path:
        """The file behind an object. On this machine logs are written straight into it."""
        root = self.directory / OBJECTS
        full = (root / path).resolve()
        if not full.is_relative_to(root.resolve()):
            raise ValueError(f"object path {path!r} leaves the store")
        return full

    @contextlib.contextmanager
    def _readable_errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.IntegrityError:
            raise
        except (sqlite3.Error, OSError) as error:
            raise _host_error(self.directory, error) from error


def _loads(key: str, body: str) -> Json:
    try:
        found: Json = json.loads(body)
    except ValueError as error:
        raise HostError(f"record {key} of the store is spoiled: {error}", "Restore the store from a copy") from error
    return found


def _missing(directory: Path) -> HostError:
    return HostError(f"store {directory} does not exist", "Bring up the cloud-config that keeps it: `bodo-infra up`")


def _host_error(directory: Path, error: Exception) -> HostError:
    full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
    full = full or (isinstance(error, sqlite3.Error) and "full" in str(error))
    if full:
        return HostError(
            f"store {directory}: the disk is full, nothing was written ({error})",
            "Free some space there (old logs: `bodo-infra job delete`), then say it again",
        )
    return HostError(
        f"store {directory} cannot be used: {error}", "Check that the folder exists and that you may write to it"
    )
