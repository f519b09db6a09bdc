"""Who leads a cluster's agents: a lease in the store, taken and renewed by compare-and-swap, void when it runs out."""

import contextlib
import logging
from datetime import datetime, timedelta

from bodo_infra.runtime import keys
from bodo_infra.runtime.clock import Clock, utc_now
from bodo_infra.runtime.records import LeaseRecord
from bodo_infra.runtime.store.base import AlreadyExistsError, ConflictError, MissingError, Store

log = logging.getLogger(__name__)


def plan_lease(found: LeaseRecord | None, holder: str, *, now: datetime, lease_s: float) -> LeaseRecord | None:
    """The lease to write, None when somebody else holds it."""
    length = timedelta(seconds=lease_s)
    # A lease that ends later than any could was written by a clock that has been set back since: it would bar all.
    void = found is None or found.expires_at <= now or found.expires_at > now + 2 * length
    if found is not None and found.holder != holder and not void:
        return None
    return LeaseRecord(holder=holder, expires_at=now + length)


class Lease:
    """One agent's hold on the lease of its cluster. ``holder`` must differ for every process that ever asks."""

    def __init__(self, store: Store, cluster_uuid: str, holder: str, *, lease_s: float, clock: Clock = utc_now) -> None:
        self._store = store
        self._key = keys.lease(cluster_uuid)
        self._holder = holder
        self._lease_s = lease_s
        self._clock = clock
        self._held_until: datetime | None = None
        self.look_at = clock()
        """When ``keep`` has something to do: time to renew, or the moment at which the other's lease runs out."""

    def held(self) -> bool:
        """Whether this agent leads at this moment, as far as it may believe: a process that slept too long may not."""
        return self._held_until is not None and self._clock() < self._held_until

    def keep(self) -> bool:
        """Renew the lease, or take it when it is free; whether this agent leads now."""
        now = self._clock()
        led = self.held()
        found, version = self._read()
        wanted = plan_lease(found, self._holder, now=now, lease_s=self._lease_s)
        if wanted is not None:
            self._take(wanted, version, now)
        elif found is not None:
            self._held_until = None
            self.look_at = found.expires_at
        if self.held() != led:
            log.info("%s leads now", self._holder if self.held() else f"{found.holder if found else 'nobody'}")
        return self.held()

    def release(self) -> None:
        """Give the lease up, so that a peer need not wait for its end."""
        self._held_until = None
        with contextlib.suppress(MissingError, ConflictError):
            body, version = self._store.get(self._key)
            if LeaseRecord.from_json(body).holder == self._holder:
                self._store.delete(self._key, version)

    def _read(self) -> tuple[LeaseRecord | None, int | None]:
        try:
            body, version = self._store.get(self._key)
        except MissingError:
            return None, None
        return LeaseRecord.from_json(body), version

    def _take(self, wanted: LeaseRecord, version: int | None, now: datetime) -> None:
        try:
            if version is None:
                self._store.create(self._key, wanted.to_json())
            else:
                self._store.replace(self._key, wanted.to_json(), version)
        except (AlreadyExistsError, ConflictError, MissingError):
            self._held_until = None
            self.look_at = now  # somebody was faster: look again at once
            return
        # Counted from before the write, so that this agent stops believing no later than the others do.
        self._held_until = wanted.expires_at
        self.look_at = now + timedelta(seconds=self._lease_s / 3)
