"""One life of everything that the Azure target makes: all ready-made stacks, and specs that differ in every way.

Two cloud-configs of one subscription: the ready-made one, and ``team``, in a group of the user's own with a network, an
identity and data that are there, for another service principal that may grant other roles. Everything comes up, is
changed twice, looked at, and goes. What stack files say is made by one program: an engine for each stack takes longer.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from bodo_infra.driver.engine import Engine
from bodo_infra.plugin.account.arm import tokens as t
from bodo_infra.plugin.account.rbac.evaluate import Assignment, Request
from bodo_infra.plugin.account.rbac.session import DATA
from bodo_infra.plugin.account.rbac.stored import assignments_in
from bodo_infra.plugin.account.store import AccountStore, Asked, Row
from bodo_infra.project.built import built_spec
from bodo_infra.project.offline import with_offline_account
from tests.arm_world import GROUP, SUBSCRIPTION, ArmWorld
from tests.engine.account_project import ForeignProject
from tests.engine.azure_life_program import PROGRAM
from tests.engine.ready_made import AZURE as READY_MADE
from tests.engine.rehearsed_project import RehearsedProject

READY, TEAM = HOMES = ("azure-cloud-config", "team")
PRINCIPALS = {READY: "00000000-0000-0000-0000-00000000b0d0", TEAM: "77777777-0000-0000-0000-000000000007"}
GROUPS = {READY: f"{SUBSCRIPTION}/resourceGroups/bodo-demo", TEAM: GROUP}
GRANTABLE = {
    READY: ("Key Vault Secrets User", "Storage Blob Data Reader"),
    TEAM: ("Reader", "Storage Blob Data Contributor"),
}
ANN, BEN, BOT, STAFF = (f"99999999-0000-0000-0000-00000000000{digit}" for digit in "1234")
USERS_IDENTITY = f"{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/etl"
USERS_DATA = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/teamdata"
USERS_IMAGE = f"{GROUP}/providers/Microsoft.Compute/images/nodes"
IN_GALLERY = f"{GROUP}/providers/Microsoft.Compute/galleries/ours/images/nodes"
HPC, ORDINARY, LARGER = "Standard_HB120rs_v3", "Standard_D16as_v5", "Standard_D32as_v5"

HOME = {
    "name": "team",
    "azure": {
        "tenant_id": "00000000-0000-0000-0000-000000000000",
        "subscription_id": "00000000-0000-0000-0000-000000000000",
        "resource_group": "data",
        "existing_resource_group": True,
        "location": "westeurope",
        "service_principal": {"application_id": PRINCIPALS[TEAM], "object_id": PRINCIPALS[TEAM]},
        "grantable_roles": list(GRANTABLE[TEAM]),
    },
    "delete_data": True,
}
OPEN = {
    "name": "open",
    "network": {"kind": "managed", "cidr": "10.50.0.0/16"},
    "members": {"admins": [ANN], "developers": [f"group:{STAFF}", f"service-principal:{BOT}"], "viewers": [BEN]},
    "delete_data": True,
    "tags": {"team": "data"},
}
CLOSED = {
    "name": "closed",
    "network": {"kind": "managed", "cidr": "10.40.0.0/20", "egress": "none"},
    "shared_storage": {"kind": "netapp", "capacity_tib": 1},
    "delete_data": True,
    "tags": {"team": "data"},
}
OWN_ROLE = {
    "name": "own",
    "statements": [{"actions": ["Storage Blob Data Contributor"], "resources": [USERS_DATA]}],
    "tags": {"team": "data"},
}
ETL = {"name": "etl", "instance_type": HPC, "nodes": 2, "tags": {"team": "data"}}
OWN = {"name": "own", "instance_type": ORDINARY, "nodes": 2, "auto_pause_minutes": None, "tags": {"team": "data"}}
SPOT = {"name": "spot", "instance_type": ORDINARY, "nodes": 2, "spot": True, "placement_group": False}


@dataclass
class Life:
    """What was asked for, and by whom.

    ``assignments``: all that there were at any time, by id.  ``rows``: all that there was at any time, by name in the
    program.  ``left``: what was there in the end.  ``calls``: verb and type to how often it was asked for.
    """

    project: RehearsedProject
    program: ForeignProject
    assignments: dict[str, Assignment] = field(default_factory=dict)
    rows: dict[str, Row] = field(default_factory=dict)
    asked: tuple[Asked, ...] = ()
    left: tuple[Row, ...] = ()
    calls: Counter[tuple[str, str]] = field(default_factory=Counter)

    def asked_by(self, home: str) -> tuple[Asked, ...]:
        """What the service principal of a cloud-config asked for."""
        return tuple(each for each in self.asked if each.role == PRINCIPALS[home])

    @cached_property
    def requests(self) -> dict[str, dict[str, list[Request]]]:
        """Stack of a cloud-config to action to what its principal asked for; to be read when the life is over."""
        found: dict[str, dict[str, list[Request]]] = {home: defaultdict(list) for home in HOMES}
        for home in HOMES:
            for each in self.asked_by(home):
                found[home][each.action].append(request_of(each))
        return found

    def of(self, principal: str) -> list[Assignment]:
        """The assignments of a principal, by its object id."""
        return [each for each in self.assignments.values() if each.principal == principal]

    def up(self) -> None:
        """Bring up what the stack files say now, and take down what only the living account knows."""
        project = with_offline_account(self.project.platform.project)
        nouns = {
            name: {"kind": stack.kind, "uses": dict(stack.uses), "spec": built_spec(project, name).plain()}
            for name, stack in project.stacks.items()
        }
        (self.program.root / "nouns.json").write_text(json.dumps(nouns))
        self.program.up()
        store = AccountStore(self.project.account.path)
        self.rows |= {row.urn.rpartition("::")[2]: row for row in store.all()}
        given = zip(store.of_type(t.ROLE_ASSIGNMENT), assignments_in(store), strict=True)
        self.assignments |= {row.id: assignment for row, assignment in given}
        store.close()


def request_of(asked: Asked) -> Request:
    """What was asked for, to be asked again."""
    attributes = {key: value for key, value in asked.context.items() if key != DATA}
    return Request(
        action=asked.action, resource=asked.resource, data=DATA in asked.context, attributes=_tuples(attributes)
    )


def _tuples(context: dict[str, str | tuple[str, ...] | None]) -> dict[str, tuple[str, ...] | None]:
    return {key: (value,) if isinstance(value, str) else value for key, value in context.items()}


@contextmanager
def lived(engine: Engine, root: Path) -> Iterator[Life]:
    """A project that has lived its life."""
    with RehearsedProject.at(root) as project:
        owner = ArmWorld.at(project.account.folder)
        owner.identity("etl")
        owner.storage("teamdata")
        # Else the engine writes the whole state after each step, which takes longer than all the rest.
        project.account.environ |= {"PULUMI_EXPERIMENTAL": "true", "PULUMI_SKIP_CHECKPOINTS": "true"}
        life = Life(project, ForeignProject(engine, project.account, root / "program", PROGRAM))
        _begin(project)
        life.up()
        _change(project, owner)
        life.up()
        _meddle(life)
        life.program.refresh()
        _change_again(project)
        life.up()
        assert life.program.run("destroy").code == 0
        life.asked = project.account.requests()
        life.left = project.account.resources()
        life.calls = project.account.calls()
        yield life


def _begin(project: RehearsedProject) -> None:
    project.take(*READY_MADE.stacks)
    project.write(TEAM, "cloud-config", HOME)
    project.write("open", "workspace", OPEN, cloud_config=TEAM)
    project.write("closed", "workspace", CLOSED, cloud_config=TEAM)
    project.write("own-role", "instance-role", OWN_ROLE, cloud_config=TEAM)
    project.write("users-role", "instance-role", {"name": "etl", "role_arn": USERS_IDENTITY}, cloud_config=TEAM)
    project.write("etl", "cluster", ETL, workspace="open", instance_role="users-role")
    project.write("own", "cluster", OWN, workspace="closed", instance_role="own-role")
    project.write("spot", "cluster", SPOT, workspace="open")


def _change(project: RehearsedProject, owner: ArmWorld) -> None:
    """Other tags everywhere, and something else in each; and a workspace in a network of the user's own."""
    tags = {"tags": {"owner": "ops"}}
    members = {"admins": [ANN], "developers": [BEN]}
    files = {"kind": "azure-files", "capacity_gib": 200}
    opened = {**OPEN, "members": members, "shared_storage": files, **tags}
    project.write("open", "workspace", opened, cloud_config=TEAM)
    network = {**CLOSED["network"], "egress": "nat"}
    volume = {"kind": "netapp", "capacity_tib": 2}
    closed = {**CLOSED, "network": network, "shared_storage": volume, **tags}
    project.write("closed", "workspace", closed, cloud_config=TEAM)
    statements = [{"actions": ["Reader"], "resources": [USERS_DATA]}]
    project.write("own-role", "instance-role", {**OWN_ROLE, "statements": statements, **tags}, cloud_config=TEAM)
    project.write("etl", "cluster", {**ETL, "nodes": 3, **tags}, workspace="open", instance_role="users-role")
    own = {**OWN, "nodes": 1, "auto_pause_minutes": 30, "image_id": IN_GALLERY, **tags}
    project.write("own", "cluster", own, workspace="closed", instance_role="own-role")
    project.write("spot", "cluster", {**SPOT, "instance_type": LARGER, "image_id": USERS_IMAGE}, workspace="open")
    guest = {"name": "guest", "network": {"kind": "existing", **_users_network(owner)}, "delete_data": True}
    project.write("guest", "workspace", guest, cloud_config=TEAM)
    visit = {**OWN, "name": "visit", "image_id": f"{IN_GALLERY}/versions/1.0.0"}
    project.write("visit", "cluster", visit, workspace="guest")


