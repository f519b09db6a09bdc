"""What the roles of the Azure target refuse: ways up for the service principal, and what belongs to others.

Asked of the offline account's evaluation of roles and conditions. Not proved here: that Azure evaluates them alike.
"""

import pytest

from bodo_infra.azure.roles.definitions import ROLES
from bodo_infra.azure.roles.grants import ASSIGNABLE, role_guid
from bodo_infra.catalog.azure_roles import BUILT_IN
from tests.azure_roles import (
    CONTAINER,
    DEPLOYER,
    FLEET,
    GROUP,
    MEMBER,
    NODE,
    OTHER_GROUP,
    SUBSCRIPTION,
    UUID,
    VAULT,
    deployers,
    may,
    may_assign,
    may_blob,
    may_list,
    members,
    nodes,
    thing,
)

ALL = [(role.key, action) for role in ROLES.values() for action in (*role.actions, *role.data_actions)]
WRITTEN = {
    "deployer": {
        "Microsoft.Authorization/roleAssignments",
        "Microsoft.Compute",
        "Microsoft.KeyVault/vaults",
        "Microsoft.ManagedIdentity/userAssignedIdentities",
        "Microsoft.NetApp",
        "Microsoft.Network",
        "Microsoft.Storage/storageAccounts",
    },
    "records": {"Microsoft.Storage/storageAccounts/blobServices/containers/blobs"},
    "node": {"Microsoft.Storage/storageAccounts/blobServices/containers/blobs", "Microsoft.KeyVault/vaults/secrets"},
    "fleet": {"Microsoft.Compute/virtualMachineScaleSets"},
    "developers": {
        "Microsoft.Storage/storageAccounts/blobServices/containers/blobs",
        "Microsoft.KeyVault/vaults/secrets/readMetadata",
    },
    "admins": {"Microsoft.KeyVault/vaults", "Microsoft.Network/virtualNetworks", "Microsoft.Storage/storageAccounts"},
    "viewers": set(),
}


def test_nothing_is_written_beyond_what_is_listed_here():
    beyond = [
        (key, action)
        for key, action in ALL
        if not action.endswith("/read") and not action.startswith(tuple(f"{start}/" for start in WRITTEN[key]))
    ]

    assert beyond == []


FORBIDDEN = (
    "listkeys",
    "regeneratekey",
    "listaccountsas",
    "listservicesas",
    "generateuserdelegationkey",
    "elevateaccess",
    "runcommand",
    "begingetaccess",
    "extensions/write",
    "roledefinitions/write",
    "roledefinitions/delete",
    "accesspolicies",
    "federatedidentitycredentials",
    "locks/",
    "policyassignments",
    "register/action",
    "resourcegroups/write",
    "resourcegroups/delete",
    "purge",
)


def test_nobody_gets_keys_of_accounts_nor_writes_roles_nor_runs_commands_on_machines():
    assert [(key, action) for key, action in ALL if any(word in action.lower() for word in FORBIDDEN)] == []


def test_the_deployer_reaches_no_data_but_in_the_container():
    given = deployers()

    assert ROLES["deployer"].data_actions == ()
    assert may_blob(given, "write", "state/.pulumi/stacks/x.json")
    other = thing("Microsoft.Storage/storageAccounts/blobServices/containers", "other", "default", "data")
    blobs = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read"
    assert not may(given, blobs, other, data=True)
    assert not may(given, "Microsoft.KeyVault/vaults/secrets/getSecret/action", VAULT, data=True)
    assert not may(given, "Microsoft.Storage/storageAccounts/blobServices/containers/delete", CONTAINER)


def test_the_deployer_does_nothing_outside_the_group():
    given = deployers()

    for action in ROLES["deployer"].actions:
        assert not may(given, action, OTHER_GROUP), action
        assert not may(given, action, f"/subscriptions/{SUBSCRIPTION}"), action
        if not action.startswith("Microsoft.Authorization/roleAssignments/"):
            assert may(given, action, GROUP), action


@pytest.mark.parametrize("key", ASSIGNABLE)
def test_the_deployer_gives_and_takes_the_roles_of_nodes_and_members(key):
    role = role_guid(key, UUID)

    assert may_assign(deployers(), role, NODE)
    assert may_assign(deployers(), role, NODE, deletes=True)
    assert not may_assign(deployers(), role, NODE, scope=OTHER_GROUP)
    assert not may_assign(deployers(), role, DEPLOYER), "it would have the data of nodes and members"


