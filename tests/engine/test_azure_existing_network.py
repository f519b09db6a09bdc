"""Workspaces on Azure in a VNet of the user's own, in the offline account, under the real engine.

One stack; the tests go on from each other in this order.
"""

import json

import pytest

from bodo_infra.plugin.account.arm import tokens as t
from bodo_infra.testing import OfflineAccount
from tests.engine.account_project import ForeignProject

pytestmark = pytest.mark.engine

# A cloud-config is known by its links alone; its group and the VNet in another group are the program's.
PROGRAM = """
import pulumi
import pulumi_azure_native as azure_native

from bodo_infra.azure import CloudConfigLinks, NetworkLinks
from bodo_infra.azure.workspace import Workspace, WorkspaceArgs
from bodo_infra.errors import BodoInfraError
from bodo_infra.spec import WorkspaceSpec
from bodo_infra.spec.problems import parse_as

config = pulumi.Config()
SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"
home = azure_native.resources.ResourceGroup("home", resource_group_name="bodo", location="westeurope")
net = azure_native.resources.ResourceGroup("net", resource_group_name="net", location="westeurope")
here = {"resource_group_name": net.name, "location": "westeurope"}
vnet = azure_native.network.VirtualNetwork(
    "hub", **here, virtual_network_name="hub", address_space={"address_prefixes": ["10.0.0.0/16"]}
)
address = azure_native.network.PublicIPAddress(
    "nat", **here, sku={"name": "Standard"}, public_ip_allocation_method="Static"
)
nat = azure_native.network.NatGateway("nat", **here, sku={"name": "Standard"}, public_ip_addresses=[{"id": address.id}])
inside = {"resource_group_name": net.name, "virtual_network_name": vnet.name, "default_outbound_access": False}
machines = azure_native.network.Subnet("machines", **inside, address_prefix="10.0.0.0/24", nat_gateway={"id": nat.id})
links = azure_native.network.Subnet(
    "links", **inside, address_prefix="10.0.1.0/24", opts=pulumi.ResourceOptions(depends_on=[machines])
)
upstream = CloudConfigLinks(
    uuid="6f1a2b3c-0000-4000-8000-000000000001", name="main", store="azblob://data?storage_account=bododata",
    region="westeurope", tenant_id=SUBSCRIPTION, subscription_id=SUBSCRIPTION, resource_group=home.name,
    storage_account_id="", storage_account="bododata", container_id="", container="data", roles={},
)


def make(spec, **links):
    args = WorkspaceArgs(spec=parse_as(WorkspaceSpec, spec), cloud_config=upstream, **links)
    try:
        made = Workspace("dev", args)
    except BodoInfraError as error:
        raise pulumi.RunError(str(error)) from None
    for key, output in made.outputs().items():
        pulumi.export(key, output)


if config.get_bool("linked"):
    make({"name": "team", "region": "westeurope", "delete_data": True}, network=NetworkLinks(
        vnet_id=vnet.id, subnet_ids=[machines.id, links.id]
    ))
if config.get_object("spec"):
    make(config.require_object("spec"))
"""


@pytest.fixture(scope="module")
def project(engine, tmp_path_factory):
    folder = tmp_path_factory.mktemp("azure-existing")
    with OfflineAccount(folder) as account:
        yield ForeignProject(engine, account, folder / "program", PROGRAM)


def use_existing(project, region="westeurope", **changed):
    """A workspace in the VNet that is there, named by its ids."""
    account = project.account
    network = {
        "kind": "existing",
        "vpc_id": account.resource("hub", t.VNET).id,
        "private_subnet_ids": [account.resource(name, t.SUBNET).id for name in ("machines", "links")],
        **changed,
    }
    spec = {"name": "team", "region": region, "network": network, "delete_data": True}
    project.configure("spec", json.dumps(spec))


def test_a_program_makes_a_vnet_and_the_workspace_in_it_at_once(project):
    project.configure("linked", "true")

    made = project.up().did("create")

    assert "PrivateEndpoint dev-storage-files-endpoint" in made
    assert not [name for name in made if name.startswith("VirtualNetwork dev")]
    (endpoint,) = [row for row in project.account.resources(t.PRIVATE_ENDPOINT) if "files" in row.urn]
    assert endpoint.inputs["subnet"]["id"] == project.account.resource("links", t.SUBNET).id


def test_named_by_ids_it_is_the_same_workspace(project):
    project.configure("linked", None)
    use_existing(project)

    outcome = project.up()

    assert outcome.did("create", "delete", "replace") == []


def test_what_could_not_hold_nodes_is_refused_before_anything_is_changed(project):
    here = project.account.resource("hub", t.VNET).id
    subnet = f"{here}/subnets/none"
    use_existing(project, region="northeurope", private_subnet_ids=[subnet])
    before = {row.id: row.inputs for row in project.account.resources()}

    refused = project.run("up")

    assert refused.code != 0
    assert f"spec.network.vpc_id = {here}: is in westeurope, not in northeurope" in refused.said
    assert f"spec.network.private_subnet_ids[0] = {subnet}: is no subnet" in refused.said
    assert "Traceback" not in refused.said
    assert {row.id: row.inputs for row in project.account.resources()} == before