def _users_network(owner: ArmWorld) -> dict[str, object]:
    """A network with a way out for nodes, and a security group for them."""
    address = owner.put(
        t.PUBLIC_IP,
        "users",
        publicIpAddressName="users",
        sku={"name": "Standard"},
        publicIPAllocationMethod="Static",
    )
    gateway = owner.put(
        t.NAT_GATEWAY,
        "users",
        natGatewayName="users",
        sku={"name": "Standard"},
        publicIpAddresses=[{"id": address.id}],
    )
    vnet = owner.vnet("users", "10.60.0.0/16")
    nodes = owner.subnet("users-nodes", "10.60.0.0/24", "users", subnetName="nodes", natGateway={"id": gateway.id})
    rest = owner.subnet("users-rest", "10.60.1.0/24", "users", subnetName="rest")
    group = owner.put(t.SECURITY_GROUP, "users", networkSecurityGroupName="users")
    return {"vpc_id": vnet.id, "private_subnet_ids": [nodes.id, rest.id], "security_group_ids": [group.id]}


def _meddle(life: Life) -> None:
    """Somebody has changed by hand what keeps others out, and how many nodes there are; `up` sets it right."""
    account = life.project.account
    account.drift(account.resource("open-network-nodes-group"), securityRules=[])
    account.drift(account.resource("open-network-nodes-subnet"), defaultOutboundAccess=True)
    account.drift(account.resource("open-storage-account"), publicNetworkAccess="Enabled")
    nodes = account.resource("etl-nodes")
    account.drift(nodes, sku={**nodes.inputs["sku"], "capacity": 7})


def _change_again(project: RehearsedProject) -> None:
    """Networks, ways out and files are others; statements and members go."""
    network = {"kind": "managed", "cidr": "10.70.0.0/16", "egress": "none"}
    opened = {**OPEN, "network": network, "members": {}, "tags": {}}
    project.write("open", "workspace", opened, cloud_config=TEAM)
    closed = {**CLOSED, "shared_storage": {"kind": "azure-files"}}
    project.write("closed", "workspace", closed, cloud_config=TEAM)
    project.write("own-role", "instance-role", {**OWN_ROLE, "statements": []}, cloud_config=TEAM)
    etl = {**ETL, "auto_pause_minutes": None}
    project.write("etl", "cluster", etl, workspace="open", instance_role="users-role")
    own = {**OWN, "placement_group": False}
    project.write("own", "cluster", own, workspace="closed", instance_role="own-role")
    project.write("spot", "cluster", {**SPOT, "auto_pause_minutes": None}, workspace="open")
