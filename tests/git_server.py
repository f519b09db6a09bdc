"""Git over HTTP with a password: the real ``git http-backend`` behind a small Python server on a loopback port."""

import base64
import contextlib
import os
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

USERNAME = "anna@example.org"


@dataclass
class GitServer:
    """Serves the bare repositories under ``root`` as ``/NAME`` and ``/NAME.git``.

    ``password``: None serves everybody.  ``gate``: cleared, requests wait until it is set again.
    ``moved``: paths that are answered with a redirect to another address.
    """

    root: Path
    password: str | None = None
    gate: threading.Event = field(default_factory=threading.Event)
    waiting: threading.Event = field(default_factory=threading.Event)
    requests: list[str] = field(default_factory=list)
    credentials_seen: list[str] = field(default_factory=list)
    moved: dict[str, str] = field(default_factory=dict)
    address: str = ""

    def url(self, name: str) -> str:
        """The browser's address of a repository, without ``.git``."""
        return f"http://{self.address}/{name}"


@contextlib.contextmanager
def serve_git(root: Path, password: str | None = None) -> Iterator[GitServer]:
    """Run a server until the block ends."""
    server = GitServer(root=root, password=password)
    server.gate.set()
    http = _Server(server)
    server.address = f"127.0.0.1:{http.server_port}"
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.gate.set()
        http.shutdown()
        thread.join()
        http.server_close()


class _Server(ThreadingHTTPServer):
    def __init__(self, git: GitServer) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.git = git

    def handle_error(self, request: object, client_address: object) -> None:
        """A git that was killed hangs up: nothing to report."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.git.requests.append(self.path)
        if "Authorization" in self.headers:
            self.server.git.credentials_seen.append(self.headers["Authorization"])
        self.server.git.waiting.set()
        self.server.git.gate.wait(20)
        for path, other in self.server.git.moved.items():
            if self.path.startswith(path):
                return self._redirect(other + self.path.removeprefix(path))
        if not self._allowed():
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="git"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return None
        return self._git(body)

    def _redirect(self, address: str) -> None:
        self.send_response(301)
        self.send_header("Location", address)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _allowed(self) -> bool:
        if self.server.git.password is None:
            return True
        expected = base64.b64encode(f"{USERNAME}:{self.server.git.password}".encode()).decode()
        return self.headers.get("Authorization") == f"Basic {expected}"

    def _git(self, body: bytes) -> None:
        parts = urlsplit(self.path)
        name, _, rest = parts.path.lstrip("/").partition("/")
        environment = {
            "PATH": os.environ["PATH"],
            "GIT_PROJECT_ROOT": str(self.server.git.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "PATH_INFO": f"/{name.removesuffix('.git')}.git/{rest}",
            "QUERY_STRING": parts.query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "REMOTE_ADDR": "127.0.0.1",
        }
        answer = subprocess.run(
            ["git", "http-backend"], input=body, env=environment, capture_output=True, check=False
        ).stdout
        head, _, content = answer.partition(b"\r\n\r\n")
        headers = [line.split(": ", 1) for line in head.decode().split("\r\n")]
        status = next((int(value.split()[0]) for key, value in headers if key == "Status"), 200)
        self.send_response(status)
        for key, value in headers:
            if key != "Status":
                self.send_header(key, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        pass


@dataclass(frozen=True)
class Repository:
    """A bare repository with a known history: branch ``main``, branch ``feature/x``, annotated tag ``v1``."""

    path: Path
    first: str
    """Commit that the tag names."""
    main: str
    feature: str

    @property
    def url(self) -> str:
        """Its file URL."""
        return f"file://{self.path}"


def make_repository(root: Path, name: str, files: dict[str, str]) -> Repository:
    """``first`` holds ``files`` and ``state.txt`` = first; ``main`` and ``feature/x`` change the latter."""
    path = root / f"{name}.git"
    path.mkdir(parents=True)
    _git(path, "init", "--quiet", "--bare", "--initial-branch=main")
    first = add_commit(path, "main", {**files, "state.txt": "first\n"})
    _git(path, "tag", "--annotate", "--message=one", "v1", first)
    _git(path, "branch", "feature/x", first)
    main = add_commit(path, "main", {"state.txt": "main\n"})
    feature = add_commit(path, "feature/x", {"state.txt": "feature\n"})
    return Repository(path=path, first=first, main=main, feature=feature)


def add_commit(bare: Path, branch: str, files: dict[str, str]) -> str:
    """Commit files to a branch of a bare repository, and return the commit."""
    index = {"GIT_INDEX_FILE": str(bare / "test-index")}
    parent = subprocess.run(
        ["git", "rev-parse", "--verify", "--quiet", f"refs/heads/{branch}"], cwd=bare, capture_output=True, text=True
    ).stdout.strip()
    _git(bare, "read-tree", *([parent] if parent else ["--empty"]), env=index)
    for file, text in files.items():
        blob = _git(bare, "hash-object", "-w", "--stdin", text=text)
        _git(bare, "update-index", "--add", "--cacheinfo", f"100644,{blob},{file}", env=index)
    tree = _git(bare, "write-tree", env=index)
    commit = _git(bare, "commit-tree", tree, "-m", "test", *(["-p", parent] if parent else []))
    _git(bare, "update-ref", f"refs/heads/{branch}", commit)
    return commit


def _git(folder: Path, *arguments: str, text: str | None = None, env: dict[str, str] | None = None) -> str:
    who = {f"GIT_{role}_{part}": "test@example.org" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")}
    when = {"GIT_AUTHOR_DATE": "2024-05-06T07:08:09Z", "GIT_COMMITTER_DATE": "2024-05-06T07:08:09Z"}
    return subprocess.run(
        ["git", *arguments],
        cwd=folder,
        input=text,
        env={**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, **who, **when, **(env or {})},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
