"""The examples of docs/offline-account.md, run as they stand there."""

import os
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from bodo_infra.driver.engine import Engine

PAGE = Path(__file__).parents[2] / "docs" / "offline-account.md"
PLAIN = """
import pulumi_aws as aws

aws.s3.Bucket("data", tags={"team": "data"})
"""
WITH_ROLE = """
import json

import pulumi
import pulumi_aws as aws

owner = {"AWS": f"arn:aws:iam::{aws.get_caller_identity().account_id}:root"}
trust = {"Effect": "Allow", "Principal": owner, "Action": "sts:AssumeRole"}
allow = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
role = aws.iam.Role("deployer", assume_role_policy=json.dumps({"Version": "2012-10-17", "Statement": trust}))
policy = aws.iam.RolePolicy(
    "deployer", role=role.name, policy=json.dumps({"Version": "2012-10-17", "Statement": allow})
)
arn = pulumi.Output.all(role.arn, policy.id).apply(lambda known: known[0])
assumed = aws.ProviderAssumeRoleArgs(role_arn=arn)
deployer = aws.Provider("deployer", region="us-east-2", assume_roles=[assumed])
aws.s3.Bucket("data", bucket="data-of-the-team", opts=pulumi.ResourceOptions(provider=deployer))
"""


@pytest.mark.parametrize(
    ("program", "test"),
    [
        (PLAIN, "test_the_bucket_is_tagged_again_after_somebody_took_the_tags_away"),
        (WITH_ROLE, "test_the_deployer_needs_s3_and_nothing_else"),
    ],
    ids=["drift", "rights"],
)
def test_the_examples_of_the_page_are_true(
    program: str, test: str, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    infra = tmp_path / "infra"
    infra.mkdir()
    (infra / "Pulumi.yaml").write_text("name: infra\nruntime: python\n")
    (infra / "__main__.py").write_text(program)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{engine.path.parent}{os.pathsep}{os.environ['PATH']}")
    # A program runs with the interpreter of this test, which has the SDK; compiled, or it would compile it each time.
    monkeypatch.setenv("BODO_INFRA_PYTHON", sys.executable)
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    examples = [text for text in re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL) if test in text]
    names: dict[str, Any] = {}

    exec(compile(examples[0], str(PAGE), "exec"), names)
    names[test](tmp_path / "account")
