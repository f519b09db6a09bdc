"""An EFS that is there: what a workspace makes of it, and every reason why it is refused before anything is made.

Not proved here: what is left of it after a destroy (tests/engine/test_aws_left_files.py).
"""

import grpc
import pulumi
import pytest

from bodo_infra.aws import Workspace, WorkspaceArgs
from bodo_infra.errors import InputError
from bodo_infra.plugin.account.rules import tokens as t
from bodo_infra.spec import EfsStorage, LustreStorage, WorkspaceSpec
from tests.components.aws_rules import provider_in, without_tags, wrong_inputs
from tests.components.aws_workspace_parts import CLOUD_CONFIG_UUID, COMPUTED, REGION, WORKSPACE_UUID, cloud_config
from tests.components.recorder import record

both_modes = pytest.mark.parametrize("preview", [True, False], ids=["preview", "up"])
ID = "fs-0123456789abcdef0"
ARN = f"arn:aws:elasticfilesystem:us-east-2:000000000000:file-system/{ID}"
NAME = f"{ID}.efs.us-east-2.amazonaws.com"
PATH = f"spec.shared_storage.file_system_id = {ID}: "


class LookUpError(grpc.RpcError):
    """A look-up that fails, as the engine reports it."""

    def __init__(self, text):
        self.text = text

    def code(self):
        return grpc.StatusCode.UNKNOWN

    def details(self):
        return self.text


class FakeFiles:
    """An EFS that a workspace of the cloud-config has left, as look-ups tell of it. Tests change its fields."""

    def __init__(self):
        self.encrypted = True
        self.zone = ""
        self.tags = {"bodo-infra:cloud-config": CLOUD_CONFIG_UUID}
        self.mounts = {}
        self.groups = {}
        self.error = None

    def answers(self):
        return {
            **provider_in(REGION),
            "aws:efs/getFileSystem:getFileSystem": self._files,
            "aws:ec2/getNetworkInterfaces:getNetworkInterfaces": self._interfaces,
            "aws:ec2/getNetworkInterface:getNetworkInterface": lambda asked: {**self.mounts[asked["id"]], **asked},
            "aws:ec2/getSecurityGroups:getSecurityGroups": self._groups,
        }

    def mount(self, vpc_id, group, workspace):
        """Let it be mounted by a workspace."""
        self.mounts[f"eni-{len(self.mounts)}"] = {"vpcId": vpc_id, "securityGroups": [group]}
        self.groups[group] = workspace

    def _files(self, asked):
        if self.error:
            raise LookUpError(self.error)
        known = {"arn": ARN, "dnsName": NAME, "encrypted": self.encrypted, "availabilityZoneId": self.zone}
        return {**known, "tags": self.tags, "id": asked["fileSystemId"]}

    def _interfaces(self, asked):
        assert asked["filters"] == [{"name": "description", "values": [f"EFS mount target for {ID} (*"]}]
        return {"ids": list(self.mounts)}

    def _groups(self, asked):
        groups, workspaces = (each["values"] for each in asked["filters"])
        return {"ids": [group for group in groups if self.groups[group] in workspaces]}


@pytest.fixture
def files():
    return FakeFiles()


def made(files, *, preview=False, upstream=None, storage=None, answers=None):
    storage = storage or EfsStorage(kind="efs", file_system_id=ID)
    spec = WorkspaceSpec(name="team", region=REGION, shared_storage=storage)

    def program():
        Workspace("dev", WorkspaceArgs(spec=spec, cloud_config=upstream or cloud_config()))

    return record(program, preview=preview, computed=COMPUTED, answers=answers or files.answers())


def refused(files, **given):
    recorded = []
    with pytest.raises((InputError, pulumi.RunError)) as error:
        recorded.append(made(files, **given))
    return str(error.value)


@both_modes
def test_it_is_mounted_and_none_is_made(files, preview):
    recorded = made(files, preview=preview)

    types = [resource.type for resource in recorded.resources]
    assert t.EFS not in types
    assert {t.ACCESS_POINT, t.EFS_POLICY, t.MOUNT_TARGET} <= set(types)
    assert without_tags(recorded) == []
    assert wrong_inputs(recorded) == []


