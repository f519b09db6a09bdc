"""What every test of this lane stands on: the installed command, run as a user would, in a project of its own."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bodo_infra.driver import Platform
from bodo_infra.driver.results import job_json

COMMAND = Path(sys.executable).with_name("bodo-infra")


@dataclass(frozen=True, kw_only=True)
class Project:
    """A project folder, and ``bodo-infra`` in it with a home that is not the user's."""

    root: Path
    environ: Mapping[str, str]

    def run(self, *arguments: object, timeout_s: float = 180.0, **environ: str) -> "subprocess.CompletedProcess[str]":
        """Run ``bodo-infra`` to its end; the caller judges the exit code."""
        return subprocess.run(
            [COMMAND, *map(str, arguments)],
            cwd=self.root,
            env={**self.environ, **environ},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout_s,
        )

    def ok(self, *arguments: object, **environ: str) -> str:
        """Run ``bodo-infra``, which must end well, and return what it printed."""
        done = self.run(*arguments, **environ)
        assert done.returncode == 0, f"{arguments} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def json(self, *arguments: object, **environ: str) -> Any:
        """Run a reading command and return its JSON."""
        return json.loads(self.ok(*arguments, "--output", "json", **environ))

    def start(self, *arguments: object, **environ: str) -> "subprocess.Popen[str]":
        """Start ``bodo-infra`` in a process group of its own, so that a test can press Ctrl-C on it."""
        return subprocess.Popen(
            [COMMAND, *map(str, arguments)],
            cwd=self.root,
            env={**self.environ, **environ},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def job(self, name: str) -> dict[str, Any]:
        """What `job show --output json` prints, without the time to start the command."""
        return job_json(Platform.open(self.root).jobs.show(name))

    def cluster(self, name: str = "demo") -> dict[str, Any]:
        """What `cluster show --output json` prints, without the time to start the command."""
        return Platform.open(self.root).clusters.show(name).to_json()

    @property
    def shared(self) -> Path:
        """The shared files of the demo's workspace."""
        return Path(Platform.open(self.root).workspaces.show("demo").shared_path)

    def script(self, name: str, text: str) -> str:
        """Write a program into the shared files; returns the folder to name as the job's source."""
        folder = self.shared / "programs"
        folder.mkdir(exist_ok=True)
        (folder / name).write_text(text)
        return "programs"


def press_ctrl_c(process: "subprocess.Popen[str]") -> None:
    """What a terminal does: SIGINT to the whole foreground group."""
    os.killpg(process.pid, signal.SIGINT)


def new_project(folder: Path) -> Project:
    """A project as `bodo-infra init` makes it, with nothing brought up."""
    foreign = ("PULUMI_", "BODO_INFRA_", "VIRTUAL_ENV", "PYTHONPATH", "XDG_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    home = folder / "home"
    home.mkdir(parents=True)
    # The engine is the user's, everything else is the test's own.
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    environ = {
        **kept,
        "HOME": str(home),
        "XDG_CACHE_HOME": cache,
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
    }
    project = Project(root=folder / "project", environ=environ)
    project.root.mkdir()
    project.ok("init", ".")
    return project


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Project]:
    """A project with nothing brought up; whatever the test leaves up is destroyed."""
    project = new_project(tmp_path)
    yield project
    project.run("destroy")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A project whose demo stacks are up: a cluster of two nodes with one slot each."""
    project = new_project(tmp_path_factory.mktemp("platform"))
    project.ok("up")
    yield project
    project.ok("destroy")
