"""People's own programs on an offline account: stacks of the automation API that leave nothing in their folders."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ruamel.yaml import YAML

from bodo_infra.driver.engine import require_engine
from bodo_infra.errors import InputError

if TYPE_CHECKING:
    from pulumi import automation


class Programs:
    """Opens stacks with ``environ``. The engine writes settings into the program's folder: ``close`` undoes it."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._stack_files: dict[Path, str | None] = {}

    def stack(self, work_dir: Path, name: str, config: Mapping[str, str]) -> "automation.Stack":
        """The stack of that name, made when it is not there, with ``config`` laid over what its settings say.

        Raises HostError when this machine has no engine, InputError when ``work_dir`` holds no program.
        """
        # Not at the top: it takes longer to import than most tests to run.
        from pulumi import automation

        self._keep(_stack_file(work_dir, name))
        engine = require_engine()
        options = automation.LocalWorkspaceOptions(
            env_vars={**self._environ, **_own_python(self._environ)},
            # The SDK takes the one on PATH, or `bin/pulumi` of a folder.
            pulumi_command=automation.PulumiCommand(None if engine.origin == "PATH" else str(engine.path.parents[1])),
        )
        stack = automation.create_or_select_stack(name, work_dir=str(work_dir), opts=options)
        if config:
            stack.set_all_config({key: automation.ConfigValue(value) for key, value in config.items()})
        return stack

    def close(self) -> None:
        """The folders of all programs are as they were."""
        for path, text in self._stack_files.items():
            if text is None:
                path.unlink(missing_ok=True)
            else:
                path.write_text(text)
        self._stack_files.clear()

    def _keep(self, path: Path) -> None:
        self._stack_files.setdefault(path, path.read_text() if path.exists() else None)


def _own_python(environ: Mapping[str, str]) -> dict[str, str]:
    """A program that names no interpreter runs with its test's, whichever language host there is."""
    folder = str(Path(sys.executable).parent)
    return {
        "BODO_INFRA_PYTHON": os.environ.get("BODO_INFRA_PYTHON", sys.executable),
        "PATH": os.pathsep.join((folder, environ.get("PATH", ""))),
    }


def _stack_file(work_dir: Path, name: str) -> Path:
    """Where the engine keeps a stack's settings."""
    absolute = work_dir.absolute()
    found = (folder / "Pulumi.yaml" for folder in (absolute, *absolute.parents))
    project = next((path for path in found if path.exists()), None)
    if project is None:
        raise InputError(f"{work_dir} holds no Pulumi program: there is no Pulumi.yaml", "Name the program's folder")
    settings = YAML(typ="safe").load(project) or {}
    return project.parent / (settings.get("stackConfigDir") or "") / f"Pulumi.{name}.yaml"
