"""The plugin's process: ``python -m bodo_infra.plugin.account PACKAGE ACCOUNT_FILE [flags] ENGINE_ADDRESS``."""

import sys
from pathlib import Path

from bodo_infra.plugin.account.account import Account
from bodo_infra.plugin.account.handler import AwsHandler
from bodo_infra.plugin.account.invokes import functions_of
from bodo_infra.plugin.account.random_types import RandomHandler
from bodo_infra.plugin.account.schema import sdk_version
from bodo_infra.plugin.account.session import role_session
from bodo_infra.plugin.account.store import AccountStore
from bodo_infra.plugin.servicer import Provider
from bodo_infra.plugin.wire import log_to_engine, serve_provider


def provider_of(package: str, account: Account) -> Provider:
    """The provider of ``aws`` or ``random``. The version tells everybody that this is not the true one."""
    version = f"{sdk_version(package)}+offline"
    if package == "random":
        return Provider(name=package, version=version, handlers={}, find_handler=RandomHandler)
    return Provider(
        name=package,
        version=version,
        handlers={},
        functions=functions_of(account),
        configure=account.configure,
        check_config=account.check_config,
        find_handler=lambda token: AwsHandler(token, account),
    )


def main() -> None:
    """Serve one package until the engine is done."""
    package, path, *rest = sys.argv[1:]
    # The engine may put flags before its address.
    addresses = [word for word in rest if not word.startswith("-")]
    account = Account(
        store=AccountStore(Path(path)),
        open_session=role_session,
        announce=lambda text: log_to_engine(addresses[-1], text) if addresses else None,
    )
    serve_provider(provider_of(package, account))


if __name__ == "__main__":
    main()
