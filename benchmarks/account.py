"""What the offline account takes: until a plugin is ready, and for every operation on a resource."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figure import Figure, median_seconds
from bodo_infra.plugin.account.account import Account
from bodo_infra.plugin.account.handler import AwsHandler
from bodo_infra.plugin.account.rules import tokens
from bodo_infra.plugin.account.store import AccountStore
from bodo_infra.plugin.handler import Kept, Subject

RESOURCES = 500


def measure() -> Iterator[Figure]:
    """Start of a plugin against that of an empty Python, and checks, creations, reads and deletions a second."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "account.db"
        bare = median_seconds(lambda: subprocess.run([sys.executable, "-c", "pass"], check=True), times=5)
        ready = median_seconds(lambda: _start_plugin(path), times=5)
        yield Figure(name="offline account, plugin ready", unit="s", value=ready, bare=bare, limit=0.3)
        seconds = _live(path)
        yield Figure(
            name="offline account, operations",
            unit="1/s",
            value=4 * RESOURCES / seconds,
            limit=500,
            more_is_better=True,
        )


def _start_plugin(path: Path) -> None:
    """Start a plugin, and end it when it has told its port."""
    command = [sys.executable, "-P", "-m", "bodo_infra.plugin.account", "aws", str(path), "127.0.0.1:1"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    with process:
        assert process.stdout is not None
        process.stdout.readline()
        process.kill()


def _live(path: Path) -> float:
    """Seconds for the whole life of many security groups of one VPC."""
    account = Account(store=AccountStore(path))
    account.configure({"region": "us-east-2"})
    vpc = _make(account, tokens.VPC, "net", cidrBlock="10.0.0.0/16")
    started = time.perf_counter()
    made = [
        _make(account, tokens.SECURITY_GROUP, f"group-{number}", vpcId=vpc.id, tags={"number": str(number)})
        for number in range(RESOURCES)
    ]
    handler = AwsHandler(tokens.SECURITY_GROUP, account)
    for kept in made:
        handler.read(kept)
    for kept in made:
        handler.delete(kept)
    return time.perf_counter() - started


def _make(account: Account, token: str, name: str, **inputs: object) -> Kept:
    handler, subject = AwsHandler(token, account), Subject(urn=f"urn:pulumi:b::b::{token}::{name}", seed=name.encode())
    checked = handler.check(subject, inputs, {})
    made = handler.create(subject, checked.inputs)
    return Kept(subject=subject, id=made.id, inputs=checked.inputs, outputs=made.outputs)
