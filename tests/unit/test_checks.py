# ruff: noqa: E501  # one case on one line
"""What the checks find in specs that are well-formed but would fail or do harm where they go."""

from datetime import UTC, datetime

import pytest

from bodo_infra import checks
from bodo_infra.spec.cloud_config import CloudConfigSpec
from bodo_infra.spec.cluster import ClusterSpec
from bodo_infra.spec.instance_role import InstanceRoleSpec
from bodo_infra.spec.job import JobSpec
from bodo_infra.spec.notebook import NotebookSpec
from bodo_infra.spec.organization import OrganizationSpec
from bodo_infra.spec.problems import parse_as
from bodo_infra.spec.workspace import WorkspaceSpec

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
GUID = "12345678-1234-1234-1234-123456789abc"
OBJECT = "87654321-1234-1234-1234-123456789abc"


def cloud_config(**fields):
    return checks.check_cloud_config(parse_as(CloudConfigSpec, {"name": "a", **fields}))


def aws(**fields):
    return cloud_config(aws={"region": "us-east-2", "account_id": "123456789012", **fields})


def azure(**fields):
    ids = {"tenant_id": GUID, "subscription_id": GUID, "resource_group": "rg", "location": "westeurope"}
    principal = {"application_id": GUID, "object_id": OBJECT}
    return cloud_config(azure={**ids, "service_principal": principal, **fields})


def workspace(target, **fields):
    return checks.check_workspace(parse_as(WorkspaceSpec, {"name": "a", **fields}), target)


def cluster(target, cores=None, **fields):
    return checks.check_cluster(parse_as(ClusterSpec, {"name": "a", **fields}), target, machine_cores=cores)


def role(target, **fields):
    return checks.check_instance_role(parse_as(InstanceRoleSpec, {"name": "a", **fields}), target)


def notebook(target, **fields):
    return checks.check_notebook(parse_as(NotebookSpec, {"name": "a", "user": "jane", **fields}), target)


def organization(*emails):
    members = [{"email": email} for email in emails]
    return checks.check_organization(parse_as(OrganizationSpec, {"name": "a", "members": members}))


def job(target="local", *, slots=None, first=None, cores=None, **fields):
    place = {} if "new_cluster" in fields else {"cluster": "demo"}
    spec = {"name": "a", "source": {"kind": "folder", "path": "a"}, "command": "a.py", **place, **fields}
    parsed = parse_as(JobSpec, spec)
    return checks.check_job(parsed, target, now=NOW, slots=slots, first_node_slots=first, machine_cores=cores)


def git(url="https://example.com/a/b", target="local", **fields):
    return job(target, source={"kind": "git", "url": url, **fields})


def cron(line, **fields):
    return job(schedule={"cron": line, **fields})


def at(time, **fields):
    return job(schedule={"at": time, **fields})


BIG = {"instance_type": "c6i.16xlarge"}

