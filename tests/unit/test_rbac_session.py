"""A provider that works as a service principal may do what its roles allow, and is refused in Azure's words."""

from dataclasses import dataclass
from itertools import count

import pytest

from bodo_infra.errors import NotFoundError
from bodo_infra.plugin.account.access import DeniedError, Operation
from bodo_infra.plugin.account.rbac import rights
from bodo_infra.plugin.account.rbac.attributes import BLOB_LIST, BLOBS
from bodo_infra.plugin.account.rbac.expressions import UnsupportedConditionError
from bodo_infra.plugin.account.rbac.grammar import ConditionError
from bodo_infra.plugin.account.rbac.session import rbac_session
from bodo_infra.plugin.account.rbac.stored import IDENTITY, ROLE_ASSIGNMENT, ROLE_DEFINITION
from bodo_infra.plugin.account.store import AccountStore, Asked, Row

ME, NODES, YOU = (f"{digit * 8}-1111-1111-1111-111111111111" for digit in "123")
SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/demo"
NET = f"{GROUP}/providers/Microsoft.Network/virtualNetworks/net"
SUBNET = f"{NET}/subnets/nodes"
GATEWAY = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/other/providers/Microsoft.Network/natGateways/nat"
VAULT = f"{GROUP}/providers/Microsoft.KeyVault/vaults/vault"
CONTAINER = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/store/blobServices/default/containers/records"
READER, OWNER = "acdd72a7-3385-48ef-bd42-f606fba81ae7", "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
NETWORK_CONTRIBUTOR = "4d97b98b-1d4f-4787-a291-c67834d212e7"
BLOB_READER = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"
ACR_PULL = "7f951dda-4ed3-4680-a7ca-43fe172d538d"


@dataclass(frozen=True)
class Caller:
    client_id: str | None
    subscription_id: str = SUBSCRIPTION


class Roles:
    """Rows as the account's handlers write them."""

    def __init__(self, store):
        self.store = store
        self._numbers = count()

    def put(self, type, id, inputs, **outputs):
        row = Row(type=type, id=id, region="", urn="", inputs=inputs, outputs=outputs)
        self.store.put(row)
        return row

    def assign(self, role, who=ME, scope=GROUP, condition=None):
        id = f"{scope}/providers/Microsoft.Authorization/roleAssignments/{next(self._numbers)}"
        inputs = {"roleDefinitionId": role_id(role), "principalId": who, "principalType": "User", "scope": scope}
        return self.put(ROLE_ASSIGNMENT, id, {**inputs, **({"condition": condition} if condition else {})})

    def define(self, guid, **permission):
        self.put(ROLE_DEFINITION, role_id(guid), {"roleName": "ours", "permissions": [permission], "scope": GROUP})


def role_id(guid):
    return f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{guid}"


@pytest.fixture
def roles(tmp_path):
    store = AccountStore(tmp_path / "account.db")
    yield Roles(store)
    store.close()


def make(store, token="network:VirtualNetwork", id=NET, client=ME, verb="create", **inputs):
    operation = Operation(verb=verb, token=f"azure-native:{token}", region="", inputs=inputs, id=id)
    rbac_session(store, Caller(client))(operation)


def test_without_a_client_id_the_provider_is_the_owner_who_may_all(roles):
    make(roles.store, client=None)

    assert roles.store.asked() == []


def test_a_principal_without_roles_is_refused_in_azures_words(roles):
    with pytest.raises(DeniedError) as refused:
        make(roles.store)

    assert refused.value.message == (
        f"Status=403 Code=\"AuthorizationFailed\" Message=\"The client '{ME}' with object id '{ME}' does not have "
        f"authorization to perform action 'Microsoft.Network/virtualNetworks/read' over scope '{NET}' or the scope is "
        f'invalid. If access was recently granted, please refresh your credentials." (Microsoft.Network/'
        f"virtualNetworks/read on {NET} is not allowed to {ME}: it has no role assignment)"
    )


def test_what_its_roles_allow_it_may_do_and_all_that_is_asked_is_noted(roles):
    roles.assign(NETWORK_CONTRIBUTOR)
    make(roles.store)

    assert roles.store.asked() == [
        Asked(role=ME, action="Microsoft.Network/virtualNetworks/read", resource=NET),
        Asked(role=ME, action="Microsoft.Network/virtualNetworks/write", resource=NET),
    ]


