"""The node agent's package: the modules that a node runs, as a zip whose bytes follow from the sources alone.

The same release gives the same bytes on every machine, so no launch template changes without a reason: no compression
(zlib's builds differ), no times, no byte code.
"""

import hashlib
import io
import os
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

PARTS = ("__init__.py", "errors.py", "redact.py", "runtime")
"""Of ``bodo_infra``: what ``bodo_infra.runtime.agent`` imports, and nothing that needs Pulumi or pydantic."""

EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip can hold
MODE = 0o644 << 16


@dataclass(frozen=True, kw_only=True)
class AgentPackage:
    """``content``: the zip.  ``sha256``: of the content, 64 hex digits."""

    content: bytes
    sha256: str

    def on_disk(self) -> Path:
        """A file with the content, for the engine to read. Its name tells what is in it, so it is written once."""
        path = Path(tempfile.gettempdir()) / f"bodo-infra-agent-{self.sha256}.zip"
        if not path.is_file() or path.read_bytes() != self.content:
            handle, new = tempfile.mkstemp(dir=path.parent, prefix=".bodo-infra-agent-")
            with os.fdopen(handle, "wb") as file:
                file.write(self.content)
            Path(new).replace(path)
        return path


@cache
def build_agent_package() -> AgentPackage:
    """The package of this release, as it is installed here."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, content in sorted(_modules()):
            entry = zipfile.ZipInfo(f"bodo_infra/{name}", EPOCH)
            entry.external_attr = MODE
            entry.create_system = 3  # Unix, also when this runs elsewhere
            archive.writestr(entry, content)
    content = buffer.getvalue()
    return AgentPackage(content=content, sha256=hashlib.sha256(content).hexdigest())


def _modules() -> Iterator[tuple[str, bytes]]:
    root = files("bodo_infra")
    for part in PARTS:
        yield from _below(root / part, part)


def _below(item: Traversable, name: str) -> Iterator[tuple[str, bytes]]:
    if item.is_dir():
        for inner in item.iterdir():
            yield from _below(inner, f"{name}/{inner.name}")
    elif name.endswith(".py"):
        yield name, item.read_bytes()
