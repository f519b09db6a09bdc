"""What the offline account takes: until a plugin is ready, and for every operation on a resource."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figure import Figure, median_seconds
from bodo_infra.aws.policies.deploy import deploy_policies
from bodo_infra.aws.policies.statements import Scope, document
from bodo_infra.plugin.account.account import Account
from bodo_infra.plugin.account.handler import AwsHandler
from bodo_infra.plugin.account.rules import tokens
from bodo_infra.plugin.account.session import OWNER, role_session
from bodo_infra.plugin.account.settings import AssumedRole, Settings
from bodo_infra.plugin.account.store import AccountStore
from bodo_infra.plugin.account.view import ACCOUNT_ID
from bodo_infra.plugin.handler import Kept, Subject
from bodo_infra.scope import CLOUD_CONFIG_TAG

RESOURCES = 500
REGION = "us-east-2"
UUID = "6f1a2b3c-0000-4000-8000-000000000001"
TAGS = {CLOUD_CONFIG_TAG: UUID}


def measure() -> Iterator[Figure]:
    """Start of a plugin against that of an empty Python, and checks, creations, reads and deletions a second."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "account.db"
        bare = median_seconds(lambda: subprocess.run([sys.executable, "-c", "pass"], check=True), times=5)
        ready = median_seconds(lambda: _start_plugin(path), times=5)
        yield Figure(name="offline account, plugin ready", unit="s", value=ready, bare=bare, limit=0.3)
        account = Account(store=AccountStore(path))
        account.configure({"region": REGION})
        yield _rate("operations", _live(account))
        account = Account(store=AccountStore(Path(folder) / "role.db"), open_session=role_session)
        account.configure({"region": REGION})
        _take_role(account)
        yield _rate("operations of a role", _live(account))


def _rate(name: str, seconds: float) -> Figure:
    value = 4 * RESOURCES / seconds
    return Figure(name=f"offline account, {name}", unit="1/s", value=value, limit=500, more_is_better=True)


def _start_plugin(path: Path) -> None:
    """Start a plugin, and end it when it has told its port."""
    command = [sys.executable, "-P", "-m", "bodo_infra.plugin.account", "aws", str(path), "127.0.0.1:1"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    with process:
        assert process.stdout is not None
        process.stdout.readline()
        process.kill()


def _take_role(account: Account) -> None:
    """Let the account work as the cross-account role of a cloud-config, with all its policies."""
    caller = {"Effect": "Allow", "Principal": {"AWS": OWNER}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": caller})
    role = _make(account, tokens.ROLE, "deploy", name="deploy", assumeRolePolicy=trust)
    scope = Scope(account_id=ACCOUNT_ID, region=REGION, cloud_config_uuid=UUID, bucket="data", table="records")
    for area, statements in deploy_policies(scope).items():
        policy = _make(account, tokens.POLICY, area, name=area, policy=document(statements))
        attached = {"role": role.id, "policyArn": policy.outputs["arn"]}
        _make(account, tokens.ROLE_POLICY_ATTACHMENT, area, **attached)
    assumed = AssumedRole(arn=role.outputs["arn"])
    account.guard = role_session(account.store, Settings(region=REGION, assume_roles=(assumed,)))


def _live(account: Account) -> float:
    """Seconds for the whole life of many security groups of one VPC."""
    vpc = _make(account, tokens.VPC, "net", cidrBlock="10.0.0.0/16", tags=TAGS)
    started = time.perf_counter()
    made = [
        _make(account, tokens.SECURITY_GROUP, f"group-{number}", vpcId=vpc.id, tags={**TAGS, "number": str(number)})
        for number in range(RESOURCES)
    ]
    handler = AwsHandler(tokens.SECURITY_GROUP, account)
    for kept in made:
        handler.read(kept)
    for kept in made:
        handler.delete(kept)
    return time.perf_counter() - started


def _make(account: Account, token: str, name: str, /, **inputs: object) -> Kept:
    handler, subject = AwsHandler(token, account), Subject(urn=f"urn:pulumi:b::b::{token}::{name}", seed=name.encode())
    checked = handler.check(subject, inputs, {})
    made = handler.create(subject, checked.inputs)
    return Kept(subject=subject, id=made.id, inputs=checked.inputs, outputs=made.outputs)
