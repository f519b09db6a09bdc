"""Writes docs/aws-permissions.md from bodo_infra.aws.policies: which component needs which action, and why.

python -m tools.make_permissions docs/aws-permissions.md
"""

import sys
from collections.abc import Iterable
from pathlib import Path

from bodo_infra.aws.policies.boundary import boundary
from bodo_infra.aws.policies.deploy import deploy_policies
from bodo_infra.aws.policies.flow_logs import flow_logs_policy
from bodo_infra.aws.policies.members import member_policy
from bodo_infra.aws.policies.nodes import node_policy
from bodo_infra.aws.policies.statements import Conditions, Scope, Statement

ROLE = "arn:aws:iam::ACCOUNT:role/YOURS"
SCOPE = Scope(
    account_id="ACCOUNT",
    region="REGION",
    cloud_config_uuid="UUID",
    bucket="BUCKET",
    table="TABLE",
    key_arn="KEY",
    instance_role_arns=(ROLE,),
)
COMPONENTS = ("Workspace", "InstanceRole", "Cluster", "all")

HEAD = """\
# Permissions on AWS

Written from `bodo_infra/aws/policies` by `python -m tools.make_permissions docs/aws-permissions.md`, not by hand.

Who makes a cloud-config uses rights of their own. All that comes later is done by the **cross-account role** that the
cloud-config makes, with the policies below and nothing else. Capital letters stand for what is known when it is made:
`ACCOUNT`, `REGION`, `UUID` (of the cloud-config), `BUCKET`, `TABLE`, `KEY` (with `customer_key`), and `YOURS` for each
of `aws.instance_role_arns`.

What keeps the role from raising itself:

- It may make roles only below `/bodo-infra/UUID/`, and only with the boundary, which it can neither change nor remove.
- Itself, its policies, the boundary and the policy of nodes lie below `/bodo-infra-foundation/UUID/`, where it may do
  nothing. It may make no managed policies.
- On a role of your own, which has no boundary, it may put the policy of nodes and no other.
- It hands roles over to machines and flow logs only, and only those that have the boundary or that you list.

## Who can reach what

- **A role that is made here and taken by a person or from another account** reaches the bucket, table and parameters
  of this cloud-config and what carries its tag, whatever its statements say.
- **A machine** reaches what the statements of its role say: data of the account, also in buckets of another
  cloud-config. The boundary leaves out IAM, other roles and settings of the account, and no more. Whoever may take
  the cross-account role can make such a role and start a machine with it, and so read and write data of the account.
  Where that is too much, give the cloud-config an account of its own.
- **A workspace is one circle of trust.** Its clusters share the files and one user id, so a job of one reads and
  changes the files of all, and their packages and keys, which nodes that come later take from there.
- **Nodes of a cloud-config** may read its parameters below `/bodo-infra/UUID/`, whichever workspace they are in, and
  jobs and records of its other workspaces. They do not reach the state of stacks.
- **Developers and admins of a workspace run `up`**, and so they read and write the state of stacks (`state/`) of the
  whole cloud-config. Whoever writes a state can have the next `up` of it do what they like, with the rights of
  whoever runs it. They do not write `agent/mirror/`, from which every node installs. Teams that do not trust each
  other need a cloud-config each.

When an action is denied, look it up here: the statement says on what it is allowed, and under which condition.
"""


def render() -> str:
    """The whole page."""
    deploy = [statement for statements in deploy_policies(SCOPE).values() for statement in statements]
    parts = [
        HEAD,
        "## Component and actions\n\nOf the cross-account role, by the component whose work needs them.\n",
        *(_component(name, deploy) for name in COMPONENTS),
        "## Statements of the cross-account role\n",
        *(_policy(f"Policy {area}", "", statements) for area, statements in deploy_policies(SCOPE).items()),
        "## Other roles\n",
        _policy("Policy of nodes", "On every instance role, also one of your own.", node_policy(SCOPE)),
        _policy(
            "Boundary",
            "The most that roles may do which the cross-account role makes. It grants nothing by itself.",
            boundary(SCOPE),
        ),
        _policy("Role of flow logs", "Handed to the service that writes them.", flow_logs_policy(SCOPE)),
        *_members(),
    ]
    return "\n".join(parts)


def _component(name: str, statements: Iterable[Statement]) -> str:
    """The actions of one component, once each, with every reason and on what they are allowed."""
    rows: dict[str, list[str]] = {}
    for statement in statements:
        if name in statement.component.split(", "):
            for action, reason in statement.actions.items():
                rows.setdefault(action, []).append(f"{reason} ({statement.sid})")
    title = "All components" if name == "all" else name
    return f"### {title}\n\n" + table(
        ("action", "why (statement)"), [(f"`{action}`", "; ".join(rows[action])) for action in sorted(rows)]
    )


def _members() -> list[str]:
    told = {
        "viewers": "They look, and change nothing.",
        "developers": "They make clusters in their workspace, with roles that are there, and run jobs.",
        "admins": "Beside what developers may, they change and remove what the workspace has.",
    }
    seen: set[str] = set()
    parts = []
    for kind in ("viewers", "developers", "admins"):
        statements = member_policy(SCOPE, "WORKSPACE", kind)
        # What developers may stands there once, and not again with the admins.
        new = [each for each in statements if kind != "admins" or each.sid not in seen]
        seen |= {each.sid for each in statements} if kind == "developers" else set()
        parts.append(_policy(f"Members: {kind}", told[kind], new))
    return parts


def _policy(title: str, text: str, statements: Iterable[Statement]) -> str:
    rows = [
        (
            f"{statement.sid}{' (**deny**)' if statement.effect == 'Deny' else ''}",
            "<br>".join(f"`{action}`: {reason}" for action, reason in sorted(statement.actions.items())),
            "<br>".join(f"`{resource}`" for resource in statement.resources),
            _conditions(statement.conditions),
            statement.why,
        )
        for statement in statements
    ]
    head = f"### {title}\n\n" + (f"{text}\n\n" if text else "")
    return head + table(("statement", "actions", "on", "condition", "why so"), rows)


def _conditions(conditions: Conditions) -> str:
    return "<br>".join(
        f"{operator} `{key}` `{value if isinstance(value, str) else '`, `'.join(value)}`"
        for operator, pairs in conditions.items()
        for key, value in sorted(pairs.items())
    )


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A table in Markdown; bars in cells are kept."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(render())
