"""The contract of a store, over every store that there is. A new target adds one line to STORES and keeps it."""

import multiprocessing
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bodo_infra.errors import HostError
from bodo_infra.runtime.store import AlreadyExistsError, ConflictError, LocalStore, MissingError, Store

Opener = Callable[[], Store]


def open_local(folder: Path) -> Store:
    return LocalStore(folder / "store", create=True)


STORES = {"local": open_local}


@pytest.fixture(params=STORES)
def opener(request, tmp_path) -> Iterator[Opener]:
    """Opens the same store again and again, as different processes would."""
    opened: list[Store] = []

    def again() -> Store:
        opened.append(STORES[request.param](tmp_path))
        return opened[-1]

    yield again
    for store in opened:
        store.close()


@pytest.fixture
def store(opener: Opener) -> Store:
    return opener()


def test_a_record_is_read_as_it_was_written_by_everybody(store, opener):
    record = {"name": "Zoë", "nodes": [{"slots": 2}], "none": None, "float": 0.1}
    version = store.create("jobs/1", record)

    assert opener().get("jobs/1") == (record, version)


def test_a_key_is_created_once(store):
    store.create("jobs/1", {"by": "first"})
    with pytest.raises(AlreadyExistsError):
        store.create("jobs/1", {"by": "second"})

    assert store.get("jobs/1")[0] == {"by": "first"}


def test_what_is_not_there_is_missing(store):
    with pytest.raises(MissingError):
        store.get("jobs/1")
    with pytest.raises(MissingError):
        store.replace("jobs/1", {}, 1)


def test_only_the_newest_version_can_be_replaced(store):
    first = store.create("jobs/1", {"n": 1})
    second = store.replace("jobs/1", {"n": 2}, first)
    with pytest.raises(ConflictError):
        store.replace("jobs/1", {"n": 3}, first)

    assert store.get("jobs/1") == ({"n": 2}, second)


def test_a_key_made_anew_is_not_taken_for_the_old_one(store):
    old = store.create("leases/1", {"holder": "a"})
    store.delete("leases/1")
    store.create("leases/1", {"holder": "b"})
    with pytest.raises(ConflictError):
        store.replace("leases/1", {"holder": "a again"}, old)

    assert store.get("leases/1")[0] == {"holder": "b"}, "a slow writer must not overwrite what it has never seen"


def test_deleting_is_deaf_to_what_is_missing_but_not_to_what_has_changed(store):
    store.delete("jobs/1")
    store.delete("jobs/1", 7)
    first = store.create("jobs/1", {})
    store.replace("jobs/1", {"n": 2}, first)
    with pytest.raises(ConflictError):
        store.delete("jobs/1", first)
    store.delete("jobs/1")

    with pytest.raises(MissingError):
        store.get("jobs/1")


def test_a_prefix_lists_its_records_in_order_and_no_others(store):
    for key in ("jobs/b", "jobs/a", "jobsearch/1", "leases/1", "jobs/é"):
        store.create(key, {"key": key})

    assert [key for key, record, _ in store.list("jobs/") if record == {"key": key}] == ["jobs/a", "jobs/b", "jobs/é"]


def test_a_list_may_be_changed_while_it_is_read(store):
    for number in range(5):
        store.create(f"queue/{number}", {})
    for key, _, version in store.list("queue/"):
        store.delete(key, version)

    assert list(store.list("queue/")) == []


def test_changes_moves_with_every_write_of_anybody_and_rests_otherwise(store, opener):
    other = opener()
    seen = {store.changes()}
    version = other.create("jobs/1", {})
    seen.add(store.changes())
    other.replace("jobs/1", {"n": 2}, version)
    seen.add(store.changes())
    store.delete("jobs/1")
    seen.add(store.changes())

    assert len(seen) == 4, "a loop that waits for changes would sleep through a write"
    assert store.changes() == store.changes(), "a loop that waits for changes would never rest"


def test_an_object_is_read_from_any_offset(store, opener):
    store.put("jobs/1/1/merged.log", b"one\ntwo\n")

    assert opener().get_object("jobs/1/1/merged.log", 4) == b"two\n"
    assert store.get_object("jobs/1/1/merged.log", 100) == b""


