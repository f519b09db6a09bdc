"""Is this instance role sound?"""

from bodo_infra.checks.arns import check_role
from bodo_infra.checks.azure_statements import check_azure_statements, check_identity
from bodo_infra.checks.findings import Finding
from bodo_infra.checks.tags import check_tags
from bodo_infra.spec.cloud_config import AzureSubscription, Target
from bodo_infra.spec.instance_role import InstanceRoleSpec


def check_instance_role(
    spec: InstanceRoleSpec, target: Target, *, account_id: str | None = None, azure: AzureSubscription | None = None
) -> list[Finding]:
    """Every reason why this instance role would fail on ``target``.

    ``account_id``, ``azure``: of its cloud-config, on AWS and on Azure; None when it is not known.
    """
    if target == "local":
        rule = "the local target has no instance roles: its jobs have the rights of the user who runs them"
        fix = "Remove this stack, and the role from the clusters that use it"
        return [Finding(id="instance-role.not-on-local", path="name", value=spec.name, rule=rule, fix=fix)]
    found = check_tags(spec.tags, target)
    if target == "azure":
        found += check_identity(spec.role_arn, azure) if spec.role_arn is not None else []
        return found + check_azure_statements(spec.statements, azure)
    if spec.statements:
        # 145 kB of names, read only where somebody wrote statements.
        from bodo_infra.checks.aws_statements import check_statements

        found += check_statements(spec.statements)
    if spec.role_arn is not None:
        found += check_role(spec.role_arn, account_id, rule_id="instance-role", path="role_arn")
    return found
