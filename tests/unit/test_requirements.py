"""The locks name packages and hashes and nothing of the machine that made them."""

from pathlib import Path

import pytest

REQUIREMENTS = Path(__file__).parents[2] / "requirements"


@pytest.mark.parametrize("path", sorted(REQUIREMENTS.iterdir()), ids=lambda path: path.name)
def test_no_index_address_or_machine_path_stands_in_the_requirements(path):
    text = path.read_text()

    for word in ("://", "--index", "--find-links", "--extra-index", "file:", str(Path.home())):
        assert word not in text, f"{word} ties the lock to one machine or registry"


@pytest.mark.parametrize("name", ["bootstrap.lock", "dev.lock"])
def test_every_locked_package_has_a_hash(name):
    blocks = (REQUIREMENTS / name).read_text().replace("\\\n", " ").splitlines()
    packages = [line for line in blocks if "==" in line and not line.lstrip().startswith("#")]

    assert packages
    assert [line.split()[0] for line in packages if "--hash=sha256:" not in line] == []
