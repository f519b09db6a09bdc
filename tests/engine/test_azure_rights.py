"""The rights of the service principal: enough for a life of everything, and none that nothing needs.

The life is lived once by the real engine, with role assignments enforced; what it asked for is evaluated again with
parts of the roles taken away. Not proved here: that Azure asks for the very same (facts and rules of the offline
account say so).
"""

from collections import defaultdict
from dataclasses import replace

import pytest

from bodo_infra.azure.roles.definitions import ROLES
from bodo_infra.azure.roles.grants import ASSIGNABLE
from bodo_infra.catalog.azure_roles import BUILT_IN
from bodo_infra.plugin.account.arm import tokens as t
from bodo_infra.plugin.account.rbac.attributes import DELETE_ASSIGNMENT, WRITE_ASSIGNMENT
from bodo_infra.plugin.account.rbac.evaluate import decide
from bodo_infra.plugin.account.rbac.rights import assigning, listing, request_for, unassigning
from tests.engine.azure_beside import ROWS, Place
from tests.engine.azure_life import ANN, BEN, GRANTABLE, GROUPS, HOMES, PRINCIPALS, STAFF, TEAM, USERS_DATA, lived

pytestmark = pytest.mark.engine

BLOBS = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs"
SECRET = "Microsoft.KeyVault/vaults/secrets/getSecret/action"
OWNER, CONTRIBUTOR = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "b24988ac-6180-42a0-ab88-20f7382dd24c"
GRANTS = [(key, grant) for key in ("deployer", "records") for grant in ROLES[key].grants]

each_home = pytest.mark.parametrize("home", HOMES)
each_grant = pytest.mark.parametrize(
    ("key", "grant"), [pytest.param(key, grant, id=f"{key}-{grant.name}") for key, grant in GRANTS]
)


@pytest.fixture(scope="module")
def life(engine, tmp_path_factory):
    with lived(engine, tmp_path_factory.mktemp("rights") / "project") as life:
        yield life


def test_everything_that_a_life_asks_for_is_allowed(life):
    refused = [each for each in life.asked if not each.allowed]

    assert refused == []
    assert all(len(life.asked_by(home)) > 100 for home in HOMES), "both principals have done the work"
    assert {each.role for each in life.asked} == set(PRINCIPALS.values()), "nobody else was asked to"


def test_every_type_is_made_read_and_deleted_by_the_engine(life):
    made = {type for verb, type in life.calls if verb == "create" and type.startswith("azure-native:")}

    assert len(made) > 20
    assert [type for type in made if not life.calls["read", type]] == []
    # The one group that the life makes holds data that stays.
    assert [type for type in made if not life.calls["delete", type]] == [t.GROUP]


def test_at_the_end_only_data_is_left_that_was_to_stay(life):
    left = {row.urn.rpartition("::")[2]: row.type for row in life.left if row.type != t.DELETED_VAULT}
    users = {name for name in left if name.partition("-")[0] in ("users", "etl", "data", "teamdata")}
    kept = {f"azure-cloud-config-{part}" for part in ("group", "account", "container", "blob-service", "lifecycle")}
    kept |= {f"azure-workspace-storage-{part}" for part in ("account", "share")}
    # A volume is nothing without its subnet.
    kept |= {f"azure-hpc-workspace-storage-{part}" for part in ("account", "pool", "volume")}
    kept |= {f"azure-hpc-workspace-network-{part}" for part in ("vnet", "files-subnet")}

    assert left.keys() - users == kept
    assert not [name for name in left if name.startswith("team-")], "of the cloud-config with delete_data"


@each_grant
def test_every_action_of_a_grant_is_needed(life, key, grant):
    actions = [*grant.actions, *grant.data_actions]
    useless = [action for action in actions if not _is_missed(life, action, asked(life, with_rows=True))]

    assert useless == [], "nothing that was brought up, changed or destroyed, and no row of what running needs"


