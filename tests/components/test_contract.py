"""What every component keeps, whatever its noun and target: its token, its outputs, the links that others take."""

from dataclasses import fields

import pulumi
import pytest

import bodo_infra.aws
import bodo_infra.azure
import bodo_infra.local
from bodo_infra import tokens
from bodo_infra.component import Component, declared_outputs, standard_tags
from bodo_infra.errors import InputError
from bodo_infra.links import CloudConfigLinks, WorkspaceLinks
from tests.components.cloudformation_matrix import MATRIX
from tests.components.recorder import both_modes, record
from tests.components.test_local import COMPUTED, platform

# Users' states hold these. A changed token needs an alias on the component, and a line here that says so.
TOKENS = {
    "LOCAL_CLOUD_CONFIG": "bodo:local:CloudConfig",
    "LOCAL_WORKSPACE": "bodo:local:Workspace",
    "LOCAL_CLUSTER": "bodo:local:Cluster",
    "AWS_CLOUD_CONFIG": "bodo:aws:CloudConfig",
    "AWS_WORKSPACE": "bodo:aws:Workspace",
    "AWS_NETWORK": "bodo:aws:Network",
    "AWS_SHARED_STORAGE": "bodo:aws:SharedStorage",
    "AWS_INSTANCE_ROLE": "bodo:aws:InstanceRole",
    "AWS_CLUSTER": "bodo:aws:Cluster",
    "AZURE_CLOUD_CONFIG": "bodo:azure:CloudConfig",
    "AZURE_WORKSPACE": "bodo:azure:Workspace",
    "AZURE_NETWORK": "bodo:azure:Network",
    "AZURE_SHARED_STORAGE": "bodo:azure:SharedStorage",
    "AZURE_INSTANCE_ROLE": "bodo:azure:InstanceRole",
    "AZURE_CLUSTER": "bodo:azure:Cluster",
    "MACHINE_PACKAGE": "bodo-machine",
    "MACHINE_STORE": "bodo-machine:index:Store",
    "MACHINE_DIRECTORY": "bodo-machine:index:Directory",
    "MACHINE_CLUSTER": "bodo-machine:index:Cluster",
}
# So are the exports of stacks that others stand on, on every target.
OUTPUTS = {
    "CloudConfig": {"uuid", "name", "store"},
    "Workspace": {"uuid", "name", "store", "shared_path"},
    "Cluster": {"uuid", "name", "store", "shared_path", "cores", "hostfile"},
}


CLOUDS = (bodo_infra.aws, bodo_infra.azure)
"""What a cloud's nouns are linked by has the noun's name: ``WorkspaceLinks``."""


def components(target):
    found = [getattr(target, name) for name in target.__all__]
    return [kind for kind in found if isinstance(kind, type) and issubclass(kind, Component)]


def test_tokens_are_what_they_were():
    assert {name: value for name, value in vars(tokens).items() if name.isupper()} == TOKENS


@pytest.mark.parametrize("component", components(bodo_infra.local), ids=lambda kind: kind.__name__)
def test_a_component_declares_the_outputs_that_its_noun_has_on_every_target(component):
    assert set(declared_outputs(component)) == OUTPUTS[component.__name__]


@pytest.mark.parametrize(
    ("cloud", "component"),
    [pytest.param(cloud, kind, id=kind.__module__) for cloud in CLOUDS for kind in components(cloud)],
)
def test_a_component_in_a_cloud_declares_these_and_what_its_links_need(cloud, component):
    declared = set(declared_outputs(component))
    links = getattr(cloud, f"{component.__name__}Links", None)

    assert declared >= OUTPUTS.get(component.__name__, set())
    if links is not None and component.__name__ != "Network":  # whose links are the user's own network, by ids
        assert declared >= {field.name for field in fields(links)}


def test_both_clouds_have_the_same_names_and_arguments():
    aws, azure = CLOUDS

    assert aws.__all__ == azure.__all__
    for noun in ("CloudConfig", "Workspace", "InstanceRole", "Cluster"):
        ours = {field.name for field in fields(getattr(aws, f"{noun}Args"))}
        assert ours <= {field.name for field in fields(getattr(azure, f"{noun}Args"))}, noun


@pytest.mark.parametrize("build", MATRIX.values(), ids=MATRIX)
def test_a_component_on_aws_registers_what_it_declares(build):
    classes = {f"bodo:aws:{kind.__name__}": kind for kind in components(bodo_infra.aws)}
    recorded = build()

    registered = [resource for resource in recorded.resources if resource.type.startswith("bodo:")]
    assert registered
    for resource in registered:
        assert set(recorded.outputs[resource.name]) == set(declared_outputs(classes[resource.type])), resource.name


@both_modes
def test_a_component_registers_what_it_declares(preview):
    recorded = record(platform, preview=preview, computed=COMPUTED)

    registered = {
        resource.type.rpartition(":")[2]: set(recorded.outputs[resource.name])
        for resource in recorded.resources
        if resource.type.startswith("bodo:")
    }
    assert registered == OUTPUTS


@pytest.mark.parametrize(
    ("links", "noun"),
    [(CloudConfigLinks, "CloudConfig"), (WorkspaceLinks, "Workspace")],
    ids=["cloud-config", "workspace"],
)
def test_links_are_outputs_of_their_noun_and_come_from_a_stack_as_from_a_component(links, noun):
    class Exports:
        def get_output(self, name):
            return pulumi.Output.from_input(f"the {name}")

    names = {field.name for field in fields(links)}
    known = {}

    record(lambda: pulumi.Output.all(**vars(links.from_stack(Exports()))).apply(known.update), preview=False)

    assert names <= OUTPUTS[noun]
    assert known == {name: f"the {name}" for name in names}


def test_a_stack_that_exports_too_little_is_told_by_name():
    class Exports:
        def get_output(self, name):
            return pulumi.Output.from_input(None if name == "store" else "x")

    with pytest.raises(InputError, match=r"exports no 'store'\n  Bring that stack up"):
        record(lambda: CloudConfigLinks.from_stack(Exports()), preview=False)


def test_our_tags_win_over_the_users():
    tags = standard_tags(noun="cluster", name="etl", tags={"team": "data", "bodo-infra:noun": "mine"})

    assert tags == {"team": "data", "bodo-infra:noun": "cluster", "bodo-infra:name": "etl", "Name": "etl"}
