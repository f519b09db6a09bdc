"""A project of its own that the real engine works on as a person would, and its agents, seen from outside."""

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from tests.engine.conftest import IsolatedPulumi

REPOSITORY = Path(__file__).parents[2]
COMPONENT = "bodo:"


@dataclass(frozen=True)
class Outcome:
    """What one command did. ``steps``: (operation, type) of every resource that did not stay the same."""

    code: int
    steps: list[tuple[str, str]]
    warnings: list[str]
    errors: list[str]
    said: str

    def of_plugin(self) -> list[tuple[str, str]]:
        """The steps of real things, as (operation, noun)."""
        return [(op, kind.rpartition(":")[2]) for op, kind in self.steps if kind.startswith("bodo-machine:")]


@dataclass
class LocalProject:
    """``root``: the folder with Pulumi.yaml."""

    pulumi: IsolatedPulumi
    root: Path
    stacks: set[str] = field(default_factory=set)

    def run(self, verb: str, stack: str, *arguments: str) -> Outcome:
        """`pulumi VERB -s STACK`, with the events that it reports; the stack is made when it is not there yet."""
        self.init(stack)
        options = [] if verb == "preview" else ["--yes", "--skip-preview"]
        events = [] if verb == "preview" else ["--json"]
        done = self._pulumi(verb, "--stack", stack, *options, *events, *arguments)
        return _outcome(done)

    def up(self, stack: str, *arguments: str) -> Outcome:
        """Bring the stack up; it must succeed without a warning."""
        return succeeded(self.run("up", stack, *arguments))

    def preview_nothing(self, stack: str) -> None:
        """A preview must find nothing to do."""
        done = self.run("preview", stack, "--expect-no-changes")
        assert done.code == 0, done.said

    def destroy(self, stack: str) -> Outcome:
        """Destroy the stack; it must succeed."""
        return succeeded(self.run("destroy", stack))

    def outputs(self, stack: str) -> dict:
        """The stack's exports."""
        done = self._pulumi("stack", "output", "--json", "--stack", stack)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def init(self, stack: str) -> None:
        """Make the stack in the backend, if that has not been done."""
        if stack not in self.stacks:
            done = self._pulumi("stack", "init", stack, "--no-select")
            assert done.returncode == 0, done.stderr
            self.stacks.add(stack)

    def agents(self) -> dict[str, int]:
        """Every agent process of this project: its node's folder and its process."""
        found = {}
        for process in psutil.process_iter():
            try:
                words = process.cmdline()
            except psutil.Error:
                continue
            if words and words[-1].endswith("agent.json") and words[-1].startswith(f"{self.root}/"):
                found[words[-1]] = process.pid
        return found

    def kill_agents(self) -> None:
        """Kill every agent of this project, by its process id."""
        for pid in self.agents().values():
            process = psutil.Process(pid)
            process.kill()
            process.wait(10)

    def _pulumi(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return self.pulumi.run(*arguments, cwd=self.root, timeout_s=300, BODO_INFRA_PYTHON=sys.executable)


def succeeded(outcome: Outcome) -> Outcome:
    """The outcome, which must be a success without a word of warning."""
    assert outcome.code == 0, outcome.said
    assert outcome.warnings == [], "people learn to pass over warnings"
    return outcome


def repository_project(pulumi: IsolatedPulumi, folder: Path) -> LocalProject:
    """The repository's own project with its ready-made stacks, copied so that the state is the test's own."""
    root = folder / "project"
    for name in ("programs", "stacks"):
        shutil.copytree(REPOSITORY / name, root / name)
    shutil.copy(REPOSITORY / "Pulumi.yaml", root)
    for path in (root / "stacks").iterdir():
        # Whoever has brought these stacks up by hand has Pulumi's salt in them, which belongs to another passphrase.
        lines = path.read_text().splitlines(keepends=True)
        path.write_text("".join(line for line in lines if not line.startswith("encryptionsalt:")))
    return LocalProject(pulumi, root)


def _outcome(done: "subprocess.CompletedProcess[str]") -> Outcome:
    events = [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{"sequence"')]
    steps = [event["resourcePreEvent"]["metadata"] for event in events if "resourcePreEvent" in event]
    notes = [event["diagnosticEvent"] for event in events if "diagnosticEvent" in event]
    return Outcome(
        code=done.returncode,
        steps=[(step["op"], step["type"]) for step in steps if step["op"] not in ("same", "read", "refresh")],
        warnings=[note["message"] for note in notes if note["severity"] == "warning"],
        errors=[note["message"] for note in notes if note["severity"] == "error"],
        said=_readable(done, notes),
    )


def _readable(done: "subprocess.CompletedProcess[str]", notes: list[dict]) -> str:
    text = "".join(note["message"] for note in notes if note["severity"] != "debug")
    return f"{text}\n{done.stderr}" if notes else f"{done.stdout}\n{done.stderr}"
