# ruff: noqa: E501  # one case on one line
"""What is said of a changed spec before anything is done about it."""

import pytest

from bodo_infra.project.changes import changes
from bodo_infra.project.consequence import Consequence
from bodo_infra.project.consequences import ROWS
from bodo_infra.spec import NOUNS
from bodo_infra.spec.base import Spec
from bodo_infra.spec.problems import parse_spec
from bodo_infra.spec.walk import kinds, model_of

IN_PLACE, REPLACED, LOST = Consequence.IN_PLACE, Consequence.REPLACED, Consequence.DATA_LOST
UNCERTAIN = Consequence.UNCERTAIN

CLOUD = {"name": "land", "aws": {"region": "us-east-2", "account_id": "123456789012"}}
SHOP = {"name": "shop", "region": "us-east-2"}
ETL = {"name": "etl", "instance_type": "c5n.18xlarge"}
ROLE = {"name": "role"}
HOME = {"name": "home", "local": {"directory": "/data"}}
LUSTRE = {"kind": "lustre", "capacity_gib": 4800}
SUB, APP, OBJECT = (f"{digit * 8}-1234-1234-1234-123456789abc" for digit in "123")
SKY = {
    "name": "sky",
    "azure": {
        "tenant_id": SUB,
        "subscription_id": SUB,
        "resource_group": "a",
        "location": "westeurope",
        "service_principal": {"application_id": APP, "object_id": OBJECT},
    },
}
MALL = {"name": "mall", "region": "westeurope"}
NETAPP = {**MALL, "shared_storage": {"kind": "netapp"}}
SHARE = {"kind": "azure-files", "share_id": "/a/b"}
TAKEN = {**MALL, "shared_storage": SHARE}
VNET = f"/subscriptions/{SUB}/resourceGroups/a/providers/Microsoft.Network/virtualNetworks/a"


def azure(**fields):
    return {**SKY, "azure": {**SKY["azure"], **fields}}


def vnet(*subnets, base=MALL):
    return existing(*(f"{VNET}/subnets/{name}" for name in subnets), base=base, vpc=VNET)


def aws(**fields):
    return {**CLOUD, "aws": {**CLOUD["aws"], **fields}}


def net(base=SHOP, **fields):
    return {**base, "network": {"kind": "managed", **fields}}


def existing(*subnets, base=SHOP, vpc="vpc-01234567"):
    return {**base, "network": {"kind": "existing", "vpc_id": vpc, "private_subnet_ids": list(subnets)}}


def files(**fields):
    return {**SHOP, "shared_storage": fields}