def test_an_object_is_overwritten_whole(store):
    store.put("a/b", b"long content")
    store.put("a/b", b"short")

    assert store.get_object("a/b") == b"short"


def test_a_missing_object_is_missing(store):
    with pytest.raises(MissingError):
        store.get_object("nothing/here")


def test_objects_are_listed_and_deleted_by_prefix(store):
    for path in ("jobs/1/1/b", "jobs/1/1/a", "jobs/10/1/a"):
        store.put(path, b"x")

    assert list(store.list_objects("jobs/1/")) == ["jobs/1/1/a", "jobs/1/1/b"]
    store.delete_objects("jobs/1/")
    assert list(store.list_objects("jobs/")) == ["jobs/10/1/a"]
    store.delete_objects("jobs/1/")


def _count_up(folder: Path, rounds: int) -> None:
    store = open_local(folder)
    for _ in range(rounds):
        while True:
            record, version = store.get("counter")
            try:
                store.replace("counter", {"n": record["n"] + 1}, version)
            except ConflictError:
                continue
            break
    store.close()


def test_no_update_is_lost_between_processes(tmp_path):
    store = open_local(tmp_path)
    store.create("counter", {"n": 0})
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=_count_up, args=(tmp_path, 50)) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)

    assert store.get("counter")[0] == {"n": 150}
    store.close()


def test_no_update_is_lost_between_threads_of_one_store(store):
    store.create("counter", {"n": 0})

    def count_up() -> None:
        for _ in range(25):
            while True:
                record, version = store.get("counter")
                try:
                    store.replace("counter", {"n": record["n"] + 1}, version)
                except ConflictError:
                    continue
                break

    threads = [threading.Thread(target=count_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert store.get("counter")[0] == {"n": 100}


def test_a_local_store_that_is_not_there_is_a_readable_error(tmp_path):
    with pytest.raises(HostError, match="does not exist"):
        LocalStore(tmp_path / "nothing")


@pytest.mark.parametrize("content", [b"", None], ids=["empty file", "no table"])
def test_a_local_store_that_a_full_disk_has_left_half_made_is_not_there_and_is_finished_by_the_next_create(
    tmp_path, content
):
    database = tmp_path / "records.sqlite3"
    if content is None:
        sqlite3.connect(database).execute("PRAGMA journal_mode=WAL")
    else:
        database.write_bytes(content)
    with pytest.raises(HostError, match="does not exist"):
        LocalStore(tmp_path)

    LocalStore(tmp_path, create=True).close()

    LocalStore(tmp_path).close()


def test_a_local_store_whose_database_is_broken_is_a_readable_error(tmp_path):
    LocalStore(tmp_path, create=True).close()
    (tmp_path / "records.sqlite3").write_bytes(b"no database" * 1000)
    with pytest.raises(HostError, match="cannot be used"):
        LocalStore(tmp_path).get("jobs/1")


def test_a_local_store_is_for_this_user_alone(tmp_path):
    store = LocalStore(tmp_path / "store", create=True)
    store.create("jobs/1", {})
    store.put("a/b", b"x")

    for path in (store.directory, *store.directory.rglob("*")):
        assert not path.stat().st_mode & 0o077, f"{path} can be read by others"
    store.close()


def test_an_object_path_cannot_leave_the_store(store):
    with pytest.raises(ValueError, match="leaves the store"):
        store.put("../outside", b"x")


def test_a_full_disk_is_named_and_nothing_is_half_written(tmp_path):
    store = LocalStore(tmp_path, create=True)
    store.create("jobs/1", {"n": 1})
    (pages,) = store._connection.execute("PRAGMA page_count").fetchone()
    store._connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(HostError, match="the disk is full") as caught:
        store.create("jobs/2", {"text": "x" * 100_000})

    assert isinstance(caught.value.__cause__, sqlite3.Error)
    assert [key for key, _, _ in store.list("jobs/")] == ["jobs/1"]
    store.close()
