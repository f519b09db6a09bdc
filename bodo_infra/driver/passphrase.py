"""The passphrase that encrypts the secrets in stack files and states, when the user has not chosen one.

An empty passphrase would leave secrets readable, so a random one is made once per user, in a file that only they read.
"""

import contextlib
import os
import secrets
import tempfile
from collections.abc import Mapping
from pathlib import Path

from bodo_infra.errors import HostError

PASSPHRASE = "PULUMI_CONFIG_PASSPHRASE"
PASSPHRASE_FILE = "PULUMI_CONFIG_PASSPHRASE_FILE"


def passphrase_file(environ: Mapping[str, str] = os.environ) -> Path | None:
    """Return the file to hand to Pulumi as PULUMI_CONFIG_PASSPHRASE_FILE, made on first use.

    None when the user has set PULUMI_CONFIG_PASSPHRASE, which the engine then takes by itself; the user's own file when
    PULUMI_CONFIG_PASSPHRASE_FILE is set. Raises HostError when ours cannot be written or is empty.
    """
    # Set but empty is a choice too, and the engine prefers it to any file.
    if PASSPHRASE in environ:
        return None
    if environ.get(PASSPHRASE_FILE):
        return Path(environ[PASSPHRASE_FILE])
    config = Path(environ.get("XDG_CONFIG_HOME", ""))
    if not config.is_absolute():
        config = Path(environ["HOME"] if environ.get("HOME") else "~").expanduser() / ".config"
    path = config / "bodo-infra" / "passphrase"
    try:
        if not path.exists():
            _create_once(path)
        size = path.stat().st_size
    except OSError as error:
        raise HostError(
            f"the passphrase for secrets cannot be kept in {path}: {error}",
            f"Make that folder writable, or set {PASSPHRASE} or {PASSPHRASE_FILE}",
        ) from error
    if size == 0:
        raise HostError(
            f"{path} is empty, and an empty passphrase protects nothing",
            "Put the passphrase back that encrypted your stacks, or remove the file if there are none yet",
        )
    return path


def _create_once(path: Path) -> None:
    """Write a random passphrase, unless another process was faster: a link never replaces what is there."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # mkstemp creates the file with mode 0600.
    handle, temporary = tempfile.mkstemp(prefix=".passphrase-", dir=path.parent)
    try:
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(32) + "\n")
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(temporary)
    finally:
        Path(temporary).unlink()
