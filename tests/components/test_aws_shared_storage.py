"""What the shared files of a workspace register.

Not proved here: what is left of them after a destroy (tests/engine).
"""

import json

import pytest

from bodo_infra.aws import SharedStorage, SharedStorageArgs
from bodo_infra.plugin.account.rules import tokens as t
from bodo_infra.spec import EfsStorage, LustreStorage
from tests.components.aws_rules import without_tags, wrong_inputs
from tests.components.aws_workspace_parts import cloud_config, scope
from tests.components.recorder import both_modes, record

EFS, LUSTRE = EfsStorage(kind="efs"), LustreStorage(kind="lustre", capacity_gib=2400, throughput_mbps_per_tib=250)
FILES, DOOR = "arn:aws:elasticfilesystem:::file-system/fs-1", "arn:aws:elasticfilesystem:::access-point/fsap-1"
KEY = "arn:aws:kms:us-east-2:000000000000:key/k"
COMPUTED = {
    t.EFS: {"arn": FILES, "dnsName": "fs-1.efs"},
    t.ACCESS_POINT: {"arn": DOOR},
    t.LUSTRE: {"dnsName": "fs-1.fsx", "mountName": "abc"},
}


def stored(spec, *, preview=False, delete_data=False, key_arn=""):
    def program():
        args = SharedStorageArgs(
            spec=spec,
            scope=scope(cloud_config=cloud_config(key_arn=key_arn)),
            subnets={"use2-az2": "subnet-2", "use2-az1": "subnet-1"},
            group_id="sg-1",
            delete_data=delete_data,
        )
        SharedStorage("files", args)

    return record(program, preview=preview, computed=COMPUTED)


@both_modes
@pytest.mark.parametrize("spec", [EFS, LUSTRE], ids=["efs", "lustre"])
def test_all_is_tagged_and_as_the_sdk_wants_it(spec, preview):
    recorded = stored(spec, preview=preview)

    assert without_tags(recorded) == []
    assert wrong_inputs(recorded) == []


@pytest.mark.parametrize(("spec", "type"), [(EFS, t.EFS), (LUSTRE, t.LUSTRE)], ids=["efs", "lustre"])
def test_it_is_encrypted_with_the_key_of_the_cloud_config_where_it_has_one(spec, type):
    assert stored(spec, key_arn=KEY).of_type(type).inputs["kmsKeyId"] == KEY
    assert "kmsKeyId" not in stored(spec).of_type(type).inputs
    assert stored(EFS).of_type(t.EFS).inputs["encrypted"] is True


def test_an_efs_has_a_mount_target_in_every_zone_and_throughput_as_it_is_used():
    recorded = stored(EFS)

    targets = recorded.inputs_of(t.MOUNT_TARGET)
    assert {name: (inputs["subnetId"], inputs["securityGroups"]) for name, inputs in targets.items()} == {
        "files-mount-use2-az1": ("subnet-1", ["sg-1"]),
        "files-mount-use2-az2": ("subnet-2", ["sg-1"]),
    }
    assert recorded.of_type(t.EFS).inputs["throughputMode"] == "elastic"
    assert recorded.outputs["files"]["file_system"] == {
        "kind": "efs",
        "id": "files-files-id",
        "dns_name": "fs-1.efs",
        "access_point_id": "files-access-point-id",
    }


def test_all_files_of_an_efs_have_one_owner():
    inputs = stored(EFS).of_type(t.ACCESS_POINT).inputs

    owner = inputs["rootDirectory"]["creationInfo"]
    assert (inputs["posixUser"]["uid"], inputs["posixUser"]["gid"]) == (owner["ownerUid"], owner["ownerGid"])
    assert owner["permissions"] == "0770"


def test_an_efs_is_mounted_by_tls_and_through_its_access_point_alone():
    policy = json.loads(stored(EFS).of_type(t.EFS_POLICY).inputs["policy"])

    allow, deny = policy["Statement"]
    assert allow["Condition"]["StringEquals"] == {"elasticfilesystem:AccessPointArn": DOOR}
    assert allow["Condition"]["Bool"] == {"elasticfilesystem:AccessedViaMountTarget": "true"}
    assert "elasticfilesystem:ClientRootAccess" not in allow["Action"]
    assert (deny["Effect"], deny["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})


def test_a_lustre_stands_in_the_first_zone_with_size_and_throughput():
    recorded = stored(LUSTRE)

    inputs = recorded.of_type(t.LUSTRE).inputs
    assert inputs["subnetIds"] == "subnet-2"
    assert inputs["deploymentType"] == "PERSISTENT_2"
    assert (inputs["storageCapacity"], inputs["perUnitStorageThroughput"]) == (2400, 250)
    assert recorded.outputs["files"]["file_system"] == {
        "kind": "lustre",
        "id": "files-files-id",
        "dns_name": "fs-1.fsx",
        "mount_name": "abc",
    }


def test_a_last_backup_is_made_of_a_lustre_unless_its_data_may_go():
    kept, gone = (stored(LUSTRE, delete_data=may_go).of_type(t.LUSTRE).inputs for may_go in (False, True))

    assert kept["skipFinalBackup"] is False
    assert kept["finalBackupTags"]["Name"] == "team-last-backup"
    assert gone["skipFinalBackup"] is True
