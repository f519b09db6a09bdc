"""The plugin's process: ``python -m bodo_infra.plugin.account PACKAGE ACCOUNT_FILE [flags] ENGINE_ADDRESS``."""

import sys
from collections.abc import Callable
from pathlib import Path

from bodo_infra.plugin.account.account import Account
from bodo_infra.plugin.account.arm.account import ArmAccount
from bodo_infra.plugin.account.arm.handler import ArmHandler
from bodo_infra.plugin.account.arm.lookups import functions_of as arm_functions_of
from bodo_infra.plugin.account.handler import AwsHandler
from bodo_infra.plugin.account.invokes import functions_of
from bodo_infra.plugin.account.random_types import RandomHandler
from bodo_infra.plugin.account.rbac.session import rbac_session
from bodo_infra.plugin.account.schema import sdk_version
from bodo_infra.plugin.account.session import role_session
from bodo_infra.plugin.account.store import AccountStore
from bodo_infra.plugin.servicer import Provider
from bodo_infra.plugin.wire import log_to_engine, serve_provider

Announce = Callable[[str], None]


def provider_of(package: str, store: AccountStore, announce: Announce) -> Provider:
    """The provider of ``aws``, ``azure-native`` or ``random``, on the account."""
    make = {"aws": _aws, "azure-native": _azure}.get(package)
    if make is None:
        return Provider(name=package, version=_version(package), handlers={}, find_handler=RandomHandler)
    return make(store, announce)


def _aws(store: AccountStore, announce: Announce) -> Provider:
    account = Account(store=store, open_session=role_session, announce=announce)
    return Provider(
        name="aws",
        version=_version("aws"),
        handlers={},
        functions=functions_of(account),
        configure=account.configure,
        check_config=account.check_config,
        find_handler=lambda token: AwsHandler(token, account),
    )


def _azure(store: AccountStore, announce: Announce) -> Provider:
    account = ArmAccount(store=store, open_session=rbac_session, announce=announce)
    return Provider(
        name="azure-native",
        version=_version("azure-native"),
        handlers={},
        functions=arm_functions_of(account),
        configure=account.configure,
        check_config=account.check_config,
        find_handler=lambda token: ArmHandler(token, account),
    )


def _version(package: str) -> str:
    """It tells everybody that this is not the true provider."""
    return f"{sdk_version(package)}+offline"


def main() -> None:
    """Serve one package until the engine is done."""
    package, path, *rest = sys.argv[1:]
    # The engine may put flags before its address.
    addresses = [word for word in rest if not word.startswith("-")]

    def announce(text: str) -> None:
        if addresses:
            log_to_engine(addresses[-1], text)

    serve_provider(provider_of(package, AccountStore(Path(path)), announce))


if __name__ == "__main__":
    main()
