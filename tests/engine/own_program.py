"""The programs of examples/own-program, copied as they are, on an offline account."""

import shutil
import subprocess
from pathlib import Path

from tests.engine.account_project import STACK, ForeignProject

EXAMPLE = Path(__file__).parents[2] / "examples" / "own-program"


class OwnProgram(ForeignProject):
    """``program``: folder of the example, empty for the whole of it."""

    def __post_init__(self) -> None:
        ignored = shutil.ignore_patterns("split", "__pycache__", "Pulumi.*.yaml") if not self.program else None
        shutil.copytree(EXAMPLE / self.program, self.root, ignore=ignored)
        self._pulumi("stack", "init", STACK)
        self.configure("aws:region", "us-east-2")

    def by_hand(self, verb: str) -> "subprocess.CompletedProcess[str]":
        """`pulumi VERB` as a person types it: with its preview first."""
        return self._pulumi(verb, "--stack", STACK, "--yes")
