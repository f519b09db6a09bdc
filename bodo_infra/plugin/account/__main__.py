"""The plugin's process: ``python -m bodo_infra.plugin.account PACKAGE ACCOUNT_FILE [flags] ENGINE_ADDRESS``."""

import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import cast

from bodo_infra.plugin.account.store import AccountStore, Announce
from bodo_infra.plugin.servicer import Provider
from bodo_infra.plugin.wire import log_to_engine, serve_provider

# Every operation on a stack starts a process for each package of it.
PROVIDERS: Mapping[str, str] = {
    "aws": "provider",
    "azure-native": "arm.provider",
    "random": "random_provider",
}
"""Package to the module, below this one, that makes its provider."""


def provider_of(package: str, store: AccountStore, announce: Announce) -> Provider:
    """The provider of a package on the account."""
    module = import_module(f"bodo_infra.plugin.account.{PROVIDERS[package]}")
    return cast(Provider, module.make_provider(store, announce))


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