# id: kind, target, old, new, path, consequence, words of the text
CASES = {
    "name of a cloud-config": ("cloud-config", "aws", CLOUD, {**CLOUD, "name": "moon"}, "name", LOST, "left behind"),
    "name of a cloud-config whose bucket and table have their own": ("cloud-config", "aws", aws(bucket_name="abc", table_name="abc"), {**aws(bucket_name="abc", table_name="abc"), "name": "moon"}, "name", REPLACED, "role"),
    "region": ("cloud-config", "aws", CLOUD, aws(region="us-west-2"), "aws.region", LOST, "other region"),
    "account": ("cloud-config", "aws", CLOUD, aws(account_id="210987654321"), "aws.account_id", LOST, "other account"),
    "bucket": ("cloud-config", "aws", CLOUD, aws(bucket_name="logs"), "aws.bucket_name", LOST, "left behind"),
    "bucket that may be deleted": ("cloud-config", "aws", {**CLOUD, "delete_data": True}, {**aws(bucket_name="logs"), "delete_data": True}, "aws.bucket_name", LOST, "deleted with it"),
    "table": ("cloud-config", "aws", aws(table_name="abc"), aws(table_name="abd"), "aws.table_name", LOST, "records of clusters and jobs"),
    "key": ("cloud-config", "aws", CLOUD, aws(customer_key=True), "aws.customer_key", LOST, "empty file system"),
    "principals": ("cloud-config", "aws", CLOUD, aws(trusted_principals=["210987654321"]), "aws.trusted_principals", IN_PLACE, "assume"),
    "another target": ("cloud-config", "aws", CLOUD, {"name": "land", "local": {"directory": "/a"}}, "aws", LOST, "another target"),
    "name of a workspace": ("workspace", "aws", SHOP, {**SHOP, "name": "mall"}, "name", LOST, "the new one is empty"),
    "region of a workspace": ("workspace", "aws", SHOP, {**SHOP, "region": "us-west-2"}, "region", LOST, "stay behind"),
    "range": ("workspace", "aws", SHOP, net(cidr="10.40.0.0/16"), "network.cidr", REPLACED, "clusters and notebooks of the workspace have to go first"),
    "range under Lustre": ("workspace", "aws", files(**LUSTRE), net(files(**LUSTRE), cidr="10.40.0.0/16"), "network.cidr", LOST, "last backup"),
    "a network of one's own": ("workspace", "aws", SHOP, existing("subnet-01234567"), "network.kind", REPLACED, "with everything in it"),
    "zone more": ("workspace", "aws", net(zones=["use2-az1"]), net(zones=["use2-az1", "use2-az2"]), "network.zones", IN_PLACE, "added"),
    "zone less": ("workspace", "aws", net(zones=["use2-az1", "use2-az2"]), net(zones=["use2-az1"]), "network.zones", REPLACED, "use2-az2 go"),
    "first zone of Lustre": ("workspace", "aws", net(files(**LUSTRE), zones=["use2-az1", "use2-az2"]), net(files(**LUSTRE), zones=["use2-az2", "use2-az1"]), "network.zones", LOST, "last backup"),
    "type that the zones offer already": ("workspace", "aws", net(zones=["use2-az2"]), net(zones=["use2-az2"], instance_types=["c5n.18xlarge"]), "network.instance_types", IN_PLACE, "stay the same"),
    "zones of an unknown region": ("workspace", "aws", {"name": "a"}, net({"name": "a"}, instance_types=["c5n.18xlarge"]), "network.instance_types", REPLACED, "may go"),
    "subnet less": ("workspace", "aws", existing("subnet-01234567", "subnet-01234568"), existing("subnet-01234567"), "network.private_subnet_ids", REPLACED, "subnet-01234568"),
    "egress": ("workspace", "aws", SHOP, net(egress="none"), "network.egress", IN_PLACE, "break once"),
    "no flow logs any more": ("workspace", "aws", net(flow_logs=True), SHOP, "network.flow_logs", LOST, "deleted"),
    "flow logs": ("workspace", "aws", SHOP, net(flow_logs=True), "network.flow_logs", IN_PLACE, "from now on"),
    "a file system that an earlier workspace has left": ("workspace", "aws", SHOP, files(kind="efs", file_system_id="fs-01234567"), "shared_storage.file_system_id", LOST, "stay behind in the old file system (shared_storage.file_system_id takes it again)"),
    "back to a file system of its own": ("workspace", "aws", {**files(kind="efs", file_system_id="fs-01234567"), "delete_data": True}, SHOP, "shared_storage.file_system_id", LOST, "the shared files stay in fs-01234567, which no stack deletes, and the new one is empty"),
    "name of a workspace with a file system that was there": ("workspace", "aws", files(kind="efs", file_system_id="fs-01234567"), {**files(kind="efs", file_system_id="fs-01234567"), "name": "mall"}, "name", REPLACED, "the shared files stay"),
    "a last backup": ("workspace", "aws", files(**LUSTRE), files(**LUSTRE, backup_id="backup-01234567"), "shared_storage.backup_id", LOST, "shared_storage.backup_id takes it"),
    "EFS to Lustre": ("workspace", "aws", SHOP, files(**LUSTRE), "shared_storage.kind", LOST, "the new one is empty"),
    "Lustre to EFS": ("workspace", "aws", files(**LUSTRE), SHOP, "shared_storage.kind", LOST, "last backup"),
    "EFS to Lustre, data may go": ("workspace", "aws", {**SHOP, "delete_data": True}, {**files(**LUSTRE), "delete_data": True}, "shared_storage.kind", LOST, "are deleted"),
    "larger Lustre": ("workspace", "aws", files(**LUSTRE), files(**{**LUSTRE, "capacity_gib": 7200}), "shared_storage.capacity_gib", IN_PLACE, "grows"),
    "smaller Lustre": ("workspace", "aws", files(**LUSTRE), files(**{**LUSTRE, "capacity_gib": 2400}), "shared_storage.capacity_gib", LOST, "cannot shrink"),
    "Lustre larger than its default": ("workspace", "aws", files(kind="lustre"), files(kind="lustre", capacity_gib=2400), "shared_storage.capacity_gib", IN_PLACE, "grows"),
    "Lustre back to its default": ("workspace", "aws", files(**LUSTRE), files(kind="lustre"), "shared_storage.capacity_gib", LOST, "cannot shrink"),
    "faster Lustre": ("workspace", "aws", files(**LUSTRE), files(**LUSTRE, throughput_mbps_per_tib=500), "shared_storage.throughput_mbps_per_tib", IN_PLACE, "faster"),
    "members": ("workspace", "aws", SHOP, {**SHOP, "members": {"admins": ["arn:aws:iam::123456789012:root"]}}, "members.admins", IN_PLACE, "admins"),
    "type of a cluster": ("cluster", "aws", ETL, {**ETL, "instance_type": "c6i.16xlarge"}, "instance_type", REPLACED, "jobs that run on them end"),
    "description": ("cluster", "aws", ETL, {**ETL, "description": "a"}, "description", IN_PLACE, "nothing else"),
    "more nodes": ("cluster", "aws", ETL, {**ETL, "nodes": 3}, "nodes", IN_PLACE, "added"),
    "fewer nodes": ("cluster", "aws", ETL, {**ETL, "nodes": 1}, "nodes", IN_PLACE, "jobs that run on them end"),
    "pause": ("cluster", "aws", ETL, {**ETL, "auto_pause_minutes": None}, "auto_pause_minutes", IN_PLACE, "no node"),
    "name of a role": ("instance-role", "aws", ROLE, {"name": "rule"}, "name", REPLACED, "clusters that use them"),
    "statements": ("instance-role", "aws", ROLE, {**ROLE, "statements": [{"actions": ["s3:Get*"], "resources": ["*"]}]}, "statements", IN_PLACE, "rights"),
    "role of one's own": ("instance-role", "aws", ROLE, {**ROLE, "role_arn": "arn:aws:iam::123456789012:role/a"}, "role_arn", REPLACED, "another role"),
    "folder of the records": ("cloud-config", "local", HOME, {**HOME, "local": {"directory": "/other"}}, "local.directory", LOST, "left behind"),
    "name of a local cloud-config": ("cloud-config", "local", HOME, {**HOME, "name": "house"}, "name", IN_PLACE, "records"),
    "name of a local workspace": ("workspace", "local", {"name": "a"}, {"name": "b"}, "name", LOST, "stay behind"),
    "name of a local workspace with a folder of its own": ("workspace", "local", {"name": "a", "shared_storage": {"kind": "directory", "path": "/a"}}, {"name": "b", "shared_storage": {"kind": "directory", "path": "/a"}}, "name", REPLACED, "same folder"),
    "folder of a local workspace": ("workspace", "local", {"name": "a"}, {"name": "a", "shared_storage": {"kind": "directory", "path": "/a"}}, "shared_storage.path", LOST, "another folder"),
    "ranks of a local cluster": ("cluster", "local", {"name": "a"}, {"name": "a", "ranks_per_node": 2}, "ranks_per_node", REPLACED, "replaced"),
    "people": ("organization", None, {"name": "a"}, {"name": "a", "members": [{"email": "a@b"}]}, "members", IN_PLACE, "people"),
    "name of a cloud-config on Azure": ("cloud-config", "azure", SKY, {**SKY, "name": "moon"}, "name", LOST, "left behind"),
    "tenant": ("cloud-config", "azure", SKY, azure(tenant_id=APP), "azure.tenant_id", LOST, "the other tenant"),
    "subscription": ("cloud-config", "azure", SKY, azure(subscription_id=APP), "azure.subscription_id", LOST, "the other subscription"),
    "resource group": ("cloud-config", "azure", SKY, azure(resource_group="b"), "azure.resource_group", LOST, "the other group"),
    "location": ("cloud-config", "azure", SKY, azure(location="eastus"), "azure.location", LOST, "the other location"),
    "location of what may be deleted": ("cloud-config", "azure", {**SKY, "delete_data": True}, {**azure(location="eastus"), "delete_data": True}, "azure.location", LOST, "deleted with it"),
    "group that becomes somebody's": ("cloud-config", "azure", SKY, azure(existing_resource_group=True), "azure.existing_resource_group", IN_PLACE, "never deletes it"),
    "group that becomes ours": ("cloud-config", "azure", azure(existing_resource_group=True), SKY, "azure.existing_resource_group", LOST, "begin empty"),
    "application": ("cloud-config", "azure", SKY, azure(service_principal={"application_id": OBJECT, "object_id": OBJECT}), "azure.service_principal.application_id", REPLACED, "other service principal"),
    "grantable roles": ("cloud-config", "azure", SKY, azure(grantable_roles=["AcrPull"]), "azure.grantable_roles", IN_PLACE, "hand over"),
    "to Azure": ("cloud-config", "aws", CLOUD, {**SKY, "name": "land"}, "azure", LOST, "another target"),
    "name of a workspace on Azure": ("workspace", "azure", MALL, {**MALL, "name": "shop"}, "name", LOST, "vault goes with its secrets"),
    "location of a workspace": ("workspace", "azure", MALL, {**MALL, "region": "eastus"}, "region", LOST, "old storage account"),
    "location of a workspace on NetApp": ("workspace", "azure", NETAPP, {**NETAPP, "region": "eastus"}, "region", LOST, "costs as before"),
    "range on Azure": ("workspace", "azure", MALL, net(MALL, cidr="10.40.0.0/16"), "network.cidr", REPLACED, "the shared files stay"),
    "range under NetApp": ("workspace", "azure", NETAPP, net(NETAPP, cidr="10.40.0.0/16"), "network.cidr", LOST, "old volume"),
    "a VNet of one's own": ("workspace", "azure", MALL, vnet("a"), "network.kind", REPLACED, "with everything in it"),
    "another VNet": ("workspace", "azure", vnet("a"), {**vnet("a"), "network": {**vnet("a")["network"], "vpc_id": f"{VNET}2"}}, "network.vpc_id", REPLACED, "with everything in it"),
    "another subnet for nodes": ("workspace", "azure", vnet("a", "b"), vnet("b"), "network.private_subnet_ids", REPLACED, "clusters of the workspace"),
    "another subnet for endpoints": ("workspace", "azure", vnet("a", "b"), vnet("a", "c"), "network.private_subnet_ids", REPLACED, "out of reach for minutes"),
    "another subnet under NetApp": ("workspace", "azure", vnet("a", "b", base=NETAPP), vnet("a", "c", base=NETAPP), "network.private_subnet_ids", LOST, "so is the volume"),
    "egress on Azure": ("workspace", "azure", MALL, net(MALL, egress="none"), "network.egress", IN_PLACE, "break once"),
    "sizes of a network": ("workspace", "azure", MALL, net(MALL, instance_types=["Standard_D4s_v5"]), "network.instance_types", IN_PLACE, "nothing is made"),
    "Azure Files to NetApp": ("workspace", "azure", MALL, NETAPP, "shared_storage.kind", LOST, "the new one is empty"),
    "NetApp to Azure Files, data may go": ("workspace", "azure", {**NETAPP, "delete_data": True}, {**MALL, "delete_data": True}, "shared_storage.kind", LOST, "are deleted"),
    "smaller share": ("workspace", "azure", {**MALL, "shared_storage": {"kind": "azure-files", "capacity_gib": 200}}, MALL, "shared_storage.capacity_gib", UNCERTAIN, "within 24 hours"),
    "larger share": ("workspace", "azure", MALL, {**MALL, "shared_storage": {"kind": "azure-files", "capacity_gib": 200}}, "shared_storage.capacity_gib", IN_PLACE, "grows"),
    "smaller volume": ("workspace", "azure", {**MALL, "shared_storage": {"kind": "netapp", "capacity_tib": 4}}, NETAPP, "shared_storage.capacity_tib", UNCERTAIN, "the volume first"),
    "a share that an earlier workspace has left": ("workspace", "azure", MALL, TAKEN, "shared_storage.share_id", LOST, "(shared_storage.share_id takes them again), and the new one holds what it is taken from"),
    "back to a share of its own": ("workspace", "azure", {**TAKEN, "delete_data": True}, MALL, "shared_storage.share_id", LOST, "the shared files stay in /a/b, which no stack deletes, and the new one is empty"),
    "size of a share that gives way to one that was there": ("workspace", "azure", {**MALL, "shared_storage": {"kind": "azure-files", "capacity_gib": 200}}, TAKEN, "shared_storage.capacity_gib", IN_PLACE, "keeps its size"),
    "name of a workspace with a share that was there": ("workspace", "azure", TAKEN, {**TAKEN, "name": "shop"}, "name", LOST, "the shared files stay; the vault goes"),
    "Azure Files to NetApp in a VNet of one's own": ("workspace", "azure", vnet("a", "b"), vnet("a", "b", base=NETAPP), "shared_storage.kind", LOST, "clusters of the workspace are replaced"),
    "larger volume": ("workspace", "azure", NETAPP, {**MALL, "shared_storage": {"kind": "netapp", "capacity_tib": 4}}, "shared_storage.capacity_tib", IN_PLACE, "grows"),
    "members on Azure": ("workspace", "azure", MALL, {**MALL, "members": {"viewers": [OBJECT]}}, "members.viewers", IN_PLACE, "ten minutes"),
    "size of a cluster": ("cluster", "azure", ETL, {**ETL, "instance_type": "Standard_HB120rs_v3"}, "instance_type", REPLACED, "jobs that run on them end"),
    "zone of a cluster": ("cluster", "azure", ETL, {**ETL, "zone": "1"}, "zone", REPLACED, "all nodes"),
    "more nodes on Azure": ("cluster", "azure", ETL, {**ETL, "nodes": 3}, "nodes", IN_PLACE, "added"),
    "name of an identity": ("instance-role", "azure", ROLE, {"name": "rule"}, "name", REPLACED, "identity"),
    "statements on Azure": ("instance-role", "azure", ROLE, {**ROLE, "statements": [{"actions": ["AcrPull"], "resources": ["/a"]}]}, "statements", IN_PLACE, "ten minutes"),
    "a kind that is not made yet": ("notebook", "aws", {"name": "a", "user": "b"}, {"name": "a", "user": "b", "instance_type": "m5.large"}, "instance_type", REPLACED, "does not make"),
}  # fmt: skip