@pytest.mark.parametrize("row", [pytest.param(row, id=f"{row.action}-{row.why}") for row in ROWS])
def test_what_only_running_needs_is_allowed_and_nothing_else_asks_for_it(life, row):
    for home in HOMES:
        principal = PRINCIPALS[home]
        answer = decide(principal, row.request(place(life, home)), life.of(principal))
        assert answer.allowed, answer.because
        assert not decide(principal, row.request(place(life, _other(home))), life.of(principal)).allowed

    assert not _is_missed(life, row.action, life.requests), "a row for what every life shows says nothing"


@each_home
def test_one_cloud_configs_principal_may_do_nothing_of_what_that_of_another_does(life, home):
    stranger = PRINCIPALS[_other(home)]
    requests = [request for found in life.requests[home].values() for request in found]

    # Without exceptions: all that is asked lies in the resource group.
    assert [each for each in requests if decide(stranger, each, life.of(stranger)).allowed] == []


@each_home
def test_a_principal_assigns_the_roles_of_its_cloud_config_and_those_that_it_may_grant(life, home):
    ours = [role_of(life, home, key) for key in ASSIGNABLE]

    for guid in (*ours, *(BUILT_IN[name] for name in GRANTABLE[home])):
        assert may_assign(life, home, guid)
        assert may_unassign(life, home, guid)


@each_home
def test_a_principal_cannot_raise_itself_nor_others(life, home):
    other = _other(home)
    above = {
        "Owner": OWNER,
        "Contributor": CONTRIBUTOR,
        "its own role": role_of(life, home, "deployer"),
        "its own data": role_of(life, home, "records"),
        **{f"the other's {key}": role_of(life, other, key) for key in ROLES},
        **{f"{name}, which the other may grant": BUILT_IN[name] for name in GRANTABLE[other]},
    }

    assert [name for name, guid in above.items() if may_assign(life, home, guid)] == []
    assert [name for name, guid in above.items() if may_unassign(life, home, guid)] == []
    assert not may_assign(life, home, role_of(life, home, "node"), to=PRINCIPALS[home]), "the data of nodes"
    assert not may_assign(life, home, role_of(life, home, "node"), group=GROUPS[other])


def test_nodes_read_and_write_blobs_below_their_prefixes_alone(life):
    for node in nodes(life).values():
        container = place(life, TEAM).container
        assert may_blob(life, node, "read", f"{container}/blobs/agent/x.zip")
        assert not may_blob(life, node, "write", f"{container}/blobs/agent/x.zip"), "every node would run it"
        for prefix in ("artifacts/", "jobs/", "logs/"):
            assert may_blob(life, node, "write", f"{container}/blobs/{prefix}x")
            assert may_list(life, node, container, prefix)
        assert not may_blob(life, node, "read", f"{container}/blobs/state/.pulumi/stacks/bodo/dev.json")
        assert not may_list(life, node, container, "state/")
        assert not may_list(life, node, container, None)
        assert not may_blob(life, node, "read", f"{place(life, _other(TEAM)).container}/blobs/agent/x.zip")


def test_nodes_have_the_data_of_their_statements_and_drive_their_own_cluster_alone(life):
    own, etl, spot = (nodes(life)[name] for name in ("own", "etl", "spot"))
    data = f"{USERS_DATA}/blobServices/default/containers/data/blobs/x"
    assert [may_blob(life, node, "write", data) for node in (own, etl, spot)] == [True, False, False]

    for name, node in nodes(life).items():
        driven = [
            other
            for other in nodes(life)
            if may(
                life, node, "Microsoft.Compute/virtualMachineScaleSets/deallocate/action", at(life, f"{other}-nodes")
            )
        ]
        # The nodes of `visit` have a role of their own, as those of `spot`.
        assert driven == [name]


def test_secrets_are_for_nodes_with_a_role_of_the_cluster_alone_and_of_their_own_workspace(life):
    given = {"etl": [], "own": [], "spot": ["open"], "visit": ["guest"]}
    workspaces = ("open", "closed", "guest")

    for name, node in nodes(life).items():
        read = [each for each in workspaces if may(life, node, SECRET, at(life, f"{each}-vault"), data=True)]
        assert read == given[name]


