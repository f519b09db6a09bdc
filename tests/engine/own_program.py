"""The programs of examples/own-program, copied as they are, on an offline account; and what is asked of all of them."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bodo_infra.plugin.account.schema import type_schema
from bodo_infra.plugin.account.store import Row
from bodo_infra.testing import OfflineAccount
from tests.engine.account_project import STACK, ForeignProject

EXAMPLE = Path(__file__).parents[2] / "examples" / "own-program"
COST_CENTRE, CENTRE = "company:cost-centre", "4711"


@dataclass
class OwnProgram(ForeignProject):
    """``program``: folder of the example, such as ``aws/split/platform``.  ``settings``: what it is brought up with."""

    settings: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        ignored = shutil.ignore_patterns("split", "__pycache__", "Pulumi.*.yaml")
        shutil.copytree(EXAMPLE / self.program, self.root, ignore=ignored)
        self._pulumi("stack", "init", STACK)
        for key, value in self.settings.items():
            self.configure(key, value)

    def by_hand(self, verb: str) -> "subprocess.CompletedProcess[str]":
        """`pulumi VERB` as a person types it: with its preview first."""
        return self._pulumi(verb, "--stack", STACK, "--yes")

    def unprotect(self) -> None:
        """Let go of everything that is protected, as a person does who means it."""
        done = self._pulumi("state", "unprotect", "--all", "--stack", STACK, "--yes")
        assert done.returncode == 0, done.stderr

    def rename(self, old: str, new: str) -> None:
        """Another name for the component; the cluster's own, in its spec, stays."""
        path = self.root / "__main__.py"
        text = path.read_text()
        assert text.count(f'    "{old}",\n') == 1
        path.write_text(text.replace(f'    "{old}",\n', f'    "{new}",\n'))

    def registered(self) -> list[dict[str, Any]]:
        """What the state says of every resource."""
        found: list[dict[str, Any]] = json.loads(self.state())["checkpoint"]["latest"]["resources"]
        return found


def of_components(account: OfflineAccount) -> list[Row]:
    """Rows of what components have made: a URN tells the types of all parents."""
    return [row for row in account.resources() if re.search(r"::bodo:(aws|azure):", row.urn)]


def taggable(account: OfflineAccount) -> dict[str, dict[str, str]]:
    """The tags of everything of components that can carry them, by URN."""
    rows = [row for row in of_components(account) if "tags" in type_schema(row.type).inputs]
    return {row.urn: _tags_of(row) for row in rows}


def assert_nothing_to_do(project: ForeignProject) -> None:
    preview = project.run("preview", "--expect-no-changes")

    assert preview.code == 0, preview.said


def assert_renamed_in_place(project: OwnProgram, kind: str, old: str, new: str) -> None:
    """``kind``: type of the component.  Everything that it has made keeps its id and takes the new name."""
    parts = {name.removeprefix(old) for name in _names_below(project, kind)}
    before = {(row.type, row.id) for row in project.account.resources()}
    project.rename(old, new)

    outcome = project.up()

    assert outcome.steps == [], "another name of a component is no change of what it has made"
    assert {(row.type, row.id) for row in project.account.resources()} == before
    assert len(parts) > 3
    assert _names_below(project, kind) == {f"{new}{part}" for part in parts}


def assert_protected(project: OwnProgram, name: str) -> None:
    """`destroy` is refused for this component, and nothing has gone."""
    before = project.account.resources()

    done = project.by_hand("destroy")

    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert re.search(rf"{name}\S*\" cannot be deleted.*protect", said, re.DOTALL), said
    assert project.account.resources() == before


def destroy(*projects: ForeignProject) -> list[str]:
    """One after the other; it must succeed. Types of what is left."""
    for project in projects:
        outcome = project.run("destroy")
        assert outcome.code == 0, outcome.said
    return sorted(row.type for row in projects[0].account.resources())


def assert_told_what_is_lacking(downstream: ForeignProject) -> None:
    """The stack that it builds on was not brought up."""
    outcome = downstream.run("preview")

    assert outcome.code != 0
    assert "the stack that the links come from exports no" in outcome.said, outcome.said
    assert "Bring that stack up" in outcome.said
    assert downstream.account.resources() == ()


def assert_own_tests_pass(folder: str) -> None:
    """The tests that lie beside the program, run as its company runs them."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(EXAMPLE / folder)],
        cwd=EXAMPLE / folder,
        env={name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"},
        capture_output=True,
        text=True,
        timeout=300,
    )

    assert done.returncode == 0, done.stdout


def _names_below(project: OwnProgram, kind: str) -> set[str]:
    """Of a component and all of its children."""
    urns = [each["urn"] for each in project.registered()]
    return {urn.rpartition("::")[2] for urn in urns if re.search(rf"[:$]{re.escape(kind)}[$:]", urn)}


def _tags_of(row: Row) -> dict[str, str]:
    tags = row.inputs.get("tags") or {}
    return {tag["key"]: tag["value"] for tag in tags} if isinstance(tags, list) else dict(tags)