def test_the_deployer_gives_the_grantable_roles_and_none_of_azures_others():
    assert may_assign(deployers(), BUILT_IN["Storage Blob Data Reader"], NODE)
    assert not may_assign(deployers(), BUILT_IN["Storage Blob Data Owner"], NODE)


WAYS_UP = {
    "Owner": "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
    "Contributor": "b24988ac-6180-42a0-ab88-20f7382dd24c",
    "User Access Administrator": "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
    "its own role": role_guid("deployer", UUID),
    "all data of the container": role_guid("records", UUID),
    "a role of another cloud-config": role_guid("node", UUID.replace("1", "9")),
}


@pytest.mark.parametrize("role", WAYS_UP.values(), ids=WAYS_UP.keys())
@pytest.mark.parametrize("principal", [NODE, DEPLOYER], ids=["to a node", "to itself"])
def test_the_deployer_cannot_raise_anybody(role, principal):
    assert not may_assign(deployers(), role, principal)
    assert not may_assign(deployers(), role, principal, deletes=True)


def test_nodes_write_below_their_prefixes_alone_and_read_the_agent():
    given = nodes()

    for word in ("write", "add/action", "delete"):
        assert all(may_blob(given, word, f"{prefix}x") for prefix in ("artifacts/", "jobs/", "logs/")), word
        assert not may_blob(given, word, "agent/x.zip"), word
        assert not may_blob(given, word, "state/.pulumi/stacks/x.json"), word
        assert not may_blob(given, word, "x"), word
    assert may_blob(given, "read", "agent/x.zip")
    assert not may_blob(given, "read", "state/.pulumi/stacks/x.json")


def test_nodes_list_below_their_prefixes_alone():
    given = nodes()

    assert may_list(given, "jobs/")
    assert may_list(given, "agent/mirror/")
    assert not may_list(given, "state/")
    assert not may_list(given, "j"), "it would tell all names that begin so"
    assert not may_list(given, None)


def test_nodes_read_secrets_and_write_none():
    secrets = "Microsoft.KeyVault/vaults/secrets"

    assert may(nodes(), f"{secrets}/getSecret/action", VAULT, data=True)
    assert not may(nodes(), f"{secrets}/setSecret/action", VAULT, data=True)
    assert not may(nodes(), f"{secrets}/getSecret/action", thing("Microsoft.KeyVault/vaults", "other"), data=True)


def test_nodes_pause_their_own_cluster_and_no_other():
    pause = "Microsoft.Compute/virtualMachineScaleSets/deallocate/action"

    assert may(nodes(), pause, FLEET)
    assert not may(nodes(), pause, thing("Microsoft.Compute/virtualMachineScaleSets", "other"))
    assert not may(nodes(), "Microsoft.Compute/virtualMachineScaleSets/delete", FLEET)


@pytest.mark.parametrize("key", ["admins", "developers", "viewers"])
def test_members_make_no_machines_and_give_no_roles(key):
    given = members(key)

    assert not may(given, "Microsoft.Compute/virtualMachineScaleSets/write", FLEET)
    assert not may_assign(given, role_guid("viewers", UUID), MEMBER)
    assert not [action for action in ROLES[key].actions if action.startswith("Microsoft.Authorization/")]


def test_viewers_change_nothing_and_read_no_states():
    given = members("viewers")

    assert all(action.endswith("/read") for action in (*ROLES["viewers"].actions, *ROLES["viewers"].data_actions))
    assert may_blob(given, "read", "logs/x")
    assert not may_blob(given, "read", "state/.pulumi/stacks/x.json")
    assert not may_list(given, "state/")


def test_developers_write_states_and_jobs_and_nothing_that_nodes_run():
    given = members("developers")

    assert may_blob(given, "write", "state/.pulumi/stacks/x.json")
    assert may_blob(given, "write", "jobs/x")
    assert not may_blob(given, "write", "agent/x.zip"), "every node would run it"


def test_secrets_are_read_and_written_by_admins_alone_of_the_members():
    for word in ("getSecret", "setSecret"):
        action = f"Microsoft.KeyVault/vaults/secrets/{word}/action"
        assert [key for key in ("admins", "developers", "viewers") if may(members(key), action, VAULT, data=True)] == [
            "admins"
        ]


def test_developers_do_not_take_the_network_away():
    net = thing("Microsoft.Network/virtualNetworks", "net")

    assert may(members("admins"), "Microsoft.Network/virtualNetworks/delete", net)
    assert not may(members("developers"), "Microsoft.Network/virtualNetworks/delete", net)
    other = thing("Microsoft.Network/virtualNetworks", "other")
    assert not may(members("admins"), "Microsoft.Network/virtualNetworks/delete", other)
