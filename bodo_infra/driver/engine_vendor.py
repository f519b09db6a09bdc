"""The engine from its vendor's site, by the SDK's own installer."""

import contextlib
import subprocess
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bodo_infra.driver.engine_build import ENGINE_VERSION

_PROBE = "https://get.pulumi.com/install.sh"
_PROBE_TIMEOUT_S = 5.0


def is_reachable() -> bool:
    """Say whether the vendor's site answers within _PROBE_TIMEOUT_S: the installer itself knows no time limit."""
    # Imported late: whoever only looks for the engine should not wait for them.
    import http.client
    import urllib.request

    answers = []

    def ask() -> None:
        request = urllib.request.Request(_PROBE, method="HEAD")
        with (
            contextlib.suppress(OSError, http.client.HTTPException),
            urllib.request.urlopen(request, timeout=_PROBE_TIMEOUT_S) as answer,
        ):
            answers.append(answer.status)

    # In a thread, because looking up the name has no time limit of its own.
    probe = threading.Thread(target=ask, daemon=True)
    probe.start()
    probe.join(_PROBE_TIMEOUT_S)
    return bool(answers)


def download(root: Path) -> str | None:
    """Fill ``root/bin`` with the engine and its language hosts; return why it failed, None when all is well."""
    from http.client import HTTPException

    from pulumi.automation import PulumiCommand
    from pulumi.automation.errors import InvalidVersionError
    from semver import VersionInfo

    try:
        PulumiCommand.install(root=str(root), version=VersionInfo.parse(ENGINE_VERSION))
    except subprocess.CalledProcessError as error:
        last_words = (error.output or b"").decode(errors="replace").strip().splitlines()[-3:]
        return " / ".join([f"exit code {error.returncode}", *last_words])
    except (OSError, HTTPException, InvalidVersionError) as error:
        return str(error)
    return None


@dataclass(frozen=True, kw_only=True)
class Vendor:
    """A site that may have the engine. ``download`` fills a folder, and returns why it could not."""

    is_reachable: Callable[[], bool]
    download: Callable[[Path], str | None]


VENDOR = Vendor(is_reachable=is_reachable, download=download)