REFUSED = {
    "region that is none": (aws(region="ohio"), "cloud-config.region", "aws.region"),
    "everybody may assume the role": (aws(trusted_principals=["*"]), "cloud-config.principal", "aws.trusted_principals[0]"),
    "tenant by name": (azure(tenant_id="contoso"), "cloud-config.guid", "azure.tenant_id"),
    "location by its long name": (azure(location="West Europe"), "cloud-config.location", "azure.location"),
    "data in the root": (cloud_config(local={"directory": "/"}), "cloud-config.directory", "local.directory"),
    "data in the home": (cloud_config(local={"directory": "~/"}), "cloud-config.directory", "local.directory"),
    "data in another's home": (cloud_config(local={"directory": "~ann/data"}), "cloud-config.home", "local.directory"),
    "data in the project": (cloud_config(local={"directory": "."}), "cloud-config.directory", "local.directory"),
    "network on this machine": (workspace("local", network={"kind": "managed"}), "workspace.not-on-local", "network"),
    "region on this machine": (workspace("local", region="us-east-2"), "workspace.not-on-local", "region"),
    "efs on this machine": (workspace("local", shared_storage={"kind": "efs"}), "workspace.storage", "shared_storage.kind"),
    "efs on azure": (workspace("azure", shared_storage={"kind": "efs"}), "workspace.storage", "shared_storage.kind"),
    "a folder on aws": (workspace("aws", shared_storage={"kind": "directory"}), "workspace.storage", "shared_storage.kind"),
    "odd lustre": (
        workspace("aws", shared_storage={"kind": "lustre", "capacity_gib": 1300}), "workspace.lustre-size", "shared_storage.capacity_gib",
    ),
    "no id of a file system": (
        workspace("aws", shared_storage={"kind": "efs", "file_system_id": "shared"}), "workspace.storage-id", "shared_storage.file_system_id",
    ),
    "no id of a backup": (
        workspace("aws", shared_storage={"kind": "lustre", "backup_id": "fs-01234567"}), "workspace.storage-id", "shared_storage.backup_id",
    ),
    "no lustre": (
        workspace("aws", shared_storage={"kind": "lustre", "capacity_gib": 0}), "workspace.lustre-size", "shared_storage.capacity_gib",
    ),
    "public range": (workspace("azure", network={"kind": "managed", "cidr": "8.8.0.0/16"}), "workspace.cidr-public", "network.cidr"),
    "range with host bits": (workspace("azure", network={"kind": "managed", "cidr": "10.0.0.1/16"}), "workspace.cidr", "network.cidr"),
    "small range": (workspace("azure", network={"kind": "managed", "cidr": "10.0.0.0/28"}), "workspace.cidr", "network.cidr"),
    "large range": (workspace("azure", network={"kind": "managed", "cidr": "10.0.0.0/8"}), "workspace.cidr", "network.cidr"),
    "instance type on this machine": (cluster("local", **BIG), "cluster.not-on-local", "instance_type"),
    "bodo version on this machine": (cluster("local", bodo_version="2026.10"), "cluster.not-on-local", "bodo_version"),
    "image on this machine": (cluster("local", image_id="ami-1"), "cluster.not-on-local", "image_id"),
    "zone on this machine": (cluster("local", zone="a"), "cluster.not-on-local", "zone"),
    "spot on this machine": (cluster("local", spot=True), "cluster.not-on-local", "spot"),
    "efa on this machine": (cluster("local", efa="required"), "cluster.efa", "efa"),
    "more than the machine carries": (cluster("local", 2, nodes=100, ranks_per_node=2), "cluster.too-many-ranks", "nodes"),
    "no instance type on aws": (cluster("aws"), "cluster.needed", "instance_type"),
    "no instance type on azure": (cluster("azure"), "cluster.needed", "instance_type"),
    "spot that pauses": (cluster("aws", **BIG, spot=True, auto_pause_minutes=5), "cluster.spot-pause", "auto_pause_minutes"),
    "role on this machine": (role("local"), "instance-role.not-on-local", "name"),
    "role by name": (role("aws", role_arn="etl"), "instance-role.arn", "role_arn"),
    "aws role on azure": (role("azure", role_arn="arn:aws:iam::123456789012:role/a"), "instance-role.arn", "role_arn"),
    "notebook type on this machine": (notebook("local", instance_type="m5"), "notebook.not-on-local", "instance_type"),
    "notebook disk on this machine": (notebook("local", disk_gb=100), "notebook.not-on-local", "disk_gb"),
    "member twice": (organization("a@b", "A@B"), "organization.member-twice", "members[1].email"),
    "s3 on this machine": (job(source={"kind": "s3", "uri": "s3://a/b"}), "job.s3", "source.kind"),
    "s3 on azure": (job("azure", source={"kind": "s3", "uri": "s3://a/b"}), "job.s3", "source.kind"),
    "folder outside": (job(source={"kind": "folder", "path": "/etc"}), "job.folder", "source.path"),
    "folder above": (job(source={"kind": "folder", "path": "a/../../b"}), "job.folder", "source.path"),
    "folder at home": (job(source={"kind": "folder", "path": "~/a"}), "job.folder", "source.path"),
    "more ranks than slots": (job(ranks=5, slots=4), "job.ranks", "ranks"),
    "more ranks than slots of a new cluster": (
        job(ranks=5, new_cluster={"nodes": 2, "ranks_per_node": 2}), "job.ranks", "ranks",
    ),
    "more ranks than slots of a new cluster on this machine": (job(ranks=5, cores=2, new_cluster={"nodes": 2}), "job.ranks", "ranks"),
    "spawn beside one slot": (job(mode="spawn", first=1), "job.spawn-slots", "mode"),
    "spawn on a new cluster of one slot": (job(mode="spawn", new_cluster={"ranks_per_node": 1}), "job.spawn-slots", "mode"),
    "new cluster that is wrong": (job(new_cluster={"zone": "a"}), "cluster.not-on-local", "new_cluster.zone"),
    "at has passed": (at("2026-06-01T11:00:00+00:00"), "job.at-passed", "schedule.at"),
    "at has passed in its zone": (at("2026-06-01T13:00:00", timezone="Europe/Berlin"), "job.at-passed", "schedule.at"),
    "at is the end of time": (at("9999-12-31T23:00:00", timezone="America/New_York"), "job.at-too-late", "schedule.at"),
    "six fields": (cron("0 0 6 * * *"), "job.cron", "schedule.cron"),
    "a word": (cron("@daily"), "job.cron", "schedule.cron"),
    "minute 61": (cron("61 6 * * *"), "job.cron", "schedule.cron"),
    "30th of February": (cron("0 0 30 2 *"), "job.cron", "schedule.cron"),
    "option as URL": (git("--upload-pack=touch /tmp/x"), "job.git-url", "source.url"),
    "option as host": (git("ssh://-oProxyCommand=x/a"), "job.git-url", "source.url"),
    "option as host, short form": (git("a@-oProxyCommand=x:a"), "job.git-url", "source.url"),
    "remote helper": (git("ext::sh -c touch% /tmp/x"), "job.git-url", "source.url"),
    "remote helper without blanks": (git("ext::sh"), "job.git-url", "source.url"),
    "plain folder": (git("/srv/repo"), "job.git-url", "source.url"),
    "ftp": (git("ftp://example.com/a"), "job.git-url", "source.url"),
    "no host": (git("https:///a"), "job.git-url", "source.url"),
    "file on another host": (git("file://server/a"), "job.git-url", "source.url"),
    "brackets": (git("https://[a/b"), "job.git-url", "source.url"),
    "line break": (git("https://example.com/a\nb"), "job.git-url", "source.url"),
    "file on aws": (git("file:///srv/a", "aws"), "job.git-file", "source.url"),
    "password in the URL": (git("https://jane:hunter2@example.com/a"), "job.git-password-in-url", "source.url"),
    "token in the URL": (git("https://hunter2@example.com/a"), "job.git-password-in-url", "source.url"),
    "password in an ssh URL": (git("ssh://git:hunter2@example.com/a"), "job.git-password-in-url", "source.url"),
    "password without encryption": (git("http://example.com/a", password="env:T"), "job.git-plain-http", "source.url"),
    "option as reference": (git(reference="--upload-pack=x"), "job.git-reference", "source.reference"),
    "empty reference": (git(reference=""), "job.git-reference", "source.reference"),
    "refspec": (git(reference="+main:main"), "job.git-reference", "source.reference"),
    "expression": (git(reference="main~1"), "job.git-reference", "source.reference"),
    "blank in a reference": (git(reference="my branch"), "job.git-reference", "source.reference"),
}  # fmt: skip

