"""A new project from the files that this package carries: whole, or not at all.

The files are this repository's own Pulumi.yaml, programs and demo stacks. A wheel carries copies of them
(force-include in pyproject.toml); an editable install reads them where they stand.
"""

import os
import tempfile
from pathlib import Path

from bodo_infra.errors import HostError, Problem, raise_problems
from bodo_infra.project.yaml_files import shown_path

PACKAGE = Path(__file__).parents[1]
TEMPLATES = PACKAGE / "templates"

# As they stand in the repository, and in bodo_infra/templates/project of a wheel.
PROJECT_FILES = (
    "Pulumi.yaml",
    "programs/__main__.py",
    "programs/plugins/pulumi-resource-bodo-machine",
    "stacks/Pulumi.demo-cloud-config.yaml",
    "stacks/Pulumi.demo-workspace.yaml",
    "stacks/Pulumi.demo-cluster.yaml",
)
# Only for new projects; the key is the name there. One that somebody has already is left as it is.
OWN_FILES = {"README.md": "README.md", ".gitignore": "gitignore"}
# Wheels and archives may lose this right.
EXECUTABLES = ("programs/plugins/pulumi-resource-bodo-machine",)

ENCRYPTION = (b"encryptionsalt:", b"encryptedkey:", b"secretsprovider:")


def template_files() -> dict[str, Path]:
    """Every file of a new project, by its path there, with the file to copy."""
    shipped = TEMPLATES / "project"
    home = shipped if shipped.is_dir() else PACKAGE.parent
    return {name: home / name for name in PROJECT_FILES} | {name: TEMPLATES / own for name, own in OWN_FILES.items()}


def template_text(source: Path) -> bytes:
    """What a template says. Pulumi writes into stack files how it encrypts: that belongs to the passphrase of whoever
    brought this copy up, and another's would be refused as wrong."""
    lines = source.read_bytes().splitlines(keepends=True)
    return b"".join(line for line in lines if not line.startswith(ENCRYPTION))


def make_project(folder: Path) -> list[Path]:
    """Write a new project into ``folder``, which is made when it is not there; returns the files.

    A README.md or .gitignore that is there is kept. Raises InputError when another of the files is there with other
    content, HostError when writing fails. In both cases nothing is left behind.
    """
    files = template_files()
    _refuse_clashes(folder, files)
    made: list[Path] = []
    made_folders: list[Path] = []
    try:
        for name, source in files.items():
            target = folder / name
            if target.exists():
                continue
            _make_folders(target.parent, made_folders)
            made.append(target)
            _write(target, template_text(source), executable=name in EXECUTABLES)
    except OSError as error:
        for path in made:
            path.unlink(missing_ok=True)
        for path in reversed(made_folders):
            path.rmdir()
        raise HostError(
            f"{shown_path(folder)} cannot be filled: {error.strerror}; it is as it was before",
            "Check the free space and the rights of the folder, then try again",
        ) from error
    return made


def _refuse_clashes(folder: Path, files: dict[str, Path]) -> None:
    problems = []
    for name, source in files.items():
        target = folder / name
        blocked = next((part for part in target.relative_to(folder).parents if (folder / part).is_file()), None)
        clash = (
            name not in OWN_FILES
            and target.exists()
            and not (target.is_file() and target.read_bytes() == template_text(source))
        )
        if blocked is not None or clash:
            rule = "is there already, with other content" if clash else f"needs a folder where {blocked} is a file"
            fix = "Move it away, or choose another folder"
            problems.append(Problem(path=shown_path(target), value="", rule=rule, fix=fix))
    if folder.exists() and not folder.is_dir():
        problems = [Problem(path=shown_path(folder), value="", rule="is a file", fix="Choose another folder")]
    raise_problems(problems)


def _make_folders(folder: Path, made: list[Path]) -> None:
    missing = [part for part in (folder, *folder.parents) if not part.exists()]
    for part in reversed(missing):
        part.mkdir()
        made.append(part)


def _write(target: Path, text: bytes, *, executable: bool) -> None:
    """Whole or not at all, so that a second try never meets half a file."""
    handle, draft = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text)
        Path(draft).chmod(0o755 if executable else 0o644)
        Path(draft).replace(target)
    except OSError:
        Path(draft).unlink(missing_ok=True)
        raise
