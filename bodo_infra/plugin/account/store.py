"""The account: one SQLite file that plugins, tests and people share.

Several processes work on it at once (one plugin per provider of a program, and those of previews), so every change is
one immediate transaction. The file holds whatever the program gives, secrets too: its mode is 0600.
"""

import contextlib
import json
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from bodo_infra.errors import HostError

Announce = Callable[[str], None]
"""Tells whoever uses the account something, by way of the engine."""
Verb = Literal["create", "read", "update", "delete", "invoke"]

BUSY_TIMEOUT_S = 30.0

_SCHEMA = """
create table if not exists resource (
    type text not null, id text not null, region text not null, urn text not null, arn text, name text,
    inputs text not null, outputs text not null, primary key (type, id, region)
) without rowid;
create index if not exists resource_by_id on resource (id);
create index if not exists resource_by_id_in_any_case on resource (id collate nocase);
create index if not exists resource_by_arn on resource (arn);
create index if not exists resource_by_name on resource (type, name);
create table if not exists link (
    user_type text not null, user_id text not null, user_region text not null,
    type text not null, id text not null, region text not null, path text not null, kind text not null
);
create index if not exists link_by_user on link (user_type, user_id, user_region);
create index if not exists link_by_target on link (type, id, region);
create table if not exists call (verb text, type text, count integer not null, primary key (verb, type)) without rowid;
create table if not exists asked (
    role text, action text, resource text, context text, allowed integer,
    primary key (role, action, resource, context, allowed)
) without rowid;
create table if not exists fault (number integer primary key, fault text not null);
"""

_COLUMNS = "type, id, region, urn, arn, name, inputs, outputs"


@dataclass(frozen=True, kw_only=True)
class Row:
    """A resource that exists. ``region``: empty for a global one. ``arn``, ``name``: None where the type has none."""

    type: str
    id: str
    region: str
    urn: str
    inputs: dict[str, Any] = field(repr=False)
    outputs: dict[str, Any] = field(repr=False)
    arn: str | None = None
    name: str | None = None


Context = Mapping[str, str | tuple[str, ...] | None]
"""Condition key to what a request carries under it; None: surely nothing."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What an assumed role wanted to do, and whether it was allowed. ``role``: its ARN.

    ``action``: such as ``s3:CreateBucket``.  ``resource``: an ARN; parts that nobody knew yet are ``*``.
    ``context``: the condition keys that came along, tags for example.
    """

    role: str
    action: str
    resource: str
    context: Context = field(default_factory=dict)
    allowed: bool = True


@dataclass(frozen=True, kw_only=True)
class Link:
    """One resource uses another. ``kind``: see references.Kind. ``path``: the input that says so."""

    user: tuple[str, str, str]
    target: tuple[str, str, str]
    path: str
    kind: str


def key_of(row: Row) -> tuple[str, str, str]:
    """What identifies a row: type, id, region."""
    return row.type, row.id, row.region


