"""The instance role on Azure: its graph, inputs and outputs, in a preview and in an update; ours, the user's own, none.

Not proved here: that Azure, or the offline account, takes it (tests/engine/test_azure_instance_role.py).
"""

import pulumi
import pytest

from bodo_infra import tokens
from bodo_infra.azure import CloudConfigLinks, InstanceRole, InstanceRoleArgs
from bodo_infra.errors import InputError
from bodo_infra.spec import InstanceRoleSpec
from bodo_infra.spec.instance_role import PolicyStatement
from tests.components.azure_rules import (
    ASSIGNMENT,
    SUBSCRIPTION,
    TENANT,
    azures_error,
    broken_rules,
    named,
    provider_of,
)
from tests.components.recorder import both_modes, record

UUID = "11111111-2222-3333-4444-555555555555"
RANDOM = "random:index/randomUuid:RandomUuid"
IDENTITY = "azure-native:managedidentity:UserAssignedIdentity"
LOOK_UP = "azure-native:managedidentity:getUserAssignedIdentity"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/bodo"
ACCOUNT = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/data"
CONTAINER = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/x/blobServices/default/containers/bodo"
ROLES = {
    name: f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{name}"
    for name in ("node", "fleet", "Storage Blob Data Reader", "Storage Queue Data Reader")
}
CLOUD_CONFIG = CloudConfigLinks(
    uuid=UUID,
    name="prod",
    store="azblob://bodo?storage_account=x",
    region="westeurope",
    tenant_id=TENANT,
    subscription_id=SUBSCRIPTION,
    resource_group="bodo",
    storage_account_id=CONTAINER.partition("/blobServices")[0],
    storage_account="x",
    container_id=CONTAINER,
    container="bodo",
    roles=ROLES,
)
NUMBERS = {"clientId": "client-number", "principalId": "principal-number"}
COMPUTED = {
    RANDOM: {"result": "99999999-8888-7777-6666-555555555555"},
    **named(UserAssignedIdentity=NUMBERS),
}
USERS = f"{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/etl"
ELSEWHERE = USERS.replace("/bodo/", "/team/")
READ = PolicyStatement(actions=("Storage Blob Data Reader",), resources=(ACCOUNT,))


def recorded(
    spec, *, preview=False, look_up=lambda asked: NUMBERS, provider=None, cloud_config=CLOUD_CONFIG, name="etl"
):
    return record(
        lambda: InstanceRole(name, InstanceRoleArgs(spec=spec, cloud_config=cloud_config)),
        preview=preview,
        computed=COMPUTED,
        answers={**(provider or provider_of()), LOOK_UP: look_up},
    )


def types(found):
    return {resource.type for resource in found.resources}


def assigned(found):
    """Role to scope of every assignment."""
    return {
        (each["roleDefinitionId"].rpartition("/")[2], each["scope"]) for each in found.inputs_of(ASSIGNMENT).values()
    }


@both_modes
def test_everything_has_its_place_the_tag_and_inputs_that_azure_takes(preview):
    found = recorded(InstanceRoleSpec(name="etl", statements=(READ,), tags={"team": "data"}), preview=preview)

    assert broken_rules(found) == []
    assert found.of_type(IDENTITY).inputs["tags"]["team"] == "data"


@both_modes
def test_an_identity_of_ours_is_made_with_the_role_of_nodes_and_those_of_its_statements(preview):
    found = recorded(InstanceRoleSpec(name="etl", statements=(READ,)), preview=preview)

    assert types(found) == {tokens.AZURE_INSTANCE_ROLE, RANDOM, IDENTITY, ASSIGNMENT}
    assert {each.parent for each in found.resources if each.name != "etl"} == {"etl"}
    assert assigned(found) == {("node", CONTAINER), ("Storage Blob Data Reader", ACCOUNT)}


def test_an_identity_of_ours_is_in_the_group_and_its_numbers_are_told():
    found = recorded(InstanceRoleSpec(name="etl"))

    assert found.of_type(IDENTITY).inputs["resourceGroupName"] == "bodo"
    assert found.of_type(IDENTITY).inputs["resourceName"] == "bodo--etl--node--99999999"
    assert found.outputs["etl"] == {
        "uuid": "99999999-8888-7777-6666-555555555555",
        "name": "etl",
        "status": "Active",
        "reason": "",
        "identity_id": "etl-identity-id",
        "client_id": "client-number",
        "principal_id": "principal-number",
    }


def test_the_role_of_nodes_is_held_to_their_prefixes():
    (node,) = recorded(InstanceRoleSpec(name="etl")).inputs_of(ASSIGNMENT).values()

    assert node["conditionVersion"] == "2.0"
    assert "'jobs/'" in node["condition"]
    assert "state/" not in node["condition"]


def test_a_statement_is_an_assignment_for_each_of_its_roles_on_each_of_its_resources():
    other = ACCOUNT + "2"
    statement = PolicyStatement(
        actions=("Storage Blob Data Reader", "Storage Queue Data Reader"), resources=(ACCOUNT, other)
    )
    found = recorded(InstanceRoleSpec(name="etl", statements=(statement,)))

    assert assigned(found) - {("node", CONTAINER)} == {
        (role, resource) for role in statement.actions for resource in (ACCOUNT, other)
    }


def test_the_order_of_statements_makes_no_difference():
    other = PolicyStatement(actions=("Storage Queue Data Reader",), resources=(ACCOUNT,))
    one = recorded(InstanceRoleSpec(name="etl", statements=(READ, other)))
    two = recorded(InstanceRoleSpec(name="etl", statements=(other, READ)))

    assert one.inputs_of(ASSIGNMENT) == two.inputs_of(ASSIGNMENT)


