"""The examples of docs/offline-account.md, run by pytest as they stand there."""

import os
import re
import subprocess
import sys
from pathlib import Path

from bodo_infra.driver.engine import Engine

PAGE = Path(__file__).parents[2] / "docs" / "offline-account.md"
PROGRAM = """
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
opts = pulumi.ResourceOptions(provider=deployer)
aws.s3.Bucket("data", bucket="data-of-the-team", tags={"team": "data"}, opts=opts)
"""
AZURE_PROGRAM = """
import pulumi_azure_native as azure

group = azure.resources.ResourceGroup("group", location="westeurope")
kind = {"kind": "StorageV2", "sku": {"name": "Standard_LRS"}}
data = azure.storage.StorageAccount("data", resource_group_name=group.name, **kind)
node = azure.managedidentity.UserAssignedIdentity("node", resource_group_name=group.name)
roles = f"/subscriptions/{'0' * 8}-0000-0000-0000-{'0' * 12}/providers/Microsoft.Authorization/roleDefinitions"
azure.authorization.RoleAssignment(
    "node", scope=data.id, principal_id=node.principal_id, principal_type="ServicePrincipal",
    role_definition_id=f"{roles}/2a2b9908-6ea1-4ae2-8e65-a410df84e7d1",
)
"""


def test_the_examples_of_the_page_are_true(engine: Engine, tmp_path: Path):
    folders = {tmp_path / "infra": PROGRAM, tmp_path / "group": AZURE_PROGRAM}
    for folder, program in folders.items():
        folder.mkdir()
        (folder / "Pulumi.yaml").write_text(f"name: {folder.name}\nruntime: python\n")
        (folder / "__main__.py").write_text(program)
    examples = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    (tmp_path / "test_page.py").write_text("\n\n".join(examples))
    # Compiled, or the program would compile the SDK each time.
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q"], cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=300
    )

    assert done.returncode == 0, done.stdout
    assert f"{len(examples)} passed" in done.stdout
    left = [path for folder in folders for path in folder.glob("Pulumi.*.yaml")]
    assert left == [], "the folder of the program is as it was"
