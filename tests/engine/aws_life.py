"""One life of everything that the AWS target makes: all ready-made stacks, and specs that differ in every way.

Two cloud-configs of one account: the ready-made one, and ``keyed``, with a key of the account and a role of the user's
own. Everything comes up, is changed twice, looked at, and goes.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from bodo_infra.aws.policies.statements import Scope
from bodo_infra.aws.policies.trust import nodes_trust
from bodo_infra.plugin.account.iam.documents import Policy
from bodo_infra.plugin.account.iam.evaluate import Principal
from bodo_infra.plugin.account.iam.matching import Request
from bodo_infra.plugin.account.rules import tokens as t
from bodo_infra.plugin.account.session import policies_of, principal_of
from bodo_infra.plugin.account.store import AccountStore, Asked, Row
from bodo_infra.testing import OfflineAccount
from tests.account_world import World
from tests.engine.rehearsed_project import REPOSITORY, RehearsedProject

HOMES = ("aws-cloud-config", "keyed")
USERS_ROLE = "arn:aws:iam::000000000000:role/team/etl"
ANYBODY = "arn:aws:iam::000000000000:root"
READY_MADE = tuple(
    sorted(path.stem.removeprefix("Pulumi.") for path in (REPOSITORY / "stacks").glob("Pulumi.aws-*.yaml"))
)
HOME = {
    "name": "keyed",
    "aws": {
        "region": "us-east-2",
        "account_id": "000000000000",
        "customer_key": True,
        "instance_role_arns": [USERS_ROLE],
    },
    "delete_data": True,
}
OPEN = {
    "name": "open",
    "network": {
        "kind": "managed",
        "zones": ["use2-az1", "use2-az2", "use2-az3"],
        "egress": "nat-per-zone",
        "flow_logs": True,
    },
    "members": {"admins": [ANYBODY], "developers": [ANYBODY], "viewers": [ANYBODY]},
    "delete_data": True,
    "tags": {"team": "data"},
}
CLOSED = {
    "name": "closed",
    "network": {"kind": "managed", "cidr": "10.40.0.0/16", "zones": ["use2-az2", "use2-az1"], "egress": "none"},
    "shared_storage": {"kind": "lustre", "capacity_gib": 1200},
    "delete_data": True,
    "tags": {"team": "data"},
}
OWN_ROLE = {
    "name": "own",
    "statements": [{"actions": ["s3:GetObject"], "resources": ["arn:aws:s3:::data/*"]}],
    "tags": {"team": "data"},
}
CLUSTER = {"name": "etl", "instance_type": "c5n.18xlarge", "nodes": 2, "tags": {"team": "data"}}
SPOT = {"name": "spot", "instance_type": "m6i.4xlarge", "nodes": 2, "spot": True, "placement_group": False}


@dataclass
class Life:
    """What was asked for, and by whom.

    ``deployers``: stack of a cloud-config to its cross-account role.  ``scopes``: to what its policies are tied to.
    ``left``: what was there in the end.  ``calls``: verb and type to how often it was asked for.
    """

    project: RehearsedProject
    deployers: dict[str, Principal] = field(default_factory=dict)
    scopes: dict[str, Scope] = field(default_factory=dict)
    resource_policies: dict[str, tuple[Policy, ...]] = field(default_factory=dict)
    asked: tuple[Asked, ...] = ()
    left: tuple[Row, ...] = ()
    calls: Counter[tuple[str, str]] = field(default_factory=Counter)

    def asked_by(self, home: str) -> tuple[Asked, ...]:
        """What the role of a cloud-config asked for."""
        return tuple(each for each in self.asked if each.role == self.deployers[home].arn)

    @cached_property
    def requests(self) -> dict[str, dict[str, list[Request]]]:
        """Stack of a cloud-config to action to what its role asked for; to be read when the life is over."""
        found: dict[str, dict[str, list[Request]]] = {home: defaultdict(list) for home in HOMES}
        for home in HOMES:
            for each in self.asked_by(home):
                found[home][each.action].append(
                    Request(action=each.action, resource=each.resource, context=each.context)
                )
        return found

    def note(self) -> None:
        """Take down what only the living account knows."""
        account = self.project.account
        store = AccountStore(account.path)
        for home in HOMES:
            role = account.resource(f"{home}-role", t.ROLE)
            self.deployers[home] = principal_of(store, role)
            self.scopes[home] = _scope(account, home, role)
        self.asked = account.requests()
        for resource in {each.resource for each in self.asked} - self.resource_policies.keys():
            self.resource_policies[resource] = policies_of(store, resource)
        store.close()


def _on(home: str, project: RehearsedProject) -> list[str]:
    return sorted(project.platform.project.with_dependents([home]))


def _scope(account: OfflineAccount, home: str, role: Row) -> Scope:
    keys = [row for row in account.resources(t.KEY) if row.urn.endswith(f"::{home}-key")]
    return Scope(
        account_id="000000000000",
        region="us-east-2",
        cloud_config_uuid=role.inputs["path"].split("/")[2],
        bucket=account.resource(f"{home}-bucket", t.BUCKET).id,
        table=account.resource(f"{home}-table", t.TABLE).id,
        key_arn=keys[0].arn or "" if keys else "",
    )


@contextmanager
def lived(root: Path) -> Iterator[Life]:
    """A project that has lived its life."""
    with RehearsedProject.at(root) as project:
        life = Life(project)
        owner = World.at(project.account.folder)
        owner.make(t.ROLE, "etl", name="etl", path="/team/", assumeRolePolicy=nodes_trust("aws"))
        _begin(project)
        project.up()
        life.note()
        for step in (_change, _meddle, _change_again):
            step(project)
            # The ready-made stacks stay as they are: tests/engine/test_platform.py changes them.
            project.platform.up(_on("keyed", project), lose_data=True)
            life.note()
        project.destroy()
        life.asked = project.account.requests()
        life.left = project.account.resources()
        life.calls = project.account.calls()
        yield life


def _begin(project: RehearsedProject) -> None:
    project.take(*READY_MADE)
    project.write("keyed", "cloud-config", HOME)
    project.write("open", "workspace", OPEN, cloud_config="keyed")
    project.write("closed", "workspace", CLOSED, cloud_config="keyed")
    project.write("own-role", "instance-role", OWN_ROLE, cloud_config="keyed")
    project.write("users-role", "instance-role", {"name": "etl", "role_arn": USERS_ROLE}, cloud_config="keyed")
    project.write("etl", "cluster", CLUSTER, workspace="open", instance_role="users-role")
    project.write("own", "cluster", {**CLUSTER, "name": "own"}, workspace="closed", instance_role="own-role")
    project.write("spot", "cluster", SPOT, workspace="open")


def _change(project: RehearsedProject) -> None:
    """Other tags everywhere, and something else in each."""
    tags = {"owner": "ops"}
    network = {**OPEN["network"], "egress": "nat"}
    members = {"admins": [ANYBODY], "developers": [USERS_ROLE]}
    project.write(
        "open", "workspace", {**OPEN, "network": network, "members": members, "tags": tags}, cloud_config="keyed"
    )
    network = {**CLOSED["network"], "zones": ["use2-az2", "use2-az1", "use2-az3"]}
    storage = {"kind": "lustre", "capacity_gib": 2400, "throughput_mbps_per_tib": 250}
    project.write(
        "closed",
        "workspace",
        {**CLOSED, "network": network, "shared_storage": storage, "tags": tags},
        cloud_config="keyed",
    )
    statements = [{"actions": ["s3:ListBucket"], "resources": ["arn:aws:s3:::data"]}]
    project.write(
        "own-role", "instance-role", {**OWN_ROLE, "statements": statements, "tags": tags}, cloud_config="keyed"
    )
    project.write("etl", "cluster", {**CLUSTER, "nodes": 3, "tags": tags}, workspace="open", instance_role="users-role")
    project.write(
        "own",
        "cluster",
        {**CLUSTER, "name": "own", "auto_pause_minutes": 30, "tags": tags},
        workspace="closed",
        instance_role="own-role",
    )
    project.write("spot", "cluster", {**SPOT, "instance_type": "m6i.8xlarge"}, workspace="open")
    network = {"kind": "existing", **_users_network(World.at(project.account.folder))}
    guest = {"name": "guest", "network": network, "delete_data": True}
    project.write("guest", "workspace", guest, cloud_config="keyed")
    project.write("visit", "cluster", {**CLUSTER, "name": "visit"}, workspace="guest")


def _users_network(owner: World) -> dict[str, Any]:
    """Two private subnets behind a NAT gateway, with no tag of ours."""
    vpc = owner.make(t.VPC, "users", cidrBlock="10.50.0.0/16", enableDnsHostnames=True).id
    gateway = owner.make(t.INTERNET_GATEWAY, "users", vpcId=vpc).id
    address = owner.make(t.EIP, "users", domain="vpc").id
    public = owner.make(t.SUBNET, "public", vpcId=vpc, cidrBlock="10.50.9.0/24", availabilityZoneId="use2-az1").id
    out = owner.make(t.NAT_GATEWAY, "users", subnetId=public, allocationId=address).id
    private = []
    for number, (subnet, way) in enumerate([(public, {"gatewayId": gateway}), *[(None, {"natGatewayId": out})] * 2]):
        table = owner.make(t.ROUTE_TABLE, f"users-{number}", vpcId=vpc).id
        owner.make(t.ROUTE, f"users-{number}", routeTableId=table, destinationCidrBlock="0.0.0.0/0", **way)
        if subnet is None:
            block = {"cidrBlock": f"10.50.{number}.0/24", "availabilityZoneId": f"use2-az{number}"}
            subnet = owner.make(t.SUBNET, f"users-{number}", vpcId=vpc, **block).id
            private.append(subnet)
        owner.make(t.ROUTE_TABLE_ASSOCIATION, f"users-{number}", routeTableId=table, subnetId=subnet)
    return {"vpc_id": vpc, "private_subnet_ids": private}


def _meddle(project: RehearsedProject) -> None:
    """Somebody has changed by hand what keeps others out, and how fast files are; the next `up` sets it right."""
    account = project.account
    named = {row.urn.rpartition("::")[2]: row for row in account.resources() if "::keyed" not in row.urn}
    account.drift(named["open-network-private-use2-az1"], mapPublicIpOnLaunch=True)
    account.drift(named["open-network-storage-in-nodes-2049"], toPort=2050)
    account.drift(named["open-storage-mount-use2-az1"], securityGroups=[named["open-network-nodes"].id])
    account.drift(named["open-storage-files"], throughputMode="bursting")
    project.refresh(*_on("keyed", project))


def _change_again(project: RehearsedProject) -> None:
    """Ways out, zones and files are others; statements go."""
    network: Mapping[str, Any] = {"kind": "managed", "zones": ["use2-az1", "use2-az2"], "egress": "none"}
    project.write("open", "workspace", {**OPEN, "network": network, "members": {}, "tags": {}}, cloud_config="keyed")
    network = {**CLOSED["network"], "egress": "nat"}
    project.write(
        "closed", "workspace", {**CLOSED, "network": network, "shared_storage": {"kind": "efs"}}, cloud_config="keyed"
    )
    project.write("own-role", "instance-role", {**OWN_ROLE, "statements": []}, cloud_config="keyed")
    project.write("etl", "cluster", {**CLUSTER, "placement_group": False}, workspace="open", instance_role="users-role")
