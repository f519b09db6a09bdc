# ruff: noqa: E501  # sentences stand on one line, as they are read
"""Stacks that are sound one by one and would fail together, and what their writer reads."""

import subprocess
import sys
from pathlib import Path

import pytest

from bodo_infra.errors import InputError
from bodo_infra.plans.network_plan import choose_zones
from bodo_infra.project.project import Project, read_project
from bodo_infra.project.yaml_files import render_yaml

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/etl"
LAND = {"name": "land", "aws": {"region": "us-east-2", "account_id": ACCOUNT}}
HOME = {"name": "home", "local": {"directory": "data"}}
SHOP = {"name": "shop"}
ETL = {"name": "etl", "instance_type": "c5n.18xlarge"}


SUB, APP, OBJECT, ANN = (f"{digit * 8}-1234-1234-1234-123456789abc" for digit in "1234")
SUBSCRIPTION = {
    "tenant_id": SUB,
    "subscription_id": SUB,
    "resource_group": "bodo",
    "location": "westeurope",
    "service_principal": {"application_id": APP, "object_id": OBJECT},
}
SKY = {"name": "land", "azure": SUBSCRIPTION}
GROUP = f"/subscriptions/{SUB}/resourceGroups/bodo/providers"
LAKE = f"{GROUP}/Microsoft.Storage/storageAccounts/lake"
D16 = {"name": "etl", "instance_type": "Standard_D16as_v5"}


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    (tmp_path / "Pulumi.yaml").write_text("name: a\nruntime: python\nstackConfigDir: stacks\n")
    (tmp_path / "stacks").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(folder: Path, name: str, kind: str, spec: dict, **uses: str) -> None:
    config = {"bodo:kind": kind, "bodo:spec": spec, **({"bodo:uses": uses} if uses else {})}
    (folder / "stacks" / f"Pulumi.{name}.yaml").write_text(render_yaml({"config": config}))


def platform(folder: Path, *, land=LAND, shop=SHOP, etl=ETL) -> None:
    """A cloud-config, a workspace and a cluster on AWS."""
    write(folder, "land", "cloud-config", land)
    write(folder, "shop", "workspace", shop, cloud_config="land")
    write(folder, "etl", "cluster", etl, workspace="shop")


def project(folder: Path) -> Project:
    return read_project(folder)


def told(folder: Path) -> list[str]:
    return [f"{problem.level}: {problem}" for problem in project(folder).check()]


def aws(**fields):
    return {"name": "land", "aws": {**LAND["aws"], **fields}}


def network(**fields):
    return {"name": "shop", "network": {"kind": "managed", **fields}}


def test_a_sound_platform_on_aws_has_nothing_to_tell(folder):
    platform(folder)
    write(folder, "role", "instance-role", {"name": "role"}, cloud_config="land")
    write(folder, "etl", "cluster", ETL, workspace="shop", instance_role="role")
    assert told(folder) == []