ALLOWED = {
    "aws": aws(trusted_principals=["arn:aws:iam::123456789012:role/a", "123456789012"]),
    "azure": azure(location="eastus2"),
    "folder of the project": cloud_config(local={"directory": ".bodo-infra/platform"}),
    "folder at home": cloud_config(local={"directory": "~/bodo"}),
    "plain workspace": workspace("local"),
    "workspace in a folder": workspace("local", shared_storage={"kind": "directory", "path": "a"}),
    "lustre": workspace("aws", shared_storage={"kind": "lustre", "capacity_gib": 4800}),
    "network": workspace("aws", network={"kind": "managed", "cidr": "172.16.0.0/20"}, region="us-east-2"),
    "plain cluster": cluster("local", 2),
    "demo cluster": cluster("local", 2, nodes=2, ranks_per_node=1),
    "eight nodes on two cores": cluster("local", 2, nodes=8),
    "big cluster on a machine that is not known": cluster("local", nodes=4096),
    "cluster on aws": cluster("aws", **BIG, zone="use2-az1", efa="auto", image_id="ami-0123456789abcdef0"),
    "spot with the default pause": cluster("aws", **BIG, spot=True),
    "spot that never pauses": cluster("aws", **BIG, spot=True, auto_pause_minutes=None),
    "role": role("aws", role_arn="arn:aws:iam::123456789012:role/path/etl"),
    "role of ours": role("aws"),
    "notebook": notebook("local"),
    "members": organization("a@b", "c@b"),
    "job": job(),
    "s3 on aws": job("aws", source={"kind": "s3", "uri": "s3://a/b"}),
    "as many ranks as slots": job(ranks=4, slots=4),
    "spawn beside two slots": job(mode="spawn", first=2),
    "at within the grace": at("2026-06-01T11:58:00+00:00"),
    "at in the future of its zone": at("2026-06-01T15:00:00", timezone="Europe/Berlin"),
    "cron": cron("*/5 6-18 * * 1-5", timezone="Europe/Berlin"),
    "29th of February": cron("0 0 29 2 *"),
    "browser's URL": git("https://github.com/a/b/tree/main"),
    "short ssh form": git("git@github.com:a/b.git"),
    "ssh with a port": git("ssh://git@example.com:2222/a/b"),
    "folder of this machine": git("file:///srv/a"),
    "private": git(username="jane", password="env:TOKEN"),
    "private on this machine without encryption": git("http://127.0.0.1:8080/a", username="jane", password="env:TOKEN"),
    "full reference": git(reference="refs/heads/feature/x.y"),
    "commit": git(reference="1a2b3c4"),
}  # fmt: skip


