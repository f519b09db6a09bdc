"""What a program sees of the stack that it stands on: its exports, unknown ones, or what to do."""

import pulumi
import pytest

from bodo_infra import tokens
from bodo_infra.links import WorkspaceLinks
from bodo_infra.local import Cluster, ClusterArgs
from bodo_infra.spec import ClusterSpec
from bodo_infra.upstream import Upstream
from tests.components.recorder import record

EXPORTS = {"kind": "workspace", "uuid": "u-1", "name": "team", "store": "/data", "shared_path": "/data/team"}


def cluster_over(exports, *, preview):
    def program():
        links = WorkspaceLinks.from_stack(Upstream("bodo", "dev-place", "workspace"))
        Cluster("dev-etl", ClusterArgs(spec=ClusterSpec(name="etl"), workspace=links))

    return record(program, preview=preview, existing={"pulumi:pulumi:StackReference": {"outputs": exports}})


@pytest.mark.parametrize("preview", [True, False], ids=["preview", "up"])
def test_the_exports_of_another_stack_are_the_links_of_a_component(preview):
    inputs = cluster_over(EXPORTS, preview=preview).of_type(tokens.MACHINE_CLUSTER).inputs

    assert (inputs["workspaceUuid"], inputs["store"], inputs["sharedPath"]) == ("u-1", "/data", "/data/team")


def test_a_preview_over_a_stack_that_was_never_brought_up_goes_on_with_unknowns():
    inputs = cluster_over({}, preview=True).of_type(tokens.MACHINE_CLUSTER).inputs

    unknown = {name for name, value in inputs.items() if isinstance(value, pulumi.output.Unknown)}
    assert unknown >= {"workspaceUuid", "store", "sharedPath"}
    assert inputs["cluster"] == "etl"


def test_an_update_over_such_a_stack_says_how_to_bring_it_up():
    with pytest.raises(pulumi.RunError, match="`bodo-infra up dev-place`"):
        cluster_over({}, preview=False)


@pytest.mark.parametrize("preview", [True, False], ids=["preview", "up"])
def test_a_stack_that_was_brought_up_as_something_else_is_refused(preview):
    with pytest.raises(pulumi.RunError, match="'dev-place' was brought up as a notebook"):
        cluster_over({**EXPORTS, "kind": "notebook"}, preview=preview)
