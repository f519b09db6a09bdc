"""Programs of somebody else that use components of the Azure target beside resources of their own, in the real engine.

The tests of a program go on from each other in their order. Not proved here: that Azure would have it.
"""

import pytest

from bodo_infra.plugin.account.arm import tokens as t
from bodo_infra.testing import OfflineAccount
from tests.engine.account_project import ForeignProject
from tests.engine.own_program import (
    CENTRE,
    COST_CENTRE,
    OwnProgram,
    assert_own_tests_pass,
    assert_protected,
    assert_renamed_in_place,
    assert_told_what_is_lacking,
    destroy,
    of_components,
    taggable,
)

pytestmark = [pytest.mark.engine, pytest.mark.xdist_group("foreign programs on azure")]

PRINCIPAL = "77777777-0000-0000-0000-000000000007"
SETTINGS = {"application-id": PRINCIPAL, "object-id": PRINCIPAL}
BLOBS = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs"
KEPT = [
    t.DELETED_VAULT,
    t.GROUP,
    t.CONTAINER,
    t.BLOB_SERVICE,
    t.FILE_SHARE,
    t.MANAGEMENT_POLICY,
    t.STORAGE_ACCOUNT,
    t.STORAGE_ACCOUNT,
]
"""Types of what outlives a destroy: shared files and records with the group around them, and the name of a vault."""


@pytest.fixture(scope="module")
def own(engine, tmp_path_factory):
    """The example as it was when its cluster was called `etl`."""
    folder = tmp_path_factory.mktemp("own")
    settings = {**SETTINGS, "azure-native:location": "northeurope"}
    with OfflineAccount(folder / "account") as account:
        project = OwnProgram(engine, account, folder / "program", "azure", settings)
        project.rename("simulation", "etl")
        project.up()
        yield project


def test_every_child_is_made_by_its_components_provider_whatever_the_default_is(own):
    children = [each for each in own.registered() if "::bodo:azure:" in each["urn"] and each["custom"]]
    providers = {each["provider"].split("::")[-2] for each in children if "$azure-native:" in each["urn"]}

    assert providers == {"platform"}
    assert {row.inputs.get("location") for row in of_components(own.account)} == {"westeurope", "global", None}
    assert own.account.resource("datasets").outputs["location"] == "northeurope"


def test_the_companys_transform_reaches_every_child_that_can_carry_tags(own):
    tags = taggable(own.account)

    assert len(tags) > 10
    assert [urn for urn, given in tags.items() if given.get(COST_CENTRE) != CENTRE] == []
    (nodes,) = own.account.resources(t.SCALE_SET)
    assert nodes.inputs["tags"][COST_CENTRE] == CENTRE, "nodes get it from their set"


def test_the_companys_network_is_the_workspaces_and_no_other_is_made(own):
    (vnet,) = own.account.resources(t.VNET)
    machines, endpoints = (own.account.resource(name, t.SUBNET).id for name in ("machines", "endpoints"))
    (nodes,) = own.account.resources(t.SCALE_SET)
    (card,) = nodes.inputs["virtualMachineProfile"]["networkProfile"]["networkInterfaceConfigurations"]

    assert len(own.account.resources(t.SUBNET)) == 2
    assert card["ipConfigurations"][0]["subnet"]["id"] == machines
    assert {row.inputs["subnet"]["id"] for row in own.account.resources(t.PRIVATE_ENDPOINT)} == {endpoints}
    assert {row.inputs["virtualNetwork"]["id"] for row in own.account.resources(t.NETWORK_LINK)} == {vnet.id}


def test_the_cloud_config_is_in_the_companys_group_and_makes_no_other(own):
    groups = {row.urn.rpartition("::")[2]: row.name for row in own.account.resources(t.GROUP)}
    inside = {row.inputs.get("resourceGroupName") for row in of_components(own.account)} - {None}

    assert set(groups) == {"own", "networks", "platform"}
    assert inside == {groups["platform"]}


