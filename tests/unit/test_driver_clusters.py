"""Clusters that are not there: what is said of those that stack files describe."""

from pathlib import Path

import pytest

from bodo_infra.driver.clusters import Clusters
from bodo_infra.driver.stores import Stores
from bodo_infra.errors import NotFoundError
from bodo_infra.project.project import read_project

PLACES = {"here": "local: {directory: data}", "far": "aws: {region: us-east-2, account_id: '123456789012'}"}


def file_of(kind: str, name: str, more: str = "", uses: str = "") -> str:
    return f"config:\n  bodo:kind: {kind}\n  bodo:uses: {{{uses}}}\n  bodo:spec:\n    name: {name}\n    {more}\n"


@pytest.fixture
def clusters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clusters:
    """Of a project with a workspace and two clusters on each of two targets; nothing is up."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Pulumi.yaml").write_text("name: bodo\nruntime: python\n")
    for place, account in PLACES.items():
        files = {
            place: file_of("cloud-config", place, account),
            f"{place}-shop": file_of("workspace", "shop", uses=f"cloud_config: {place}"),
            f"{place}-demo": file_of("cluster", "demo", uses=f"workspace: {place}-shop"),
            f"{place}-own": file_of("cluster", f"etl-{place}", uses=f"workspace: {place}-shop"),
        }
        for name, text in files.items():
            (tmp_path / f"Pulumi.{name}.yaml").write_text(text)
    project = read_project(tmp_path)
    return Clusters(project, Stores(project))


@pytest.mark.parametrize(
    ("name", "told", "fix"),
    [
        ("far-demo", "cluster 'demo' is on aws (stack far-demo), which these commands do not know yet", "far-demo"),
        ("etl-far", "cluster 'etl-far' is on aws (stack far-own), which these commands do not know yet", "far-own"),
    ],
)
def test_a_cluster_in_a_cloud_is_told_as_such_with_the_way_to_scale_it(clusters, name, told, fix):
    for act in (clusters.show, clusters.pause, clusters.resume, lambda name: clusters.scale(name, 3, print)):
        with pytest.raises(NotFoundError) as caught:
            act(name)
        assert str(caught.value) == (
            f"{told}\n  To scale it change `nodes` in Pulumi.{fix}.yaml, then say `bodo-infra up {fix}`"
        )


@pytest.mark.parametrize(
    ("name", "stack"), [("here-demo", "here-demo"), ("etl-here", "here-own"), ("demo", "here-demo")]
)
def test_a_cluster_of_this_machine_that_is_not_up_is_brought_up_by_its_stack(clusters, name, stack):
    with pytest.raises(NotFoundError) as caught:
        clusters.show(name)
    assert str(caught.value) == f"cluster {name!r} is not up\n  Bring it up: `bodo-infra up {stack}`"


def test_a_cluster_of_no_stack_does_not_exist(clusters):
    with pytest.raises(NotFoundError, match="cluster 'etl-hre' does not exist; there are: none"):
        clusters.show("etl-hre")
