"""A small server that lists resource providers as Azure's management API does."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from bodo_infra.azure.registrations import NEEDED


class ArmServer:
    """``registered``: states that differ from Registered; ``pages``: how many the list comes in.

    ``status``, ``headers``: of every answer; ``body``: instead of the list.
    """

    def __init__(self, *, registered=None, pages=1, status=200, headers=None, body=None, next_host=None):
        states = {**dict.fromkeys(NEEDED, "Registered"), **(registered or {})}
        self._listed = [{"namespace": name, "registrationState": state} for name, state in states.items()]
        self._pages, self._status, self._headers, self._body = pages, status, headers or {}, body
        self._next_host = next_host
        self.paths, self.tokens = [], []

    @property
    def url(self):
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self):
        arm = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                arm.paths.append(self.path)
                arm.tokens.append(self.headers.get("Authorization", "").removeprefix("Bearer "))
                self.send_response(arm._status)
                for name, value in arm._headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(arm._answer(self.path))

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _answer(self, path):
        if self._body is not None:
            return self._body
        page = int(path.partition("page=")[2] or 0)
        found = {"value": self._listed[page :: self._pages]}
        if page + 1 < self._pages:
            found["nextLink"] = f"{self._next_host or self.url}{path.partition('&page')[0]}&page={page + 1}"
        return json.dumps(found).encode()
