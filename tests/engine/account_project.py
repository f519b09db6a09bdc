"""A foreign program with plain pulumi_aws and pulumi_random, under the real engine, on an account of its own."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from bodo_infra.driver.engine import Engine
from bodo_infra.testing import OfflineAccount

STACK = "dev"
PROJECT = "name: foreign\nruntime: python\n"

# What a test changes is read from the stack's configuration, as a person would do it.
PROGRAM = """
import json

import pulumi
import pulumi_aws as aws
import pulumi_random as random

config = pulumi.Config()
extra = {config.get("typo"): "required"} if config.get("typo") else {}

zones = aws.get_availability_zones().names
vpc = aws.ec2.Vpc("net", cidr_block="10.0.0.0/16", enable_dns_hostnames=True, tags={"Name": "net"})
subnets = [
    aws.ec2.Subnet(f"net-{i}", vpc_id=vpc.id, cidr_block=f"10.0.{i}.0/24", availability_zone=zones[i])
    for i in range(2)
]
nodes = aws.ec2.SecurityGroup(
    "nodes", vpc_id=vpc.id, description=config.get("group_description") or "nodes to themselves",
)
for name, rule in (("in", aws.vpc.SecurityGroupIngressRule), ("out", aws.vpc.SecurityGroupEgressRule)):
    rule(f"nodes-{name}", security_group_id=nodes.id, referenced_security_group_id=nodes.id, ip_protocol="-1")

trust = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
role = aws.iam.Role("node", assume_role_policy=json.dumps({"Version": "2012-10-17", "Statement": [trust]}))
profile = aws.iam.InstanceProfile("node", role=role.name)

suffix = random.RandomId("suffix", byte_length=4)
password = random.RandomPassword("password", length=20, keepers={"round": config.get("round") or "1"})
bucket = aws.s3.Bucket("data", bucket=suffix.hex.apply(lambda text: f"data-{text}"))
aws.s3.BucketVersioning("data", bucket=bucket.id, versioning_configuration={"status": "Enabled"})
aws.s3.BucketPublicAccessBlock(
    "data", bucket=bucket.id, block_public_acls=True, block_public_policy=True, ignore_public_acls=True,
    restrict_public_buckets=True,
)
statement = {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": "*"}
aws.iam.RolePolicy(
    "node", role=role.id,
    policy=bucket.arn.apply(lambda arn: json.dumps({"Statement": [{**statement, "Resource": f"{arn}/*"}]})),
)
aws.dynamodb.Table(
    "state", billing_mode="PAY_PER_REQUEST", hash_key="key", attributes=[{"name": "key", "type": "S"}],
    tags={"team": config.get("team") or "data"},
)
near = aws.ec2.PlacementGroup("near", strategy=config.get("strategy") or "cluster")
template = aws.ec2.LaunchTemplate(
    "node", image_id="ami-0123456789abcdef0", instance_type=config.get("instance_type") or "c5n.18xlarge",
    iam_instance_profile={"arn": profile.arn}, placement={"group_name": near.name},
    network_interfaces=[{"device_index": 0, "interface_type": "efa", "security_groups": [nodes.id]}],
    metadata_options={"http_tokens": "required", **extra},
)
group = aws.autoscaling.Group(
    "nodes", min_size=0, max_size=8, desired_capacity=config.get_int("nodes") or 2,
    vpc_zone_identifiers=[subnets[0].id],
    launch_template={"id": template.id, "version": template.latest_version.apply(str)},
)
pulumi.export("vpc", vpc.id)
pulumi.export("password", password.result)
pulumi.export("bucket", bucket.arn)
"""

RESOURCES = 18
"""Of the program, without the stack and the providers."""


@dataclass(frozen=True)
class Outcome:
    """What one command did. ``steps``: (operation, type and name) in the order in which they began."""

    code: int
    steps: list[tuple[str, str]]
    said: str

    def did(self, *operations: str) -> list[str]:
        """Names of what these operations were done to, in order."""
        return [name for operation, name in self.steps if operation in operations]


@dataclass
class ForeignProject:
    """The program in ``root``, and the account that it works on."""

    engine: Engine
    account: OfflineAccount
    root: Path
    program: str = PROGRAM

    def __post_init__(self) -> None:
        self.root.mkdir(parents=True)
        (self.root / "Pulumi.yaml").write_text(PROJECT)
        (self.root / "__main__.py").write_text(self.program)
        self._pulumi("stack", "init", STACK)
        self.configure("aws:region", "us-east-2")

    def configure(self, key: str, value: str | None) -> None:
        """Set a value of the stack's configuration; None takes it away."""
        words = ("set", key, value) if value is not None else ("rm", key)
        done = self._pulumi("config", words[0], "--stack", STACK, *words[1:])
        assert done.returncode == 0, done.stderr

    def run(self, verb: str, *arguments: str) -> Outcome:
        """`pulumi VERB`, with the steps that it took."""
        options = ["--json"] if verb == "preview" else ["--yes", "--skip-preview", "--json"]
        done = self._pulumi(verb, "--stack", STACK, *options, *arguments)
        return _outcome(verb, done)

    def up(self) -> Outcome:
        """Bring the stack up; it must succeed."""
        return _succeeded(self.run("up"))

    def refresh(self) -> Outcome:
        """Take over what is really there; it must succeed."""
        return _succeeded(self.run("refresh"))

    def state(self) -> str:
        """The text of the stack's state, as it lies in the backend."""
        return next((self.account.folder / "pulumi-state").rglob(f"{STACK}.json")).read_text()

    def _pulumi(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        # Without bytecode the SDK of AWS takes 3 s to import, in every run of the program.
        foreign = ("PULUMI_", "AWS_", "PYTHONDONTWRITEBYTECODE")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        return subprocess.run(
            [self.engine.path, *arguments, "--non-interactive", "--color", "never"],
            cwd=self.root,
            env={**kept, **self.account.environ, "BODO_INFRA_PYTHON": sys.executable},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )


def _succeeded(outcome: Outcome) -> Outcome:
    assert outcome.code == 0, outcome.said
    return outcome


def _outcome(verb: str, done: "subprocess.CompletedProcess[str]") -> Outcome:
    if verb == "preview":
        steps = json.loads(done.stdout).get("steps", []) if done.stdout.startswith("{") else []
        seen = [(step["op"], _called(step["urn"])) for step in steps if step["op"] != "same"]
        return Outcome(done.returncode, seen, f"{done.stdout}\n{done.stderr}")
    events = [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{"sequence"')]
    kind = "resOutputsEvent" if verb == "refresh" else "resourcePreEvent"
    steps = [event[kind]["metadata"] for event in events if kind in event]
    diagnostics = [event["diagnosticEvent"] for event in events if "diagnosticEvent" in event]
    notes = "".join(note["message"] for note in diagnostics if note["severity"] != "debug")
    seen = [
        (step["op"], _called(step["urn"]))
        for step in steps
        if step["op"] not in ("same", "read", "refresh") and not step["type"].startswith("pulumi:")
    ]
    return Outcome(done.returncode, seen, f"{notes}\n{done.stderr}")


def _called(urn: str) -> str:
    """``Vpc net``."""
    return f"{urn.split('::')[2].rpartition(':')[2]} {urn.rpartition('::')[2]}"
