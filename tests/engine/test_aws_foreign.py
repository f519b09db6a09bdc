"""Programs of somebody else that use components of the AWS target beside resources of their own, in the real engine.

The tests of a program go on from each other in their order. Not proved here: that AWS would have it.
"""

import pytest

from bodo_infra.plugin.account.rules import tokens as t
from bodo_infra.testing import OfflineAccount
from tests.engine.account_project import ForeignProject
from tests.engine.own_program import (
    CENTRE,
    COST_CENTRE,
    OwnProgram,
    assert_nothing_to_do,
    assert_own_tests_pass,
    assert_protected,
    assert_renamed_in_place,
    assert_told_what_is_lacking,
    destroy,
    of_components,
    taggable,
)

pytestmark = pytest.mark.engine

SETTINGS = {"aws:region": "us-east-2"}
KEPT = [
    t.TABLE,
    t.ACCESS_POINT,
    t.EFS,
    t.EFS_POLICY,
    t.BUCKET,
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
    t.BUCKET_POLICY,
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    "aws:s3/bucketVersioning:BucketVersioning",
]
"""Types of what outlives a destroy: shared files and records, with what protects them."""


@pytest.fixture(scope="module")
def own(engine, tmp_path_factory):
    """The example as it was when its cluster was called `etl`."""
    folder = tmp_path_factory.mktemp("own")
    with OfflineAccount(folder / "account") as account:
        project = OwnProgram(engine, account, folder / "program", "aws", SETTINGS)
        project.rename("simulation", "etl")
        project.up()
        yield project


def test_nothing_changes_without_a_reason_though_a_transform_has_its_say(own):
    assert_nothing_to_do(own)


def test_every_child_is_where_its_components_provider_is_whatever_the_default_is(own):
    children = of_components(own.account)

    assert {row.region for row in children} == {"eu-west-1", ""}, "'' are those of IAM"
    assert {row.region for row in own.account.resources() if row.urn.endswith("::datasets")} == {"us-east-2"}
    assert {row.type for row in children} >= {t.BUCKET, t.TABLE, t.EFS, t.SECURITY_GROUP, t.LAUNCH_TEMPLATE}


def test_the_companys_transform_reaches_every_child_that_can_carry_tags(own):
    tags = taggable(own.account)

    assert len(tags) > 20
    assert [urn for urn, given in tags.items() if given.get(COST_CENTRE) != CENTRE] == []
    (group,) = own.account.resources(t.AUTOSCALING_GROUP)
    tag = next(tag for tag in group.inputs["tags"] if tag["key"] == COST_CENTRE)
    assert tag["propagateAtLaunch"], "nodes get it from their group"


def test_the_companys_network_is_the_workspaces_and_no_other_is_made(own):
    (vpc,) = own.account.resources(t.VPC)
    private = {row.id for row in own.account.resources(t.SUBNET) if "::private-" in row.urn}
    (group,) = own.account.resources(t.AUTOSCALING_GROUP)

    assert {row.inputs["vpcId"] for row in own.account.resources(t.SECURITY_GROUP)} == {vpc.id}
    assert set(group.inputs["vpcZoneIdentifiers"]) <= private
    assert {row.inputs["subnetId"] for row in own.account.resources(t.MOUNT_TARGET)} == private


def test_nodes_and_nobody_else_may_read_the_companys_data(own):
    account = own.account
    datasets = account.resource("datasets", t.BUCKET)
    nodes = account.resource("research-role", t.ROLE)

    instance = "arn:aws:ec2:eu-west-1:000000000000:instance/i-0123456789abcdef0"
    on_a_node = {"ec2:SourceInstanceARN": instance, "aws:Ec2InstanceSourceVpc": "vpc-1"}
    elsewhere = {"ec2:SourceInstanceARN": None, "aws:Ec2InstanceSourceVpc": None}

    assert [answer.principal for answer in account.who_can("s3:GetObject", datasets, on_a_node)] == [nodes.arn]
    assert account.who_can("s3:GetObject", datasets, elsewhere) == (), "credentials that were taken from a node"
    assert account.who_can("s3:PutObject", datasets, on_a_node) == ()
    assert "NodesMayRead" in account.ask(nodes, "s3:GetObject", datasets, on_a_node).because


def test_a_cluster_with_an_alias_is_renamed_in_place(own):
    assert_renamed_in_place(own, "bodo:aws:Cluster", "etl", "simulation")


def test_a_protected_workspace_is_not_destroyed_and_nothing_else_is(own):
    assert_protected(own, "research")


def test_without_the_protection_all_goes_but_the_data(own):
    own.unprotect()

    assert destroy(own) == KEPT


@pytest.fixture(scope="module")
def teams(engine, tmp_path_factory):
    """Two programs in one account: the platform's, and one that builds on its outputs."""
    folder = tmp_path_factory.mktemp("teams")
    with OfflineAccount(folder / "account") as account:
        platform = OwnProgram(engine, account, folder / "platform", "aws/split/platform", SETTINGS)
        settings = {**SETTINGS, "platform": "organization/platform/dev"}
        cluster = OwnProgram(engine, account, folder / "cluster", "aws/split/cluster", settings)
        yield platform, cluster


