"""Writes docs/azure-permissions.md from bodo_infra.azure.roles: which component needs which action, and why.

python -m tools.make_azure_permissions docs/azure-permissions.md
"""

import sys
from collections.abc import Mapping
from pathlib import Path

from bodo_infra.azure.registrations import NEEDED, NEEDED_FOR_NETAPP
from bodo_infra.azure.roles.definitions import ROLES
from bodo_infra.azure.roles.grants import ASSIGNABLE, Role, RoleKey
from bodo_infra.azure.roles.records import DEVELOPER_PATHS, NODE_PATHS, VIEWER_PATHS
from bodo_infra.catalog.azure_roles import BUILT_IN
from tools.make_permissions import table

COMPONENTS = ("Workspace", "InstanceRole", "Cluster")
TOLD: dict[RoleKey, str] = {
    "deployer": "The service principal has it on the resource group.",
    "records": "The service principal has it on the container.",
    "node": "Identities of nodes have it on the container, and on the vault of their workspace.",
    "fleet": "Identities of nodes have it on the scale sets of the clusters that they are given to.",
    "viewers": "They look, and change nothing.",
    "developers": "They run jobs, and read and write the state of stacks.",
    "admins": "Beside what developers may, they read and write secrets, and change what the workspace has.",
}

HEAD = """\
# Permissions on Azure

Written from `bodo_infra/azure/roles` by `python -m tools.make_azure_permissions docs/azure-permissions.md`, not by
hand.

Who makes a cloud-config uses rights of their own: they write role definitions and assignments in the resource group,
so they are its owner. All that comes later is done by the **service principal** that the cloud-config names, with the
roles `deployer` and `records` below and nothing else, both good in this one resource group alone.

What keeps the service principal from raising itself:

- It writes no role definitions. It assigns only the roles `{assignable}` of the same
  cloud-config, and Azure's own roles that `azure.grantable_roles` lists; the condition of its assignment sees to that.
- It assigns none of them to itself. It may assign them to a group of Entra ID that it is in, which no condition sees.
- It gets no keys of storage accounts. It has data actions on the cloud-config's container and nowhere else.

## What Azure cannot say

- **Roles know no tags.** In the resource group the service principal may change and remove what anybody has made there,
  of the kinds below. Cloud-configs that must not touch each other's things need a group each.
- **Whoever makes a vault decides who may open it.** The service principal has no right to secrets, but it writes
  vaults, and could set one to the older kind of access policies. The same holds for nodes: it may start a machine with
  any identity of the group. Whoever may act as the service principal can so reach what nodes and members can.
- **Jobs have the rights of their node's identity.** The metadata service answers every process of a node, so a job
  may do what the roles `node` and `fleet` and the statements of its instance role allow.
- **The container has one list of assignments.** Jobs and records of all workspaces of a cloud-config are read and
  written by all their nodes. Nodes do not reach the state of stacks (`state/`); statements of instance roles that
  name the cloud-config's own storage account are refused.
- **Developers and admins run `up`**, and so they read and write the state of stacks. Whoever writes a state can have
  the next `up` of it do what they like. They do not write `agent/`, from which every node installs.

When an action is denied, look it up here: the grant says what it is for, and on what it is allowed.
"""


def render() -> str:
    """The whole page."""
    assignable = "`, `".join(ASSIGNABLE)
    parts = [
        HEAD.format(assignable=assignable),
        "## Resource providers\n\nThey have to be registered in the subscription. `up` of a cloud-config looks for all "
        "but the last one.\n",
        table(("namespace", "for"), [(f"`{name}`", why) for name, why in {**NEEDED, **NEEDED_FOR_NETAPP}.items()]),
        "## Component and actions\n\nOf the service principal, by the component whose work needs them.\n",
        *(_component(name) for name in COMPONENTS),
        "## Roles\n",
        *(_role(ROLES[key]) for key in TOLD),
        "## Blobs of the container\n\nBy the conditions of assignments. Whoever lists has to name such a prefix.\n",
        _paths(),
        "## Roles that nodes may get\n\nOf Azure's own, those that `azure.grantable_roles` may list:\n",
        "\n".join(f"- {name}" for name in BUILT_IN) + "\n",
    ]
    return "\n".join(parts)


def _component(name: str) -> str:
    rows: dict[str, list[str]] = {}
    for role in (ROLES["deployer"], ROLES["records"]):
        for grant in role.grants:
            if name in grant.component.split(", "):
                for action, reason in {**grant.actions, **grant.data_actions}.items():
                    rows.setdefault(action, []).append(f"{reason} ({grant.name})")
    return f"### {name}\n\n" + table(
        ("action", "why (grant)"), [(f"`{action}`", "; ".join(rows[action])) for action in sorted(rows)]
    )


def _role(role: Role) -> str:
    rows = [
        (grant.name, _actions(grant.actions), _actions(grant.data_actions), grant.where)
        for grant in role.grants
        # What developers may stands there once, and not again with the admins.
        if role.key != "admins" or grant not in ROLES["developers"].grants
    ]
    return f"### {role.key}\n\n{TOLD[role.key]}\n\n" + table(("grant", "actions", "data actions", "on"), rows)


def _actions(actions: Mapping[str, str]) -> str:
    return "<br>".join(f"`{action}`: {reason}" for action, reason in sorted(actions.items()))


def _paths() -> str:
    told = {"nodes": NODE_PATHS, "developers, admins": DEVELOPER_PATHS, "viewers": VIEWER_PATHS}
    rows = [(who, _listed(paths.reads), _listed(paths.writes)) for who, paths in told.items()]
    return table(("who", "reads and lists below", "writes and deletes below"), rows)


def _listed(prefixes: tuple[str, ...]) -> str:
    return ", ".join(f"`{prefix}`" for prefix in prefixes) or "nothing"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(render())