CLUSTERS = {
    "a type of another zone than those given": (
        network(zones=["use2-az1", "use2-az3"]), {"instance_type": "hpc7a.96xlarge"},
        "error: stacks/Pulumi.etl.yaml: bodo:spec.instance_type = hpc7a.96xlarge: is offered in use2-az2, but the workspace has subnets in use2-az1, use2-az3. Add use2-az2 to the zones of the workspace's network, or choose another type.",
    ),
    "a zone that lacks the type": (
        network(instance_types=["hpc6a.48xlarge"]), {"instance_type": "hpc7g.16xlarge", "zone": "use2-az1"},
        "error: stacks/Pulumi.etl.yaml: bodo:spec.zone = use2-az1: does not offer hpc7g.16xlarge; ",
    ),
    "a type that the region lacks": (
        {"name": "shop", "region": "us-west-1"}, {"instance_type": "hpc7a.96xlarge"},
        "error: stacks/Pulumi.etl.yaml: bodo:spec.instance_type = hpc7a.96xlarge: is offered in no zone of us-west-1. Use one of ",
    ),
    "a zone without a subnet": (
        network(zones=["use2-az1"]), {"zone": "use2-az2"},
        "error: stacks/Pulumi.etl.yaml: bodo:spec.zone = use2-az2: the workspace has no subnet there; its zones are use2-az1. Use one of them, or add this one to the zones of the workspace's network.",
    ),
    "a zone of another region": (
        SHOP, {"zone": "usw2-az1"},
        "error: stacks/Pulumi.etl.yaml: bodo:spec.zone = usw2-az1: is no zone of us-east-2. Choose among use2-az1, use2-az2, use2-az3.",
    ),
    "a zone of the cloud-config's region, but not of the workspace's": (
        {"name": "shop", "region": "us-west-2"}, {"zone": "use2-az1"},
        "error: stacks/Pulumi.etl.yaml: bodo:spec.zone = use2-az1: is no zone of us-west-2. Choose among ",
    ),
    "more nodes than addresses": (
        network(cidr="10.0.0.0/22"), {"nodes": 124},
        "error: stacks/Pulumi.etl.yaml: bodo:spec.nodes = 124: are more than the 123 addresses that a subnet of the workspace has. Lower nodes, or give the workspace a larger network.cidr.",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("shop", "fields", "sentence"), CLUSTERS.values(), ids=CLUSTERS)
def test_a_cluster_that_its_workspace_cannot_hold_is_refused(folder, shop, fields, sentence):
    platform(folder, shop=shop, etl={**ETL, **fields})
    found = told(folder)
    assert len(found) == 1
    assert found[0].startswith(sentence)


def test_a_zone_that_was_not_chosen_for_the_workspace_is_refused_with_the_list_that_keeps_the_others(folder):
    platform(folder, shop=network(instance_types=["hpc7a.96xlarge"]))
    chosen = project(folder)
    zones = choose_zones("us-east-2", ["hpc7a.96xlarge"])
    other = next(zone for zone in ("use2-az1", "use2-az2", "use2-az3") if zone not in zones)
    platform(folder, shop=network(instance_types=["hpc7a.96xlarge"]), etl={**ETL, "zone": other})
    assert chosen.check() == []
    assert told(folder) == [
        f"error: stacks/Pulumi.etl.yaml: bodo:spec.zone = {other}: needs a subnet in {other}, but the zones chosen for workspace shop are {', '.join(zones)}. "
        f"Set network.zones of stack shop to [{', '.join((*zones, other))}]."
    ]


def test_the_last_address_of_a_subnet_may_be_used(folder):
    platform(folder, shop=network(cidr="10.0.0.0/22"), etl={**ETL, "nodes": 123})
    assert told(folder) == []


def test_a_role_of_another_account_is_refused(folder):
    platform(folder)
    write(
        folder,
        "role",
        "instance-role",
        {"name": "role", "role_arn": "arn:aws:iam::210987654321:role/etl"},
        cloud_config="land",
    )
    found = told(folder)
    assert found[0] == (
        "error: stacks/Pulumi.role.yaml: bodo:spec.role_arn = arn:aws:iam::210987654321:role/etl: is a role of account 210987654321, but everything here is in 123456789012: "
        "nodes cannot run with it. Name a role of account 123456789012, or let one of its roles assume this one."
    )


def test_a_role_that_the_cloud_config_does_not_list_is_refused_and_one_that_it_lists_is_sound(folder):
    platform(folder)
    write(folder, "role", "instance-role", {"name": "role", "role_arn": ROLE}, cloud_config="land")
    assert told(folder) == [
        f"error: stacks/Pulumi.role.yaml: bodo:spec.role_arn = {ROLE}: is not among those that cloud-config land may hand over to nodes. "
        "Add it to aws.instance_role_arns of stack land, and bring that up first."
    ]
    platform(folder, land=aws(instance_role_arns=[ROLE]))
    assert told(folder) == []


def test_a_role_of_another_target_is_refused(folder):
    platform(folder)
    write(folder, "home", "cloud-config", HOME)
    write(folder, "desk", "workspace", {"name": "desk"}, cloud_config="home")
    write(folder, "role", "instance-role", {"name": "role"}, cloud_config="land")
    write(folder, "tiny", "cluster", {"name": "tiny"}, workspace="desk", instance_role="role")
    assert told(folder) == [
        "error: stacks/Pulumi.tiny.yaml: bodo:uses.instance_role = role: stands on cloud-config land (aws), but this cluster's workspace on home (local). "
        "Use an instance role that stands on home, or none."
    ]


def test_a_role_of_another_cloud_config_is_refused(folder):
    platform(folder)
    write(folder, "land2", "cloud-config", {**aws(region="us-west-2"), "name": "land2"})
    write(folder, "role", "instance-role", {"name": "role"}, cloud_config="land2")
    write(folder, "etl", "cluster", ETL, workspace="shop", instance_role="role")
    assert told(folder) == [
        "error: stacks/Pulumi.etl.yaml: bodo:uses.instance_role = role: stands on cloud-config land2, but this cluster's workspace on land. "
        "Use an instance role that stands on land, or none."
    ]


def test_ranges_that_overlap_in_one_account_and_region_are_a_warning_with_a_free_range(folder):
    platform(folder)
    write(
        folder,
        "mall",
        "workspace",
        {"name": "mall", "network": {"kind": "managed", "cidr": "10.30.128.0/17"}},
        cloud_config="land",
    )
    found = told(folder)
    assert found[0] == (
        "warning: stacks/Pulumi.mall.yaml: bodo:spec.network.cidr = 10.30.128.0/17: shares addresses with workspace shop (10.30.0.0/16), "
        "which works as long as nobody connects the two networks. Use a free range such as 10.0.0.0/17."
    )
    assert len(found) == 2, "each of the two is told"
    project(folder).require_sound(["mall", "shop"])


def test_the_same_range_in_another_region_is_sound(folder):
    platform(folder)
    write(folder, "mall", "workspace", {"name": "mall", "region": "us-west-2"}, cloud_config="land")
    assert told(folder) == []


def test_a_workspace_out_of_reach_of_the_cloud_configs_key_is_refused(folder):
    platform(folder, land=aws(customer_key=True), shop={"name": "shop", "region": "us-west-2"})
    assert (
        "error: stacks/Pulumi.shop.yaml: bodo:spec.region = us-west-2: is not us-east-2, the region of cloud-config land and its customer_key. Leave it out, or use a cloud-config of us-west-2, or one without customer_key."
        in told(folder)
    )


@pytest.mark.parametrize("region", [{}, {"region": "us-east-2"}], ids=["left out", "named"])
def test_a_workspace_beside_the_cloud_configs_key_is_sound(folder, region):
    platform(folder, land=aws(customer_key=True), shop={"name": "shop", **region})
    assert told(folder) == []


@pytest.mark.parametrize("field", ["bucket_name", "table_name"])
def test_a_bucket_or_table_of_two_cloud_configs_is_refused(folder, field):
    write(folder, "land", "cloud-config", aws(**{field: "records"}))
    write(folder, "moon", "cloud-config", {**aws(**{field: "records"}), "name": "moon"})
    assert told(folder) == [
        f"error: stacks/Pulumi.moon.yaml: bodo:spec.aws.{field} = records: stack land already makes one of this name. Use another name, or leave it out."
    ]


def test_tables_of_one_name_in_two_regions_are_sound_and_buckets_are_not(folder):
    write(folder, "land", "cloud-config", aws(bucket_name="records", table_name="records"))
    write(
        folder,
        "moon",
        "cloud-config",
        {**aws(region="us-west-2", bucket_name="records", table_name="records"), "name": "moon"},
    )
    assert [line.split(" = ")[0] for line in told(folder)] == [
        "error: stacks/Pulumi.moon.yaml: bodo:spec.aws.bucket_name"
    ]


def azure(**fields):
    return {"name": "land", "azure": {**SUBSCRIPTION, **fields}}


def on_azure(folder: Path, *, land=SKY, shop=SHOP, etl=D16) -> None:
    """A cloud-config, a workspace and a cluster on Azure."""
    platform(folder, land=land, shop=shop, etl=etl)


def test_a_sound_platform_on_azure_has_nothing_to_tell(folder):
    on_azure(folder, land=azure(grantable_roles=["AcrPull"]))
    statements = [{"actions": ["AcrPull"], "resources": [f"{GROUP}/Microsoft.ContainerRegistry/registries/ours"]}]
    write(folder, "role", "instance-role", {"name": "role", "statements": statements}, cloud_config="land")
    write(folder, "etl", "cluster", D16, workspace="shop", instance_role="role")
    assert told(folder) == []


def test_a_role_that_the_cloud_config_does_not_hand_over_is_refused(folder):
    on_azure(folder)
    statements = [{"actions": ["Storage Blob Data Reader"], "resources": [LAKE]}]
    write(folder, "role", "instance-role", {"name": "role", "statements": statements}, cloud_config="land")
    assert told(folder) == [
        "error: stacks/Pulumi.role.yaml: bodo:spec.statements[0].actions[0] = Storage Blob Data Reader: is not among the roles that the cloud-config may hand over to nodes. "
        "Add it to azure.grantable_roles of the cloud-config, and bring that up first."
    ]


def test_a_resource_outside_the_group_of_the_cloud_config_is_refused(folder):
    on_azure(folder, land=azure(resource_group="other", grantable_roles=["Storage Blob Data Reader"]))
    statements = [{"actions": ["Storage Blob Data Reader"], "resources": [LAKE]}]
    write(folder, "role", "instance-role", {"name": "role", "statements": statements}, cloud_config="land")
    assert told(folder)[0].startswith(
        f"error: stacks/Pulumi.role.yaml: bodo:spec.statements[0].resources[0] = {LAKE}: is not in resource group other,"
    )


def test_the_location_of_a_workspace_decides_for_its_clusters(folder):
    on_azure(folder, shop={"name": "shop", "region": "westus"}, etl={**D16, "zone": "1"})
    assert told(folder) == [
        "error: stacks/Pulumi.etl.yaml: bodo:spec.zone = 1: westus has no zones. Leave it out, or place the workspace in another location."
    ]


@pytest.mark.parametrize(("nodes", "count"), [(123, 0), (124, 1)])
def test_nodes_on_azure_need_addresses_in_the_one_subnet_for_nodes(folder, nodes, count):
    on_azure(folder, shop=network(cidr="10.0.0.0/24"), etl={**D16, "nodes": nodes})
    found = told(folder)
    assert len(found) == count
    assert all("are more than the 123 addresses that a subnet of the workspace has" in line for line in found)


def test_limits_of_idleness_that_nodes_without_a_way_out_cannot_keep_are_a_warning(folder):
    on_azure(folder, shop=network(egress="none"))
    assert told(folder) == [
        "warning: stacks/Pulumi.etl.yaml: bodo:spec.auto_pause_minutes = 60: is not kept: workspace shop has no way out, and its nodes do not reach Azure's management. "
        "Set network.egress of stack shop to nat, or pause the cluster yourself and set this to null."
    ]


@pytest.mark.parametrize("fields", [{"auto_pause_minutes": None}, {"spot": True}], ids=["no limit", "spot"])
def test_a_cluster_without_limits_needs_no_way_out(folder, fields):
    on_azure(folder, shop=network(egress="none"), etl={**D16, **fields})
    assert told(folder) == []


def test_ranges_that_overlap_in_one_subscription_and_location_are_a_warning(folder):
    on_azure(folder)
    write(folder, "mall", "workspace", {"name": "mall"}, cloud_config="land")
    write(folder, "far", "workspace", {"name": "far", "region": "northeurope"}, cloud_config="land")
    assert [line.partition(", which works")[0] for line in told(folder)] == [
        "warning: stacks/Pulumi.mall.yaml: bodo:spec.network.cidr = 10.30.0.0/16: shares addresses with workspace shop (10.30.0.0/16)",
        "warning: stacks/Pulumi.shop.yaml: bodo:spec.network.cidr = 10.30.0.0/16: shares addresses with workspace mall (10.30.0.0/16)",
    ]


def test_a_network_of_another_subscription_is_refused(folder):
    vnet = f"{GROUP.replace(SUB, APP)}/Microsoft.Network/virtualNetworks/main"
    own = {"kind": "existing", "vpc_id": vnet, "private_subnet_ids": [f"{vnet}/subnets/nodes"]}
    on_azure(folder, shop={"name": "shop", "network": own})
    assert told(folder) == [
        f"error: stacks/Pulumi.shop.yaml: bodo:spec.network.vpc_id = {vnet}: is in another subscription than everything else, {SUB}. Use a network of that subscription."
    ]


def test_a_member_of_two_workspaces_on_one_container_is_refused_and_groups_are_sound(folder):
    shops = {"shop": [ANN, f"group:{APP}"], "mall": [ANN.upper(), f"group:{SUB}"]}
    on_azure(folder)
    for name, members in shops.items():
        spec = {"name": name, "region": "eastus" if name == "mall" else "westus2", "members": {"developers": members}}
        write(folder, name, "workspace", spec, cloud_config="land")
    assert told(folder) == [
        f"error: stacks/Pulumi.shop.yaml: bodo:spec.members.developers[0] = {ANN}: is among the developers of workspace mall, which shares its container with this one. "
        "Make a group for each workspace, and name the groups."
    ]


IDENTITY = f"{GROUP}/Microsoft.ManagedIdentity/userAssignedIdentities/nodes"


def test_an_identity_of_two_instance_roles_on_one_cloud_config_is_refused_as_azure_gives_a_role_once(folder):
    on_azure(folder)
    write(folder, "read", "instance-role", {"name": "read", "role_arn": IDENTITY}, cloud_config="land")
    again = IDENTITY.replace("resourceGroups", "resourcegroups")
    write(folder, "write", "instance-role", {"name": "write", "role_arn": again}, cloud_config="land")
    assert told(folder) == [
        f"error: stacks/Pulumi.write.yaml: bodo:spec.role_arn = {again}: is the identity of instance role read too, which stands on the same cloud-config. "
        "Let clusters use read, or name an identity of its own."
    ]


def test_an_identity_of_instance_roles_on_two_cloud_configs_is_sound(folder):
    on_azure(folder)
    write(folder, "moon", "cloud-config", {**azure(existing_resource_group=True), "name": "moon"})
    write(folder, "read", "instance-role", {"name": "read", "role_arn": IDENTITY}, cloud_config="land")
    write(folder, "write", "instance-role", {"name": "write", "role_arn": IDENTITY}, cloud_config="moon")
    assert told(folder) == []


def test_a_member_of_workspaces_on_two_cloud_configs_is_sound(folder):
    on_azure(folder, shop={"name": "shop", "members": {"admins": [ANN]}})
    write(folder, "moon", "cloud-config", {**azure(resource_group="moon"), "name": "moon"})
    mall = {"name": "mall", "region": "eastus", "members": {"admins": [ANN]}}
    write(folder, "mall", "workspace", mall, cloud_config="moon")
    assert told(folder) == []


def test_a_resource_group_that_two_cloud_configs_would_make_is_refused(folder):
    write(folder, "land", "cloud-config", SKY)
    write(folder, "moon", "cloud-config", {**azure(resource_group="BODO"), "name": "moon"})
    assert told(folder) == [
        "error: stacks/Pulumi.moon.yaml: bodo:spec.azure.resource_group = BODO: stack land already makes one of this name. "
        "Use another group; or set azure.existing_resource_group to true, and bring that stack up first."
    ]
    write(folder, "moon", "cloud-config", {**azure(existing_resource_group=True), "name": "moon"})
    assert told(folder) == []


def test_a_broken_neighbour_is_told_once_and_hides_nothing_of_its_own(folder):
    platform(folder, land=aws(account_id="12"), etl={**ETL, "spot": "maybe"})
    assert [line.split(" = ")[0] for line in told(folder)] == [
        "error: stacks/Pulumi.etl.yaml: bodo:spec.spot",
        "error: stacks/Pulumi.land.yaml: bodo:spec.aws.account_id",
    ]


def test_an_error_stops_and_a_warning_beside_it_is_not_part_of_the_error(folder):
    platform(folder, etl={**ETL, "ranks_per_node": 72, "spot": True, "zone": "a"})
    with pytest.raises(InputError) as raised:
        project(folder).require_sound(["etl"])
    assert [problem.path for problem in raised.value.problems] == ["bodo:spec.zone"]


def test_check_shows_warnings_and_ends_with_0(folder):
    platform(folder, etl={**ETL, "ranks_per_node": 72})
    done = subprocess.run(
        [sys.executable, "-m", "bodo_infra", "check"], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout) == (0, "3 stacks are sound\n")
    assert done.stderr.startswith(
        "warning: stacks/Pulumi.etl.yaml: bodo:spec.ranks_per_node = 72: c5n.18xlarge has 36 physical cores"
    )


def test_fifty_three_stacks_on_azure_are_checked_in_a_second_without_pulumi(folder):
    on_azure(folder, land=azure(grantable_roles=["Storage Blob Data Reader"]))
    statements = [{"actions": ["Storage Blob Data Reader"], "resources": [LAKE]}]
    for number in range(50):
        write(folder, f"etl{number}", "cluster", {**D16, "name": f"etl{number}"}, workspace="shop")
    write(folder, "role", "instance-role", {"name": "role", "statements": statements}, cloud_config="land")
    assert_quick_without_pulumi()


def test_fifty_three_stacks_on_aws_are_checked_in_a_second_without_pulumi(folder):
    platform(folder, shop=network(instance_types=["c5n.18xlarge"]))
    statements = [{"actions": ["s3:GetObject"], "resources": ["*"]}]
    for number in range(50):
        write(folder, f"etl{number}", "cluster", {**ETL, "name": f"etl{number}"}, workspace="shop")
    write(folder, "role", "instance-role", {"name": "role", "statements": statements}, cloud_config="land")
    assert_quick_without_pulumi()


def assert_quick_without_pulumi() -> None:
    program = "import sys, time; from bodo_infra.project.project import read_project; from pathlib import Path; found = read_project(Path()).check(); print(len(found), 'pulumi' in sys.modules, time.process_time())"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    problems, has_pulumi, computed_s = done.stdout.split()
    assert (problems, has_pulumi) == ("0", "False")
    assert float(computed_s) < 2, "time of the processor, which others on the machine do not lengthen; alone under 1 s"
