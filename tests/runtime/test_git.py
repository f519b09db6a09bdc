"""Sources from Git, with the real git and a real server that wants a password."""

import os
import shutil
import subprocess
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from bodo_infra.errors import BodoInfraError, HostError, InputError
from bodo_infra.runtime import git as git_module
from bodo_infra.runtime.git_errors import Credentials
from bodo_infra.runtime.git_url import parse_git_url
from bodo_infra.runtime.records import SourceRecord
from bodo_infra.runtime.secrets import hand_over
from bodo_infra.runtime.source import fetch_source
from tests.git_server import USERNAME, add_commit, make_repository, serve_git
from tests.runtime.conftest import GIT_SECRET as SECRET

COMMITTED_S = 1714979289  # 2024-05-06T07:08:09Z, as tests.git_server commits


@pytest.fixture
def repository(tmp_path):
    return make_repository(tmp_path / "repositories", "etl", {"ex.py": "print('hello')\n", ".gitignore": "*.pyc\n"})


@pytest.fixture
def server(repository):
    with serve_git(repository.path.parent, SECRET) as server:
        yield server


def from_git(order, url, reference=None, *, username=None, password=None):
    source = SourceRecord(kind="git", url=url, reference=reference, username=username, password=password)
    return replace(order, source=source)


@pytest.mark.parametrize(
    ("reference", "branch"),
    [
        pytest.param(None, "main", id="default branch"),
        pytest.param("main", "main", id="branch"),
        pytest.param("feature/x", "feature", id="branch with a slash"),
        pytest.param("refs/heads/feature/x", "feature", id="full ref"),
        pytest.param("heads/feature/x", "feature", id="half ref"),
        pytest.param("v1", "first", id="annotated tag"),
        pytest.param("refs/tags/v1", "first", id="full ref of a tag"),
        pytest.param("FULL", "first", id="full commit"),
        pytest.param("SHORT", "first", id="abbreviated commit"),
    ],
)
@pytest.mark.parametrize("over", ["file", "http"])
def test_every_kind_of_reference_is_checked_out(order, git, repository, server, reference, branch, over):
    commit = getattr(repository, branch)
    wanted = {"FULL": commit, "SHORT": commit[:9]}.get(reference, reference)
    url = repository.url if over == "file" else server.url("etl")

    source = fetch_source(from_git(order, url, wanted, username=USERNAME, password="env:GIT_TOKEN"), git)

    assert source.commit == commit
    assert (source.folder / "state.txt").read_text() == f"{branch}\n"


def test_a_reference_in_the_browsers_address_is_checked_out(order, git, repository, server):
    url = f"{server.url('etl')}/tree/feature/x"

    source = fetch_source(from_git(order, url, username=USERNAME, password="env:GIT_TOKEN"), git)

    assert source.commit == repository.feature


def test_a_public_repository_needs_no_password(order, git, repository):
    with serve_git(repository.path.parent) as server:
        assert fetch_source(from_git(order, server.url("etl.git")), git).commit == repository.main


def test_a_branch_that_moved_is_followed(order, git, repository):
    first = fetch_source(from_git(order, repository.url, "main"), git)
    moved = add_commit(repository.path, "main", {"state.txt": "moved\n"})

    second = fetch_source(from_git(order, repository.url, "main"), git)

    assert second.commit == moved
    assert second.folder != first.folder
    assert (second.folder / "state.txt").read_text() == "moved\n"


def test_a_commit_that_is_here_already_needs_no_network(order, git, repository):
    fetch_source(from_git(order, repository.url, repository.main), git)
    shutil.rmtree(repository.path)

    source = fetch_source(from_git(order, repository.url, repository.main), git)

    assert (source.folder / "state.txt").read_text() == "main\n"


def test_a_branch_whose_commit_is_here_already_is_not_downloaded_again(order, git, server):
    wanted = from_git(order, server.url("etl"), "main", username=USERNAME, password="env:GIT_TOKEN")
    fetch_source(wanted, git)
    server.requests.clear()

    fetch_source(wanted, git)

    # Git asks without the password first, then with it; then the list of references (protocol 2).
    assert len(server.requests) == 3


def test_files_carry_the_commits_time_so_that_bodos_compile_cache_stays_valid(order, git, repository):
    source = fetch_source(from_git(order, repository.url), git)

    assert {path.stat().st_mtime for path in source.folder.glob("*.py")} == {COMMITTED_S}


