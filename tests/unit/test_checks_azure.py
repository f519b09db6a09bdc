# ruff: noqa: E501  # one case on one line
"""What the checks find in specs for Azure, by what the catalogue, the services' rules and the subscription say."""

import pytest

from bodo_infra import catalog, checks
from bodo_infra.catalog import azure_roles
from bodo_infra.errors import InputError, raise_problems
from bodo_infra.plans.arm_ids import OFFLINE_SUBSCRIPTION
from bodo_infra.spec.cloud_config import AzureSubscription, CloudConfigSpec
from bodo_infra.spec.cluster import ClusterSpec
from bodo_infra.spec.instance_role import InstanceRoleSpec
from bodo_infra.spec.job import JobSpec
from bodo_infra.spec.notebook import NotebookSpec
from bodo_infra.spec.problems import parse_as
from bodo_infra.spec.workspace import WorkspaceSpec

SUB, APP, OBJECT, ANN = (f"{digit * 8}-1234-1234-1234-123456789abc" for digit in "1234")
GROUP = f"/subscriptions/{SUB}/resourceGroups/bodo"
ELSEWHERE = f"/subscriptions/{SUB}/resourceGroups/other"
NET = "providers/Microsoft.Network"
VNET, SUBNET = f"{GROUP}/{NET}/virtualNetworks/main", f"{GROUP}/{NET}/virtualNetworks/main/subnets/nodes"
SECURITY = f"{GROUP}/{NET}/networkSecurityGroups/nodes"
IDENTITY = "providers/Microsoft.ManagedIdentity/userAssignedIdentities/etl"
LAKE = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/lake"
SHARE = f"{LAKE}/fileServices/default/shares/shared"
GALLERY = f"{ELSEWHERE}/providers/Microsoft.Compute/galleries/ours/images/hpc"
READER = "Storage Blob Data Reader"

ACCOUNT = {
    "tenant_id": SUB,
    "subscription_id": SUB,
    "resource_group": "bodo",
    "location": "westeurope",
    "service_principal": {"application_id": APP, "object_id": OBJECT},
}
HOME = parse_as(AzureSubscription, {**ACCOUNT, "grantable_roles": [READER]})


def account(**fields):
    return checks.check_cloud_config(parse_as(CloudConfigSpec, {"name": "a", "azure": {**ACCOUNT, **fields}}))


def principal(application=APP, object=OBJECT, **fields):
    return account(service_principal={"application_id": application, "object_id": object}, **fields)


def workspace(home="westeurope", azure=HOME, **fields):
    return checks.check_workspace(parse_as(WorkspaceSpec, {"name": "a", **fields}), "azure", region=home, azure=azure)


def network(home="westeurope", **fields):
    return workspace(home, network={"kind": "managed", **fields})


def existing(vnet=VNET, subnets=(SUBNET,), groups=(), azure=HOME):
    fields = {"vpc_id": vnet, "private_subnet_ids": subnets, "security_group_ids": groups}
    return workspace(azure=azure, network={"kind": "existing", **fields})


def admins(*members):
    return workspace(members={"admins": members})


def cluster(size="Standard_D16as_v5", location="westeurope", **fields):
    spec = parse_as(ClusterSpec, {"name": "a", "instance_type": size, **fields})
    return checks.check_cluster(spec, "azure", region=location)


def role(azure=HOME, **fields):
    return checks.check_instance_role(parse_as(InstanceRoleSpec, {"name": "a", **fields}), "azure", azure=azure)


def statement(actions=(READER,), resources=(LAKE,), azure=HOME, **fields):
    return role(azure, statements=[{"actions": actions, "resources": resources, **fields}])


def notebook(size):
    return checks.check_notebook(parse_as(NotebookSpec, {"name": "a", "user": "a", "instance_type": size}), "azure")


def job(**new_cluster):
    source = {"kind": "folder", "path": "a"}
    spec = {"name": "a", "source": source, "command": "a.py", "ranks": 17, "new_cluster": new_cluster}
    return checks.check_job(parse_as(JobSpec, spec), "azure")


