"""Stack files stay as their authors wrote them, whatever Pulumi adds while it works."""

import pytest

from bodo_infra.driver.salt import without_new_salt

PLAIN = "# my cluster\nconfig:\n  bodo:kind: cluster\n"
SALT = "encryptionsalt: v1:abc=:v1:def==\n"
ENCRYPTED = PLAIN + "  bodo:token:\n    secure: v1:xyz\n"


@pytest.fixture
def file(tmp_path):
    return tmp_path / "Pulumi.etl.yaml"


def after_pulumi_wrote(file, before, written):
    file.write_text(before)
    with without_new_salt(file):
        file.write_text(written)
    return file.read_text()


@pytest.mark.parametrize(
    "written", [SALT + PLAIN, PLAIN + SALT, PLAIN + SALT.rstrip("\n")], ids=["first", "last", "no end"]
)
def test_a_salt_that_came_while_the_stack_was_worked_on_goes_again(file, written):
    assert after_pulumi_wrote(file, PLAIN, written) == PLAIN


def test_a_salt_that_was_there_before_stays(file):
    assert after_pulumi_wrote(file, SALT + PLAIN, SALT + PLAIN) == SALT + PLAIN


def test_a_salt_that_encrypted_values_need_stays(file):
    assert after_pulumi_wrote(file, PLAIN, SALT + ENCRYPTED) == SALT + ENCRYPTED


def test_what_else_was_written_meanwhile_stays(file):
    changed = PLAIN + "  bodo:spec: {nodes: 3}\n"

    assert after_pulumi_wrote(file, PLAIN, SALT + changed) == changed


def test_the_salt_goes_after_an_interruption_too(file):
    file.write_text(PLAIN)

    def interrupted():
        with without_new_salt(file):
            file.write_text(SALT + PLAIN)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()

    assert file.read_text() == PLAIN


def test_a_file_without_a_salt_is_not_written(file):
    file.write_text(PLAIN)
    before = file.stat()

    with without_new_salt(file):
        pass

    assert file.stat() == before, "an editor that has the file open would ask whether to load it again"


def test_a_file_that_was_deleted_meanwhile_is_not_left_behind_with_a_salt_alone(file):
    # The stack of a dedicated cluster goes with its file; half a file would bar every `up` after that.
    file.write_text(PLAIN)

    with without_new_salt(file):
        file.write_text(SALT)

    assert not file.exists()


def test_a_stack_without_a_file_gets_none(file):
    with without_new_salt(file):
        pass

    assert not file.exists()
