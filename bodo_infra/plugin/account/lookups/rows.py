"""How data sources pick rows: by properties, tags and filters."""

from collections.abc import Iterable, Mapping

from bodo_infra.errors import InputError, NotFoundError
from bodo_infra.plugin.account.store import Row
from bodo_infra.plugin.account.view import View
from bodo_infra.plugin.wire_codec import Bag


def select(type: str, view: View, arguments: Bag, given: Iterable[str], filtered: Mapping[str, str]) -> list[Row]:
    """Rows that fit the id, the properties, the tags and the filters. ``filtered``: filter to output."""
    wanted = filters(arguments, filtered.keys())
    found = []
    for row in view.others(type):
        has: Bag = {**row.outputs, "id": row.id}
        tags = has.get("tagsAll") or {}
        fits = all(arguments.get(name) in (None, "", has.get(name)) for name in ("id", *given))
        fits = fits and all(tags.get(key) == value for key, value in (arguments.get("tags") or {}).items())
        values = {name: _text(has.get(output)) for name, output in filtered.items()}
        values |= {f"tag:{key}": value for key, value in tags.items()}
        if fits and not arguments.get("default") and matches(wanted, values):
            found.append(row)
    return found


def only(what: str, rows: list[Row], arguments: Bag) -> Row:
    """The single row. Raises NotFoundError when there are none, or several, as the provider does."""
    if len(rows) == 1:
        return rows[0]
    asked = ", ".join(f"{name} = {value}" for name, value in arguments.items()) or "no condition"
    raise NotFoundError(
        f"{len(rows) or 'no'} {what} in the offline account fit(s) {asked}; exactly one must",
        "Correct the arguments, or make it in this account first",
    )


def filters(arguments: Bag, known: Iterable[str]) -> dict[str, list[str]]:
    """Filter name to the accepted values. Raises InputError for a filter that is not ``known``, but for tags."""
    wanted = {item["name"]: item["values"] for item in arguments.get("filters") or ()}
    for name in wanted:
        if name not in known and not name.startswith("tag:"):
            legal = ", ".join(sorted(known))
            raise InputError(f"filters: the offline account cannot filter by {name!r}", f"It can by {legal}")
    return wanted


def matches(wanted: Mapping[str, list[str]], values: Mapping[str, str]) -> bool:
    """Whether every filter accepts its value."""
    return all(values.get(name) in accepted for name, accepted in wanted.items())


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
