"""What a cloud-config on Azure registers, in a preview and in an update.

Not proved here: that the rights are enough and no more (tests/engine), that Azure agrees with the offline account.
"""

import pulumi
import pytest

from bodo_infra import tokens
from bodo_infra.azure import CloudConfig, CloudConfigArgs
from bodo_infra.azure.roles.definitions import ROLES
from bodo_infra.azure.roles.grants import role_guid
from bodo_infra.errors import InputError
from bodo_infra.spec import CloudConfigSpec, LocalMachine
from bodo_infra.spec.cloud_config import AzureSubscription, ServicePrincipal
from tests.arm_server import ArmServer
from tests.components.aws_rules import plain
from tests.components.azure_rules import (
    ASSIGNMENT,
    SUBSCRIPTION,
    TENANT,
    azures_error,
    broken_rules,
    named,
    of_azure,
    provider_of,
)
from tests.components.recorder import both_modes, record

UUID = "0f8fad5b-d9cb-469f-a165-70867728950e"
PRINCIPAL, APPLICATION = "11111111-0000-0000-0000-000000000001", "11111111-0000-0000-0000-000000000002"
REAL = "22222222-0000-0000-0000-000000000002"
GROUP_ID = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/bodo"
GROUP = "azure-native:resources:getResourceGroup"
DEFINITION = "azure-native:authorization:RoleDefinition"
COMPUTED = {"random:index/randomUuid:RandomUuid": {"result": UUID}, **named()}
HOME = AzureSubscription(
    tenant_id=TENANT,
    subscription_id=SUBSCRIPTION,
    resource_group="bodo",
    location="westeurope",
    service_principal=ServicePrincipal(application_id=APPLICATION, object_id=PRINCIPAL),
)


def spec(name="data", delete_data=False, **account):
    return CloudConfigSpec(name=name, delete_data=delete_data, azure=HOME.model_copy(update=account))


def made(given=None, *, preview=False, name="dev", answers=None, arm_url="http://nobody.invalid", linked=None):
    def program():
        CloudConfig(name, CloudConfigArgs(spec=given or spec(), arm_url=arm_url, resource_group=linked))

    answers = {GROUP: lambda asked: {"name": "bodo", "location": "westeurope"}, **(answers or provider_of())}
    return record(program, preview=preview, computed=COMPUTED, answers=answers)


def inputs(recorded, suffix):
    (found,) = [resource for resource in recorded.resources if resource.name == f"dev-{suffix}" and resource.parent]
    return plain(found.inputs)


@both_modes
@pytest.mark.parametrize("existing", [True, False], ids=["a group that is there", "a group of ours"])
def test_everything_has_its_place_the_tag_and_inputs_that_azure_takes(preview, existing):
    recorded = made(spec(existing_resource_group=existing, grantable_roles=("Reader",)), preview=preview)

    assert broken_rules(recorded) == []


@both_modes
def test_every_child_stands_below_its_component(preview):
    recorded = made(preview=preview)

    assert {resource.parent for resource in recorded.resources if resource.type != tokens.AZURE_CLOUD_CONFIG} == {"dev"}


def test_the_account_is_closed_to_the_public_has_no_keys_and_is_reached_by_tls_only():
    account = inputs(made(), "account")

    assert account["minimumTlsVersion"] == "TLS1_2"
    assert account["enableHttpsTrafficOnly"] is True
    closed = ("allowBlobPublicAccess", "allowSharedKeyAccess", "allowCrossTenantReplication")
    assert [account[name] for name in closed] == [False, False, False]
    assert inputs(made(), "container")["publicAccess"] == "None"


def test_what_is_overwritten_or_deleted_can_be_had_back_for_thirty_days():
    service = inputs(made(), "blob-service")

    assert service["isVersioningEnabled"] is True
    assert (
        service["deleteRetentionPolicy"] == service["containerDeleteRetentionPolicy"] == {"enabled": True, "days": 30}
    )