REFUSED = {
    "tenant by name": (account(tenant_id="contoso"), "cloud-config.guid", "azure.tenant_id", "contoso", "az account show"),
    "subscription by name": (account(subscription_id="Pay-As-You-Go"), "cloud-config.guid", "azure.subscription_id", "must be a GUID", "az account show"),
    "application by its URL": (principal("https://bodo.example"), "cloud-config.guid", "azure.service_principal.application_id", "must be a GUID", "az ad sp show"),
    "object id in braces": (principal(object=f"{{{OBJECT}}}"), "cloud-config.guid", "azure.service_principal.object_id", "must be a GUID", "az ad sp show"),
    "group by its id": (account(resource_group=GROUP), "cloud-config.resource-group", "azure.resource_group", "1 to 90 letters", "not its id"),
    "group that ends with a full stop": (account(resource_group="bodo."), "cloud-config.resource-group", "azure.resource_group", "full stop", "such as bodo-etl"),
    "group of 91 letters": (account(resource_group="a" * 91), "cloud-config.resource-group", "azure.resource_group", "1 to 90", "such as bodo-etl"),
    "group without a name": (account(resource_group=""), "cloud-config.resource-group", "azure.resource_group", "1 to 90", "such as bodo-etl"),
    "location by its long name": (account(location="West Europe"), "cloud-config.location", "azure.location", "no Azure location", "Write its short name, westeurope"),
    "location that is a slip": (account(location="westeurop"), "cloud-config.location", "azure.location", "no Azure location", "Did you mean westeurope?"),
    "location of AWS": (account(location="us-east-2"), "cloud-config.location", "azure.location", "no Azure location", "eastus"),
    "location that is a city": (account(location="amsterdam"), "cloud-config.location", "azure.location", "no Azure location", "such as westeurope"),
    "role that is all": (account(grantable_roles=["Owner"]), "cloud-config.raising-role", "azure.grantable_roles[0]", "any right", "roles for data"),
    "role that makes machines": (account(grantable_roles=["contributor"]), "cloud-config.raising-role", "azure.grantable_roles[0]", "any right", "roles for data"),
    "role that gives roles": (account(grantable_roles=["User Access Administrator"]), "cloud-config.raising-role", "azure.grantable_roles[0]", "any right", "roles for data"),
    "role that gives roles, newer": (account(grantable_roles=["Role Based Access Control Administrator"]), "cloud-config.raising-role", "azure.grantable_roles[0]", "any right", "roles for data"),
    "role that is a slip": (account(grantable_roles=[READER, "Storage Blob Data Reder"]), "cloud-config.grantable-role", "azure.grantable_roles[1]", "none of Azure's own", f"Did you mean {READER}?"),
    "role by its GUID": (account(grantable_roles=[azure_roles.BUILT_IN[READER]]), "cloud-config.grantable-role", "azure.grantable_roles[0]", "none of Azure's own", "Choose one of AcrPull"),
    "role twice": (account(grantable_roles=[READER, READER]), "cloud-config.role-twice", "azure.grantable_roles[1]", "twice", "Remove one"),
    "workspace in no location": (workspace(region="North Europe"), "workspace.region", "region", "no Azure location", "northeurope"),
    "zones of a network": (network(zones=["1", "2"]), "workspace.zones", "network.zones", "span all zones", "Remove it"),
    "NAT for each zone": (network(egress="nat-per-zone"), "workspace.egress", "network.egress", "one NAT gateway", "nat or none"),
    "flow logs": (network(flow_logs=True), "workspace.flow-logs", "network.flow_logs", "Network Watcher", "false"),
    "range that is too large": (network(cidr="10.0.0.0/8"), "workspace.cidr", "network.cidr", "larger than /16", "Use 10.0.0.0/16"),
    "range that is too small": (network(cidr="10.0.0.0/28"), "workspace.cidr", "network.cidr", "smaller than /24", "Use 10.0.0.0/24"),
    "range of others": (network(cidr="8.8.0.0/16"), "workspace.cidr-public", "network.cidr", "no private range", "10.30.0.0/16"),
    "range of the newer kind": (network(cidr="fd00::/64"), "workspace.cidr", "network.cidr", "IPv4 range", "10.30.0.0/16"),
    "range with bits behind": (network(cidr="10.0.0.1/16"), "workspace.cidr", "network.cidr", "bits set", "Use 10.0.0.0/16"),
    "size that is none": (network(instance_types=["Standard_HB120rs_v9"]), "type.unknown", "network.instance_types[0]", "no VM size", "Did you mean Standard_HB120rs_v"),
    "VNet by name": (existing("main"), "workspace.network-id", "network.vpc_id", "resource id", "Copy the id"),
    "VPC of AWS": (existing("vpc-0123456789abcdef0"), "workspace.network-id", "network.vpc_id", "virtualNetworks/NAME", "Copy the id"),
    "subnet as VNet": (existing(SUBNET), "workspace.network-id", "network.vpc_id", "resource id", "Copy the id"),
    "subnet by name": (existing(subnets=["nodes"]), "workspace.network-id", "network.private_subnet_ids[0]", "subnets/NAME", "Copy the id"),
    "subnet twice, in another case": (existing(subnets=[SUBNET, SUBNET.upper().replace("/SUBSCRIPTIONS", "/subscriptions")]), "workspace.network-id-twice", "network.private_subnet_ids[1]", "twice", "Remove one"),
    "subnet of another VNet": (existing(subnets=[SUBNET, SUBNET.replace("main", "side")]), "workspace.subnet", "network.private_subnet_ids[1]", "another virtual network", f"Name subnets of {VNET}"),
    "security group of AWS": (existing(groups=["sg-0123456789abcdef0"]), "workspace.network-id", "network.security_group_ids[0]", "networkSecurityGroups/NAME", "Copy the id"),
    "two security groups": (existing(groups=[SECURITY, f"{SECURITY}2"]), "workspace.security-groups", "network.security_group_ids", "must be one", "Join"),
    "VNet of another subscription": (existing(VNET.replace(SUB, APP), [SUBNET.replace(SUB, APP)]), "workspace.subscription", "network.vpc_id", f"than everything else, {SUB}", "that subscription"),
    "security group of another subscription": (existing(groups=[SECURITY.replace(SUB, APP)]), "workspace.subscription", "network.security_group_ids[0]", "another subscription", "that subscription"),
    "member by mail": (admins("jane@example.com"), "workspace.member", "members.admins[0]", "must be an object id", "az ad user show"),
    "member by ARN": (admins("arn:aws:iam::123456789012:role/a"), "workspace.member", "members.admins[0]", "must be an object id", "az ad user show"),
    "member with a word for users": (admins(f"user:{OBJECT}"), "workspace.member", "members.admins[0]", "must be an object id", "az ad user show"),
    "member of no kind": (admins(f"robot:{OBJECT}"), "workspace.member", "members.admins[0]", "service-principal:", "group:"),
    "member without an id": (admins(ANN, "group:"), "workspace.member", "members.admins[1]", "must be an object id", "group:"),
    "member that deploys": (admins(f"service-principal:{OBJECT.upper()}"), "workspace.member-deploys", "members.admins[0]", "to itself", "Remove it"),
    "member twice": (admins(ANN, f"group:{ANN.upper()}"), "workspace.member-twice", "members.admins[1]", "twice", "Remove one"),
    "cluster of an unknown size": (cluster("Standard_HB120rs_v33"), "type.unknown", "instance_type", "no VM size", "Did you mean Standard_HB120rs_v3"),
    "size in another case": (cluster("standard_hb120rs_V3", None), "type.unknown", "instance_type", "no VM size", "Did you mean Standard_HB120rs_v3?"),
    "size without its first word": (cluster("D16as_v5"), "type.unknown", "instance_type", "no VM size", "Did you mean Standard_D16as_v5?"),
    "type of AWS": (cluster("c5n.18xlarge"), "type.unknown", "instance_type", "no VM size", "such as Standard_HB120rs_v3"),
    "size of Arm": (cluster("Standard_D16ps_v6"), "type.architecture", "instance_type", "arm64", "Standard_D16as_v5"),
    "zone of AWS": (cluster(zone="use2-az1"), "cluster.zone", "zone", "must be 1, 2 or 3", "leave it out"),
    "zone where there is none": (cluster(location="westus", zone="1"), "cluster.zone", "zone", "westus has no zones", "another location"),
    "InfiniBand of a size without": (cluster(efa="required"), "cluster.efa", "efa", "Standard_D16as_v5 has no InfiniBand", "Standard_HB120rs_v3"),
    "spot of a size that shares cores": (job(instance_type="Standard_B8ms", spot=True)[:1], "cluster.spot", "new_cluster.spot", "Standard_B8ms cannot", "Standard_D16as_v5"),
    "more nodes than one InfiniBand": (cluster("Standard_HB176rs_v4", None, nodes=301), "cluster.nodes", "nodes", "at most 300", "Use 300"),
    "more nodes than of an image in no gallery": (cluster(image_id=f"{GROUP}/providers/Microsoft.Compute/images/a", nodes=601), "cluster.nodes", "nodes", "at most 600", "into a gallery"),
    "more nodes than a scale set": (cluster(nodes=1001), "cluster.nodes", "nodes", "at most 1000", "Use 1000"),
    "more ranks than threads": (cluster(ranks_per_node=17), "cluster.ranks", "ranks_per_node", "8 physical cores and 16 vCPUs", "Use 8"),
    "more ranks than cores without threads": (cluster("Standard_HB120-64rs_v3", None, ranks_per_node=65), "cluster.ranks", "ranks_per_node", "64 physical cores and 64 vCPUs", "Use 64"),
    "image of AWS": (cluster(image_id="ami-0123456789abcdef0"), "cluster.image", "image_id", "marketplace", "az vm image list"),
    "image by name": (cluster(image_id="almalinux"), "cluster.image", "image_id", "resource id", "az vm image list"),
    "machine as image": (cluster(image_id=f"{GROUP}/providers/Microsoft.Compute/virtualMachines/a"), "cluster.image", "image_id", "of an image", "gallery"),
    "version with a v": (cluster(bodo_version="v2026.10"), "cluster.bodo-version", "bodo_version", "release of Bodo", "2026.10"),
    "notebook of AWS": (notebook("m5.large"), "type.unknown", "instance_type", "no VM size", "Standard_"),
    "more ranks than cores of a new cluster": (job(instance_type="Standard_D16as_v5", nodes=2), "job.ranks", "ranks", "at most 16", "Lower ranks"),
    "new cluster of a size that is none": (job(instance_type="Standard_D16as_v55"), "type.unknown", "new_cluster.instance_type", "no VM size", "Standard_D16as_v5"),
    "role of AWS": (role(role_arn="arn:aws:iam::123456789012:role/a"), "instance-role.arn", "role_arn", "user-assigned identity", "userAssignedIdentities/NAME"),
    "machine as identity": (role(role_arn=f"{GROUP}/providers/Microsoft.Compute/virtualMachines/a"), "instance-role.arn", "role_arn", "user-assigned identity", "userAssignedIdentities/NAME"),
    "identity of another subscription": (role(role_arn=f"{GROUP.replace(SUB, APP)}/{IDENTITY}"), "instance-role.subscription", "role_arn", f"not of subscription {SUB}", "Use an identity"),
    "denial": (statement(effect="Deny"), "instance-role.deny", "statements[0].effect", "only allow", "smaller resources"),
    "action of AWS": (statement(["s3:GetObject"]), "instance-role.action", "statements[0].actions[0]", "none of Azure's own", "Choose one of"),
    "role in another case": (statement(["storage blob data reader"]), "instance-role.action", "statements[0].actions[0]", "none of Azure's own", f"Did you mean {READER}?"),
    "role that is not handed over": (statement([READER, "AcrPull"]), "instance-role.not-grantable", "statements[0].actions[1]", "not among the roles", "azure.grantable_roles"),
    "account in place of its share": (workspace(shared_storage={"kind": "azure-files", "share_id": LAKE}), "workspace.storage-id", "shared_storage.share_id", "such as", "not that of its account"),
    "share of another group": (workspace(shared_storage={"kind": "azure-files", "share_id": SHARE.replace("/bodo/", "/other/")}), "workspace.share-of-elsewhere", "shared_storage.share_id", "is not in resource group bodo", "leave it out"),
    "size of a share that is there": (workspace(shared_storage={"kind": "azure-files", "share_id": SHARE, "capacity_gib": 500}), "workspace.share-size", "shared_storage.capacity_gib", "keeps its size", "share-rm update"),
    "everything as resource": (statement(resources=["*"]), "instance-role.resource", "statements[0].resources[0]", "one resource", "storageAccounts/NAME"),
    "group as resource": (statement(resources=[GROUP]), "instance-role.resource", "statements[0].resources[0]", "platform's own state", "storageAccounts/NAME"),
    "ARN as resource": (statement(resources=["arn:aws:s3:::lake/*"]), "instance-role.resource", "statements[0].resources[0]", "one resource", "storageAccounts/NAME"),
    "resource of another group": (statement(resources=[LAKE.replace("/bodo/", "/other/")]), "instance-role.resource-of-elsewhere", "statements[0].resources[0]", "not in resource group bodo", "assign the role"),
    "the same right twice": (role(statements=[{"actions": [READER], "resources": [LAKE]}, {"actions": [READER], "resources": [LAKE.upper(), f"{LAKE}2"]}]), "instance-role.statement-twice", "statements[1]", "earlier statement", "Remove one"),
}  # fmt: skip