def test_what_a_job_left_or_changed_is_gone_for_the_next_one(order, git, repository):
    folder = fetch_source(from_git(order, repository.url), git).folder
    (folder / "ex.py").write_text("changed")
    (folder / "new.txt").touch()
    (folder / "x.pyc").touch()
    (folder / "sub").mkdir()
    (folder / "sub/file").touch()

    again = fetch_source(from_git(order, repository.url), git).folder

    assert again == folder
    assert (folder / "ex.py").read_text() == "print('hello')\n"
    assert (folder / "ex.py").stat().st_mtime == COMMITTED_S
    assert sorted(path.name for path in folder.iterdir()) == [".git", ".gitignore", "ex.py", "state.txt"]


def test_an_untouched_file_keeps_its_inode(order, git, repository):
    folder = fetch_source(from_git(order, repository.url), git).folder
    before = (folder / "ex.py").stat().st_ino
    (folder / "new.txt").touch()

    fetch_source(from_git(order, repository.url), git)

    assert (folder / "ex.py").stat().st_ino == before, "rewriting all files at every start costs time"


def test_five_checkouts_are_kept_and_the_one_in_use_is_among_them(order, git, repository):
    commits = [add_commit(repository.path, "main", {"state.txt": f"{n}\n"}) for n in range(7)]
    for age, commit in enumerate(commits):
        folder = fetch_source(from_git(order, repository.url, commit), git).folder
        os.utime(folder, (age, age))

    kept = {path.name[-40:] for path in Path(order.checkouts_path).iterdir()}

    assert kept == set(commits[-5:])


def test_what_a_killed_attempt_left_half_made_is_removed(order, git, repository):
    half = Path(order.checkouts_path) / ".new-killed"
    half.mkdir(parents=True)

    fetch_source(from_git(order, repository.url), git)

    assert not half.exists()


@pytest.mark.parametrize(
    "harm",
    [
        pytest.param(lambda folder: shutil.rmtree(folder / ".git"), id="no repository any more"),
        pytest.param(lambda folder: (folder / ".git/index").write_bytes(b"x"), id="broken index"),
        pytest.param(lambda folder: shutil.rmtree(folder / ".git/objects"), id="no objects"),
        pytest.param(
            lambda folder: [(folder / ".git/index.lock").touch(), (folder / "ex.py").write_text("x")], id="killed git"
        ),
    ],
)
def test_a_checkout_that_a_job_has_broken_is_made_anew(order, git, repository, harm):
    folder = fetch_source(from_git(order, repository.url, "v1"), git).folder
    harm(folder)

    source = fetch_source(from_git(order, repository.url, "v1"), git)

    assert source.commit == repository.first
    assert (source.folder / "ex.py").read_text() == "print('hello')\n"


def test_an_empty_repository_says_so(order, git, tmp_path):
    subprocess.run(["git", "init", "--quiet", "--bare", tmp_path / "empty.git"], check=True)

    with pytest.raises(InputError, match="has no commits yet"):
        fetch_source(from_git(order, f"file://{tmp_path}/empty.git"), git)


def test_the_password_may_have_been_handed_over_by_the_driver(order, git, repository, server, tmp_path):
    hand_over(tmp_path / "secrets.json", {"env:ONLY_THERE": SECRET})
    wanted = from_git(order, server.url("etl"), username=USERNAME, password="env:ONLY_THERE")

    source = fetch_source(replace(wanted, secrets_path=str(tmp_path / "secrets.json")), git)

    assert source.commit == repository.main


def test_the_password_is_in_no_process_list_and_in_no_file(order, git, server, tmp_path):
    server.gate.clear()
    wanted = from_git(order, server.url("etl"), username=USERNAME, password="env:GIT_TOKEN")
    fetching = threading.Thread(target=fetch_source, args=(wanted, git))
    fetching.start()
    assert server.waiting.wait(10), "git never asked the server"
    lists = b"".join(_read(path) for path in Path("/proc").glob("[0-9]*/cmdline"))
    server.gate.set()
    fetching.join()

    assert b"http" in lists, "the process list was not read while git waited"
    assert SECRET.encode() not in lists
    assert server.credentials_seen, "no password was sent, so this test proves nothing"
    for path in tmp_path.rglob("*"):
        assert SECRET.encode() not in _read(path), f"{path} holds the password"


