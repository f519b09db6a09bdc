"""The engine as installed, and our language host under it: what a person sees who types `pulumi up` in a folder."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bodo_infra.driver.engine import read_version
from bodo_infra.driver.engine_build import LANGUAGE_HOST
from tests.fake_machine import is_alive
from tests.waiting import wait_until

pytestmark = pytest.mark.engine

SPEAKS = """\
import os, sys, pulumi
print("interpreter", sys.executable)

class Speaker(pulumi.ComponentResource):
    def __init__(self, name):
        super().__init__("test:index:Speaker", name)
        self.register_outputs({"word": "hello"})

Speaker("one")
pulumi.export("word", pulumi.Config().require("word"))
pulumi.export("secret", pulumi.Config().require_secret("password"))
"""

RAISES = """\
def read_spec():
    raise ValueError("nodes must be positive")

read_spec()
"""

# Says who runs it, and waits until it is ended.
WAITS = """\
import os, pathlib, threading
pathlib.Path("started.new").write_text(f"{os.getpid()} {os.getppid()}")
os.rename("started.new", "started")
threading.Event().wait()
"""


class Project:
    """A folder with Pulumi.yaml and one program, and the stack `dev`."""

    def __init__(self, pulumi, program: str, runtime: str = "python") -> None:
        self.pulumi = pulumi
        self.root = pulumi.folder / "project"
        self.programs = self.root / "programs"
        self.programs.mkdir(parents=True)
        (self.root / "Pulumi.yaml").write_text(
            f"name: spoken\nruntime: {runtime}\nmain: programs\nstackConfigDir: stacks\n"
        )
        (self.root / "stacks").mkdir()
        (self.programs / "__main__.py").write_text(program)
        self.run("stack", "init", "dev").check_returncode()

    def run(self, *arguments: str, **environ: str) -> "subprocess.CompletedProcess[str]":
        # The interpreter is named, so that the tests need no activated environment.
        return self.pulumi.run(*arguments, cwd=self.root, **{"BODO_INFRA_PYTHON": sys.executable, **environ})

    def start_up(self) -> "subprocess.Popen[str]":
        """`pulumi up` in a process group of its own, as in a terminal, once the program runs."""
        up = subprocess.Popen(
            [self.pulumi.engine.path, "up", "--yes", "--skip-preview", "--color", "never", "--stack", "dev"],
            cwd=self.root,
            env={**self.pulumi.environ, "BODO_INFRA_PYTHON": sys.executable},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            process_group=0,
        )
        wait_until((self.programs / "started").exists, "the start of the program")
        return up

    @property
    def program_and_host(self) -> list[int]:
        return [int(pid) for pid in (self.programs / "started").read_text().split()]


def skip_without_our_host(engine) -> None:
    if "bodo_infra" not in (engine.path.parent / LANGUAGE_HOST).read_text(errors="replace"):
        pytest.skip(f"{engine.path} came with the vendor's language host, which has its own texts and rules")


def text(done: "subprocess.CompletedProcess[str]") -> str:
    return done.stdout + done.stderr


def test_the_engine_says_the_version_that_was_found(engine):
    assert read_version(engine.path, os.environ) == engine.version


def test_a_stack_goes_up_stays_the_same_and_is_destroyed(pulumi):
    project = Project(pulumi, SPEAKS)
    project.run("config", "set", "word", "hello").check_returncode()
    project.run("config", "set", "--secret", "password", "open sesame").check_returncode()

    up = project.run("up", "--yes", "--skip-preview")
    again = project.run("preview", "--expect-no-changes")
    outputs = json.loads(project.run("stack", "output", "--json").stdout)
    refresh = project.run("refresh", "--yes", "--skip-preview")
    destroy = project.run("destroy", "--yes", "--skip-preview")

    assert up.returncode == 0, text(up)
    assert again.returncode == 0, text(again)
    assert outputs == {"word": "hello", "secret": "[secret]"}
    assert refresh.returncode == 0, text(refresh)
    assert destroy.returncode == 0, text(destroy)
    for done in (up, again, refresh, destroy):
        assert "warning" not in text(done).lower(), "nothing ugly is shown when all is well"


def test_a_program_that_raises_shows_its_traceback_once(pulumi):
    up = Project(pulumi, RAISES).run("up", "--yes", "--skip-preview")

    shown = text(up).partition("Diagnostics:")[2]
    assert up.returncode != 0
    assert shown.count("ValueError: nodes must be positive") == 1
    assert shown.count("Traceback") == 1
    assert "exit code" not in shown, "the traceback says it all"


def test_a_program_that_exits_on_its_own_is_named_with_its_code(pulumi, engine):
    skip_without_our_host(engine)

    up = Project(pulumi, "raise SystemExit(7)\n").run("preview")

    assert up.returncode != 0
    assert "the program ended with exit code 7" in text(up)


def test_ctrl_c_ends_program_and_host_without_a_traceback(pulumi):
    project = Project(pulumi, WAITS)
    up = project.start_up()

    os.killpg(up.pid, signal.SIGINT)
    said, _ = up.communicate(timeout=30)

    assert up.returncode != 0
    assert "update canceled" in said
    assert "Traceback" not in said
    assert "KeyboardInterrupt" not in said
    for pid in project.program_and_host:
        wait_until(lambda pid=pid: not is_alive(pid), "the end of program and host")


def test_a_killed_engine_takes_program_and_host_with_it(pulumi):
    project = Project(pulumi, WAITS)
    up = project.start_up()

    up.kill()
    up.wait()

    for pid in project.program_and_host:
        wait_until(lambda pid=pid: not is_alive(pid), "the end of program and host", timeout_s=15)


@pytest.fixture
def environments(tmp_path) -> tuple[Path, Path]:
    """Two virtual environments with the packages of this one."""
    made = (tmp_path / "project" / ".venv", tmp_path / "activated")
    for folder in made:
        folder.parent.mkdir(exist_ok=True)
        folder.symlink_to(sys.prefix)
    return made


def test_the_program_runs_with_the_activated_environment_else_the_projects_own(pulumi, engine, environments):
    skip_without_our_host(engine)
    own, activated = environments
    project = Project(pulumi, "import sys\nprint('interpreter', sys.executable)\n")

    plain = project.run("preview", BODO_INFRA_PYTHON="")
    in_activated = project.run("preview", BODO_INFRA_PYTHON="", VIRTUAL_ENV=str(activated))

    assert f"interpreter {own}/bin/python" in text(plain)
    assert f"interpreter {activated}/bin/python" in text(in_activated)


def test_a_virtual_environment_that_is_missing_is_named(pulumi, engine):
    skip_without_our_host(engine)

    preview = Project(pulumi, SPEAKS, "{name: python, options: {virtualenv: gone}}").run("preview")

    assert preview.returncode != 0
    assert "names the virtual environment 'gone'" in text(preview)


def test_about_knows_the_interpreter_and_the_packages(pulumi, engine):
    skip_without_our_host(engine)

    about = Project(pulumi, SPEAKS).run("about", "--json")

    known = json.loads(about.stdout)
    assert known["runtime"]["executable"] == sys.executable
    assert "pytest-xdist" in {package["name"] for package in known["dependencies"]}
    assert "project runtime" not in about.stderr


def test_install_says_that_packages_are_the_projects_own_business(pulumi, engine):
    skip_without_our_host(engine)

    install = Project(pulumi, SPEAKS).run("install")

    assert install.returncode == 0, text(install)
    assert "installs no packages" in text(install)
