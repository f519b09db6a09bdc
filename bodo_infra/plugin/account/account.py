"""One configured provider on the account: what its handlers and functions share."""

import os
from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, TypeVar

from bodo_infra.errors import BodoInfraError
from bodo_infra.plugin.account.access import Guard, OpenSession, Operation, owner_session
from bodo_infra.plugin.account.faults import STRIKES_LATER, Fault, FaultError, FaultKind, take_fault
from bodo_infra.plugin.account.rules.faults import describe, wants_capacity
from bodo_infra.plugin.account.settings import Settings, check_settings, read_settings
from bodo_infra.plugin.account.store import AccountStore
from bodo_infra.plugin.account.view import View
from bodo_infra.plugin.handler import Checked
from bodo_infra.plugin.wire_codec import Bag

S = TypeVar("S")

_REAL = ("AWS_ACCESS_KEY_ID", "AWS_PROFILE", "ARM_CLIENT_SECRET", "ARM_CLIENT_CERTIFICATE_PATH", "ARM_OIDC_TOKEN")


class NotConfiguredError(BodoInfraError):
    """The engine asks for a resource before it has configured the provider."""


@dataclass(kw_only=True)
class ConfiguredAccount(Generic[S]):
    """The account as one provider sees it, of whatever cloud. ``settings``, ``guard``: None until ``configure``.

    ``now`` is the clock of creation dates.
    """

    store: AccountStore
    announce: Callable[[str], None] = lambda _text: None
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    settings: S | None = None
    guard: Guard | None = None

    @abstractmethod
    def check_config(self, config: Bag) -> Checked:
        """Judge the provider's configuration."""

    @abstractmethod
    def configure(self, config: Bag) -> None:
        """Take the configuration. Raises when the caller is nobody here, or when this looks like no rehearsal."""

    @property
    def configured(self) -> S:
        """The settings. Raises NotConfiguredError."""
        if self.settings is None:
            raise NotConfiguredError("the provider is not configured yet", "Report this: the engine always does it")
        return self.settings

    def permit(self, operation: Operation) -> None:
        """Raises DeniedError when the caller may not do this."""
        if self.guard is not None:
            self.guard(operation)

    def begin(self, settings: S, place: str) -> None:
        """Take the settings, and tell everybody that this is a rehearsal."""
        _refuse_mixture()
        self.settings = settings
        self.announce(f"offline account {self.store.path.name}: nothing is created in any cloud ({place})")


@dataclass(kw_only=True)
class Account(ConfiguredAccount[Settings]):
    """As the provider of AWS sees it. ``open_session`` makes the guard that every operation asks."""

    open_session: OpenSession = owner_session

    def check_config(self, config: Bag) -> Checked:
        return Checked(inputs=config, failures=check_settings(config, os.environ))

    def configure(self, config: Bag) -> None:
        settings = read_settings(config, os.environ)
        self.begin(settings, f"region {settings.region}")
        self.guard = self.open_session(self.store, settings)

    def view(self, region: str) -> View:
        """The account as seen from a region; empty for global things."""
        return View(store=self.store, region=region)

    def strike(self, operation: Operation, name: str) -> Fault | None:
        """Raises FaultError when a fault lies in wait for this call; returns one that strikes later in it."""
        view = self.view(operation.region)
        fault = take_fault(
            self.store,
            operation.verb,
            operation.token,
            name,
            lambda fault: wants_capacity(fault, operation.token, operation.inputs, view),
            has_role=bool(self.configured.assume_roles),
        )
        if fault is None or fault.kind in STRIKES_LATER:
            return fault
        if fault.kind is FaultKind.NO_CAPACITY and operation.verb == "create" and "autoscaling" in operation.token:
            return fault  # the group exists, and waits for instances in vain
        raise FaultError(describe(fault, operation.verb, operation.token), "Try again: a test has asked for this fault")


def _refuse_mixture() -> None:
    """Real credentials beside a shared state are no rehearsal: somebody may take what is written there for true."""
    backend = os.environ.get("PULUMI_BACKEND_URL", "")
    real = any(os.environ.get(name) for name in _REAL)
    if real and backend and not backend.startswith("file:"):
        raise BodoInfraError(
            f"the offline account will not work on the state in {backend} beside real credentials",
            "Use a state of its own (PULUMI_BACKEND_URL=file://...), or unset the credentials",
        )
