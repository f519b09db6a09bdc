"""A file share that is there: what a workspace makes of it, and every reason why it is refused before anything is made.

Not proved here: what is left of it after a destroy (tests/engine/test_azure_left_files.py).
"""

import pulumi
import pytest

from bodo_infra.azure import Workspace, WorkspaceArgs
from bodo_infra.errors import InputError
from bodo_infra.spec import AzureFilesStorage, WorkspaceSpec
from tests.components.azure_rules import azures_error, broken_rules, provider_of
from tests.components.azure_workspace_parts import (
    ACCOUNT,
    CLOUD_CONFIG_UUID,
    COMPUTED,
    ENDPOINT,
    GROUP,
    IN_GROUP,
    REGION,
    SHARE,
    VNET,
    WORKSPACE_UUID,
    ZONE,
    cloud_config,
)
from tests.components.recorder import both_modes, record

FILES = f"{IN_GROUP}/Microsoft.Storage/storageAccounts/left"
ID = f"{FILES}/fileServices/default/shares/shared"
PATH = f"spec.shared_storage.share_id = {ID}: "
ZONE_NAME = "left.privatelink.file.core.windows.net"


class FakeShare:
    """A share that a workspace of the cloud-config has left, as look-ups tell of it. Tests change its fields."""

    def __init__(self):
        self.account = {
            "location": REGION,
            "enableHttpsTrafficOnly": True,
            "publicNetworkAccess": "Disabled",
            "tags": {"bodo-infra:cloud-config": CLOUD_CONFIG_UUID},
        }
        self.share = {"enabledProtocols": "NFS", "rootSquash": "NoRootSquash"}
        self.zone = None
        self.error = None

    def answers(self):
        return {
            **provider_of(),
            "azure-native:storage:getStorageAccount": self._account,
            "azure-native:storage:getFileShare": self._share,
            "azure-native:privatedns:getPrivateZone": self._zone,
        }

    def mount(self, workspace):
        """Let it be mounted by a workspace."""
        self.zone = {"tags": {"bodo-infra:workspace": workspace}}

    def _account(self, asked):
        assert asked == {"accountName": "left", "resourceGroupName": GROUP}
        return self.error(asked) if self.error else self.account

    def _share(self, asked):
        assert asked == {"accountName": "left", "resourceGroupName": GROUP, "shareName": "shared"}
        return self.share

    def _zone(self, asked):
        assert asked == {"privateZoneName": ZONE_NAME, "resourceGroupName": GROUP}
        return self.zone or azures_error(404, "ResourceNotFound")(asked)


@pytest.fixture
def files():
    return FakeShare()


def made(files, *, preview=False, answers=None, computed=COMPUTED, id=ID, **fields):
    storage = AzureFilesStorage(kind="azure-files", share_id=id)
    spec = WorkspaceSpec(name="team", region=REGION, shared_storage=storage, **fields)

    def program():
        Workspace("dev", WorkspaceArgs(spec=spec, cloud_config=cloud_config()))

    return record(program, preview=preview, computed=computed, answers=answers or files.answers())


def refused(files, **given):
    with pytest.raises((InputError, pulumi.RunError)) as error:
        made(files, **given)
    return str(error.value)


@both_modes
def test_it_is_mounted_by_an_endpoint_of_its_own_and_none_is_made(files, preview):
    recorded = made(files, preview=preview)

    assert not {ACCOUNT, SHARE} & {resource.type for resource in recorded.resources}
    assert {"dev-storage-files-endpoint", "dev-vault-endpoint"} == set(recorded.inputs_of(ENDPOINT))
    assert broken_rules(recorded) == []


def test_its_name_leads_to_the_endpoint(files):
    recorded = made(files)

    (connection,) = recorded.inputs_of(ENDPOINT)["dev-storage-files-endpoint"]["privateLinkServiceConnections"]
    assert connection["privateLinkServiceId"] == FILES
    assert recorded.inputs_of(ZONE)["dev-storage-files-zone"]["privateZoneName"] == ZONE_NAME


def test_its_id_is_what_clusters_are_told(files):
    assert made(files).outputs["dev"]["file_system"] == {
        "kind": "azure-files",
        "id": ID,
        "host": "left.file.core.windows.net",
        "export": "/left/shared",
    }


def test_an_account_in_another_case_is_found_by_the_name_that_its_host_has(files):
    shouted = ID.replace("/left/", "/LEFT/")

    assert made(files, id=shouted).outputs["dev"]["file_system"]["export"] == "/left/shared"


def test_a_preview_whose_provider_is_not_configured_goes_through():
    nothing = dict.fromkeys(FakeShare().answers(), lambda _: {})

    assert made(None, preview=True, answers=nothing).resources


@both_modes
@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (404, "ResourceNotFound", "is no file share that is there. Name one that a workspace of this cloud-config has"),
        (403, "AuthorizationFailed", "may not be read by the service principal"),
    ],
    ids=["missing", "not to be seen"],
)
def test_one_that_is_not_there_or_not_ours_to_see_is_refused(files, preview, status, code, words):
    files.error = azures_error(status, code)

    assert PATH + words in refused(files, preview=preview)


def test_what_else_goes_wrong_is_not_taken_for_that(files):
    files.error = azures_error(429, "TooManyRequests")

    with pytest.raises(Exception, match="TooManyRequests"):
        made(files)


@both_modes
def test_every_reason_is_told_at_once(files, preview):
    files.account |= {"location": "eastus", "enableHttpsTrafficOnly": False, "publicNetworkAccess": None}
    files.share |= {"enabledProtocols": "SMB", "rootSquash": "AllSquash"}

    said = refused(files, preview=preview)

    assert PATH + "is a share for SMB, and nodes mount by NFS" in said
    assert PATH + "takes root of a node for nobody" in said
    assert PATH + "is in an account that takes connections without TLS" in said
    assert PATH + "is in an account with access from public networks" in said
    assert PATH + "is in eastus, not in westeurope" in said
    assert "Set spec.region to eastus, or name a share of westeurope" in said


@both_modes
@pytest.mark.parametrize(
    ("tags", "words"),
    [({"bodo-infra:cloud-config": "x"}, "that has the tag bodo-infra:cloud-config = x"), (None, "that has no tag")],
    ids=["another's", "nobody's"],
)
def test_one_of_another_cloud_config_is_refused(files, tags, words, preview):
    files.account["tags"] = tags

    assert f"{PATH}is in an account {words}" in refused(files, preview=preview)


def test_one_that_another_workspace_mounts_is_refused(files):
    files.mount("another")

    said = refused(files)

    assert PATH + "is mounted by another workspace (uuid another)" in said
    assert "Destroy that workspace first" in said


def test_one_that_this_workspace_mounts_already_is_no_reason(files):
    files.mount(WORKSPACE_UUID)

    assert made(files).outputs["dev"]["file_system"]["id"] == ID


def test_nothing_of_the_cloud_is_made_before_it_is_known_to_be_sound(files):
    """Every child carries the uuid in its tags, or an id of what does."""
    files.mount("another")
    registered = []

    refused(files, computed=COMPUTED | {VNET: lambda inputs: registered.append(inputs) or {}})

    assert registered == []


def test_a_share_of_its_own_is_not_named_while_it_would_be_deleted(files):
    files.account["tags"]["bodo-infra:workspace"] = WORKSPACE_UUID

    assert "is this workspace's own share, which would be deleted" in refused(files, delete_data=True)
    assert made(files).outputs["dev"]["file_system"]["id"] == ID, "one that stays is mounted as any other"
