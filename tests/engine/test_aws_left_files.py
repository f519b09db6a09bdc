"""A workspace's network goes and comes as another one, and its kept files are taken again, by the role that deploys.

One project with a key of the account, rehearsed by the driver; the tests go on from each other in this order.
"""

import pytest

from bodo_infra.errors import InputError, StackError
from bodo_infra.plugin.account.rules import tokens as t
from tests.engine.rehearsed_project import RehearsedProject

pytestmark = pytest.mark.engine

HOME = {"name": "home", "aws": {"region": "us-east-2", "account_id": "0" * 12, "customer_key": True}}
CLUSTER = {"name": "etl", "instance_type": "c6i.32xlarge", "nodes": 2}
ZONES = ["use2-az1", "use2-az2"]
LUSTRE = {"kind": "lustre", "capacity_gib": 1200}


def workspace(project, name="team", *, cidr="10.30.0.0/16", zones=ZONES, **spec):
    network = {"kind": "managed", "cidr": cidr, "zones": zones, "flow_logs": True}
    project.write(name, "workspace", {"name": name, "network": network, **spec}, cloud_config="home")


@pytest.fixture(scope="module")
def project(engine, tmp_path_factory):
    with RehearsedProject.at(tmp_path_factory.mktemp("left") / "project") as project:
        project.write("home", "cloud-config", HOME)
        workspace(project)
        project.write("etl", "cluster", CLUSTER, workspace="team")
        project.up()
        yield project


def the_files(project):
    (files,) = project.account.resources(t.EFS)
    return files


def test_flow_logs_are_encrypted_with_the_key_of_the_cloud_config(project):
    (group,) = project.account.resources(t.LOG_GROUP)

    assert group.inputs["kmsKeyId"] == project.account.resource("home-key", t.KEY).arn


def test_a_network_that_a_cluster_stands_in_is_not_replaced_and_nothing_is_touched(project):
    before = project.account.resources()
    workspace(project, cidr="10.50.0.0/16")

    with pytest.raises(InputError, match=r"network\.cidr: .* Up on it: etl\.") as refused:
        project.up()

    assert "`bodo-infra destroy --offline etl`" in refused.value.fix
    assert project.account.resources() == before


def test_when_the_cluster_is_gone_the_network_is_replaced_and_the_files_stay(project):
    files = the_files(project)
    project.destroy("etl")

    project.up()

    assert project.account.resource("team-network-vpc", t.VPC).inputs["cidrBlock"] == "10.50.0.0/16"
    assert the_files(project) == files
    assert project.account.resource("etl-nodes").inputs["desiredCapacity"] == 2
    assert project.preview() == {}


def test_kept_files_are_taken_again(project):
    files = the_files(project)
    project.destroy("team")
    assert the_files(project) == files
    storage = {"kind": "efs", "file_system_id": files.id}
    workspace(project, shared_storage=storage, delete_data=True)

    project.up()

    assert the_files(project) == files
    targets = project.account.resources(t.MOUNT_TARGET)
    assert {row.inputs["fileSystemId"] for row in targets} == {files.id}
    assert len(targets) == len(ZONES)
    assert project.preview() == {}


def test_two_workspaces_cannot_have_the_same_files(project):
    before = project.types()
    storage = {"kind": "efs", "file_system_id": the_files(project).id}
    workspace(project, "rival", cidr="10.60.0.0/16", shared_storage=storage)

    with pytest.raises(StackError, match=r"has mount targets in vpc-.* that are not this workspace's"):
        project.up("rival")

    assert project.types() - before == {"RandomUuid": 1} or project.types() == before
    project.destroy("rival")
    (project.root / "stacks" / "Pulumi.rival.yaml").unlink()


def test_files_that_were_there_before_are_never_deleted(project):
    files = the_files(project)

    project.destroy("team")

    assert the_files(project) == files, "delete_data is about what the stack has made"
    assert project.account.resources(t.EFS_POLICY), "nor is it left without its rule"


def test_a_lustre_begins_with_the_last_backup_of_another(project):
    workspace(project, zones=ZONES[:1], shared_storage=LUSTRE)
    project.up("team")
    project.destroy("team")
    (backup,) = project.account.resources(t.LUSTRE_BACKUP)
    workspace(project, zones=ZONES[:1], shared_storage={**LUSTRE, "backup_id": backup.id}, delete_data=True)

    project.up("team")

    (files,) = project.account.resources(t.LUSTRE)
    assert files.inputs["backupId"] == backup.id
    project.destroy("team")
    assert project.account.resources(t.LUSTRE_BACKUP) == (backup,), "none is made of data that may go"
