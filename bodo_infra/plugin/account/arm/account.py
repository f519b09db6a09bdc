"""One configured azure-native provider on the account."""

from collections.abc import Callable
from dataclasses import dataclass

from bodo_infra.plugin.account.access import Guard, Operation
from bodo_infra.plugin.account.account import ConfiguredAccount
from bodo_infra.plugin.account.arm.faults import describe, stays_behind, wants_capacity
from bodo_infra.plugin.account.arm.settings import ArmSettings, check_settings, read_settings
from bodo_infra.plugin.account.faults import STRIKES_LATER, Fault, FaultError, FaultKind, take_fault
from bodo_infra.plugin.account.store import AccountStore
from bodo_infra.plugin.handler import Checked
from bodo_infra.plugin.wire_codec import Bag

OpenArmSession = Callable[[AccountStore, ArmSettings], Guard]
"""Makes the guard of one configured provider."""


def owner_session(store: AccountStore, settings: ArmSettings) -> Guard:
    """The guard that allows everything."""
    return lambda operation: None


@dataclass(kw_only=True)
class ArmAccount(ConfiguredAccount[ArmSettings]):
    """As the provider of Azure sees it. ``open_session`` makes the guard that every operation asks."""

    open_session: OpenArmSession = owner_session

    def check_config(self, config: Bag) -> Checked:
        return Checked(inputs=config, failures=check_settings(config))

    def configure(self, config: Bag) -> None:
        settings = read_settings(config)
        self.begin(settings, f"subscription {settings.subscription_id}")
        self.guard = self.open_session(self.store, settings)

    def strike(self, operation: Operation, name: str) -> Fault | None:
        """Raises FaultError when a fault lies in wait for this call; returns one that strikes later in it."""
        fault = take_fault(
            self.store,
            operation.verb,
            operation.token,
            name,
            lambda fault: wants_capacity(fault, operation),
            has_role=self.configured.client_id is not None,
        )
        if fault is None or fault.kind in STRIKES_LATER or stays_behind(fault):
            return fault
        text = describe(fault, operation, self.configured.object_id)
        late = fault.kind is FaultKind.LATE_RIGHTS
        raise FaultError(text, "Try again in some minutes" if late else "Try again: a test has asked for this fault")
