"""The account as a resource in it sees it: what rules look things up with."""

from collections.abc import Iterator
from dataclasses import dataclass

from bodo_infra.plans.arm_ids import parse_arm_id, same_id
from bodo_infra.plugin.account.store import AccountStore, Row
from bodo_infra.plugin.wire_codec import UNKNOWN, Bag, Value


@dataclass(frozen=True, kw_only=True)
class ArmView:
    """``own_id``: of the resource that looks, UNKNOWN in a preview.  ``own_urn``: whose row counts as its own, too.

    ``before``: the row as it is before an update; None for a new one.
    """

    store: AccountStore
    own_id: str
    own_urn: str | None = None
    before: Row | None = None

    def at(self, id: Value, token: str | None = None) -> Row | None:
        """What has this id, in capitals or not; None for an unknown id, and for a thing of another type."""
        if not isinstance(id, str):
            return None
        row = self.store.at(id)
        return row if row is not None and token in (None, row.type) else None

    def parent(self, token: str | None = None) -> Row | None:
        """What this resource lies in."""
        here = parse_arm_id(self.own_id)
        return self.at(str(here.parent), token) if here else None

    def others(self, token: str) -> Iterator[Row]:
        """Rows of a type, without the resource's own."""
        for row in self.store.of_type(token):
            if not same_id(row.id, self.own_id) and (self.own_urn is None or row.urn != self.own_urn):
                yield row

    def siblings(self, token: str) -> Iterator[Row]:
        """Others in the same parent."""
        here = self.own_id.rpartition("/")[0]
        return (row for row in self.others(token) if same_id(row.id.rpartition("/")[0], here))

    def location_of(self, row: Row) -> str | None:
        """Where it is: a nested thing is where its parent is. None for what is in no region."""
        location = row.outputs.get("location") or row.inputs.get("location")
        if location:
            return str(location)
        here = parse_arm_id(row.id)
        above = self.at(str(here.parent)) if here and len(here.names) > 1 else None
        return self.location_of(above) if above else None


def values_of(bag: Bag, *path: str) -> Value:
    """What stands at a path through objects; None when something on the way is missing or unknown."""
    value: Value = bag
    for name in path:
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    return None if value is UNKNOWN else value
