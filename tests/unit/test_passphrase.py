"""The passphrase for stack secrets: made once, private, and never instead of the user's own."""

import threading
from pathlib import Path

import pytest

from bodo_infra.driver.passphrase import passphrase_file
from bodo_infra.errors import HostError


@pytest.fixture
def environ(tmp_path):
    return {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path / "config")}


def test_a_passphrase_is_made_once_and_only_its_owner_reads_it(environ):
    first = passphrase_file(environ)
    text = first.read_text()

    assert passphrase_file(environ) == first
    assert first.read_text() == text
    assert len(text.strip()) >= 32
    assert first.stat().st_mode & 0o777 == 0o600
    assert first.parent.stat().st_mode & 0o777 == 0o700


def test_without_a_config_folder_it_lies_in_the_home(tmp_path):
    assert passphrase_file({"HOME": str(tmp_path)}) == tmp_path / ".config" / "bodo-infra" / "passphrase"


@pytest.mark.parametrize("value", ["secret", ""])
def test_the_users_own_passphrase_stands(environ, value):
    assert passphrase_file({**environ, "PULUMI_CONFIG_PASSPHRASE": value}) is None


def test_the_users_own_file_stands(environ):
    assert passphrase_file({**environ, "PULUMI_CONFIG_PASSPHRASE_FILE": "/their/file"}) == Path("/their/file")


def test_processes_that_start_together_agree_on_one_passphrase(environ):
    texts: list[str] = []
    start = threading.Barrier(8)

    def read() -> None:
        start.wait()
        texts.append(passphrase_file(environ).read_text())

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(texts) == 8
    assert len(set(texts)) == 1, "two passphrases would lock one of them out of its own stacks"
    assert [path.name for path in passphrase_file(environ).parent.iterdir()] == ["passphrase"]


def test_an_empty_file_is_refused(environ):
    passphrase_file(environ).write_text("")

    with pytest.raises(HostError, match="is empty"):
        passphrase_file(environ)


def test_a_folder_that_cannot_be_made_is_named(environ, tmp_path):
    (tmp_path / "config").write_text("a file")

    with pytest.raises(HostError, match=r"cannot be kept in .*config/bodo-infra/passphrase"):
        passphrase_file(environ)
