"""Is this instance role sound?"""

import re

from bodo_infra.checks.findings import Finding
from bodo_infra.spec.cloud_config import Target
from bodo_infra.spec.instance_role import InstanceRoleSpec

AWS_ROLE = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+")
AZURE_IDENTITY = re.compile(
    r"/subscriptions/[^/]+/resourcegroups/[^/]+/providers/microsoft\.managedidentity/.+", re.IGNORECASE
)
SAMPLES = {
    "aws": "arn:aws:iam::123456789012:role/NAME",
    "azure": "/subscriptions/ID/resourceGroups/GROUP/providers/Microsoft.ManagedIdentity/userAssignedIdentities/NAME",
}


def check_instance_role(spec: InstanceRoleSpec, target: Target) -> list[Finding]:
    """Every reason why this instance role would fail on ``target``."""
    if target == "local":
        rule = "the local target has no instance roles: its jobs have the rights of the user who runs them"
        fix = "Remove this stack, and the role from the clusters that use it"
        return [Finding(id="instance-role.not-on-local", path="name", value=spec.name, rule=rule, fix=fix)]
    pattern = AWS_ROLE if target == "aws" else AZURE_IDENTITY
    if spec.role_arn is None or pattern.fullmatch(spec.role_arn):
        return []
    what = "the ARN of a role" if target == "aws" else "the resource id of a user-assigned identity"
    fix = f"Write {SAMPLES[target]}"
    return [Finding(id="instance-role.arn", path="role_arn", value=spec.role_arn, rule=f"must be {what}", fix=fix)]
