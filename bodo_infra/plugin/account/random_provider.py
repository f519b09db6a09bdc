"""The provider of random, which needs nothing of any account."""

from bodo_infra.plugin.account.random_types import RandomHandler
from bodo_infra.plugin.account.schema import offline_version
from bodo_infra.plugin.account.store import AccountStore, Announce
from bodo_infra.plugin.servicer import Provider


def make_provider(store: AccountStore, announce: Announce) -> Provider:
    """``store``, ``announce``: as for the clouds."""
    return Provider(name="random", version=offline_version("random"), handlers={}, find_handler=RandomHandler)
