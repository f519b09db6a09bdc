"""Jobs from Git by the command line: every way to name a state of a private repository, and what is said on failure."""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.conftest import Project
from tests.git_server import USERNAME, GitServer, serve_git

SECRET = "s3cr3t-token-of-the-tests"


@dataclass(frozen=True, kw_only=True)
class Repository:
    """A private repository: branch main says new, tag v1 says old."""

    server: GitServer
    url: str
    old_commit: str


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repository]:
    root = tmp_path_factory.mktemp("git")
    work = root / "work"
    _git(root, "init", "--quiet", "--initial-branch=main", "work")
    (work / "ex.py").write_text("print('old')\n")
    _commit(work)
    _git(work, "tag", "v1")
    old = _git(work, "rev-parse", "HEAD")
    (work / "ex.py").write_text("print('new')\n")
    _commit(work)
    _git(root, "clone", "--quiet", "--bare", "work", "ex.git")
    with serve_git(root, password=SECRET) as server:
        yield Repository(server=server, url=server.url("ex"), old_commit=old)


@pytest.mark.parametrize(
    ("suffix", "reference", "says"),
    [
        ("", None, "new"),
        ("", "main", "new"),
        ("", "v1", "old"),
        ("", "refs/tags/v1", "old"),
        ("", "commit", "old"),
        ("", "abbreviated", "old"),
        ("/tree/v1", None, "old"),
    ],
    ids=["default branch", "branch", "tag", "full ref", "commit", "abbreviated commit", "browser URL of a tag"],
)
def test_every_way_to_name_a_state_of_a_private_repository_works(
    project: Project, repository: Repository, suffix: str, reference: str | None, says: str
):
    named = {"commit": repository.old_commit, "abbreviated": repository.old_commit[:9]}.get(reference or "", reference)
    flags = ("--reference", named) if named else ()

    done = _run(project, repository.url + suffix, *flags)

    assert done.returncode == 0, done.stderr
    assert done.stdout == f"[0] {says}\n"
    commit = project.job("ex")["commit"]
    assert (commit == repository.old_commit) is (says == "old")


@pytest.mark.parametrize(
    ("url", "flags", "token", "says"),
    [
        ("{url}", (), "wrong", ("refuses the user name", "env:GIT_TOKEN")),
        ("{url}", ("--reference", "nope"), SECRET, ("nope",)),
        ("{host}/missing", (), SECRET, ("missing",)),
        ("https://no-such-host.invalid/a/b", (), SECRET, ("no-such-host.invalid",)),
    ],
    ids=["wrong password", "missing ref", "no such repository", "no such host"],
)
def test_a_source_that_cannot_be_fetched_fails_the_job_and_names_the_cause(
    project: Project, repository: Repository, url: str, flags: tuple[str, ...], token: str, says: tuple[str, ...]
):
    place = url.format(url=repository.url, host=f"http://{repository.server.address}")

    done = _run(project, place, *flags, token=token)

    assert done.returncode == 1, done.stderr
    job = project.job("ex")
    assert job["state"] == "FAILED"
    for part in says:
        assert part.lower() in job["reason"].lower(), job["reason"]
    assert token not in done.stderr + done.stdout


@pytest.mark.parametrize("url", ["ftp://example.org/a", "not a url", "--upload-pack=/bin/sh", "ext::sh -c id"])
def test_an_address_that_is_no_git_url_is_refused_at_once(project: Project, url: str):
    done = project.run("job", "run", f"--git={url}", "--command", "ex.py")

    assert done.returncode == 2
    assert "source.url" in done.stderr


def test_the_password_is_found_nowhere_after_the_job(project: Project, repository: Repository):
    assert _run(project, repository.url).returncode == 0

    for path in (*project.root.rglob("*"), *project.root.rglob(".*")):
        if path.is_file() and not path.is_symlink():
            assert SECRET.encode() not in path.read_bytes(), f"{path} holds the secret"


def _run(project: Project, url: str, *flags: str, token: str = SECRET) -> "subprocess.CompletedProcess[str]":
    return project.run(
        "job", "run", "--git", url, "--command", "ex.py", "--name", "ex", "--ranks", 1,
        "--username", USERNAME, "--password", "env:GIT_TOKEN", *flags, GIT_TOKEN=token,
    )  # fmt: skip


def _commit(work: Path) -> None:
    _git(work, "add", "ex.py")
    _git(work, "-c", "user.name=t", "-c", "user.email=t@localhost", "commit", "--quiet", "--message=change")


def _git(folder: Path, *arguments: str) -> str:
    return subprocess.run(("git", *arguments), cwd=folder, check=True, capture_output=True, text=True).stdout.strip()
