# ruff: noqa: E501  # one case on one line
"""What the checks find in specs for AWS, by what the catalogue, the services' rules and the account say."""

import pytest

from bodo_infra import catalog, checks
from bodo_infra.checks.packages import REQUIREMENT
from bodo_infra.checks.tags import MOST, OUR_NAME, OUR_PREFIX
from bodo_infra.errors import InputError, raise_problems
from bodo_infra.plans.efa_layout import check_subnet, plan_interfaces
from bodo_infra.redact import redact
from bodo_infra.scope import scope_tags
from bodo_infra.spec.cloud_config import CloudConfigSpec
from bodo_infra.spec.cluster import ClusterSpec
from bodo_infra.spec.instance_role import InstanceRoleSpec
from bodo_infra.spec.job import JobSpec
from bodo_infra.spec.notebook import NotebookSpec
from bodo_infra.spec.problems import parse_as
from bodo_infra.spec.workspace import WorkspaceSpec

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/team/etl"
OTHER_ROLE = "arn:aws:iam::210987654321:role/etl"
AMI = "ami-0123456789abcdef0"
VPC, SUBNET, GROUP = "vpc-0123456789abcdef0", "subnet-0123456789abcdef0", "sg-0123456789abcdef0"


def account(tags=None, **fields):
    aws = {"region": "us-east-2", "account_id": ACCOUNT, **fields}
    return checks.check_cloud_config(parse_as(CloudConfigSpec, {"name": "a", "aws": aws, "tags": tags or {}}))


def workspace(home="us-east-2", **fields):
    return checks.check_workspace(parse_as(WorkspaceSpec, {"name": "a", **fields}), "aws", region=home)


def network(home="us-east-2", **fields):
    return workspace(home, network={"kind": "managed", **fields})


def existing(vpc=VPC, subnets=(SUBNET,), groups=()):
    fields = {"vpc_id": vpc, "private_subnet_ids": subnets, "security_group_ids": groups}
    return workspace(network={"kind": "existing", **fields})


def cluster(instance_type="c5n.18xlarge", region="us-east-2", zones=None, **fields):
    spec = parse_as(ClusterSpec, {"name": "a", "instance_type": instance_type, **fields})
    return checks.check_cluster(spec, "aws", region=region, zones=zones)


def tags(target="aws", **given):
    type = {"aws": "c5n.18xlarge", "azure": "Standard_D16as_v5"}[target]
    return checks.check_cluster(parse_as(ClusterSpec, {"name": "a", "instance_type": type, "tags": given}), target)


def role(account_id=ACCOUNT, **fields):
    spec = parse_as(InstanceRoleSpec, {"name": "a", **fields})
    return checks.check_instance_role(spec, "aws", account_id=account_id)


def statement(actions=("s3:GetObject",), resources=("arn:aws:s3:::lake/*",), **fields):
    return role(statements=[{"actions": actions, "resources": resources, **fields}])


def job(**new_cluster):
    source = {"kind": "folder", "path": "a"}
    spec = {"name": "a", "source": source, "command": "a.py", "ranks": 73, "new_cluster": new_cluster}
    return checks.check_job(parse_as(JobSpec, spec), "aws")