def test_a_stack_that_was_not_brought_up_is_told_with_what_it_lacks(teams):
    _, cluster = teams

    assert_told_what_is_lacking(cluster)


def test_a_cluster_stands_in_the_workspace_of_another_program_with_the_rights_of_its_role_alone(teams):
    platform, cluster = teams
    platform.up()

    made = cluster.up().did("create")

    assert "Group weather-nodes" in made
    account = cluster.account
    (group,) = account.resources(t.AUTOSCALING_GROUP)
    assert group.inputs["vpcZoneIdentifiers"] == [account.resource("team-network-private-use2-az2").id]
    deploy = account.resource("data-role", t.ROLE)
    assert {asked.role for asked in account.requests()} == {deploy.arn}
    assert [asked for asked in account.requests() if not asked.allowed] == []


def test_neither_of_the_two_programs_has_anything_left_to_do(teams):
    for project in teams:
        assert_nothing_to_do(project)


def test_the_two_programs_go_one_after_the_other(teams):
    platform, cluster = teams

    assert destroy(cluster, platform) == KEPT


SEVERAL = """
import pulumi
import pulumi_aws as aws

from bodo_infra.aws import CloudConfig, CloudConfigArgs, Cluster, ClusterArgs, Workspace, WorkspaceArgs
from bodo_infra.spec import AwsAccount, CloudConfigSpec, ClusterSpec, WorkspaceSpec

account = AwsAccount(region="us-east-2", account_id=aws.get_caller_identity().account_id)
one, two = (
    CloudConfig(name, CloudConfigArgs(spec=CloudConfigSpec(name="data", aws=account))) for name in ("one", "two")
)
for name in ("a", "b"):
    workspace = Workspace(
        name, WorkspaceArgs(spec=WorkspaceSpec(name="team", region="us-east-2"), cloud_config=one.links)
    )
    for number in range(2):
        Cluster(
            f"{name}-{number}",
            ClusterArgs(spec=ClusterSpec(name="etl", instance_type="c6i.32xlarge"), workspace=workspace.links),
        )
"""


def test_nouns_of_one_name_live_side_by_side_in_one_program_account_and_region(engine, tmp_path):
    with OfflineAccount(tmp_path / "account") as account:
        project = ForeignProject(engine, account, tmp_path / "program", SEVERAL)

        project.up()

        counts = {type: len(account.resources(type)) for type in (t.TABLE, t.VPC, t.EFS, t.AUTOSCALING_GROUP)}
        assert counts == {t.TABLE: 2, t.VPC: 2, t.EFS: 2, t.AUTOSCALING_GROUP: 4}


REFUSED = """
import pulumi
import pulumi_aws as aws

from bodo_infra.aws import CloudConfig, CloudConfigArgs, CloudConfigLinks, Workspace, WorkspaceArgs
from bodo_infra.spec import CloudConfigSpec, DirectoryStorage, LocalMachine, WorkspaceSpec

links = CloudConfigLinks(
    uuid="6f1a2b3c-0000-4000-8000-000000000001", name="data", store="s3://b?table=t&region=us-east-2",
    region="us-east-2", account_id="000000000000", bucket="b", table="t", key_arn="", role_arn="", external_id="",
    boundary_arn="arn:aws:iam::000000000000:policy/b",
)
specs = {
    "no region": {},
    "another region": {"region": "eu-west-1"},
    "local storage": {"region": "us-east-2", "shared_storage": DirectoryStorage(kind="directory", path="/srv")},
}
case = pulumi.Config().require("case")
aws.s3.Bucket("datasets")
if case == "local account":
    CloudConfig("data", CloudConfigArgs(spec=CloudConfigSpec(name="data", local=LocalMachine(directory="/srv"))))
else:
    Workspace("team", WorkspaceArgs(spec=WorkspaceSpec(name="team", **specs[case]), cloud_config=links))
"""

REASONS = {
    "no region": ("spec.region: is missing", "Name the region of the provider, such as us-east-2"),
    "another region": ("spec.region = eu-west-1: is not us-east-2", "give the component a provider of eu-west-1"),
    "local storage": ("spec.shared_storage", "directory"),
    "local account": ("spec.aws: is missing; this component is of the aws target", "Use the component of local"),
}


def test_what_is_wrong_with_a_component_is_told_in_a_preview_with_the_remedy(engine, tmp_path):
    with OfflineAccount(tmp_path / "account") as account:
        project = ForeignProject(engine, account, tmp_path / "program", REFUSED)
        for case, words in REASONS.items():
            project.configure("case", case)

            outcome = project.run("preview")

            assert outcome.code != 0, case
            assert [word for word in words if word not in outcome.said] == [], f"{case}: {outcome.said}"


def test_the_tests_of_the_example_itself_pass(engine):
    assert_own_tests_pass("aws")