WARNED = {
    "application id as object id": (principal(object=APP.upper()), "cloud-config.object-id", "azure.service_principal.object_id"),
    "new location": (account(location="westus9"), "cloud-config.location-unknown", "azure.location"),
    "new country": (account(location="greececentral"), "cloud-config.location-unknown", "azure.location"),
    "new location of a workspace": (workspace(region="eastus9"), "workspace.region-unknown", "region"),
    "network in another group": (existing(VNET.replace("/bodo/", "/other/"), [SUBNET.replace("/bodo/", "/other/")]), "workspace.network-of-elsewhere", "network.vpc_id"),
    "size that a location lacked": (cluster("Standard_HB120rs_v3", "westus2"), "cluster.size-not-offered", "instance_type"),
    "rare size where nobody knows": (cluster("Standard_HB176rs_v4", "westeurope"), "cluster.size-not-offered", "instance_type"),
    "rare size in a network where nobody knows": (network(instance_types=["Standard_HX176rs"]), "workspace.size-not-offered", "network.instance_types[0]"),
    "size that shares cores": (cluster("Standard_B8ms"), "cluster.burstable", "instance_type"),
    "size that goes": (cluster("Standard_HC44rs", "eastus"), "cluster.size-retires", "instance_type"),
    "ranks that share cores": (cluster(ranks_per_node=16), "cluster.ranks-share-cores", "ranks_per_node"),
    "identity in another group": (role(role_arn=f"{ELSEWHERE}/{IDENTITY}"), "instance-role.identity-of-elsewhere", "role_arn"),
}  # fmt: skip

