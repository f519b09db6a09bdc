"""The account as a resource in one region sees it: what rules look things up with."""

from collections.abc import Iterator
from dataclasses import dataclass

from bodo_infra import catalog
from bodo_infra.errors import NotFoundError
from bodo_infra.plugin.account.store import AccountStore, Row
from bodo_infra.plugin.wire_codec import UNKNOWN, Value

ACCOUNT_ID = "000000000000"
"""No account of AWS has this number."""
OWNER = f"arn:aws:iam::{ACCOUNT_ID}:user/offline"
"""Who calls without a role to assume, and may do all."""

LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, kw_only=True)
class View:
    """Rows that a resource of ``region`` can name. ``own_urn``, ``own_id``: whose row is left out of ``others``."""

    store: AccountStore
    region: str
    own_urn: str | None = None
    own_id: str | None = None

    def find(self, type: str, reference: Value) -> Row | None:
        """The row of a type by id, ARN or name; None when the reference is unknown or names nothing."""
        if not isinstance(reference, str) or reference is UNKNOWN:
            return None
        for region in (self.region, ""):
            row = self.store.get(type, reference, region)
            if row is not None:
                return row
        is_arn = reference.startswith("arn:")
        rows = self.store.find(arn=reference) if is_arn else self.store.find_named(type, reference)
        return next((row for row in rows if row.type == type and row.region in (self.region, "")), None)

    def others(self, type: str, **inputs: Value) -> Iterator[Row]:
        """Rows of a type in this region, or global ones, without the resource's own.

        ``inputs``: only rows with these very values, which must be texts; unknown or missing ones fit no row.
        """
        if not all(isinstance(value, str) for value in inputs.values()):
            return
        for row in self.store.of_type(type, **inputs):
            own = (self.own_urn is not None and row.urn == self.own_urn) or row.id == self.own_id
            if row.region in (self.region, "") and not own:
                yield row

    def zones(self) -> dict[str, str]:
        """Zone name to zone id; ``us-east-2a`` -> ``use2-az1``. Empty for a region that the catalogue does not know.

        In a real account the names are dealt out anew: only the ids mean a place.
        """
        try:
            ids = catalog.zones(self.region)
        except NotFoundError:
            return {}
        return {f"{self.region}{letter}": id for letter, id in zip(LETTERS, ids, strict=False)}
