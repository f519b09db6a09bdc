"""Who may leave and take again what is kept of shared files, and what the account does with a Lustre that goes."""

import json

import pytest

from bodo_infra.aws.policies.boundary import boundary
from bodo_infra.aws.policies.members import member_policy
from bodo_infra.aws.policies.statements import Scope, document
from bodo_infra.errors import BodoInfraError
from bodo_infra.plugin.account.rules import tokens as t
from tests.account_world import World
from tests.aws_policies import UUID, WORKSPACE

ACCOUNT = "000000000000"
SCOPE = Scope(
    account_id=ACCOUNT, region="us-east-2", cloud_config_uuid=UUID, bucket="bodo-prod", table="bodo-prod"
)  # fmt: skip
TAGS = {"bodo-infra:cloud-config": UUID, "bodo-infra:workspace": WORKSPACE}
ANYBODY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"}
        ],
    }
)
LUSTRE = {"deploymentType": "PERSISTENT_2", "storageCapacity": 1200, "perUnitStorageThroughput": 125}


@pytest.fixture
def owner(tmp_path):
    """The account's owner."""
    return World.at(tmp_path)


def lustre(owner, tags, **inputs):
    vpc = owner.make(t.VPC, cidrBlock="10.0.0.0/16")
    subnet = owner.make(t.SUBNET, vpcId=vpc.id, cidrBlock="10.0.0.0/24", availabilityZoneId="use2-az1")
    last = {"skipFinalBackup": False, "finalBackupTags": tags}
    return owner.make(t.LUSTRE, **LUSTRE, subnetIds=subnet.id, tags=tags, **last, **inputs)


def member(owner, kind):
    """Somebody who has taken the role of such members."""
    limit = owner.make(t.POLICY, "limit", name="limit", policy=document(boundary(SCOPE)))
    role = owner.make(
        t.ROLE, "member", name="member", assumeRolePolicy=ANYBODY, permissionsBoundary=limit.outputs["arn"]
    )
    policy = document(member_policy(SCOPE, WORKSPACE, kind))
    owner.make(t.ROLE_POLICY, "member", role=role.id, policy=policy)
    return owner.as_role(role.outputs["arn"])


def backups(owner):
    return list(owner.account.store.of_type(t.LUSTRE_BACKUP))


def test_an_admin_deletes_the_lustre_of_the_workspace_and_leaves_its_last_backup(owner):
    files = lustre(owner, TAGS)

    member(owner, "admins").delete(files)

    (backup,) = backups(owner)
    assert backup.outputs["tagsAll"] == TAGS


@pytest.mark.parametrize(
    ("kind", "tags"),
    [("developers", TAGS), ("admins", {**TAGS, "bodo-infra:workspace": "other"})],
    ids=["developer", "admin of another workspace"],
)
def test_nobody_else_does(owner, kind, tags):
    files = lustre(owner, tags)

    with pytest.raises(BodoInfraError, match="AccessDenied"):
        member(owner, kind).delete(files)
    assert backups(owner) == []


def test_another_lustre_is_made_from_the_backup_and_none_from_one_that_is_not_there(owner):
    files = lustre(owner, TAGS)
    owner.delete(files)
    (backup,) = backups(owner)
    subnet = files.inputs["subnetIds"]

    again = owner.make(t.LUSTRE, "again", **LUSTRE, subnetIds=subnet, backupId=backup.id)

    assert again.id != files.id
    with pytest.raises(BodoInfraError, match="backup-01234567"):
        owner.make(t.LUSTRE, "lost", **LUSTRE, subnetIds=subnet, backupId="backup-01234567")


def test_without_a_last_backup_nothing_is_left(owner):
    files = lustre(owner, TAGS)
    owner.change(files, skipFinalBackup=True)

    owner.delete(files)

    assert backups(owner) == []