def test_logs_move_to_cheaper_storage_and_are_never_dropped():
    rules = {rule["name"]: rule["definition"] for rule in inputs(made(), "lifecycle")["policy"]["rules"]}

    logs = [rules[name] for name in ("job-logs", "node-logs")]
    assert [log["filters"]["prefixMatch"] for log in logs] == [["bodo/jobs/"], ["bodo/logs/"]]
    assert all("delete" not in log["actions"]["baseBlob"] for log in logs)
    assert rules["leftovers"]["actions"] == {"version": {"delete": {"daysAfterCreationGreaterThan": 30}}}


def test_what_there_is_one_of_is_called_as_azure_calls_it():
    recorded = made()

    assert inputs(recorded, "blob-service")["blobServicesName"] == "default"
    assert inputs(recorded, "lifecycle")["managementPolicyName"] == "default"


def test_a_group_that_is_there_is_used_and_not_made():
    types = {resource.type for resource in made(spec(existing_resource_group=True)).resources}

    assert "azure-native:resources:ResourceGroup" not in types
    assert inputs(made(), "group")["resourceGroupName"] == "bodo"


@both_modes
@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (azures_error(404, "ResourceGroupNotFound"), "is no resource group of subscription"),
        (azures_error(403, "AuthorizationFailed"), "may not be looked at by whoever runs `up`"),
    ],
    ids=["not there", "not allowed"],
)
def test_a_group_that_is_said_to_be_there_and_is_not_is_refused_before_anything_is_made(preview, answer, told):
    with pytest.raises(InputError, match=rf"spec\.azure\.resource_group = bodo: {told}"):
        made(spec(existing_resource_group=True), preview=preview, answers={**provider_of(), GROUP: answer})


@both_modes
def test_a_group_that_the_same_program_makes_is_used_and_not_looked_for(preview):
    nowhere = {**provider_of(), GROUP: azures_error(404, "ResourceGroupNotFound")}

    recorded = made(spec(existing_resource_group=True), linked="Bodo", answers=nowhere, preview=preview)

    assert inputs(recorded, "account")["resourceGroupName"] == "Bodo"
    assert recorded.inputs_of("azure-native:resources:ResourceGroup") == {}


@pytest.mark.parametrize(
    ("existing", "linked", "error", "told"),
    [
        (False, "bodo", InputError, "existing_resource_group = false: would make the group that the program makes"),
        (True, "other", pulumi.RunError, "resource_group = bodo: is not the group that the program makes, .* other"),
    ],
    ids=["one more", "another"],
)
def test_a_group_of_the_same_program_is_the_one_of_the_spec(existing, linked, error, told):
    with pytest.raises(error, match=rf"spec\.azure\.{told}"):
        made(spec(existing_resource_group=existing), linked=linked, preview=True)


def test_roles_are_good_in_the_group_alone_and_have_names_that_no_other_cloud_config_has():
    roles = made().inputs_of(DEFINITION)

    assert len(roles) == len(ROLES)
    for name, role in roles.items():
        assert role["assignableScopes"] == [role["scope"]] == [GROUP_ID], name
        assert UUID in role["roleName"], name
    assert len({role["roleDefinitionId"] for role in roles.values()}) == len(roles)


def test_the_service_principal_deploys_in_the_group_and_has_data_in_the_container_alone():
    recorded = made()
    deployer, records = inputs(recorded, "deployer"), inputs(recorded, "records")

    assert {each["principalId"] for each in (deployer, records)} == {PRINCIPAL}
    assert deployer["scope"] == GROUP_ID
    assert deployer["roleDefinitionId"].endswith(role_guid("deployer", UUID))
    assert records["scope"] == "dev-container-id"
    assert len(recorded.inputs_of(ASSIGNMENT)) == 2
    assert not ROLES["deployer"].data_actions, "it would have the data of everything in the group"


def test_it_may_assign_the_roles_of_nodes_and_members_and_the_grantable_ones_but_none_to_itself():
    deployer = inputs(made(spec(grantable_roles=("Storage Blob Data Reader",))), "deployer")

    assert deployer["conditionVersion"] == "2.0"
    for key in ("node", "fleet", "admins", "developers", "viewers"):
        assert role_guid(key, UUID) in deployer["condition"]
    assert "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1" in deployer["condition"]
    for key in ("deployer", "records"):
        assert role_guid(key, UUID) not in deployer["condition"]
    assert f"GuidNotEquals {{{PRINCIPAL}}}" in deployer["condition"]