@pytest.mark.parametrize(("kind", "target", "old", "new", "path", "consequence", "words"), CASES.values(), ids=CASES)
def test_a_change_says_what_becomes_of_what_is_there(kind, target, old, new, path, consequence, words):
    for spec in (old, new):
        parse_spec(kind, spec)  # a case that nobody can write proves nothing
    change = next(change for change in changes(kind, target, old, new) if change.path == path)
    assert (change.consequence, change.loses_data) == (consequence, consequence is LOST)
    assert words in change.text
    assert not change.text.endswith(".")


SAME = {
    "defaults written out": ("cluster", "aws", ETL, {**ETL, "nodes": 2, "spot": False, "tags": {}}),
    "lists and tuples": ("cluster", "aws", {**ETL, "packages": ("a",)}, {**ETL, "packages": ["a"]}),
    "the network that a workspace has anyway": ("workspace", "aws", SHOP, net(cidr="10.30.0.0/16")),
    "the files that a workspace has anyway": ("workspace", "aws", SHOP, files(kind="efs")),
    "the folder that a workspace has anyway": ("workspace", "local", {"name": "a"}, {"name": "a", "shared_storage": {"kind": "directory"}}),
    "members written out": ("workspace", "aws", SHOP, {**SHOP, "members": {"admins": []}}),
}  # fmt: skip