ALLOWED = {
    "account": account(resource_group="Données_(1).a", existing_resource_group=True, grantable_roles=[READER, "Key Vault Secrets User"]),
    "rehearsed principal, of which the offline account knows one number": principal(object=APP, subscription_id=OFFLINE_SUBSCRIPTION, tenant_id=OFFLINE_SUBSCRIPTION),
    "workspace": workspace(),
    "workspace whose location is not known yet": workspace(None, None),
    "workspace elsewhere": workspace(region="southcentralus"),
    "range": network(cidr="172.16.0.0/20", egress="none"),
    "small range": network(cidr="10.0.0.0/24"),
    "sizes": network("southcentralus", instance_types=["Standard_HB176rs_v4", "Standard_D96as_v6"]),
    "existing": existing(groups=[SECURITY]),
    "existing, in another case": existing(VNET.replace("/bodo/", "/BODO/"), [SUBNET, f"{SUBNET}2"]),
    "existing, account not known": existing(VNET.replace(SUB, APP), [SUBNET.replace(SUB, APP)], azure=None),
    "members": workspace(members={"admins": [ANN, f"group:{APP}"], "developers": [ANN], "viewers": [f"service-principal:{SUB}", APP]}),
    "files": workspace(shared_storage={"kind": "azure-files", "capacity_gib": 102400}),
    "files that are there": workspace(shared_storage={"kind": "azure-files", "share_id": SHARE.replace("/bodo/", "/BODO/")}),
    "files that are there, account not known": workspace(azure=None, shared_storage={"kind": "azure-files", "share_id": SHARE.replace(SUB, APP)}),
    "fast files": workspace(shared_storage={"kind": "netapp", "capacity_tib": 100}),
    "cluster": cluster(zone="3", ranks_per_node=8, spot=True, efa="off", nodes=1000),
    "cluster anywhere": cluster("Standard_HB176-24rs_v4", None, efa="required", nodes=300),
    "cluster with InfiniBand and without asking for it": cluster("Standard_HB120rs_v3", "eastus", placement_group=False, spot=True, efa="off"),
    "cluster in a zone of a location that is not known": cluster(location="westus9", zone="1"),
    "image of a gallery": cluster(image_id=GALLERY),
    "version of an image": cluster(image_id=f"{GALLERY}/versions/1.2.3"),
    "managed image": cluster(image_id=f"{GROUP}/providers/Microsoft.Compute/images/a"),
    "image of a community": cluster(image_id="/CommunityGalleries/hpc-1234/Images/alma/Versions/latest"),
    "image of the marketplace": cluster(image_id="almalinux:almalinux-hpc:8_10-hpc-gen2:latest"),
    "notebook": notebook("Standard_B4ms"),
    "new cluster": job(instance_type="Standard_D16as_v5", nodes=3),
    "identity": role(role_arn=f"{GROUP}/{IDENTITY}"),
    "identity, account not known": role(None, role_arn=f"{ELSEWHERE}/{IDENTITY}"),
    "statements": role(statements=[{"actions": [READER], "resources": [LAKE, f"{LAKE}/blobServices/default/containers/a"]}]),
    "statements, account not known": statement(["AcrPull"], [LAKE.replace(SUB, APP)], azure=None),
    "no statements": role(),
}  # fmt: skip