def test_links_name_the_roles_that_later_stacks_may_assign():
    roles = made(spec(grantable_roles=("Reader",))).outputs["dev"]["roles"]

    assert set(roles) == {"node", "fleet", "admins", "developers", "viewers", "Reader"}
    below = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/"
    assert roles["node"] == below + role_guid("node", UUID)
    assert roles["Reader"] == f"{below}acdd72a7-3385-48ef-bd42-f606fba81ae7"


def test_the_store_is_what_pulumi_takes_as_a_backend():
    recorded = made()
    account = inputs(recorded, "account")["accountName"]

    assert recorded.outputs["dev"]["store"] == f"azblob://bodo?storage_account={account}"
    assert account.isalnum()
    assert len(account) <= 24


def test_a_stack_name_as_long_and_odd_as_pulumi_allows_breaks_no_name():
    recorded = made(spec(name="a" * 40), name="Stack_." + "X" * 93)

    assert broken_rules(recorded) == []


@pytest.mark.parametrize(
    ("provider", "field"),
    [({"tenant": REAL}, "tenant_id"), ({"subscription": REAL}, "subscription_id")],
    ids=["tenant", "subscription"],
)
def test_a_provider_of_another_place_is_refused_before_anything_is_made(provider, field):
    with pytest.raises(InputError, match=rf"spec\.azure\.{field} = {TENANT}: is not where the provider works.*{REAL}"):
        made(answers=provider_of(**provider))


def test_who_tests_a_program_that_names_a_real_subscription_is_told_that_the_offline_account_answered():
    with pytest.raises(InputError, match="That is the offline account: write zeros in tests"):
        made(spec(subscription_id=REAL, tenant_id=REAL))


def test_a_provider_that_is_not_configured_yet_is_not_asked_further():
    recorded = made(preview=True, answers=provider_of(subscription=None))

    assert of_azure(recorded)


def test_a_spec_of_another_target_is_refused():
    with pytest.raises(InputError, match="this component is of the azure target"):
        made(CloudConfigSpec(name="data", local=LocalMachine(directory="/data")))


TOKEN = "a-token-that-nobody-may-read"
THERE = {
    **provider_of(subscription=REAL, tenant=REAL),
    "azure-native:authorization:getClientToken": lambda asked: {"token": TOKEN},
}
REAL_SPEC = spec(subscription_id=REAL, tenant_id=REAL)


def test_resource_providers_that_are_not_registered_are_refused_before_anything_is_made():
    with ArmServer(registered={"Microsoft.Compute": "NotRegistered"}) as arm, pytest.raises(InputError) as raised:
        made(REAL_SPEC, answers=THERE, arm_url=arm.url)

    (line,) = str(raised.value).splitlines()
    assert f"az provider register --namespace Microsoft.Compute --subscription {REAL}" in line
    assert TOKEN not in line
    assert arm.tokens == [TOKEN]


def test_with_all_of_them_registered_it_is_made():
    with ArmServer() as arm:
        recorded = made(REAL_SPEC, answers=THERE, arm_url=arm.url)

    assert broken_rules(recorded) == []
    assert TOKEN not in repr(recorded), "the token is in no state"


def test_when_azure_does_not_say_what_is_registered_it_is_made_with_a_warning(monkeypatch):
    told = []
    monkeypatch.setattr(pulumi.log, "warn", lambda text, **_: told.append(text))
    with ArmServer(status=403) as arm:
        recorded = made(REAL_SPEC, answers=THERE, arm_url=arm.url)

    assert of_azure(recorded)
    (warning,) = told
    assert "Microsoft.Compute" in warning
    assert "may not read them" in warning
    assert TOKEN not in warning


def test_links_are_what_the_component_exports():
    seen = {}

    def program():
        links = CloudConfig("dev", CloudConfigArgs(spec=spec())).links
        pulumi.Output.all(**vars(links)).apply(seen.update)

    recorded = record(program, preview=False, computed=COMPUTED, answers=provider_of())
    assert seen == {k: v for k, v in plain(recorded.outputs["dev"]).items() if k != "application_id"}
