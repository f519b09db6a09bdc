"""Roles add up where they are assigned; NotActions take from one role alone; refusals say what is nearest."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bodo_infra.catalog import azure_roles
from bodo_infra.plugin.account.rbac.built_in import BUILT_IN
from bodo_infra.plugin.account.rbac.evaluate import Assignment, Request, decide
from bodo_infra.plugin.account.rbac.expressions import UnsupportedConditionError
from bodo_infra.plugin.account.rbac.grammar import parse_condition
from bodo_infra.plugin.account.rbac.patterns import covers
from bodo_infra.plugin.account.rbac.permissions import Permission, Role, read_permissions, role_guid
from bodo_infra.plugin.account.rbac.questions import missing, who_can

ME, YOU = "11111111-1111-1111-1111-111111111111", "22222222-2222-2222-2222-222222222222"
GROUP = "/subscriptions/s/resourceGroups/demo"
NET = f"{GROUP}/providers/Microsoft.Network/virtualNetworks/net"
STORE = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/store"
NET_WRITE = "Microsoft.Network/virtualNetworks/write"
NET_READ = "Microsoft.Network/virtualNetworks/read"
BLOB_READ = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read"


def named(name):
    return next(role for role in BUILT_IN.values() if role.name == name)


def role(*actions, but=(), data=(), but_data=(), name="ours"):
    permission = Permission(actions=actions, not_actions=but, data_actions=data, not_data_actions=but_data)
    return Role(guid="0", name=name, permissions=(permission,))


def given_to(who, what, scope=GROUP, condition=None):
    return Assignment(
        principal=who, role=what, scope=scope, condition=parse_condition(condition) if condition else None
    )


def may(action, resource, *assignments, data=False):
    return decide(ME, Request(action=action, resource=resource, data=data), assignments).allowed


@pytest.mark.parametrize(
    ("pattern", "action", "covered"),
    [
        ("*", NET_WRITE, True),
        ("*/read", NET_READ, True),
        ("*/read", NET_WRITE, False),
        ("Microsoft.Network/*", NET_WRITE, True),
        ("microsoft.network/VIRTUALNETWORKS/write", NET_WRITE, True),
        ("Microsoft.Network/virtualNetworks", NET_WRITE, False),
        ("Microsoft.Network/*/subnets/*/action", "Microsoft.Network/virtualNetworks/subnets/join/action", True),
        ("Microsoft.Network/virtualNetworks/*/write", NET_WRITE, True),
        ("Microsoft.Network/virtualNetworks/subnets/*/write", NET_WRITE, False),
        ("Microsoft.Network/virtualNetwork?/write", NET_WRITE, False),
        ("Microsoft.*work/***/write", NET_WRITE, True),
    ],
)
def test_actions_are_matched_by_stars_and_without_case(pattern, action, covered):
    assert covers(pattern, action) is covered


@pytest.mark.parametrize(
    ("scope", "inside"),
    [
        (NET, True),
        (GROUP, True),
        (GROUP.upper(), True),
        ("/subscriptions/s", True),
        ("/subscriptions/s/", True),
        ("/", True),
        ("/subscriptions/s/resourceGroups/dem", False),
        (f"{NET}/subnets/nodes", False),
        (STORE, False),
    ],
)
def test_a_role_counts_where_it_is_assigned_and_below(scope, inside):
    assert may(NET_WRITE, NET, given_to(ME, named("Contributor"), scope)) is inside


@pytest.mark.parametrize(
    ("name", "action", "data", "allowed"),
    [
        ("Owner", "Microsoft.Authorization/roleAssignments/write", False, True),
        ("Owner", BLOB_READ, True, False),
        ("Contributor", "Microsoft.Authorization/roleAssignments/write", False, False),
        ("Contributor", "Microsoft.Authorization/roleAssignments/read", False, True),
        ("Contributor", "Microsoft.Storage/storageAccounts/listKeys/action", False, True),
        ("Reader", NET_READ, False, True),
        ("Reader", BLOB_READ, True, False),
        ("Reader", NET_WRITE, False, False),
        ("Network Contributor", "Microsoft.Network/virtualNetworks/subnets/join/action", False, True),
        ("Network Contributor", "Microsoft.Compute/disks/write", False, False),
        (
            "Managed Identity Operator",
            "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action",
            False,
            True,
        ),
        ("Role Based Access Control Administrator", "Microsoft.Authorization/roleAssignments/delete", False, True),
        ("Role Based Access Control Administrator", "Microsoft.Authorization/roleDefinitions/write", False, False),
        ("User Access Administrator", "Microsoft.Authorization/roleDefinitions/write", False, True),
        ("Storage Blob Data Reader", BLOB_READ, True, True),
        ("Storage Blob Data Reader", BLOB_READ, False, False),
        ("Storage Blob Data Contributor", BLOB_READ.replace("read", "add/action"), True, True),
        ("Storage Blob Data Contributor", BLOB_READ.replace("read", "manageOwnership/action"), True, False),
        ("Storage Blob Data Owner", BLOB_READ.replace("read", "manageOwnership/action"), True, True),
        ("Key Vault Secrets User", "Microsoft.KeyVault/vaults/secrets/getSecret/action", True, True),
        ("Key Vault Secrets User", "Microsoft.KeyVault/vaults/secrets/setSecret/action", True, False),
        ("Key Vault Secrets Officer", "Microsoft.KeyVault/vaults/secrets/setSecret/action", True, True),
    ],
)
def test_azures_own_roles_may_what_azure_says(name, action, data, allowed):
    assert may(action, f"{STORE}/x", given_to(ME, named(name)), data=data) is allowed


def test_azures_own_roles_have_the_same_names_and_ids_everywhere():
    names = {role.name: role.guid for role in BUILT_IN.values()}

    assert names.items() >= {name: guid for name, guid in azure_roles.BUILT_IN.items() if guid in BUILT_IN}.items()
    assert all(azure_roles.BUILT_IN.get(name, guid) == guid for name, guid in names.items())


def test_not_actions_take_from_their_own_role_alone():
    all_but = role("Microsoft.Network/*", but=("*/write",))
    assert not may(NET_WRITE, NET, given_to(ME, all_but))
    assert may(NET_WRITE, NET, given_to(ME, all_but), given_to(ME, role(NET_WRITE)))


def test_not_data_actions_take_data_actions_alone():
    blobs = role("*", data=("*",), but_data=("*/read",))
    assert not may(BLOB_READ, STORE, given_to(ME, blobs), data=True)
    assert may(BLOB_READ, STORE, given_to(ME, blobs), data=False)


def test_permissions_are_read_as_azure_writes_them():
    written = [
        {"actions": ["*/read"], "notActions": ["x/*"], "dataActions": ["a/read"], "notDataActions": ["b"]},
        {"actions": ["*/write"]},
    ]

    assert read_permissions(written) == (
        Permission(actions=("*/read",), not_actions=("x/*",), data_actions=("a/read",), not_data_actions=("b",)),
        Permission(actions=("*/write",)),
    )
    assert read_permissions(None) == ()


def test_a_role_is_known_by_its_guid_wherever_it_is_found():
    guid = "ABCDEF00-0000-0000-0000-000000000000"
    assert role_guid(f"/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/{guid}") == guid.lower()
    assert role_guid(guid) == guid.lower()


@pytest.mark.parametrize(
    ("assignments", "reason"),
    [
        pytest.param([], "it has no role assignment", id="none"),
        pytest.param([given_to(YOU, named("Owner"))], "it has no role assignment", id="of another"),
        pytest.param([given_to(ME, named("Reader"))], "none of its roles grants it (role Reader at", id="other role"),
        pytest.param(
            [given_to(ME, named("Owner"), STORE)],
            f"role Owner at {STORE}: {NET} does not lie in this scope",
            id="other scope",
        ),
        pytest.param(
            [given_to(ME, role("*", but=("*/write",)))],
            f"role ours at {GROUP}: its NotActions take {NET_WRITE} away",
            id="taken away",
        ),
        pytest.param(
            [given_to(ME, named("Owner"), condition="(!(ActionMatches{'*/write'})) OR (1 NumericEquals 2)")],
            f"role Owner at {GROUP}: its condition does not hold: 1 NumericEquals 2",
            id="condition",
        ),
    ],
)
def test_a_refusal_says_what_is_nearest(assignments, reason):
    decision = decide(ME, Request(action=NET_WRITE, resource=NET), assignments)

    assert not decision.allowed
    assert reason in decision.because


def test_the_nearest_comes_first():
    far, near = given_to(ME, named("Owner"), STORE), given_to(ME, named("Owner"), condition="1 NumericEquals 2")

    because = decide(ME, Request(action=NET_WRITE, resource=NET), [far, near]).because

    assert because.index("condition") < because.index("does not lie")


def test_a_condition_that_cannot_be_answered_matters_only_where_nothing_else_allows():
    unclear = given_to(ME, named("Owner"), condition="Exists @Resource[Microsoft.Storage/storageAccounts:name]")

    with pytest.raises(UnsupportedConditionError):
        may(NET_WRITE, NET, unclear)
    assert may(NET_WRITE, NET, unclear, given_to(ME, named("Owner")))


def test_a_role_that_nobody_knows_here_is_not_guessed():
    unknown = given_to(ME, Role(guid="9", name="AcrPull", permissions=None))

    with pytest.raises(UnsupportedConditionError, match=r"role AcrPull at .*: what this role may do is not known"):
        may(NET_WRITE, NET, unknown)
    assert not may(NET_WRITE, "/subscriptions/other", unknown)


def test_those_who_can_come_first():
    answers = who_can(
        Request(action=NET_WRITE, resource=NET), [given_to(ME, named("Reader")), given_to(YOU, named("Owner"))]
    )

    assert [(each.principal, each.allowed) for each in answers] == [(YOU, True), (ME, False)]


def test_what_is_missing_is_listed():
    requests = [Request(action=NET_READ, resource=NET), Request(action=NET_WRITE, resource=NET)]

    assert [each.action for each in missing(requests, ME, [given_to(ME, named("Reader"))])] == [NET_WRITE]


ACTIONS = (NET_READ, NET_WRITE, BLOB_READ, "Microsoft.Network/virtualNetworks/subnets/join/action")
PATTERNS = (*ACTIONS, "*", "*/read", "Microsoft.Network/*", "*/join/action")
SCOPES = ("/", "/subscriptions/s", GROUP, GROUP.upper(), NET, STORE, f"{STORE}/blobServices/default")
CONDITIONS = (None, "1 NumericEquals 1", "1 NumericEquals 2", "!(ActionMatches{'*/read'})")
# Enough to find what was ever found here, in little time; the machine's load is no claim.
quick = settings(max_examples=40, deadline=None)


def some(patterns):
    return st.lists(st.sampled_from(patterns), max_size=2).map(tuple)


roles = st.builds(
    lambda actions, but, data, but_data: role(*actions, but=but, data=data, but_data=but_data),
    some(PATTERNS),
    some(PATTERNS),
    some(PATTERNS),
    some(PATTERNS),
)
assignments = st.builds(
    given_to, st.sampled_from([ME, YOU]), roles, st.sampled_from(SCOPES), st.sampled_from(CONDITIONS)
)
requests = st.builds(
    lambda action, resource, data: Request(action=action, resource=resource, data=data),
    st.sampled_from(ACTIONS),
    st.sampled_from([GROUP, NET, STORE, f"{STORE}/blobServices/default"]),
    st.booleans(),
)
several = st.lists(assignments, max_size=4)


@quick
@given(several, assignments, requests)
def test_an_added_assignment_never_takes_a_right_away(before, added, request):
    if decide(ME, request, before).allowed:
        assert decide(ME, request, [*before, added]).allowed


@quick
@given(several, requests)
def test_the_order_of_assignments_does_not_matter(found, request):
    assert decide(ME, request, found).allowed == decide(ME, request, found[::-1]).allowed


@quick
@given(several, requests)
def test_rights_are_the_union_over_assignments(found, request):
    each = any(decide(ME, request, [one]).allowed for one in found)
    assert decide(ME, request, found).allowed == each


@quick
@given(some(PATTERNS), some(PATTERNS), some(PATTERNS), st.sampled_from(ACTIONS))
def test_more_not_actions_never_give_a_right(actions, but, more, action):
    narrow = Permission(actions=actions, not_actions=(*but, *more))
    if narrow.grants(action, data=False):
        assert Permission(actions=actions, not_actions=but).grants(action, data=False)


@quick
@given(roles, requests, st.sampled_from(SCOPES))
def test_a_wider_scope_never_takes_a_right_away(what, request, scope):
    if decide(ME, request, [given_to(ME, what, scope)]).allowed:
        assert decide(ME, request, [given_to(ME, what, scope.rpartition("/")[0] or "/")]).allowed


@quick
@given(several, requests)
def test_case_does_not_matter(found, request):
    upper = Request(action=request.action.upper(), resource=request.resource.upper(), data=request.data)
    assert decide(ME, request, found).allowed == decide(ME.upper(), upper, found).allowed
