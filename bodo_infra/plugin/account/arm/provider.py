"""The provider of azure-native on the account. A module of its own: no process loads the rules of another package."""

from bodo_infra.plugin.account.arm.account import ArmAccount
from bodo_infra.plugin.account.arm.handler import ArmHandler
from bodo_infra.plugin.account.arm.lookups import functions_of
from bodo_infra.plugin.account.rbac.session import rbac_session
from bodo_infra.plugin.account.schema import offline_version
from bodo_infra.plugin.account.store import AccountStore, Announce
from bodo_infra.plugin.servicer import Provider


def make_provider(store: AccountStore, announce: Announce) -> Provider:
    """``announce``: tells the engine's user something."""
    account = ArmAccount(store=store, open_session=rbac_session, announce=announce)
    return Provider(
        name="azure-native",
        version=offline_version("azure-native"),
        handlers={},
        functions=functions_of(account),
        configure=account.configure,
        check_config=account.check_config,
        find_handler=lambda token: ArmHandler(token, account),
    )
