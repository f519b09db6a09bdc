"""What a program sees of the stack that it stands on: its exports, unknown ones, or what to do."""

import pulumi
import pytest

from bodo_infra import tokens
from bodo_infra.links import WorkspaceLinks
from bodo_infra.local import Cluster, ClusterArgs
from bodo_infra.spec import ClusterSpec
from bodo_infra.upstream import Upstream
from tests.components.recorder import both_modes, record

EXPORTS = {
    "kind": "workspace",
    "target": "local",
    "uuid": "u-1",
    "name": "team",
    "store": "/data",
    "shared_path": "/data/team",
}

REFERENCE = "pulumi:pulumi:StackReference"


def cluster_over(exports, *, preview, secrets=()):
    def program():
        links = WorkspaceLinks.from_stack(Upstream("bodo", "dev-place", "workspace", "local"))
        Cluster("dev-etl", ClusterArgs(spec=ClusterSpec(name="etl"), workspace=links))

    return record(
        program, preview=preview, existing={REFERENCE: {"outputs": exports, "secretOutputNames": list(secrets)}}
    )


@both_modes
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


def test_one_secret_export_does_not_make_the_others_secret():
    inputs = cluster_over(EXPORTS, preview=False, secrets=["store"]).of_type(tokens.MACHINE_CLUSTER).inputs

    assert inputs["sharedPath"] == "/data/team", "a preview that hides everything tells nothing"
    assert inputs["store"]["value"] == EXPORTS["store"], "wrapped in the mark of a secret"


@both_modes
@pytest.mark.parametrize(
    ("was", "text"),
    [
        ({"kind": "notebook"}, "as a notebook on target local, but its file says workspace on local"),
        ({"target": "aws"}, "as a workspace on target aws, but its file says workspace on local"),
    ],
    ids=["kind", "target"],
)
def test_a_stack_that_was_brought_up_as_something_else_is_refused(preview, was, text):
    with pytest.raises(pulumi.RunError, match=text):
        cluster_over({**EXPORTS, **was}, preview=preview)
