"""Do these statements of a role say something that IAM understands, and no more than was meant?"""

import json
from collections.abc import Sequence

from bodo_infra.catalog import iam_names
from bodo_infra.checks.findings import Finding
from bodo_infra.spec.instance_role import PolicyStatement

# Characters of all inline policies of a role, without white space: IAM user guide, "IAM and STS quotas".
POLICY_SIZE = 10240


def check_statements(statements: Sequence[PolicyStatement]) -> list[Finding]:
    """Actions that there are not, resources that are no ARNs, more text than a policy holds; a warning for ``*``."""
    found = []
    for index, statement in enumerate(statements):
        path = f"statements[{index}]"
        for place, action in enumerate(statement.actions):
            found += _check_action(action, statement, f"{path}.actions[{place}]")
        for place, resource in enumerate(statement.resources):
            found += _check_resource(resource, f"{path}.resources[{place}]")
    size = len(render_statements(statements))
    if size > POLICY_SIZE:
        rule = f"make a policy of {size} characters, and IAM takes {POLICY_SIZE}"
        fix = "Join statements, or write groups of actions such as s3:Get*"
        found.append(Finding(id="instance-role.size", path="statements", value="", rule=rule, fix=fix))
    return found


def render_statements(statements: Sequence[PolicyStatement]) -> str:
    """The policy document that they make, without white space."""
    written = [{"Effect": each.effect, "Action": each.actions, "Resource": each.resources} for each in statements]
    return json.dumps({"Version": "2012-10-17", "Statement": written}, separators=(",", ":"))


def _check_action(action: str, statement: PolicyStatement, path: str) -> list[Finding]:
    if action == "*":
        if statement.effect == "Deny":
            return []
        rule = "lets every job do whatever the boundary of the account's roles allows"
        fix = "Name the actions that the jobs need"
        return [Finding(id="instance-role.all-actions", path=path, value="*", rule=rule, fix=fix, level="warning")]
    if iam_names.is_known_action(action):
        return []
    near = iam_names.closest_action(action)
    rule = "is no action of AWS"
    fix = f"Did you mean {near}?" if near else "Write service and action, such as s3:GetObject"
    return [Finding(id="instance-role.action", path=path, value=action, rule=rule, fix=fix)]


def _check_resource(resource: str, path: str) -> list[Finding]:
    if resource == "*" or (
        resource.startswith("arn:") and resource.count(":") >= 5 and not set(resource) & set(" \t\n")
    ):
        return []
    rule, fix = "must be an ARN, or `*`", "Write it such as arn:aws:s3:::BUCKET/*"
    return [Finding(id="instance-role.resource", path=path, value=resource, rule=rule, fix=fix)]