def test_its_id_is_what_clusters_are_told(files):
    told = made(files).outputs["dev"]["file_system"]

    assert (told["id"], told["dns_name"], told["kind"]) == (ID, NAME, "efs")


def test_a_preview_whose_provider_is_not_configured_goes_through():
    nothing = dict.fromkeys(FakeFiles().answers(), lambda _: {})

    assert made(None, preview=True, answers=nothing).resources


@both_modes
@pytest.mark.parametrize(
    "error",
    ["no matching EFS file system found", "AccessDeniedException: User: x is not authorized to perform: y"],
    ids=["missing", "not to be seen"],
)
def test_one_that_is_not_there_or_not_ours_to_see_is_refused(files, error, preview):
    files.error = error

    said = refused(files, preview=preview)

    assert PATH + "is no EFS of this account in us-east-2 with the tag bodo-infra:cloud-config" in said
    assert "the role mounts no other. Name one that a workspace of this cloud-config has left" in said


def test_what_else_goes_wrong_is_not_taken_for_that(files):
    files.error = "throttled"

    with pytest.raises(Exception, match="throttled"):
        made(files)


@both_modes
def test_every_reason_is_told_at_once(files, preview):
    files.encrypted, files.zone = False, "use2-az1"

    said = refused(files, preview=preview)

    assert PATH + "is not encrypted" in said
    assert PATH + "is in use2-az1 alone (One Zone)" in said


@both_modes
@pytest.mark.parametrize(
    ("tags", "words"),
    [({"bodo-infra:cloud-config": "x"}, "has the tag bodo-infra:cloud-config = x"), ({}, "has no tag")],
    ids=["another's", "nobody's"],
)
def test_one_of_another_cloud_config_is_refused_as_the_role_could_not_mount_it(files, tags, words, preview):
    files.tags = tags

    assert PATH + words in refused(files, preview=preview)


def test_one_that_another_workspace_mounts_is_refused(files):
    files.mount("vpc-1", "sg-1", "another")

    said = refused(files)

    assert PATH + "has mount targets in vpc-1 that are not this workspace's" in said
    assert "Destroy the workspace that uses it first" in said


def test_one_that_this_workspace_mounts_already_is_no_reason(files):
    files.mount("vpc-1", "sg-1", WORKSPACE_UUID)

    assert made(files).outputs["dev"]["file_system"]["id"] == ID


def test_nothing_of_the_cloud_is_made_before_it_is_known_to_be_sound(files):
    """Every child carries the uuid in its tags, or an id of what does."""
    files.mount("vpc-1", "sg-1", "another")
    registered = []
    files_made = COMPUTED | {t.VPC: lambda inputs: registered.append(inputs) or {}}
    spec = WorkspaceSpec(name="team", region=REGION, shared_storage=EfsStorage(kind="efs", file_system_id=ID))

    def program():
        Workspace("dev", WorkspaceArgs(spec=spec, cloud_config=cloud_config()))

    with pytest.raises(pulumi.RunError):
        record(program, preview=False, computed=files_made, answers=files.answers())
    assert registered == []


def test_a_lustre_begins_with_its_backup(files):
    recorded = made(files, storage=LustreStorage(kind="lustre", backup_id="backup-01234567"))

    assert recorded.of_type(t.LUSTRE).inputs["backupId"] == "backup-01234567"


@both_modes
def test_a_key_of_another_region_is_refused_and_not_left_out(files, preview):
    upstream = cloud_config(key_arn="arn:aws:kms:eu-west-1:000000000000:key/k", region="eu-west-1")

    said = refused(files, preview=preview, upstream=upstream)

    assert "spec.region = us-east-2: is not eu-west-1, the region of the cloud-config's key" in said
    assert "Set it to eu-west-1, or use a cloud-config of us-east-2, or one without customer_key" in said


def test_a_key_of_the_same_region_is_used(files):
    key = "arn:aws:kms:us-east-2:000000000000:key/k"
    storage = EfsStorage(kind="efs")

    recorded = made(files, upstream=cloud_config(key_arn=key), storage=storage)

    assert recorded.of_type(t.EFS).inputs["kmsKeyId"] == key