def test_a_refusal_is_noted_and_tells_what_nearly_allows(roles):
    roles.assign(READER)
    roles.assign(NETWORK_CONTRIBUTOR, scope=SUBNET)

    with pytest.raises(DeniedError, match=f"role Network Contributor at {SUBNET}: {NET} does not lie in this scope"):
        make(roles.store)
    assert [each.action for each in roles.store.asked() if not each.allowed] == [
        "Microsoft.Network/virtualNetworks/write"
    ]


def test_a_role_of_the_accounts_own_counts_as_long_as_it_is_assigned(roles):
    roles.define("ABC", actions=["Microsoft.Network/*"], notActions=["*/delete"])
    assignment = roles.assign("abc")

    make(roles.store)
    with pytest.raises(DeniedError, match=r"its NotActions take \S+virtualNetworks/delete away"):
        make(roles.store, verb="delete")
    roles.store.remove(assignment)
    with pytest.raises(DeniedError, match="it has no role assignment"):
        make(roles.store)


def test_what_lies_elsewhere_is_refused_as_linked(roles):
    roles.assign(NETWORK_CONTRIBUTOR)

    with pytest.raises(DeniedError) as refused:
        make(roles.store, "network:Subnet", SUBNET, natGateway={"id": GATEWAY})

    assert refused.value.message.startswith(
        f"Status=403 Code=\"LinkedAuthorizationFailed\" Message=\"The client '{ME}' with object id '{ME}' has "
        f"permission to perform action 'Microsoft.Network/virtualNetworks/subnets/write' on scope '{SUBNET}'; however, "
        f"it does not have permission to perform action 'Microsoft.Network/natGateways/join/action' on the linked "
        f"scope(s) '{GATEWAY}' or the linked scope(s) are invalid.\""
    )


def test_rights_on_data_are_noted_as_such_and_refused_as_vaults_do(roles):
    roles.assign(OWNER)

    with pytest.raises(DeniedError, match=r'Status=403 Code="Forbidden" .*ForbiddenByRbac'):
        make(roles.store, "keyvault:Secret", f"{VAULT}/secrets/s", verb="delete")
    (asked,) = roles.store.asked()
    assert asked.context == {"dataAction": "true"}


def test_a_lookup_is_asked_too(roles):
    with pytest.raises(DeniedError, match="virtualNetworks/read"):
        make(roles.store, "network:getVirtualNetwork", NET, verb="invoke")
    make(roles.store, "authorization:getClientConfig", "", verb="invoke")
    roles.assign(READER)
    make(roles.store, "network:getVirtualNetwork", NET, verb="invoke")


def test_an_identity_is_known_by_its_client_id(roles):
    roles.put(IDENTITY, f"{GROUP}/identity", {}, clientId="client", principalId=NODES)
    roles.assign(NETWORK_CONTRIBUTOR, NODES)

    make(roles.store, client="client")
    assert {each.role for each in roles.store.asked()} == {NODES}


HELD = f"""(!(ActionMatches{{'Microsoft.Authorization/roleAssignments/write'}})) OR
(@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {{{READER}}})"""


def test_whoever_may_assign_some_roles_assigns_no_other(roles):
    roles.assign(OWNER, condition=HELD)
    id = f"{NET}/providers/Microsoft.Authorization/roleAssignments/9"
    given = {"principalId": NODES, "principalType": "ServicePrincipal", "scope": NET}

    make(roles.store, "authorization:RoleAssignment", id, roleDefinitionId=role_id(READER), **given)
    with pytest.raises(DeniedError, match=r"condition does not hold: @Request.*PrincipalType.* ServicePrincipal") as no:
        make(roles.store, "authorization:RoleAssignment", id, roleDefinitionId=role_id(OWNER), **given)
    assert f"RoleDefinitionId] {OWNER}" in no.value.message


def test_a_condition_that_cannot_be_read_is_refused_with_the_place(roles):
    roles.assign(OWNER, condition="ActionMatches('x')")

    with pytest.raises(ConditionError, match="character 14"):
        make(roles.store)


