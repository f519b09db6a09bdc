"""How an azure-native provider is configured: who acts, where things are made when nobody says so."""

from dataclasses import dataclass

from bodo_infra import catalog
from bodo_infra.plans.arm_ids import OFFLINE_SUBSCRIPTION
from bodo_infra.plugin.account.schema_check import check_provider
from bodo_infra.plugin.account.settings import decoded
from bodo_infra.plugin.handler import Failure
from bodo_infra.plugin.wire_codec import UNKNOWN, Bag

SUBSCRIPTION_ID = TENANT_ID = OFFLINE_SUBSCRIPTION
OWNER_ID = "0ff11e00-0000-0000-0000-000000000000"
"""Object id of whoever calls without a client id, and may do all."""
IDENTITY_START, OWN_IDENTITY_START = "0ff11e00-", "0ff11e01-"
"""How object ids begin that are drawn here: of user-assigned identities (types.json), and of those of one machine."""


@dataclass(frozen=True, kw_only=True)
class ArmSettings:
    """A provider's configuration.

    ``client_id``: of the service principal that acts; its object id in this directory is the same text. None: the
    owner.  ``location``: of what does not say where it is; None: where its group is.
    """

    client_id: str | None = None
    location: str | None = None
    subscription_id: str = SUBSCRIPTION_ID
    tenant_id: str = TENANT_ID

    @property
    def object_id(self) -> str:
        """Who acts, as role assignments name it."""
        return self.client_id or OWNER_ID


def read_settings(config: Bag) -> ArmSettings:
    """The settings in a configuration that has been checked."""
    values = decoded(config)
    return ArmSettings(client_id=values.get("clientId") or None, location=values.get("location") or None)


def check_settings(config: Bag) -> tuple[Failure, ...]:
    """Everything that is wrong with the configuration of an azure-native provider."""
    values = decoded(config)
    failures = list(check_provider("azure-native", values))
    for name, only in (("subscriptionId", SUBSCRIPTION_ID), ("tenantId", TENANT_ID)):
        given = values.get(name)
        if given not in (None, "", only, UNKNOWN):
            reason = f"the offline account is {only}, and nothing of {given} is here; leave it out, or write zeros"
            failures.append(Failure(name=name, reason=reason))
    location = values.get("location")
    if isinstance(location, str) and location and catalog.short_location(location) not in catalog.azure_locations():
        failures.append(Failure(name="location", reason=f"{location!r} is no location of Azure"))
    return tuple(failures)