def test_the_password_is_not_told_to_a_host_that_the_server_sends_git_to(order, git, repository, server):
    with serve_git(repository.path.parent, "another") as stranger:
        server.moved["/etl/"] = f"{stranger.url('etl')}/"
        with pytest.raises(InputError):
            fetch_source(from_git(order, server.url("etl"), username=USERNAME, password="env:GIT_TOKEN"), git)

    assert stranger.requests, "the redirect was not followed, so this test proves nothing"
    assert stranger.credentials_seen == []


def test_the_users_own_git_settings_change_nothing(order, git, repository, tmp_path):
    outer = Path(order.shared_path)
    (outer / ".git").mkdir()
    (outer / ".git/HEAD").write_text("ref: refs/heads/main\n")
    (outer / ".git/config").write_text('[url "file:///nowhere"]\n\tinsteadOf = file://\n')
    for name in ("objects", "refs"):
        (outer / ".git" / name).mkdir()

    assert fetch_source(from_git(order, repository.url), git).commit == repository.main


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a repository to another user")
def test_a_file_repository_of_another_user_is_read(order, git, repository):
    for path in [repository.path, *repository.path.rglob("*")]:
        os.chown(path, 65534, 65534)

    assert fetch_source(from_git(order, repository.url), git).commit == repository.main


@pytest.mark.parametrize(
    ("url", "reference", "username", "password", "says"),
    [
        pytest.param("{http}/etl", "none", USERNAME, "env:GIT_TOKEN", "source.reference = 'none'", id="missing ref"),
        pytest.param("{file}", "none", None, None, "has no such branch, tag or commit", id="missing ref in a file"),
        pytest.param("{file}", "0" * 40, None, None, "has no such branch", id="missing commit"),
        pytest.param("{file}", "0123456", None, None, "has no such branch", id="missing short commit"),
        pytest.param("{http}/etl", None, None, None, "asks for a user name and a password", id="no password"),
        pytest.param("{http}/etl", None, USERNAME, "env:WRONG_TOKEN", "password from env:WRONG_TOKEN", id="wrong"),
        pytest.param("{http}/etl", None, "bob", "env:GIT_TOKEN", "user name 'bob'", id="wrong user"),
        pytest.param("{http}/etl", None, USERNAME, "env:NONE", "variable NONE is not set", id="password not set"),
        pytest.param("{http}/none", None, USERNAME, "env:GIT_TOKEN", "there is no repository here", id="no repository"),
        pytest.param("file:///nowhere", None, None, None, "there is no repository here", id="no folder"),
        pytest.param("http://127.0.0.1:1/etl", None, None, None, "the host does not answer", id="nobody listens"),
        pytest.param("https://git.invalid/etl", None, None, None, "no such host, or no network", id="no host"),
        pytest.param("file:///x", "-x", None, None, "cannot be the name of a branch", id="an option as ref"),
    ],
)
def test_a_source_that_cannot_be_had_names_its_cause(
    order, git, repository, server, url, reference, username, password, says
):
    address = url.format(http=f"http://{server.address}", file=repository.url)

    with pytest.raises(BodoInfraError) as refused:
        fetch_source(from_git(order, address, reference, username=username, password=password), git)

    assert says in refused.value.message
    assert refused.value.fix
    assert SECRET not in str(refused.value)
    assert "guessed" not in str(refused.value)


def test_a_source_that_cannot_be_had_leaves_nothing_half_made(order, git, repository):
    with pytest.raises(InputError):
        fetch_source(from_git(order, repository.url, "0" * 40), git)

    assert list(Path(order.checkouts_path).iterdir()) == []


def test_a_machine_without_git_says_so(order, git, repository, tmp_path):
    with pytest.raises(HostError, match="git is missing"):
        fetch_source(from_git(order, repository.url), replace(git, machine={"PATH": str(tmp_path)}))


def test_credentials_do_not_show_their_password():
    credentials = Credentials(username="anna", password=SECRET, reference="env:T")

    assert SECRET not in repr(credentials) + str(credentials)


def test_checkouts_of_one_name_and_commit_from_two_places_do_not_share_a_folder():
    here, there = parse_git_url("file:///a/etl"), parse_git_url("file:///b/etl")

    assert git_module._folder(Path("/c"), here, "0" * 40) != git_module._folder(Path("/c"), there, "0" * 40)


def _read(path):
    try:
        return path.read_bytes()
    except OSError:
        return b""
