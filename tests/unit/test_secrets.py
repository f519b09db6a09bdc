"""References become values; errors name the reference and never the value."""

import pytest

from bodo_infra.errors import HostError
from bodo_infra.runtime.secrets import hand_over, resolve


def test_a_value_handed_over_for_the_job_comes_first(tmp_path):
    hand_over(tmp_path / "secrets.json", {"env:TOKEN": "from the driver"})

    assert resolve("env:TOKEN", tmp_path / "secrets.json", {"TOKEN": "from here"}) == "from the driver"


def test_the_file_that_hands_over_is_for_its_owner_alone(tmp_path):
    hand_over(tmp_path / "secrets.json", {"env:TOKEN": "x"})

    assert (tmp_path / "secrets.json").stat().st_mode & 0o777 == 0o600
    assert len(list(tmp_path.iterdir())) == 1, "a temporary file with the value in it was left"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_file_that_others_can_read_is_refused(tmp_path, mode):
    path = tmp_path / "secrets.json"
    hand_over(path, {"env:TOKEN": "hunter2"})
    path.chmod(mode)

    with pytest.raises(HostError, match="other users") as refused:
        resolve("env:TOKEN", path, {})
    assert "hunter2" not in str(refused.value)


def test_without_a_hand_over_this_machine_is_asked(tmp_path):
    (tmp_path / "token").write_text("from the file\n")

    assert resolve("env:TOKEN", tmp_path / "none.json", {"TOKEN": "from here"}) == "from here"
    assert resolve(f"file:{tmp_path}/token", None, {}) == "from the file", "the last line feed is the editor's"


@pytest.mark.parametrize(
    ("reference", "says"),
    [
        ("env:TOKEN", "variable TOKEN is not set"),
        ("env:EMPTY", "variable EMPTY is not set"),
        ("file:/nowhere/token", "No such file"),
        ("file:~nobody-of-that-name/token", "no such user"),
        ("ssm:/team/token", "env:NAME and file:PATH only"),
    ],
)
def test_a_reference_that_leads_nowhere_is_named(reference, says):
    with pytest.raises(HostError) as refused:
        resolve(reference, None, {"EMPTY": ""})

    assert reference in refused.value.message
    assert says in refused.value.message


def test_a_broken_hand_over_says_nothing_of_its_content(tmp_path):
    path = tmp_path / "secrets.json"
    path.touch(mode=0o600)
    path.write_text("hunter2")

    with pytest.raises(HostError) as refused:
        resolve("env:TOKEN", path, {})
    assert "hunter2" not in str(refused.value)