@pytest.mark.parametrize(("kind", "target", "old", "new"), SAME.values(), ids=SAME)
def test_what_means_the_same_is_no_change(kind, target, old, new):
    assert changes(kind, target, old, new) == ()
    assert changes(kind, target, new, old) == ()


def test_every_changed_field_is_told_in_the_order_of_the_spec():
    new = {
        "name": "mall",
        "region": "us-west-2",
        "network": {"kind": "managed", "cidr": "10.0.0.0/16", "egress": "none"},
    }
    found = changes("workspace", "aws", SHOP, new)
    assert [change.path for change in found] == ["name", "region", "network.cidr", "network.egress"]
    assert [change.loses_data for change in found] == [True, True, False, False]


def test_a_change_of_kind_hides_the_fields_that_the_other_kind_does_not_have():
    assert [
        change.path for change in changes("workspace", "aws", net(cidr="10.0.0.0/16"), existing("subnet-01234567"))
    ] == ["network.kind"]


def test_the_secret_of_the_trust_is_not_shown():
    found = changes("cloud-config", "aws", aws(external_id="hunter2"), aws(external_id="hunter3"))
    assert [change.path for change in found] == ["aws.external_id"]
    assert "hunter" not in f"{found[0]} {found[0]!r}"


def test_a_change_reads_as_a_sentence():
    found = changes("cluster", "aws", ETL, {**ETL, "packages": ["a", "b"]})
    assert str(found[0]) == "packages: [] -> [a, b] (replaced): all nodes are replaced, and jobs that run on them end."