class AccountStore:
    """The rows of one account, and the log of calls. Threads may share it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.RLock()
        # Asked in the transaction that is open: what is rolled back was asked all the same.
        self._asking: list[tuple[object, ...]] = []
        self._asked_before: set[tuple[object, ...]] = set()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            self._database = sqlite3.connect(path, BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
            self._database.execute("pragma journal_mode = wal")
            # A power cut may lose the last rows of an account that stands for nothing; a killed process loses none.
            self._database.execute("pragma synchronous = off")
            self._database.executescript(_SCHEMA)
        except (OSError, sqlite3.Error) as error:
            raise HostError(
                f"the offline account {path} cannot be opened: {error}", "Name another file, or check your rights there"
            ) from error

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, and alone: nobody changes the account meanwhile. May be nested."""
        with self._lock:
            if self._database.in_transaction:
                yield
                return
            self._database.execute("begin immediate")
            try:
                yield
            except BaseException:
                self._database.execute("rollback")
                self._write_asked()
                raise
            self._write_asked()
            self._database.execute("commit")

    def get(self, type: str, id: str, region: str) -> Row | None:
        """The row of that key."""
        rows = self._rows("type = ? and id = ? and region = ?", type, id, region)
        return rows[0] if rows else None

    def find(self, *, id: str | None = None, arn: str | None = None) -> list[Row]:
        """Rows of any type with this id, or with this ARN."""
        return self._rows("id = ?", id) if id is not None else self._rows("arn = ?", arn)

    def at(self, id: str) -> Row | None:
        """The row of any type with this id, in capitals or not: Azure makes no difference."""
        rows = self._rows("id = ? collate nocase", id)
        return rows[0] if rows else None

    def below(self, id: str) -> list[Row]:
        """Rows whose ids continue this one after a slash, as those of Azure do for what is inside a thing."""
        inside = f"{id.rstrip('/')}/"
        return self._rows("substr(id, 1, ?) = ? collate nocase", len(inside), inside)

    def find_named(self, type: str, name: str) -> list[Row]:
        """Rows of a type with this name, in all regions."""
        return self._rows("type = ? and name = ?", type, name)

    def of_type(self, type: str, **inputs: str) -> list[Row]:
        """All rows of a type, in all regions; with ``inputs`` those only that have these."""
        # SQLite looks into the JSON: reading all rows of a large account in Python for every check would be slow.
        where = "".join(f" and json_extract(inputs, '$.{name}') = ?" for name in inputs)
        return self._rows(f"type = ?{where}", type, *inputs.values())

    def has_urn(self, type: str, urn: str) -> bool:
        """Whether the program calls a row of this type so."""
        with self._lock:
            found = self._database.execute("select 1 from resource where type = ? and urn = ? limit 1", (type, urn))
            return found.fetchone() is not None

    def all(self) -> list[Row]:
        """All rows, by type and id."""
        return self._rows("1")

    def put(self, row: Row) -> None:
        """Add a row, or write over the one of the same key."""
        values = (*key_of(row), row.urn, row.arn, row.name, json.dumps(row.inputs), json.dumps(row.outputs))
        with self._lock:
            self._database.execute(f"insert or replace into resource ({_COLUMNS}) values (?,?,?,?,?,?,?,?)", values)

    def remove(self, row: Row) -> None:
        """Take a row away, with what it says of others."""
        with self.transaction():
            self._database.execute("delete from resource where type = ? and id = ? and region = ?", key_of(row))
            self._database.execute(
                "delete from link where user_type = ? and user_id = ? and user_region = ?", key_of(row)
            )

    def set_links(self, row: Row, links: list[Link]) -> None:
        """What a row uses, in place of what it used before."""
        with self.transaction():
            self._database.execute(
                "delete from link where user_type = ? and user_id = ? and user_region = ?", key_of(row)
            )
            self._database.executemany(
                "insert into link values (?,?,?,?,?,?,?,?)",
                [(*link.user, *link.target, link.path, link.kind) for link in links],
            )

    def users_of(self, row: Row) -> list[Link]:
        """Who uses a row."""
        with self._lock:
            found = self._database.execute(
                "select * from link where type = ? and id = ? and region = ?", key_of(row)
            ).fetchall()
        return [Link(user=c[0:3], target=c[3:6], path=c[6], kind=c[7]) for c in found]

    def count_call(self, verb: Verb, type: str) -> None:
        """Note that the engine asked for something."""
        with self._lock:
            self._database.execute(
                "insert into call values (?, ?, 1) on conflict do update set count = count + 1", (verb, type)
            )

    def calls(self) -> Counter[tuple[str, str]]:
        """(verb, type) to how often the engine asked for it."""
        with self._lock:
            return Counter({(verb, type): n for verb, type, n in self._database.execute("select * from call")})

    def note_asked(self, asked: Asked) -> None:
        """Remember what a role asked for, each request once. An open transaction may fail: this stays."""
        context = json.dumps(asked.context, sort_keys=True)
        row = (asked.role, asked.action, asked.resource, context, int(asked.allowed))
        with self._lock:
            if row in self._asked_before:
                return
            self._asked_before.add(row)
            self._asking.append(row)
            if not self._database.in_transaction:
                self._write_asked()

    def asked(self) -> list[Asked]:
        """What roles have asked for since the account was made, by role, action and resource."""
        with self._lock:
            found = self._database.execute(
                "select role, action, resource, context, allowed from asked order by 1, 2, 3, 4, 5"
            ).fetchall()
        return [
            Asked(role=role, action=action, resource=resource, context=_context(text), allowed=bool(allowed))
            for role, action, resource, text, allowed in found
        ]

    def _write_asked(self) -> None:
        if self._asking:
            self._database.executemany("insert or ignore into asked values (?,?,?,?,?)", self._asking)
            self._asking.clear()

    def faults(self) -> dict[int, str]:
        """Number to text of the faults that lie in wait, oldest first."""
        with self._lock:
            return dict(self._database.execute("select number, fault from fault order by number").fetchall())

    def put_fault(self, text: str, number: int | None = None) -> None:
        """Add a fault, or write over the one of that number."""
        with self._lock:
            self._database.execute("insert or replace into fault values (?, ?)", (number, text))

    def remove_fault(self, number: int) -> None:
        """Take a fault away."""
        with self._lock:
            self._database.execute("delete from fault where number = ?", (number,))

    def drift(self, row: Row, **inputs: object) -> Row:
        """Change a row behind Pulumi's back; a value of None takes the property away."""
        changed = replace(row, inputs=_overlaid(row.inputs, inputs), outputs=_overlaid(row.outputs, inputs))
        self.put(changed)
        return changed

    def _rows(self, where: str, *values: object) -> list[Row]:
        with self._lock:
            found = self._database.execute(
                f"select {_COLUMNS} from resource where {where} order by type, id, region", values
            ).fetchall()
        return [_row(columns) for columns in found]


def _row(columns: tuple[Any, ...]) -> Row:
    type, id, region, urn, arn, name, inputs, outputs = columns
    return Row(
        type=type,
        id=id,
        region=region,
        urn=urn,
        arn=arn,
        name=name,
        inputs=json.loads(inputs),
        outputs=json.loads(outputs),
    )


def _context(text: str) -> Context:
    """JSON has lists in place of tuples."""
    return {key: tuple(value) if isinstance(value, list) else value for key, value in json.loads(text).items()}


def _overlaid(bag: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**bag, **changes}.items() if value is not None}
