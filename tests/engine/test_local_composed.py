"""Somebody's own Pulumi program that composes our components, under the real engine: edits, drift, failures, data."""

import json
from pathlib import Path

import pytest

from tests.engine.conftest import IsolatedPulumi
from tests.engine.local_project import REPOSITORY, LocalProject, succeeded
from tests.waiting import wait_until

pytestmark = pytest.mark.engine

PROJECT = f"""\
name: theirs
runtime: python
plugins:
  providers:
    - name: bodo-machine
      path: {REPOSITORY / "programs" / "plugins"}
"""

PROGRAM = """\
import json
from pathlib import Path

import pulumi
from bodo_infra.local import CloudConfig, CloudConfigArgs, Cluster, ClusterArgs, Workspace, WorkspaceArgs
from bodo_infra.spec import CloudConfigSpec, ClusterSpec, DirectoryStorage, LocalMachine, WorkspaceSpec

here = Path(__file__).parent
wish = json.loads((here / "wish.json").read_text())
keep = {"delete_data": wish["delete_data"]}
shared = DirectoryStorage(kind="directory", path=str(here / "shared"))

data = LocalMachine(directory=str(here / "data"))
config = CloudConfig("config", CloudConfigArgs(spec=CloudConfigSpec(name="dev", local=data, **keep)))
place = Workspace(
    "place", WorkspaceArgs(spec=WorkspaceSpec(name="team", shared_storage=shared, **keep), cloud_config=config.links)
)
cluster = Cluster("cluster", ClusterArgs(spec=ClusterSpec(**wish["cluster"]), workspace=place.links))
pulumi.export("cluster", cluster.uuid)
pulumi.export("workspace", place.uuid)
pulumi.export("cores", cluster.cores)
"""

STACK = "dev"


class Theirs(LocalProject):
    """The foreign program, and what it wishes for."""

    def wish(self, *, delete_data: bool = False, **cluster: object) -> None:
        spec = {"name": "etl", "nodes": 2, "ranks_per_node": 1, **cluster}
        (self.root / "wish.json").write_text(json.dumps({"delete_data": delete_data, "cluster": spec}))


@pytest.fixture
def theirs(pulumi: IsolatedPulumi, tmp_path: Path):
    root = tmp_path / "theirs"
    root.mkdir()
    (root / "Pulumi.yaml").write_text(PROJECT)
    (root / "__main__.py").write_text(PROGRAM)
    theirs = Theirs(pulumi, root)
    theirs.wish()
    yield theirs
    theirs.kill_agents()


def test_a_cluster_is_edited_in_place_where_that_can_be_and_replaced_where_not(theirs):
    theirs.up(STACK)
    uuid, before = theirs.outputs(STACK)["cluster"], theirs.agents()
    assert len(before) == 2
    theirs.preview_nothing(STACK)

    theirs.wish(nodes=3)
    assert theirs.up(STACK).of_plugin() == [("update", "Cluster")]
    grown = theirs.agents()
    assert len(grown) == 3
    assert grown.items() > before.items(), "nodes that stay are not touched"

    theirs.wish(nodes=3, description="nightly")
    assert theirs.up(STACK).of_plugin() == [("update", "Cluster")]
    assert theirs.agents() == grown, "a description touches no agent"

    theirs.wish(nodes=1)
    assert theirs.up(STACK).of_plugin() == [("update", "Cluster")]
    assert (len(theirs.agents()), theirs.outputs(STACK)["cores"]) == (1, 1)
    assert theirs.outputs(STACK)["cluster"] == uuid

    theirs.wish(nodes=1, name="elt")
    operations = {operation for operation, _ in theirs.up(STACK).of_plugin()}
    assert operations == {"delete-replaced", "replace", "create-replacement"}
    assert theirs.outputs(STACK)["cluster"] != uuid
    assert len(theirs.agents()) == 1

    theirs.destroy(STACK)
    assert theirs.agents() == {}
    assert not (theirs.root / "data").exists()
    assert not (theirs.root / "shared").exists()


def test_a_refresh_finds_what_died_and_the_next_up_repairs_it(theirs):
    theirs.up(STACK)
    before = theirs.outputs(STACK)

    theirs.kill_agents()
    refreshed = succeeded(theirs.run("refresh", STACK))
    assert refreshed.code == 0
    assert theirs.up(STACK).of_plugin() == [("update", "Cluster")]
    wait_until(lambda: len(theirs.agents()) == 2, "the return of the agents")

    theirs.wish(nodes=2, auto_pause_minutes=30)
    shared = theirs.root / "shared"
    for path in shared.iterdir():
        path.unlink()
    shared.rmdir()
    succeeded(theirs.run("refresh", STACK))
    assert sorted(theirs.up(STACK).of_plugin()) == [("create", "Directory"), ("update", "Cluster")]
    assert shared.is_dir()
    assert theirs.outputs(STACK) == before, "the workspace is the same one, so what stands in it is not replaced"

    theirs.destroy(STACK)
    assert theirs.agents() == {}


def test_an_up_that_failed_in_the_middle_goes_on_and_data_survives_until_told_otherwise(theirs):
    shared = theirs.root / "shared"
    shared.write_text("in the way")
    failed = theirs.run("up", STACK)
    assert failed.code != 0
    assert f"{shared} is there and is no folder" in failed.said
    assert theirs.agents() == {}

    shared.unlink()
    assert ("create", "Store") not in theirs.up(STACK).of_plugin(), "what was finished is kept"
    workspace = theirs.outputs(STACK)["workspace"]
    (shared / "result.parquet").write_text("precious")

    theirs.destroy(STACK)
    assert theirs.agents() == {}
    assert (shared / "result.parquet").exists()

    theirs.wish(delete_data=True)
    theirs.up(STACK)
    assert theirs.outputs(STACK)["workspace"] == workspace, "the files belong to the workspace that they were made in"
    theirs.destroy(STACK)
    assert not shared.exists()
    assert not (theirs.root / "data").exists()
