"""What a node on Azure asks: the metadata service, a blob container and the resource manager, on one local port."""

import base64
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

STORAGE, MANAGEMENT = "https://storage.azure.com/", "https://management.azure.com/"


@dataclass
class AzureNodeServer:
    """``instance``: what the metadata service tells, by path.  ``blobs``: name to content; ``ages_s``: of some of them.

    ``grants``: the client ids that get tokens.  ``asked``: the resource manager's requests.
    """

    instance: dict[str, str]
    grants: set[str]
    blobs: dict[str, bytes] = field(default_factory=dict)
    ages_s: dict[str, float] = field(default_factory=dict)
    asked: list[tuple[str, str, object]] = field(default_factory=list)
    arm_answers: int = 200
    url: str = ""

    def metadata(self, path: str, query: dict[str, list[str]]) -> tuple[int, str]:
        if path == "identity/oauth2/token":
            if query["client_id"][0] not in self.grants:
                return 400, '{"error":"invalid_request"}'
            return 200, json.dumps({"access_token": _token(query["resource"][0]), "expires_in": "3599"})
        found = self.instance.get(path.removeprefix("instance/"))
        return (404, "") if found is None else (200, found)

    def listing(self, prefix: str) -> str:
        """As the service writes it: one line, the names in their order."""
        rows = [
            f"<Blob><Name>{name}</Name><Properties><Creation-Time>x</Creation-Time><Last-Modified>"
            f"{formatdate(time.time() - self.ages_s.get(name, 0), usegmt=True)}</Last-Modified></Properties></Blob>"
            for name in sorted(self.blobs)
            if name.startswith(prefix)
        ]
        found = f"<Blobs>{''.join(rows)}</Blobs><NextMarker />"
        return f'<?xml version="1.0" encoding="utf-8"?><EnumerationResults>{found}</EnumerationResults>'


@contextmanager
def serving(server: AzureNodeServer) -> Iterator[AzureNodeServer]:
    """The server, while it answers at its ``url``."""
    handler = type("Handler", (_Handler,), {"owner": server})
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    server.url = f"http://127.0.0.1:{httpd.server_port}"
    try:
        yield server
    finally:
        httpd.shutdown()
        thread.join()
        httpd.server_close()


def _token(resource: str) -> str:
    return base64.urlsafe_b64encode(resource.encode()).decode()


class _Handler(BaseHTTPRequestHandler):
    owner: AzureNodeServer

    def do_GET(self) -> None:
        place = urlsplit(self.path)
        query = parse_qs(place.query)
        if place.path.startswith("/metadata/"):
            if self.headers["Metadata"] != "true":
                return self._answer(400, b"")
            status, text = self.owner.metadata(place.path.removeprefix("/metadata/"), query)
            return self._answer(status, text.encode())
        if not self._is_allowed(STORAGE):
            return self._answer(403, b"")
        if "comp" in query:
            return self._answer(200, self.owner.listing(query["prefix"][0]).encode())
        content = self.owner.blobs.get(_blob(place.path))
        return self._answer(404, b"") if content is None else self._answer(200, content)

    def do_PUT(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        if not self._is_allowed(STORAGE) or self.headers["x-ms-blob-type"] != "BlockBlob":
            return self._answer(403, b"")
        self.owner.blobs[_blob(urlsplit(self.path).path)] = content
        return self._answer(201, b"")

    def do_PATCH(self) -> None:
        self._ask_manager()

    def do_POST(self) -> None:
        self._ask_manager()

    def _ask_manager(self) -> None:
        content = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        allowed = self._is_allowed(MANAGEMENT)
        self.owner.asked.append((self.command, urlsplit(self.path).path.removeprefix("/arm"), content))
        self._answer(self.owner.arm_answers if allowed else 403, b"{}")

    def _is_allowed(self, resource: str) -> bool:
        return self.headers["Authorization"] == f"Bearer {_token(resource)}"

    def _answer(self, status: int, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Nothing: the tests look at what was asked."""


def _blob(path: str) -> str:
    return unquote(path).split("/", 3)[3]
