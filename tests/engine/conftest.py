"""What every test of this lane stands on: the real engine, and a place where it touches nothing of the user's."""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from bodo_infra.driver.engine import Engine, require_engine
from bodo_infra.errors import HostError


@dataclass(frozen=True, kw_only=True)
class IsolatedPulumi:
    """The engine with a home, a state and a passphrase of its own, all below ``folder``; it downloads nothing."""

    engine: Engine
    folder: Path
    environ: Mapping[str, str]

    def run(
        self, *arguments: str, cwd: Path, timeout_s: float = 120.0, **environ: str
    ) -> "subprocess.CompletedProcess[str]":
        """Run `pulumi` without colours and questions; the caller judges the exit code."""
        return subprocess.run(
            [self.engine.path, *arguments, "--non-interactive", "--color", "never"],
            cwd=cwd,
            env={**self.environ, **environ},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout_s,
        )


@pytest.fixture(scope="session")
def engine() -> Engine:
    """The engine of this machine. Without one the lane fails, and says what to do: a skipped lane proves nothing."""
    try:
        return require_engine()
    except HostError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture
def pulumi(engine: Engine, tmp_path: Path) -> IsolatedPulumi:
    """An IsolatedPulumi below tmp_path; its ``environ`` also serves programs that use the automation API."""
    for name in ("pulumi-home", "pulumi-state", "config"):
        (tmp_path / name).mkdir()
    foreign = ("PULUMI_", "BODO_INFRA_", "VIRTUAL_ENV", "PYTHONPATH")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    environ = {
        **kept,
        "PATH": f"{engine.path.parent}{os.pathsep}{os.environ['PATH']}",
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "PULUMI_HOME": str(tmp_path / "pulumi-home"),
        "PULUMI_BACKEND_URL": f"file://{tmp_path / 'pulumi-state'}",
        "PULUMI_CONFIG_PASSPHRASE": "of the tests",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }
    return IsolatedPulumi(engine=engine, folder=tmp_path, environ=environ)