def test_fields_of_another_release_are_told_and_stop_nobody():
    old = {**ETL, "colour": "red", "nodes": 3}
    assert [(change.path, change.consequence) for change in changes("cluster", "aws", old, ETL)] == [
        ("nodes", IN_PLACE),
        ("colour", IN_PLACE),
    ]


def test_a_file_system_of_a_kind_that_is_not_known_is_taken_for_lost():
    found = changes("workspace", "aws", files(kind="tape"), files(kind="efs"))
    assert [(change.path, change.loses_data) for change in found] == [("shared_storage", True)]


def test_zones_of_another_release_are_taken_for_replaced():
    old = net(colour="red")
    found = changes("workspace", "aws", old, net(instance_types=["c5n.18xlarge"]))
    assert found[0].consequence is REPLACED, "what cannot be told must not be called harmless"


ENDING = {
    "range": (SHOP, net(cidr="10.40.0.0/16"), ()),
    "a network of one's own": (SHOP, existing("subnet-01234567"), ()),
    "name": (SHOP, {**SHOP, "name": "mall"}, ()),
    "zone less": (net(zones=["use2-az1", "use2-az2"]), net(zones=["use2-az1"]), ("use2-az2",)),
    "first zone of Lustre": (net(files(**LUSTRE), zones=["use2-az1", "use2-az2"]), net(files(**LUSTRE), zones=["use2-az2"]), ("use2-az1",)),
    "NetApp to Azure Files": (NETAPP, MALL, ()),
    "Azure Files to NetApp": (MALL, NETAPP, ()),
    "another VNet": (vnet("a"), {**vnet("a"), "network": {**vnet("a")["network"], "vpc_id": f"{VNET}2"}}, ()),
    "groups of one's own": (existing("subnet-01234567"), {**SHOP, "network": {**existing("subnet-01234567")["network"], "security_group_ids": ["sg-01234567"]}}, ()),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "places"), ENDING.values(), ids=ENDING)
