"""Is this instance role sound?"""

import re

from bodo_infra.checks.arns import check_role
from bodo_infra.checks.findings import Finding
from bodo_infra.checks.tags import check_tags
from bodo_infra.spec.cloud_config import Target
from bodo_infra.spec.instance_role import InstanceRoleSpec

AZURE_IDENTITY = re.compile(
    r"/subscriptions/[^/]+/resourcegroups/[^/]+/providers/microsoft\.managedidentity/.+", re.IGNORECASE
)
AZURE_SAMPLE = "/subscriptions/ID/resourceGroups/GROUP/providers/Microsoft.ManagedIdentity/userAssignedIdentities/NAME"


def check_instance_role(spec: InstanceRoleSpec, target: Target, *, account_id: str | None = None) -> list[Finding]:
    """Every reason why this instance role would fail on ``target``. ``account_id``: of its cloud-config, when known."""
    if target == "local":
        rule = "the local target has no instance roles: its jobs have the rights of the user who runs them"
        fix = "Remove this stack, and the role from the clusters that use it"
        return [Finding(id="instance-role.not-on-local", path="name", value=spec.name, rule=rule, fix=fix)]
    found = check_tags(spec.tags, target)
    if target == "azure":
        return found + _check_identity(spec.role_arn)
    if spec.statements:
        # 145 kB of names, read only where somebody wrote statements.
        from bodo_infra.checks.aws_statements import check_statements

        found += check_statements(spec.statements)
    if spec.role_arn is not None:
        found += check_role(spec.role_arn, account_id, rule_id="instance-role", path="role_arn")
    return found


def _check_identity(identity: str | None) -> list[Finding]:
    if identity is None or AZURE_IDENTITY.fullmatch(identity):
        return []
    rule, fix = "must be the resource id of a user-assigned identity", f"Write {AZURE_SAMPLE}"
    return [Finding(id="instance-role.arn", path="role_arn", value=identity, rule=rule, fix=fix)]
