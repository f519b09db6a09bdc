"""The role of a cloud-config may do all that workspaces need, in the offline account, which enforces IAM.

One program of a cloud-config, a network of the user's own and workspaces, which a provider makes that assumes the role.
"""

import json

import pytest

from bodo_infra.plugin.account.rules import tokens as t
from bodo_infra.testing import OfflineAccount
from tests.engine.account_project import ForeignProject
from tests.engine.workspace_program import FOREIGN

pytestmark = pytest.mark.engine

PROGRAM = f"""
import pulumi
import pulumi_aws as aws

from bodo_infra.aws import CloudConfig, CloudConfigArgs, Workspace, WorkspaceArgs
from bodo_infra.spec import CloudConfigSpec, WorkspaceSpec
from bodo_infra.spec.problems import parse_as

config = pulumi.Config()
account = {{"region": "us-east-2", "account_id": "000000000000", "customer_key": True}}
home = CloudConfig("home", CloudConfigArgs(spec=parse_as(CloudConfigSpec, {{"name": "main", "aws": account}})))
role = aws.ProviderAssumeRoleArgs(role_arn=home.role_arn, external_id=home.external_id, session_name="test")
opts = pulumi.ResourceOptions(providers=[aws.Provider("as-role", region="us-east-2", assume_roles=[role])])
{FOREIGN}
for name, spec in (config.get_object("workspaces") or {{}}).items():
    Workspace(name, WorkspaceArgs(spec=parse_as(WorkspaceSpec, spec), cloud_config=home.links), opts)
"""
EVERYBODY = {kind: ["arn:aws:iam::000000000000:root"] for kind in ("admins", "developers", "viewers")}


@pytest.fixture(scope="module")
def project(engine, tmp_path_factory):
    folder = tmp_path_factory.mktemp("rights")
    with OfflineAccount(folder) as account:
        yield ForeignProject(engine, account, folder / "program", PROGRAM)


def put(project, **workspaces):
    specs = {name: {"name": name, "region": "us-east-2", **spec} for name, spec in workspaces.items()}
    project.configure("workspaces", json.dumps(specs))


def test_it_makes_workspaces_of_every_kind_in_the_program_that_makes_the_role(project):
    put(
        project,
        shared={"network": {"kind": "managed", "flow_logs": True}, "members": EVERYBODY, "tags": {"team": "data"}},
        closed={"network": {"kind": "managed", "egress": "none"}, "shared_storage": {"kind": "lustre"}},
    )

    preview = project.run("preview")
    project.up()

    assert preview.code == 0, preview.said
    assert {row.inputs["kmsKeyId"] for row in project.account.resources(t.EFS)} == {
        project.account.resource("home-key", t.KEY).arn
    }
    assert project.refresh().steps == []


def test_it_makes_them_in_a_network_of_the_users_own_and_changes_what_it_has_made(project):
    account = project.account
    subnets = [account.resource(f"private-{name}", t.SUBNET).id for name in "ab"]
    network = {"kind": "existing", "vpc_id": account.resource("own", t.VPC).id, "private_subnet_ids": subnets}
    zones = ["use2-az2", "use2-az1", "use2-az3"]
    put(
        project,
        shared={"network": {"kind": "managed", "egress": "nat-per-zone", "zones": zones}, "tags": {"group": "ops"}},
        closed={
            "network": {"kind": "managed", "egress": "none"},
            "shared_storage": {"kind": "lustre", "capacity_gib": 2400},
            "tags": {"group": "ops"},
        },
        own={"network": network},
    )

    outcome = project.up()

    assert outcome.did("replace") == []
    assert "LustreFileSystem closed-storage-files" in outcome.did("update")
    assert "MountTarget own-storage-mount-" + subnets[0] in outcome.did("create")


def test_it_takes_away_all_that_it_has_made_but_the_files(project):
    put(project)

    project.up()

    left = [
        row
        for row in project.account.resources()
        if row.urn.rpartition("::")[2].startswith(("shared", "closed", "own-"))
    ]
    assert {row.type for row in left} == {t.ACCESS_POINT, t.EFS, t.EFS_POLICY, t.LUSTRE_BACKUP}