def test_members_reach_what_is_of_their_workspace_by_their_kind(life):
    container = place(life, TEAM).container
    write_secret = "Microsoft.KeyVault/vaults/secrets/setSecret/action"
    vault, elsewhere = at(life, "open-vault"), at(life, "guest-vault")

    assert may(life, ANN, write_secret, vault, data=True)
    assert not may(life, ANN, write_secret, elsewhere, data=True)
    assert not may(life, STAFF, SECRET, vault, data=True), "developers name secrets and do not read them"
    assert may_blob(life, STAFF, "write", f"{container}/blobs/state/x")
    assert not may_blob(life, STAFF, "write", f"{container}/blobs/agent/x.zip")
    assert may_blob(life, BEN, "read", f"{container}/blobs/jobs/x")
    for member in (ANN, BEN, STAFF):
        assert not may(life, member, "Microsoft.Compute/virtualMachineScaleSets/write", at(life, "etl-nodes"))
        assert not may(life, member, WRITE_ASSIGNMENT, vault)


def place(life, home):
    return Place(group=GROUPS[home], container=at(life, f"{home}-container"))


def at(life, name):
    return life.rows[name].id


def nodes(life):
    """Cluster to the object id of its nodes, of the second cloud-config."""
    identities = {
        "etl": "etl",
        "own": "own-role-identity",
        "spot": "spot-role-identity",
        "visit": "visit-role-identity",
    }
    return {name: life.rows[identity].outputs["principalId"] for name, identity in identities.items()}


def role_of(life, home, key):
    return at(life, f"{home}-role-{key}").rpartition("/")[2]


def may(life, principal, action, resource, **more):
    return decide(principal, request_for(action, resource, **more), life.of(principal)).allowed


def may_blob(life, principal, word, blob):
    return may(life, principal, f"{BLOBS}/{word}", blob, data=True)


def may_list(life, principal, container, prefix):
    given = listing(container, prefix)
    return may(life, principal, f"{BLOBS}/read", container, data=True, attributes=given, suboperation="Blob.List")


def may_assign(life, home, guid, *, to=BEN, group=None):
    scope = f"{group or GROUPS[home]}/providers/Microsoft.Authorization/roleAssignments/x"
    return may(life, PRINCIPALS[home], WRITE_ASSIGNMENT, scope, attributes=assigning(guid, to))


def may_unassign(life, home, guid):
    scope = f"{GROUPS[home]}/providers/Microsoft.Authorization/roleAssignments/x"
    return may(life, PRINCIPALS[home], DELETE_ASSIGNMENT, scope, attributes=unassigning(guid, BEN))


def asked(life, *, with_rows):
    """Stack of a cloud-config to action to its requests, of a life and of the rows."""
    found = {home: defaultdict(list, life.requests[home]) for home in HOMES}
    for home in HOMES:
        for row in ROWS if with_rows else ():
            found[home][row.action] = [*found[home][row.action], row.request(place(life, home))]
    return found


def _is_missed(life, action, requests):
    """Whether a principal whose roles have lost an action is refused one of the requests for it."""
    for home in HOMES:
        poorer = [_without(assignment, action) for assignment in life.of(PRINCIPALS[home])]
        if any(not decide(PRINCIPALS[home], each, poorer).allowed for each in requests[home].get(action, ())):
            return True
    return False


def _without(assignment, action):
    def poorer(permission):
        return replace(
            permission,
            actions=tuple(each for each in permission.actions if each != action),
            data_actions=tuple(each for each in permission.data_actions if each != action),
        )

    permissions = tuple(map(poorer, assignment.role.permissions))
    return replace(assignment, role=replace(assignment.role, permissions=permissions))


def _other(home):
    return next(each for each in HOMES if each != home)