def test_nodes_and_nobody_else_may_read_the_companys_data(own):
    account = own.account
    datasets = account.resource("datasets", t.STORAGE_ACCOUNT)
    nodes = account.resource("research-identity", t.IDENTITY)

    readers = account.who_can(f"{BLOBS}/read", datasets, data=True)

    assert [answer.principal for answer in readers] == [nodes.outputs["principalId"]]
    assert account.who_can(f"{BLOBS}/write", datasets, data=True) == ()
    assert "Storage Blob Data Reader" in account.ask(nodes, f"{BLOBS}/read", datasets, data=True).because
    assert not account.ask(PRINCIPAL, "Microsoft.Storage/storageAccounts/write", datasets).allowed, "another group"


def test_a_cluster_with_an_alias_is_renamed_in_place_and_nothing_else_changes_either(own):
    assert_renamed_in_place(own, "bodo:azure:Cluster", "etl", "simulation")


def test_a_protected_workspace_is_not_destroyed_and_nothing_else_is(own):
    assert_protected(own, "research")


def test_without_the_protection_all_goes_but_the_data_and_the_group_around_it(own):
    own.unprotect()

    assert destroy(own) == KEPT


@pytest.fixture(scope="module")
def teams(engine, tmp_path_factory):
    """Two programs in one subscription: the platform's, and one that builds on its outputs."""
    folder = tmp_path_factory.mktemp("teams")
    with OfflineAccount(folder / "account") as account:
        platform = OwnProgram(engine, account, folder / "platform", "azure/split/platform", SETTINGS)
        settings = {"platform": "organization/platform/dev"}
        cluster = OwnProgram(engine, account, folder / "cluster", "azure/split/cluster", settings)
        yield platform, cluster


def test_a_stack_that_was_not_brought_up_is_told_with_what_it_lacks(teams):
    _, cluster = teams

    assert_told_what_is_lacking(cluster)


def test_a_cluster_stands_in_the_workspace_of_another_program_with_the_rights_of_its_principal_alone(teams):
    platform, cluster = teams
    platform.up()

    made = cluster.up().did("create")

    assert "VirtualMachineScaleSet weather-nodes" in made
    account = cluster.account
    (nodes,) = account.resources(t.SCALE_SET)
    (card,) = nodes.inputs["virtualMachineProfile"]["networkProfile"]["networkInterfaceConfigurations"]
    assert card["ipConfigurations"][0]["subnet"]["id"] == account.resource("team-network-nodes-subnet").id
    assert {asked.role for asked in account.requests()} == {PRINCIPAL}
    assert [asked for asked in account.requests() if not asked.allowed] == []


def test_the_two_programs_go_one_after_the_other(teams):
    platform, cluster = teams

    assert destroy(cluster, platform) == KEPT


SEVERAL = """
import pulumi

from bodo_infra.azure import CloudConfig, CloudConfigArgs, Cluster, ClusterArgs, Workspace, WorkspaceArgs
from bodo_infra.spec import AzureSubscription, CloudConfigSpec, ClusterSpec, ServicePrincipal, WorkspaceSpec

ZEROS = "00000000-0000-0000-0000-000000000000"
PRINCIPAL = "77777777-0000-0000-0000-000000000007"
home = AzureSubscription(
    tenant_id=ZEROS, subscription_id=ZEROS, resource_group="bodo", location="westeurope",
    service_principal=ServicePrincipal(application_id=PRINCIPAL, object_id=PRINCIPAL),
)
one = CloudConfig("one", CloudConfigArgs(spec=CloudConfigSpec(name="data", azure=home)))
same_group = home.model_copy(update={"existing_resource_group": True})
two = CloudConfig(
    "two", CloudConfigArgs(spec=CloudConfigSpec(name="data", azure=same_group), resource_group=one.resource_group)
)
team, other = (
    Workspace(name, WorkspaceArgs(spec=WorkspaceSpec(name="team", region="westeurope"), cloud_config=one.links))
    for name in ("a", "b")
)
for name in ("a-0", "a-1"):
    spec = ClusterSpec(name="etl", instance_type="Standard_D16as_v5")
    Cluster(name, ClusterArgs(spec=spec, workspace=team.links))
"""