@pytest.mark.parametrize(("found", "rule", "path", "word", "fix"), REFUSED.values(), ids=REFUSED)
def test_it_is_refused_by_one_rule_that_says_where_what_and_the_way_out(found, rule, path, word, fix):
    assert [(finding.id, finding.path, finding.level) for finding in found] == [(rule, path, "error")]
    assert word in f"{found[0].value} {found[0].rule}"
    assert fix in found[0].fix
    with pytest.raises(InputError):
        raise_problems(found)


@pytest.mark.parametrize(("found", "rule", "path"), WARNED.values(), ids=WARNED)
def test_it_is_done_with_a_warning(found, rule, path):
    assert [(finding.id, finding.path, finding.level) for finding in found] == [(rule, path, "warning")]
    assert found[0].fix
    raise_problems(found)


@pytest.mark.parametrize("found", ALLOWED.values(), ids=ALLOWED)
def test_it_is_sound(found):
    assert not found


@pytest.mark.parametrize("kind", [{"kind": "azure-files", "capacity_gib": 99}, {"kind": "azure-files", "capacity_gib": 102401}, {"kind": "netapp", "capacity_tib": 101}], ids=str)  # fmt: skip
def test_files_of_a_size_that_azure_does_not_make_cannot_be_written(kind):
    with pytest.raises(InputError, match=r"shared_storage\.capacity"):
        parse_as(WorkspaceSpec, {"name": "a", "shared_storage": kind})