def test_a_scope_may_lack_its_first_slash(roles):
    roles.assign(NETWORK_CONTRIBUTOR, scope=GROUP.lstrip("/"))

    make(roles.store)


def test_a_machine_with_an_identity_of_its_own_is_somebody(roles):
    machine = roles.put("azure-native:compute:VirtualMachine", f"{GROUP}/vm", {}, identity={"principalId": NODES})
    roles.assign(READER, NODES)

    assert rights.ask(roles.store, machine, "Microsoft.Network/virtualNetworks/read", NET).allowed


def test_what_has_no_identity_is_nobody(roles):
    with pytest.raises(NotFoundError, match="has no principalId"):
        rights.ask(roles.store, roles.assign(READER), "Microsoft.Network/virtualNetworks/read", NET)


def test_those_who_can_are_told_by_object_id(roles):
    roles.assign(OWNER, YOU)
    roles.assign(NETWORK_CONTRIBUTOR, scope=NET)
    roles.assign(READER, NODES)

    found = rights.who_can(roles.store, "Microsoft.Network/virtualNetworks/write", NET)

    assert [each.principal for each in found] == [ME, YOU]
    assert "role Network Contributor" in found[0].because


@pytest.fixture
def by_path(roles):
    """Nodes that read below jobs/ alone."""
    roles.assign(
        BLOB_READER,
        NODES,
        CONTAINER,
        f"""((!(ActionMatches{{'{BLOBS}/read'}} AND NOT SubOperationMatches{{'Blob.List'}}))
             OR (@Resource[{BLOBS}:path] StringStartsWith 'jobs/'))
        AND ((!(ActionMatches{{'{BLOBS}/read'}} AND SubOperationMatches{{'Blob.List'}}))
             OR (@Request[{BLOBS}:prefix] StringStartsWith 'jobs/'))""",
    )
    return roles


@pytest.mark.parametrize(
    ("action", "id", "allowed"),
    [
        ("read", f"{CONTAINER}/blobs/jobs/1/blobs/x", True),
        ("read", f"{CONTAINER}/blobs/state/x", False),
        ("write", f"{CONTAINER}/blobs/jobs/1", False),
        ("read", f"{CONTAINER}s/blobs/jobs/1", False),
    ],
)
def test_a_blob_is_asked_for_by_its_id(by_path, action, id, allowed):
    identity = by_path.put(IDENTITY, f"{GROUP}/identity", {}, clientId="client", principalId=NODES)

    assert rights.ask(by_path.store, identity, f"{BLOBS}/{action}", id, data=True).allowed is allowed


@pytest.mark.parametrize(("prefix", "allowed"), [("jobs/1", True), ("state/", False), (None, False)])
def test_a_list_is_asked_for_by_its_prefix(by_path, prefix, allowed):
    answer = rights.ask(
        by_path.store,
        NODES,
        f"{BLOBS}/read",
        CONTAINER,
        data=True,
        attributes=rights.listing(CONTAINER, prefix),
        suboperation=BLOB_LIST,
    )
    assert answer.allowed is allowed


def test_of_which_blob_is_not_guessed(by_path):
    with pytest.raises(UnsupportedConditionError, match="blobs:path"):
        rights.ask(by_path.store, NODES, f"{BLOBS}/read", CONTAINER, data=True)


@pytest.mark.parametrize(("role", "allowed"), [(READER, True), (OWNER, False)])
def test_who_may_assign_what_can_be_asked(roles, role, allowed):
    roles.assign(OWNER, condition=HELD)

    answer = rights.ask(
        roles.store,
        ME,
        "Microsoft.Authorization/roleAssignments/write",
        NET,
        attributes=rights.assigning(role_id(role), NODES),
    )
    assert answer.allowed is allowed


def test_a_role_whose_permissions_nobody_knows_here_is_told_by_its_name(roles):
    roles.assign(ACR_PULL)

    with pytest.raises(UnsupportedConditionError, match="role AcrPull"):
        rights.ask(roles.store, ME, "Microsoft.ContainerRegistry/registries/pull/read", f"{GROUP}/x")