def test_nouns_of_one_name_live_side_by_side_in_one_program_group_and_location(engine, tmp_path):
    with OfflineAccount(tmp_path / "account") as account:
        project = ForeignProject(engine, account, tmp_path / "program", SEVERAL)

        project.up()

        counts = {type: len(account.resources(type)) for type in (t.GROUP, t.CONTAINER, t.VNET, t.VAULT, t.SCALE_SET)}
        assert counts == {t.GROUP: 1, t.CONTAINER: 2, t.VNET: 2, t.VAULT: 2, t.SCALE_SET: 2}


REFUSED = """
import pulumi
import pulumi_azure_native as azure_native

from bodo_infra.azure import CloudConfig, CloudConfigArgs, CloudConfigLinks, Workspace, WorkspaceArgs
from bodo_infra.errors import InputError
from bodo_infra.spec import (
    AzureSubscription, CloudConfigSpec, DirectoryStorage, LocalMachine, ServicePrincipal, WorkspaceSpec,
)

ZEROS = "00000000-0000-0000-0000-000000000000"
ELSEWHERE = "66666666-0000-0000-0000-000000000006"
PRINCIPAL = "77777777-0000-0000-0000-000000000007"
group = azure_native.resources.ResourceGroup("own", resource_group_name="own", location="westeurope")


def cloud_config(linked=None, **more):
    subscription = AzureSubscription(
        tenant_id=ZEROS, subscription_id=ZEROS, resource_group="platform", location="westeurope",
        service_principal=ServicePrincipal(application_id=PRINCIPAL, object_id=PRINCIPAL), **more,
    )
    CloudConfig("data", CloudConfigArgs(spec=CloudConfigSpec(name="data", azure=subscription), resource_group=linked))


def workspace(subscription=ZEROS, **spec):
    links = CloudConfigLinks(
        uuid="6f1a2b3c-0000-4000-8000-000000000001", name="data", store="azblob://bodo?storage_account=bododata",
        region="westeurope", tenant_id=ZEROS, subscription_id=subscription, resource_group="platform",
        storage_account_id="", storage_account="bododata", container_id="", container="bodo", roles={},
    )
    Workspace("team", WorkspaceArgs(spec=WorkspaceSpec(name="team", **spec), cloud_config=links))


def told(make, *given, **more):
    try:
        make(*given, **more)
    except InputError as error:
        pulumi.log.error(str(error))


local = CloudConfigSpec(name="data", local=LocalMachine(directory="/srv"))
told(CloudConfig, "data", CloudConfigArgs(spec=local))
told(cloud_config, existing_resource_group=True)
told(cloud_config, linked=group.name)
told(workspace)
told(workspace, region="westeurope", shared_storage=DirectoryStorage(kind="directory", path="/srv"))
workspace(subscription=ELSEWHERE, region="westeurope")  # known later: nobody can catch it
"""

REASONS = (
    "spec.azure: is missing; this component is of the azure target",
    "Use the component of local",
    "spec.azure.resource_group = platform: is no resource group of subscription",
    "make the group (in the same program: CloudConfigArgs(resource_group=...))",
    "spec.azure.existing_resource_group = false: would make the group that the program makes already",
    "spec.region: is missing",
    "Name a location, such as westeurope",
    "spec.shared_storage.kind = directory",
    "its cloud-config is in subscription 66666666",
    "Give the component a provider of 66666666",
)


def test_what_is_wrong_with_a_component_is_told_in_a_preview_with_the_remedy(engine, tmp_path):
    with OfflineAccount(tmp_path / "account") as account:
        project = ForeignProject(engine, account, tmp_path / "program", REFUSED)

        outcome = project.run("preview")

        assert outcome.code != 0
        assert [reason for reason in REASONS if reason not in outcome.said] == [], outcome.said


def test_the_tests_of_the_example_itself_pass(engine):
    assert_own_tests_pass("azure")
