"""The provider of aws on the account. A module of its own: no process loads the rules of another package."""

from bodo_infra.plugin.account.account import Account
from bodo_infra.plugin.account.handler import AwsHandler
from bodo_infra.plugin.account.invokes import functions_of
from bodo_infra.plugin.account.schema import offline_version
from bodo_infra.plugin.account.session import role_session
from bodo_infra.plugin.account.store import AccountStore, Announce
from bodo_infra.plugin.servicer import Provider


def make_provider(store: AccountStore, announce: Announce) -> Provider:
    """``announce``: tells the engine's user something."""
    account = Account(store=store, open_session=role_session, announce=announce)
    return Provider(
        name="aws",
        version=offline_version("aws"),
        handlers={},
        functions=functions_of(account),
        configure=account.configure,
        check_config=account.check_config,
        find_handler=lambda token: AwsHandler(token, account),
    )