REFUSED = {
    "region that is a slip": (account(region="us-est-2"), "cloud-config.region", "aws.region", "us-est-2", "us-east-2"),
    "region that is a place": (account(region="ohio"), "cloud-config.region", "aws.region", "ohio", "Choose one of"),
    "zone as region": (account(region="us-east-2a"), "cloud-config.region", "aws.region", "us-east-2a", "Did you mean us-east-2"),
    "principal with a wildcard": (account(trusted_principals=[f"arn:aws:iam::{ACCOUNT}:role/*"]), "cloud-config.principal", "aws.trusted_principals[0]", "role/*", "Write arn:"),
    "group as principal": (account(trusted_principals=[f"arn:aws:iam::{ACCOUNT}:group/a"]), "cloud-config.principal", "aws.trusted_principals[0]", "group", "Write arn:"),
    "external id of one letter": (account(external_id="a"), "cloud-config.external-id", "aws.external_id", "2 to 1224", "leave it out"),
    "external id of 1225": (account(external_id="a" * 1225), "cloud-config.external-id", "aws.external_id", "2 to 1224", "leave it out"),
    "external id with a blank": (account(external_id="hunter2 hunter2"), "cloud-config.external-id", "aws.external_id", "2 to 1224", "leave it out"),
    "bucket in upper case": (account(bucket_name="Logs"), "cloud-config.bucket", "aws.bucket_name", "lower-case", "Use a name"),
    "bucket of two letters": (account(bucket_name="ab"), "cloud-config.bucket", "aws.bucket_name", "3 to 63", "Use a name"),
    "bucket of 64 letters": (account(bucket_name="a" * 64), "cloud-config.bucket", "aws.bucket_name", "3 to 63", "Use a name"),
    "bucket ending in a dash": (account(bucket_name="logs-"), "cloud-config.bucket", "aws.bucket_name", "ending with", "Use a name"),
    "bucket with dots": (account(bucket_name="logs.example.com"), "cloud-config.bucket", "aws.bucket_name", "no dots", "Use a name"),
    "bucket as an address": (account(bucket_name="10.0.0.1"), "cloud-config.bucket", "aws.bucket_name", "IP address", "Use a name"),
    "bucket with a start of S3's": (account(bucket_name="xn--logs"), "cloud-config.bucket", "aws.bucket_name", "xn--", "Use a name"),
    "bucket with an end of S3's": (account(bucket_name="logs-s3alias"), "cloud-config.bucket", "aws.bucket_name", "-s3alias", "Use a name"),
    "table with a blank": (account(table_name="my table"), "cloud-config.table", "aws.table_name", "3 to 255", "Use a name"),
    "table of two letters": (account(table_name="ab"), "cloud-config.table", "aws.table_name", "3 to 255", "Use a name"),
    "role by name in the list": (account(instance_role_arns=["etl"]), "cloud-config.instance-role.arn", "aws.instance_role_arns[0]", "ARN of a role", "Write arn:"),
    "all roles in the list": (account(instance_role_arns=[f"arn:aws:iam::{ACCOUNT}:role/*"]), "cloud-config.instance-role.arn", "aws.instance_role_arns[0]", "ARN of a role", "Write arn:"),
    "role by a variable in the list": (account(instance_role_arns=[f"arn:aws:iam::{ACCOUNT}:role/${{aws:username}}/a"]), "cloud-config.instance-role.arn", "aws.instance_role_arns[0]", "ARN of a role", "Write arn:"),
    "role of another account in the list": (account(instance_role_arns=[ROLE, OTHER_ROLE]), "cloud-config.instance-role.account", "aws.instance_role_arns[1]", "210987654321", f"account {ACCOUNT}"),
    "workspace in no region": (workspace(region="us-est-2"), "workspace.region", "region", "us-est-2", "us-east-2"),
    "range that is too large": (network(cidr="10.0.0.0/8"), "workspace.cidr", "network.cidr", "larger than /16", "Use 10.0.0.0/16"),
    "range that is too small": (network(cidr="10.0.0.0/28"), "workspace.cidr", "network.cidr", "smaller than /22", "Use 10.0.0.0/22"),
    "range with bits behind": (network(cidr="10.0.0.1/16"), "workspace.cidr", "network.cidr", "bits set", "Use 10.0.0.0/16"),
    "range that is none": (network(cidr="ten"), "workspace.cidr", "network.cidr", "IPv4 range", "10.30.0.0/16"),
    "range of the link": (network(cidr="169.254.0.0/16"), "workspace.cidr", "network.cidr", "cannot have", "10.30.0.0/16"),
    "range of others": (network(cidr="8.8.0.0/16"), "workspace.cidr-public", "network.cidr", "no private range", "10.30.0.0/16"),
    "zone by name": (network(zones=["us-east-2a"]), "workspace.zones", "network.zones[0]", "no zone id", "another zone in every account"),
    "zone of another region": (network(zones=["use2-az1", "usw2-az1"]), "workspace.zones", "network.zones[1]", "no zone of us-east-2", "use2-az1, use2-az2"),
    "zone twice": (network(zones=["use2-az1", "use2-az1"]), "workspace.zones", "network.zones[1]", "twice", "Remove one"),
    "no zones where none are known": (network("mx-central-1"), "workspace.zones-needed", "network.zones", "mx-central-1", "describe-availability-zones"),
    "type that is none": (network(instance_types=["hpc7b.96xlarge"]), "type.unknown", "network.instance_types[0]", "no EC2 type", "Did you mean hpc7"),
    "type of no zone in the region": (network("us-west-1", instance_types=["hpc7a.96xlarge"]), "workspace.type-not-offered", "network.instance_types[0]", "no zone of us-west-1", "us-east-2"),
    "type of none of the zones": (network(zones=["use2-az1"], instance_types=["hpc7a.96xlarge"]), "workspace.type-not-offered", "network.instance_types[0]", "use2-az2", "Add use2-az2"),
    "mac": (network(instance_types=["mac2.metal"]), "type.mac", "network.instance_types[0]", "no Linux", "Choose a type"),
    "VPC by name": (existing("main"), "workspace.network-id", "network.vpc_id", "vpc-0123", "Copy it"),
    "subnet by name": (existing(subnets=["a"]), "workspace.network-id", "network.private_subnet_ids[0]", "subnet-0123", "Copy it"),
    "subnet twice": (existing(subnets=[SUBNET, SUBNET]), "workspace.network-id-twice", "network.private_subnet_ids[1]", "twice", "Remove one"),
    "group by name": (existing(groups=["default"]), "workspace.network-id", "network.security_group_ids[0]", "sg-0123", "Copy it"),
    "member by name": (workspace(members={"admins": ["jane"]}), "workspace.member", "members.admins[0]", "must be the ARN", "Write arn:"),
    "everybody as member": (workspace(members={"viewers": ["*"]}), "workspace.member", "members.viewers[0]", "let everybody in", "Write arn:"),
    "cluster of an unknown type": (cluster("c5n.18xlrge"), "type.unknown", "instance_type", "no EC2 type", "Did you mean c5n.18xlarge?"),
    "cluster of Macs": (cluster("mac2.metal"), "type.mac", "instance_type", "no Linux", "Choose a type"),
    "type that the region lacks": (cluster("hpc7a.96xlarge", "us-west-1"), "cluster.type-not-offered", "instance_type", "no zone of us-west-1", "us-east-2"),
    "type that the workspace's zones lack": (cluster("hpc7a.96xlarge", zones=["use2-az1"]), "cluster.type-not-offered", "instance_type", "use2-az2", "Add use2-az2"),
    "zone of a cluster by name": (cluster(zone="us-east-2a"), "cluster.zone", "zone", "no zone id", "another zone"),
    "zone of a cluster in another region": (cluster(zone="usw2-az1"), "cluster.zone", "zone", "no zone of us-east-2", "Choose among"),
    "zone without a subnet": (cluster(zone="use2-az3", zones=["use2-az1", "use2-az2"]), "cluster.zone-not-in-workspace", "zone", "use2-az1, use2-az2", "Use one of them"),
    "zone that lacks the type": (cluster("hpc7a.96xlarge", zone="use2-az1"), "cluster.type-not-in-zone", "zone", "use2-az2 of us-east-2 do", "Use one of those"),
    "zone that lacks the type, region not known": (cluster("hpc7a.96xlarge", None, zone="use2-az1"), "cluster.type-not-in-zone", "zone", "does not offer hpc7a.96xlarge", "Use one of those"),
    "zone of a region that lacks the type": (cluster("hpc7a.96xlarge", None, zone="usw1-az1"), "cluster.type-not-in-zone", "zone", "no zone of us-west-1", "another region"),
    "no zone where none are known": (cluster(region="mx-central-1"), "cluster.zone-needed", "zone", "mx-central-1", "Add one of the zones"),
    "spot of HPC": (cluster("hpc7a.96xlarge", spot=True), "cluster.spot", "spot", "hpc7a.96xlarge", "Set spot to false"),
    "EFA of a type without": (cluster("c6i.16xlarge", efa="required"), "cluster.efa", "efa", "no Elastic Fabric Adapter", "c6i.32xlarge"),
    "placement of a type without": (cluster("c7i-flex.16xlarge", placement_group=True), "cluster.placement", "placement_group", "close together", "Set placement_group to false"),
    "more ranks than threads": (cluster(ranks_per_node=73), "cluster.ranks", "ranks_per_node", "36 physical cores and 72 vCPUs", "Use 36"),
    "image by name": (cluster(image_id="al2023"), "cluster.image", "image_id", "ami-0123", "Copy it"),
    "version with a v": (cluster(bodo_version="v2026.10"), "cluster.bodo-version", "bodo_version", "release of Bodo", "2026.10"),
    "version in other digits": (cluster(bodo_version="20\u0662\u0666.10"), "cluster.bodo-version", "bodo_version", "release of Bodo", "2026.10"),
    "version of a range": (cluster(bodo_version=">=2026"), "cluster.bodo-version", "bodo_version", "release of Bodo", "2026.10"),
    "bodo as package": (cluster(packages=["bodo==2026.10"]), "cluster.package", "packages[0]", "platform itself", "bodo_version"),
    "another MPI": (cluster(packages=["pandas", "MPICH>=5"]), "cluster.package", "packages[1]", "MPI of its own", "Remove it"),
    "package twice": (cluster(packages=["scikit_learn", "scikit-learn>1"]), "cluster.package", "packages[1]", "packages[0]", "Join"),
    "option of pip": (cluster(packages=["--index-url=https://example.com"]), "cluster.package", "packages[0]", "no requirement", "without options"),
    "command as package": (cluster(packages=["pandas; $(reboot)"]), "cluster.package", "packages[0]", "no requirement", "without options"),
    "option behind a line's end": (cluster(packages=["pandas>=\n--pre"]), "cluster.package", "packages[0]", "no requirement", "without options"),
    "line of Unicode as package": (cluster(packages=["pandas\u2028>=2"]), "cluster.package", "packages[0]", "no requirement", "without options"),
    "two lines as package": (cluster(packages=["pandas\nreboot"]), "cluster.package", "packages[0]", "no requirement", "without options"),
    "file as package": (cluster(packages=["./x.whl"]), "cluster.package", "packages[0]", "no requirement", "without options"),
    "package with a password": (cluster(packages=["a @ https://jane:hunter2@example.com/a.whl"]), "cluster.package", "packages[0]", "password", "public place"),
    "type of a notebook": (checks.check_notebook(parse_as(NotebookSpec, {"name": "a", "user": "a", "instance_type": "m5.lrge"}), "aws"), "type.unknown", "instance_type", "no EC2 type", "m5.large"),
    "more ranks than cores of a new cluster": (job(instance_type="c5n.18xlarge", nodes=2), "job.ranks", "ranks", "at most 72", "Lower ranks"),
    "new cluster that EC2 lacks": (job(instance_type="c5n.18xlarg", nodes=2), "type.unknown", "new_cluster.instance_type", "no EC2 type", "c5n.18xlarge"),
    "tag of AWS's": (tags(**{"AWS:x": "a"}), "tags.reserved", 'tags["AWS:x"]', "belongs to aws", "another key"),
    "tag of Azure's": (tags("azure", **{"microsoft.x": "a"}), "tags.reserved", 'tags["microsoft.x"]', "belongs to azure", "another key"),
    "tag of ours": (tags(**{"bodo-infra:cluster": "a"}), "tags.ours", 'tags["bodo-infra:cluster"]', "set ourselves", "another key"),
    "our Name": (tags(name="a"), "tags.ours", "tags.name", "set ourselves", "another key"),
    "tag by case": (tags(team="a", Team="b"), "tags.twice", "tags.Team", "case alone", "Keep one"),
    "tag without a key": (tags(**{"": "a"}), "tags.key", 'tags[""""]', "1 to 128", "another key"),
    "tag with a long key": (tags(**{"k" * 129: "a"}), "tags.key", f"tags.{'k' * 129}", "1 to 128", "another key"),
    "tag with an odd key": (tags(**{"a#b": "a"}), "tags.key", 'tags["a#b"]', "letters, digits", "other characters"),
    "tag with an odd key on azure": (tags("azure", **{"a/b": "a"}), "tags.key", 'tags["a/b"]', "must not hold", "other characters"),
    "tag with a long value": (tags(team="v" * 257), "tags.value", "tags.team", "at most 256", "Shorten"),
    "tag with an odd value": (tags(team="a;b"), "tags.value", "tags.team", "letters, digits", "other characters"),
    "too many tags": (tags(**{f"k{number}": "v" for number in range(41)}), "tags.count", "tags", "at most 40", "Remove some"),
    "odd tags of an account": (account(tags={"aws:x": "a"}), "tags.reserved", 'tags["aws:x"]', "belongs to aws", "another key"),
    "odd tags of a workspace": (workspace(tags={"aws:x": "a"}), "tags.reserved", 'tags["aws:x"]', "belongs to aws", "another key"),
    "odd tags of a role": (role(tags={"aws:x": "a"}), "tags.reserved", 'tags["aws:x"]', "belongs to aws", "another key"),
    "role of another account": (role(role_arn=OTHER_ROLE), "instance-role.account", "role_arn", "210987654321", f"account {ACCOUNT}"),
    "role of AWS's": (role(role_arn=f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/a/AWSServiceRoleForA"), "instance-role.aws-role", "role_arn", "AWS's own", "that you made"),
    "action that is a slip": (statement(["s3:GetObjct"]), "instance-role.action", "statements[0].actions[0]", "no action", "Did you mean s3:GetObject?"),
    "action of no service": (statement(["dynamo:GetItem"]), "instance-role.action", "statements[0].actions[0]", "no action", "Did you mean dynamodb:GetItem?"),
    "action without a service": (statement(["GetObject"]), "instance-role.action", "statements[0].actions[0]", "no action", "s3:GetObject"),
    "bucket as resource": (statement(resources=["lake"]), "instance-role.resource", "statements[0].resources[0]", "ARN", "arn:aws:s3:::BUCKET/*"),
    "statements without end": (role(statements=[{"actions": ["s3:GetObject"], "resources": [f"arn:aws:s3:::bucket-{number}/*" for number in range(500)]}]), "instance-role.size", "statements", "10240", "Join statements"),
}  # fmt: skip

WARNED = {
    "new region": (account(region="mx-central-1"), "cloud-config.region-unknown", "aws.region"),
    "government": (account(region="us-gov-west-1"), "cloud-config.region-unknown", "aws.region"),
    "new region of a workspace": (workspace(region="us-east-7", network={"kind": "managed", "zones": ["use7-az1"]}), "workspace.region-unknown", "region"),
    "ranks that share cores": (cluster(ranks_per_node=72), "cluster.ranks-share-cores", "ranks_per_node"),
    "role of all actions": (statement(["*"]), "instance-role.all-actions", "statements[0].actions[0]"),
}  # fmt: skip

ALLOWED = {
    "account": account(external_id="a" * 1224, bucket_name="bodo-logs-1", table_name="Bodo_records.1", instance_role_arns=[ROLE]),
    "principals": account(trusted_principals=[ROLE, f"arn:aws:iam::{ACCOUNT}:root", f"arn:aws:iam::{ACCOUNT}:user/a/jane", ACCOUNT, f"arn:aws-us-gov:sts::{ACCOUNT}:assumed-role/a/b"]),
    "workspace": workspace(),
    "workspace whose region is not known yet": workspace(None),
    "small range without NAT": network(cidr="10.0.0.0/25", egress="none"),
    "range of carriers": network(cidr="100.64.0.0/16"),
    "zones beside types that they offer": network(zones=["use2-az2"], instance_types=["hpc7a.96xlarge", "c5n.18xlarge"]),
    "types alone": network(instance_types=["hpc7a.96xlarge"]),
    "zones of a region that is not known": network("mx-central-1", zones=["mxc1-az1"], instance_types=["c5n.18xlarge"]),
    "existing": existing("vpc-01234567", ["subnet-01234567", SUBNET], [GROUP]),
    "members": workspace(members={"admins": [ROLE], "viewers": [f"arn:aws:iam::{ACCOUNT}:user/jane"]}),
    "cluster": cluster(zone="use2-az2", image_id=AMI, efa="required", placement_group=True, ranks_per_node=36),
    "cluster anywhere": cluster("hpc7a.96xlarge", None),
    "cluster in the workspace's second zone": cluster("hpc7a.96xlarge", zones=["use2-az1", "use2-az2"]),
    "cluster in a zone of a region that is not known": cluster(region="mx-central-1", zone="mxc1-az1"),
    "spot": cluster("c7i.16xlarge", spot=True),
    "placement by default of a type without": cluster("c7i-flex.16xlarge"),
    "no placement": cluster("c7i-flex.16xlarge", placement_group=False),
    "versions": cluster(bodo_version="2026.10.1rc1"),
    "packages": cluster(packages=["pandas", "scikit-learn>=1.5,<2", "dask[array, diagnostics] ==2026.*", "s3fs ; python_version < '3.13'", "a @ https://example.com/a-1.0-py3-none-any.whl"]),
    "tags": tags(team="Café 4", **{"a:b/c=d": "x@y"}),
    "as many tags as may be": tags(**{f"k{number}": "v" for number in range(40)}),
    "role": role(role_arn=ROLE),
    "role of an account that is not known": role(None, role_arn=OTHER_ROLE),
    "statements": statement(["s3:Get*", "S3:listbucket", "logs:*"], ["arn:aws:s3:::lake", "*"]),
    "denial of everything": statement(["*"], ["*"], effect="Deny"),
}  # fmt: skip


@pytest.mark.parametrize(("found", "rule", "path", "word", "fix"), REFUSED.values(), ids=REFUSED)
def test_it_is_refused_by_one_rule_that_says_where_what_and_the_way_out(found, rule, path, word, fix):
    assert [(finding.id, finding.path, finding.level) for finding in found] == [(rule, path, "error")]
    assert word in f"{found[0].value} {found[0].rule}"
    assert fix in found[0].fix
    assert "hunter2" not in str(found[0])
    with pytest.raises(InputError):
        raise_problems(found)


@pytest.mark.parametrize(("found", "rule", "path"), WARNED.values(), ids=WARNED)
def test_it_is_done_with_a_warning(found, rule, path):
    assert [(finding.id, finding.path, finding.level) for finding in found] == [(rule, path, "warning")]
    raise_problems(found)


@pytest.mark.parametrize("found", ALLOWED.values(), ids=ALLOWED)
def test_it_is_sound(found):
    assert not found


def test_the_rule_of_a_secret_is_told_whole_and_the_secret_not():
    (found,) = account(external_id="hunter2 hunter2")
    told = redact(str(found))

    assert told.startswith("aws.external_id: must be 2 to 1224 letters")
    assert "hunter2" not in told


@pytest.mark.parametrize("region", catalog.regions())
def test_every_region_of_the_catalogue_is_a_region(region):
    assert not account(region=region)


@pytest.mark.parametrize("ec2", [item for item in catalog.ec2_types() if item.max_efa], ids=lambda item: item.name)
def test_every_type_with_efa_makes_a_cluster_with_one_rank_a_core(ec2):
    found = cluster(ec2.name, None, efa="required", ranks_per_node=ec2.cores)
    assert not found, "what the plans can lay out, the checks let through"


def test_the_offline_account_is_refused_where_real_things_would_be_made():
    spec = parse_as(CloudConfigSpec, {"name": "a", "aws": {"region": "us-east-2", "account_id": "000000000000"}})
    found = checks.check_account(spec, offline=False)
    assert [finding.path for finding in found] == ["aws.account_id"]
    assert "--offline" in found[0].fix
    assert not checks.check_account(spec, offline=True)


def test_any_account_may_be_rehearsed_offline_and_the_local_target_has_none():
    aws = parse_as(CloudConfigSpec, {"name": "a", "aws": {"region": "us-east-2", "account_id": ACCOUNT}})
    local = parse_as(CloudConfigSpec, {"name": "a", "local": {"directory": "a"}})
    assert not [
        finding
        for spec in (aws, local)
        for offline in (True, False)
        for finding in checks.check_account(spec, offline=offline)
    ]


def test_the_tags_that_the_checks_keep_free_are_those_that_we_set():
    ours = scope_tags(noun="cluster", name="a", tags={}, cloud_config="a", workspace="a", cluster="a")
    assert all(key == OUR_NAME or key.startswith(OUR_PREFIX) for key in ours)
    assert len(ours) + MOST <= 50, "the cloud takes no more"


def test_a_requirement_line_is_one_word_to_the_shell_when_it_is_quoted():
    for line in ("a'b", 'a"b', "a`b", "a$b", "a\\b", "a\nb", "-r x", "a --no-deps"):
        assert not REQUIREMENT.fullmatch(line)


def test_a_public_subnet_for_nodes_of_several_cards_is_named_with_its_id():
    ec2 = catalog.ec2_type("p5.48xlarge")
    plan = plan_interfaces(ec2, efa="auto")
    found = check_subnet(ec2, plan, maps_public_addresses=True, path="network.private_subnet_ids[0]", subnet_id=SUBNET)
    assert [(problem.path, problem.value) for problem in found] == [("network.private_subnet_ids[0]", SUBNET)]
    assert "33 network interfaces" in found[0].rule
