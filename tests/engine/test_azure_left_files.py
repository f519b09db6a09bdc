"""What a workspace on Azure has left is taken again, and never met again by name, by the principal that deploys.

One project, rehearsed by the driver; the tests go on from each other in this order.
"""

import pytest

from bodo_infra.driver.platform import quiet
from bodo_infra.plans.arm_ids import OFFLINE_SUBSCRIPTION, parse_arm_id
from bodo_infra.plugin.account.arm import tokens as t
from tests.engine.rehearsed_project import RehearsedProject, steps_of
from tests.engine.test_azure_workspace import AZURE

pytestmark = [pytest.mark.engine, pytest.mark.xdist_group("azure left files")]


class LeftFiles(RehearsedProject):
    """Workspaces of one cloud-config."""

    def put(self, name, **spec):
        self.write(name, "workspace", {"name": name, **spec}, cloud_config="home")
        return steps_of([self.platform.stacks.up_alone(name, quiet)]).get(name, [])

    @property
    def shares(self):
        """Ids as a stack file names them, which the driver makes those of the offline account."""
        ids = [row.id for row in self.account.resources(t.FILE_SHARE)]
        return {id.replace(OFFLINE_SUBSCRIPTION, AZURE["subscription_id"]) for id in ids}


@pytest.fixture(scope="module")
def project(engine, tmp_path_factory):
    with LeftFiles.at(tmp_path_factory.mktemp("left") / "project") as project:
        project.write("home", "cloud-config", {"name": "data", "azure": AZURE, "delete_data": True})
        project.up("home")
        project.put("team")
        yield project


def test_back_from_a_volume_to_a_share_nothing_that_was_kept_is_met_again(project):
    (kept,) = project.shares
    project.put("team", shared_storage={"kind": "netapp"})

    project.put("team", shared_storage={"kind": "azure-files"})

    assert len(project.shares - {kept}) == len(project.account.resources(t.NETAPP_VOLUME)) == 1
    assert len(project.account.resources(t.VNET)) == 2, "that of the kept volume, and that of the workspace"


def test_a_workspace_that_has_let_go_of_a_volume_can_go_itself_and_leaves_all_files(project):
    shares = project.shares

    project.destroy("team")

    assert project.shares == shares
    assert len(project.account.resources(t.NETAPP_VOLUME)) == len(project.account.resources(t.VNET)) == 1
    assert project.account.resources(t.PRIVATE_ENDPOINT) == ()


def test_kept_files_are_mounted_again_by_another_workspace(project):
    shares = project.shares
    share = min(shares)

    made = project.put("next", shared_storage={"kind": "azure-files", "share_id": share}, delete_data=True)

    assert project.shares == shares
    assert not [step for _, step in made if step.startswith(("StorageAccount", "FileShare"))], "so none is deleted"
    endpoint = project.account.resource("next-storage-files-endpoint")
    (connection,) = endpoint.inputs["privateLinkServiceConnections"]
    assert connection["privateLinkServiceId"].endswith(f"/storageAccounts/{parse_arm_id(share).names[0]}")
