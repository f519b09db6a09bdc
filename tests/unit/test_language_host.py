"""Which interpreter starts the language host, and which one runs the program of a stack."""

import subprocess
import sys
from pathlib import Path

import pytest

from bodo_infra.driver.engine_build import LANGUAGE_HOST, PROGRAM_RUNNER, install_language_host
from bodo_infra.plugin.language_host import InterpreterError, choose_interpreter
from tests.fake_machine import FakeMachine


@pytest.fixture
def machine(tmp_path):
    return FakeMachine(tmp_path)


class Launcher:
    """Our launcher in a folder, with interpreters that only say who they are."""

    def __init__(self, machine: FakeMachine) -> None:
        self.machine = machine
        binaries = machine.folder / "engine"
        binaries.mkdir()
        install_language_host(binaries, machine.folder / "sdk")
        self.path = binaries / LANGUAGE_HOST

    def add_python(self, folder: Path, *, has_bodo_infra: bool = True) -> Path:
        """An interpreter in ``folder``: answers the question for bodo_infra, and echoes what it is started with."""
        script = f'#!/bin/sh\n[ "$2" != -c ] || exit {0 if has_bodo_infra else 1}\necho "$0" "$@"\n'
        return self.machine.add("python", script, folder)

    def run(self, *, cwd: Path, **environ: str) -> list[str]:
        done = subprocess.run(
            [self.path, "127.0.0.1:1"], cwd=cwd, env=self.machine.environ | environ, capture_output=True, text=True
        )
        return done.stdout.split()


@pytest.fixture
def launcher(machine):
    return Launcher(machine)


def test_the_launcher_prefers_what_is_named_then_activated_then_near(machine, launcher):
    programs = machine.folder / "project" / "programs"
    programs.mkdir(parents=True)
    named = launcher.add_python(machine.folder / "named")
    activated = launcher.add_python(machine.folder / "activated" / "bin")
    near = launcher.add_python(machine.folder / "project" / ".venv" / "bin")
    environ = {"VIRTUAL_ENV": str(activated.parents[1])}

    assert launcher.run(cwd=programs, BODO_INFRA_PYTHON=str(named), **environ)[0] == str(named)
    assert launcher.run(cwd=programs, **environ)[0] == str(activated)
    assert launcher.run(cwd=programs)[0] == str(near)


def test_the_launcher_passes_over_an_interpreter_without_bodo_infra(machine, launcher):
    project = machine.folder / "project"
    launcher.add_python(project / ".venv" / "bin", has_bodo_infra=False)
    outer = launcher.add_python(machine.folder / ".venv" / "bin")

    assert launcher.run(cwd=project)[0] == str(outer)


def test_the_launcher_hands_over_the_runner_beside_it_and_the_engines_words(machine, launcher):
    launcher.add_python(machine.folder / ".venv" / "bin")

    words = launcher.run(cwd=machine.folder)[1:]

    runner = str(launcher.path.with_name(PROGRAM_RUNNER))
    assert words == ["-P", "-m", "bodo_infra.plugin.language_host", "--runner", runner, "127.0.0.1:1"]


@pytest.fixture
def project(machine, launcher):
    """A project whose programs lie in a folder below, with an environment beside Pulumi.yaml."""
    root = machine.folder / "project"
    (root / "programs").mkdir(parents=True)
    launcher.add_python(root / ".venv" / "bin")
    launcher.add_python(root / "other" / "bin")
    return root


@pytest.mark.parametrize(
    ("virtualenv", "environ", "chosen"),
    [
        pytest.param("other", {"BODO_INFRA_PYTHON": "/named", "VIRTUAL_ENV": "x"}, "other/bin/python", id="the option"),
        pytest.param(None, {"BODO_INFRA_PYTHON": "/named"}, "/named", id="the variable"),
        pytest.param(None, {"VIRTUAL_ENV": "{root}/other"}, "other/bin/python", id="the activated environment"),
        pytest.param(None, {}, ".venv/bin/python", id="the nearest .venv"),
        pytest.param(None, {"VIRTUAL_ENV": "/gone"}, ".venv/bin/python", id="not an activated one that is gone"),
    ],
)
def test_a_program_runs_with(project, virtualenv, environ, chosen):
    environ = {name: value.format(root=project) for name, value in environ.items()}

    assert choose_interpreter(virtualenv, project, project / "programs", environ) == project / chosen


def test_a_program_with_no_environment_runs_with_the_hosts_own_interpreter(tmp_path):
    assert choose_interpreter(None, tmp_path, tmp_path, {}) == Path(sys.executable)


def test_a_virtual_environment_that_is_not_there_is_named_with_the_fix(project):
    with pytest.raises(InterpreterError, match=r"'gone'.*python3 -m venv"):
        choose_interpreter("gone", project, project / "programs", {})