@pytest.mark.parametrize(("found", "rule", "path"), REFUSED.values(), ids=REFUSED)
def test_it_is_refused_by_its_rule_at_its_place_and_by_no_other(found, rule, path):
    assert [(finding.id, finding.path) for finding in found] == [(rule, path)]


@pytest.mark.parametrize("found", ALLOWED.values(), ids=ALLOWED)
def test_it_is_sound(found):
    assert not found


@pytest.mark.parametrize(("found", "rule", "path"), REFUSED.values(), ids=REFUSED)
def test_every_finding_says_what_to_do_and_repeats_no_secret(found, rule, path):
    text = str(found[0])
    assert found[0].fix[0].isupper()
    assert text.endswith((".", "?"))
    assert not text.endswith("..")
    assert "hunter2" not in text


def test_findings_are_placed_in_their_file():
    placed = checks.place(cluster("local", zone="a"), file="stacks/Pulumi.a.yaml", path="bodo:spec")
    assert str(placed[0]).startswith("stacks/Pulumi.a.yaml: bodo:spec.zone = a: ")


def test_all_findings_come_at_once():
    found = job(source={"kind": "git", "url": "ext::sh", "reference": "-a"}, ranks=5, slots=4, mode="spawn", first=1)
    assert [finding.path for finding in found] == ["source.url", "source.reference", "ranks", "mode"]