def test_what_clusters_hold_on_to_is_told_with_the_places_where_they_do(old, new, places):
    (change,) = changes("workspace", "azure" if old["name"] == "mall" else "aws", old, new)
    assert (change.ends_dependents, change.places) == (True, places)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (SHOP, net(egress="none")),
        (SHOP, files(**LUSTRE)),
        (vnet("a", "b"), vnet("a", "b", base=NETAPP)),
        (net(zones=["use2-az1"]), net(zones=["use2-az1", "use2-az2"])),
    ],
    ids=["egress", "file system", "file system on Azure in a VNet of one's own", "zone more"],
)
def test_what_clusters_outlive_stands_in_no_ones_way(old, new):
    target = "azure" if old["name"] == "mall" else "aws"
    assert not any(change.ends_dependents for change in changes("workspace", target, old, new))


def leaves(model: type[Spec], prefix: str = "") -> set[str]:
    """Paths of all fields; of a union those of all its kinds."""
    found = set()
    for field, info in model.model_fields.items():
        path = prefix + field
        union = kinds(info.annotation)
        inner = [model_of(info.annotation, {"kind": kind}) for kind in union] or [model_of(info.annotation, {})]
        parts = [each for each in inner if each is not None]
        found |= {path} if not parts else {leaf for part in parts for leaf in leaves(part, f"{path}.")}
    return found


# Parts that a spec may or may not have, as a whole; and those of the other targets, which the checks refuse.
WHOLE = {
    ("cloud-config", "aws"): {"aws", "azure", "local"},
    ("cloud-config", "azure"): {"aws", "azure", "local"},
    ("cloud-config", "local"): {"aws", "azure", "local"},
    ("workspace", "local"): {"network"},
}
OF_OTHER_TARGETS = {
    ("cloud-config", "aws"): ("azure.", "local."),
    ("cloud-config", "azure"): ("aws.", "local."),
    ("cloud-config", "local"): ("azure.", "aws."),
    ("workspace", "aws"): ("shared_storage.path", "shared_storage.capacity_tib", "shared_storage.share_id"),
    ("workspace", "azure"): ("shared_storage.path", "shared_storage.file_system_id", "shared_storage.backup_id", "shared_storage.throughput"),
    ("workspace", "local"): ("network.", "shared_storage.capacity", "shared_storage.throughput", "shared_storage.file_system_id", "shared_storage.backup_id", "shared_storage.share_id"),
}  # fmt: skip


@pytest.mark.parametrize(("kind", "target"), ROWS, ids=str)
def test_every_field_of_every_spec_has_its_consequence(kind, target):
    others = OF_OTHER_TARGETS.get((kind, target), ())
    fields = {path for path in leaves(NOUNS[kind]) if not path.startswith(others)} if others else leaves(NOUNS[kind])
    assert set(ROWS[kind, target]) - WHOLE.get((kind, target), set()) == fields, (
        "a field that is not in bodo_infra/project/consequences.py changes without a word: add its row"
    )