@both_modes
def test_an_identity_of_the_users_own_gets_the_role_of_nodes(preview):
    found = recorded(InstanceRoleSpec(name="etl", role_arn=USERS), preview=preview)

    assert types(found) == {tokens.AZURE_INSTANCE_ROLE, RANDOM, ASSIGNMENT}
    assert found.of_type(ASSIGNMENT).inputs["principalId"] == "principal-number"
    assert found.outputs["etl"]["status"] == "Active"
    if not preview:
        assert found.outputs["etl"]["identity_id"] == USERS


@both_modes
@pytest.mark.parametrize(
    ("identity", "answer", "reason"),
    [
        (USERS, azures_error(404, "ResourceNotFound"), f"identity not found: {USERS}. Make it"),
        (ELSEWHERE, azures_error(404, "ResourceGroupNotFound"), f"identity not found: {ELSEWHERE}. Make it"),
        (
            ELSEWHERE,
            azures_error(403, "AuthorizationFailed"),
            "the role Managed Identity Operator on it",
        ),
    ],
    ids=["not there", "nor its group", "not allowed"],
)
def test_an_identity_that_cannot_be_used_is_failed_with_the_reason_and_gets_nothing(preview, identity, answer, reason):
    found = recorded(InstanceRoleSpec(name="etl", role_arn=identity), preview=preview, look_up=answer)

    assert types(found) == {tokens.AZURE_INSTANCE_ROLE, RANDOM}
    outputs = found.outputs["etl"]
    assert outputs["status"] == "Failed"
    assert reason in outputs["reason"]
    assert [outputs[name] for name in ("identity_id", "client_id", "principal_id")] == ["", "", ""]


def test_an_error_of_another_kind_is_not_taken_for_an_identity_that_is_not_there():
    with pytest.raises(Exception, match="TooManyRequests"):
        recorded(InstanceRoleSpec(name="etl", role_arn=USERS), look_up=azures_error(429, "TooManyRequests"))


def test_an_identity_of_another_group_is_used_with_a_warning_when_it_can_be_read(monkeypatch):
    told = []
    monkeypatch.setattr(pulumi.log, "warn", lambda text, **_: told.append(text))
    found = recorded(InstanceRoleSpec(name="etl", role_arn=ELSEWHERE))

    assert found.outputs["etl"]["status"] == "Active"
    (warning,) = told
    assert "Managed Identity Operator" in warning


def test_the_preview_of_a_whole_new_platform_takes_the_identity_for_present():
    found = recorded(
        InstanceRoleSpec(name="etl", role_arn=USERS),
        preview=True,
        look_up=lambda asked: {},
        provider=provider_of(subscription=None),
    )

    assert ASSIGNMENT in types(found)
    assert found.outputs["etl"]["status"] == "Active"


OTHER = "99999999-0000-0000-0000-000000000009"


def test_an_identity_of_another_subscription_than_the_providers_is_refused_before_any_child():
    with pytest.raises(InputError, match=rf"spec\.role_arn.*subscription {SUBSCRIPTION}"):
        recorded(InstanceRoleSpec(name="etl", role_arn=USERS.replace(SUBSCRIPTION, OTHER)))


def test_an_identity_of_another_subscription_than_the_cloud_configs_is_refused():
    with pytest.raises(InputError, match=rf"spec\.role_arn.*subscription {OTHER}"):
        recorded(
            InstanceRoleSpec(name="etl", role_arn=USERS),
            cloud_config=CloudConfigLinks(**{**vars(CLOUD_CONFIG), "subscription_id": OTHER}),
        )


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"actions": ("Reader",)}, "Add it to azure.grantable_roles"),
        ({"resources": (ACCOUNT.replace("/bodo/", "/team/"),)}, f"is not in {GROUP}"),
        ({"resources": (CONTAINER,)}, "keeps the state of all stacks"),
        ({"resources": (CONTAINER.partition("/blobServices")[0],)}, "keeps the state of all stacks"),
    ],
    ids=["a role that is not grantable", "a resource of another group", "the container", "its account"],
)
def test_what_nodes_may_not_get_is_refused(change, told):
    statement = READ.model_copy(update=change)

    with pytest.raises(pulumi.RunError, match=told):
        recorded(InstanceRoleSpec(name="etl", statements=(statement,)))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"effect": "Deny"}, "roles only allow"),
        ({"actions": ("s3:GetObject",)}, "none of Azure's own roles"),
        ({"resources": (GROUP,)}, "must be the id of one resource"),
    ],
    ids=["a denial", "no role", "a whole group"],
)
def test_what_a_statement_cannot_say_is_refused_before_anything_is_registered(change, told):
    with pytest.raises(InputError, match=told):
        recorded(InstanceRoleSpec(name="etl", statements=(READ.model_copy(update=change),)))


def test_what_is_no_id_of_an_identity_is_refused_before_anything_is_registered():
    with pytest.raises(InputError, match=r"spec\.role_arn = etl"):
        recorded(InstanceRoleSpec(name="etl", role_arn="etl"))


def test_names_keep_within_their_limits_whatever_the_stack_is_called():
    found = recorded(InstanceRoleSpec(name="x" * 40), name="Etl_." * 20)

    assert broken_rules(found) == []


def test_links_are_what_the_component_exports():
    seen = {}

    def program():
        role = InstanceRole("etl", InstanceRoleArgs(spec=InstanceRoleSpec(name="etl"), cloud_config=CLOUD_CONFIG))
        pulumi.Output.all(**vars(role.links)).apply(seen.update)

    found = record(program, preview=False, computed=COMPUTED, answers=provider_of())
    assert seen == found.outputs["etl"]