@pytest.mark.parametrize("location", catalog.azure_locations())
def test_every_location_of_the_catalogue_is_a_location_and_has_a_size_for_everybody(location):
    assert not account(location=location)
    assert not cluster(location=location)


@pytest.mark.parametrize(
    "size", [item for item in catalog.azure_sizes() if item.infiniband], ids=lambda item: item.name
)
def test_every_size_with_infiniband_makes_a_cluster_with_one_rank_a_core(size):
    found = cluster(size.name, None, efa="required", ranks_per_node=size.cores, nodes=300)
    assert not [finding for finding in found if finding.level == "error"]


@pytest.mark.parametrize("role", azure_roles.BUILT_IN)
def test_every_role_of_the_catalogue_may_be_handed_over(role):
    assert not account(grantable_roles=[role])


@pytest.mark.parametrize("field", ["tenant_id", "subscription_id"])
def test_the_offline_account_is_refused_where_real_things_would_be_made(field):
    spec = parse_as(CloudConfigSpec, {"name": "a", "azure": {**ACCOUNT, field: OFFLINE_SUBSCRIPTION}})
    found = checks.check_account(spec, offline=False)
    assert [(finding.id, finding.path) for finding in found] == [("cloud-config.offline-account", f"azure.{field}")]
    assert "--offline" in found[0].fix
    assert not checks.check_account(spec, offline=True)


def test_any_subscription_may_be_rehearsed_offline():
    spec = parse_as(CloudConfigSpec, {"name": "a", "azure": ACCOUNT})
    assert not checks.check_account(spec, offline=True)
    assert not checks.check_account(spec, offline=False)
