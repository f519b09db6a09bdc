"""A new project: the repository's own files, whole or not at all."""

import os
import re
import tomllib
from pathlib import Path

import pytest

from bodo_infra.errors import InputError
from bodo_infra.project.scaffold import EXECUTABLES, PROJECT_FILES, make_project, template_files, template_text

REPOSITORY = Path(__file__).parents[2]


def files_in(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def without_salt(path: Path) -> bytes:
    # `pulumi up` in the repository adds such a line to its stack files.
    return re.sub(rb"(?m)^encryptionsalt: .*\n", b"", path.read_bytes())


def test_another_s_encryption_is_not_handed_on(tmp_path):
    used = tmp_path / "Pulumi.a.yaml"
    used.write_text("secretsprovider: passphrase\nconfig:\n  a: b\nencryptionsalt: v1:a:b\n")
    assert template_text(used) == b"config:\n  a: b\n"


def test_a_new_project_has_the_repository_s_own_files(tmp_path):
    make_project(tmp_path / "new" / "project")
    made = files_in(tmp_path / "new" / "project")
    assert {name: made[name] for name in PROJECT_FILES} == {
        name: without_salt(REPOSITORY / name) for name in PROJECT_FILES
    }
    assert set(made) == {*PROJECT_FILES, "README.md", ".gitignore"}


def test_the_wheel_carries_exactly_these_files():
    settings = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
    included = settings["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert included == {name: f"bodo_infra/templates/project/{name}" for name in PROJECT_FILES}


@pytest.mark.parametrize("name", EXECUTABLES)
def test_the_launcher_can_be_run(tmp_path, name):
    make_project(tmp_path)
    assert os.access(tmp_path / name, os.X_OK)


def test_state_and_passphrase_stay_out_of_git(tmp_path):
    make_project(tmp_path)
    assert ".bodo-infra/" in (tmp_path / ".gitignore").read_text().splitlines()


def test_a_second_time_changes_nothing(tmp_path):
    make_project(tmp_path)
    assert make_project(tmp_path) == []


def test_other_files_a_readme_and_a_gitignore_of_one_s_own_are_kept(tmp_path):
    mine = {"README.md": b"mine", ".gitignore": b"mine", "notes.txt": b"mine"}
    for name, text in mine.items():
        (tmp_path / name).write_bytes(text)
    make_project(tmp_path)
    made = files_in(tmp_path)
    assert {name: made[name] for name in mine} == mine
    assert set(made) == {*mine, *PROJECT_FILES}


@pytest.mark.parametrize(
    ("blocker", "words"),
    [
        ("Pulumi.yaml", "Pulumi.yaml: is there already, with other content. Move it away, or choose another folder."),
        ("programs", "programs/__main__.py: needs a folder where programs is a file."),
        ("stacks", "stacks/Pulumi.demo-cluster.yaml: needs a folder where stacks is a file."),
    ],
)
def test_a_clash_is_refused_and_nothing_is_written(tmp_path, blocker, words):
    (tmp_path / blocker).write_text("mine")
    with pytest.raises(InputError) as caught:
        make_project(tmp_path)
    assert words in str(caught.value)
    assert files_in(tmp_path) == {blocker: b"mine"}


def test_a_file_is_no_folder_for_a_project(tmp_path):
    (tmp_path / "a").write_text("mine")
    with pytest.raises(InputError, match=r"a: is a file\. Choose another folder\."):
        make_project(tmp_path / "a")


def test_every_template_is_there():
    assert [name for name, path in template_files().items() if not path.is_file()] == []
