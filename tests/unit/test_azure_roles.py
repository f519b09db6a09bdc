"""The roles of the Azure target are sound in form: what Azure takes, with the reason of every action."""

import uuid
from pathlib import Path

import pytest

from bodo_infra.azure.roles.conditions import blobs_below
from bodo_infra.azure.roles.definitions import ROLES, deployer_condition
from bodo_infra.azure.roles.grants import ASSIGNABLE, assignment_name, role_guid, role_name
from bodo_infra.azure.roles.records import DEVELOPER_PATHS, NODE_PATHS, VIEWER_PATHS
from bodo_infra.catalog.azure_roles import BUILT_IN, closest
from bodo_infra.plugin.account.rbac.built_in import BUILT_IN as PERMISSIONS
from bodo_infra.plugin.account.rbac.grammar import parse_condition
from tests.azure_roles import UUID
from tools.make_azure_permissions import render

LONGEST_CONDITION = 8192  # "Azure role assignment condition format and syntax": 8 KB
every_role = pytest.mark.parametrize("role", ROLES.values(), ids=ROLES.keys())


@every_role
def test_every_action_has_its_reason_and_every_grant_its_place(role):
    names = [grant.name for grant in role.grants]

    assert len(set(names)) == len(names)
    assert role.description
    for grant in role.grants:
        assert grant.component
        assert grant.where
        assert grant.actions or grant.data_actions
        for action, why in {**grant.actions, **grant.data_actions}.items():
            assert len(why) > 3, action


@every_role
def test_every_action_is_written_out_and_ends_with_what_it_does(role):
    for action in (*role.actions, *role.data_actions):
        assert "*" not in action, action
        assert action.startswith("Microsoft."), action
        assert action.rpartition("/")[2] in ("read", "write", "delete", "action"), action


def test_no_action_is_granted_twice_for_two_reasons():
    for role in ROLES.values():
        actions = [action for grant in role.grants for action in (*grant.actions, *grant.data_actions)]
        assert len(set(actions)) == len(actions), role.key


def test_the_page_of_permissions_is_up_to_date():
    page = Path(__file__).parents[2] / "docs" / "azure-permissions.md"

    assert page.read_text() == render(), "run python -m tools.make_azure_permissions docs/azure-permissions.md"


def test_conditions_are_ones_that_azure_reads_and_have_their_size():
    conditions = [blobs_below(paths) for paths in (NODE_PATHS, DEVELOPER_PATHS, VIEWER_PATHS)]
    conditions.append(deployer_condition(UUID, BUILT_IN, service_principal=UUID))

    for condition in conditions:
        parse_condition(condition)
        assert len(condition) < LONGEST_CONDITION


def test_names_and_ids_of_roles_differ_between_cloud_configs():
    other = UUID.replace("1", "9")
    for derive in (role_name, role_guid):
        made = {derive(key, known) for key in ROLES for known in (UUID, other)}
        assert len(made) == 2 * len(ROLES)
    assert all(len(role_name(key, UUID)) <= 128 for key in ROLES)
    assert str(uuid.UUID(role_guid("node", UUID))) == role_guid("node", UUID)


def test_ids_of_roles_stay_what_they_are():
    assert role_guid("node", UUID) == "6ab4719a-98f1-524b-abac-596596de65d1", (
        "another id would replace the role, and every assignment of it"
    )
    assert assignment_name("/SCOPE", "p", "/r") == assignment_name("/scope", "P", "/R"), "Azure looks at no case"
    assert (
        len({assignment_name("/s", "p", "/r"), assignment_name("/s", "p", "/q"), assignment_name("/t", "p", "/r")}) == 3
    )


def test_what_the_deployer_has_itself_is_not_among_what_it_may_assign():
    assert set(ROLES) - set(ASSIGNABLE) == {"deployer", "records"}


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_grantable_role_has_the_id_of_azures_list_and_gives_no_way_up(name):
    assert str(uuid.UUID(BUILT_IN[name])) == BUILT_IN[name]
    known = PERMISSIONS.get(BUILT_IN[name])
    if known is None or known.permissions is None:
        return
    assert known.name == name
    for action in (
        "Microsoft.Authorization/roleAssignments/write",
        "Microsoft.Storage/storageAccounts/listKeys/action",
    ):
        assert not known.grants(action, data=False), name


def test_a_name_that_is_written_almost_right_is_told_from_one_that_is_nothing_like_any():
    assert closest("storage blob data-reader") == "Storage Blob Data Reader"
    assert closest("s3:GetObject") is None
