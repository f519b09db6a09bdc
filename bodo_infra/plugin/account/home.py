"""A Pulumi home where the engine finds the offline account in place of the true providers.

The user's own home is never touched, so a real provider there cannot be shadowed by mistake.
"""

import os
import shlex
import shutil
import sys
from pathlib import Path

from bodo_infra.errors import HostError
from bodo_infra.plugin.account.schema import sdk_version

PACKAGES = ("aws", "azure-native", "random")

# Whoever works on the offline account may have real credentials around: the engine and its programs must not see them.
CREDENTIALS = (
    *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"),
    *("AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN"),
    *("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"),
    *("ARM_CLIENT_ID", "ARM_CLIENT_SECRET", "ARM_CLIENT_CERTIFICATE_PATH", "ARM_CLIENT_CERTIFICATE_PASSWORD"),
    *("ARM_SUBSCRIPTION_ID", "ARM_TENANT_ID", "ARM_AUXILIARY_TENANT_IDS", "ARM_USE_MSI", "ARM_MSI_ENDPOINT"),
    *("ARM_USE_OIDC", "ARM_OIDC_TOKEN", "ARM_OIDC_TOKEN_FILE_PATH", "ARM_OIDC_REQUEST_TOKEN", "ARM_OIDC_REQUEST_URL"),
    *("AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PATH", "AZURE_TENANT_ID"),
    *("AZURE_SUBSCRIPTION_ID", "AZURE_FEDERATED_TOKEN_FILE", "AZURE_STORAGE_KEY", "AZURE_STORAGE_SAS_TOKEN"),
)
CREDENTIAL_FILES = ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AZURE_CONFIG_DIR")


def prepare_home(home: Path, account: Path) -> None:
    """Put a launcher of every package into ``home``, all on the ``account`` file. Doing so twice changes nothing."""
    for package in PACKAGES:
        # The engine wants the very version that the SDK names, and downloads a true provider for any other one.
        folder = home / "plugins" / f"resource-{package}-v{_installed_version(package)}"
        _write(folder / f"pulumi-resource-{package}", _launcher(package, account))


def offline_environ(home: Path) -> dict[str, str]:
    """What the engine must be told, beside where its state is: this home, no downloads, no credentials of a cloud."""
    return {
        **dict.fromkeys(CREDENTIALS, ""),
        **dict.fromkeys(CREDENTIAL_FILES, os.devnull),
        "AWS_EC2_METADATA_DISABLED": "true",
        **_no_plugins_on_path(),
        "PULUMI_HOME": str(home),
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }


def _no_plugins_on_path() -> dict[str, str]:
    """The engine prefers a true provider on PATH to that of its home. Told only where there is one: with it, the engine
    looks for its language hosts beside itself alone."""
    there = any(shutil.which(f"pulumi-resource-{package}") for package in PACKAGES)
    return {"PULUMI_IGNORE_AMBIENT_PLUGINS": "true"} if there else {}


def _installed_version(package: str) -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(f"pulumi-{package}")
    except PackageNotFoundError:
        return sdk_version(package)  # the program may be in another environment


def _launcher(package: str, account: Path) -> str:
    words = [sys.executable, "-P", "-m", "bodo_infra.plugin.account", package, str(account.absolute())]
    return f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n'


def _write(path: Path, text: str) -> None:
    if path.exists() and path.read_text() == text:
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Written aside, then moved: an engine that starts meanwhile finds the old one or the new one, never half of it.
        scratch = path.with_name(f".{path.name}.{os.getpid()}")
        scratch.write_text(text)
        scratch.chmod(0o755)
        scratch.replace(path)
    except OSError as error:
        raise HostError(f"{path} cannot be written: {error.strerror}", "Check your rights and the disk") from error
