"""What can be wrong with stacks that are sound one by one: roles of elsewhere, full subnets, ranges and names. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from ipaddress import IPv4Network

from bodo_infra import catalog
from bodo_infra.checks import Finding, place
from bodo_infra.checks.aws_types import find_type
from bodo_infra.checks.findings import found
from bodo_infra.plans.arm_ids import same_id
from bodo_infra.plans.azure_network import check_azure_cidr
from bodo_infra.plans.network_plan import check_cidr, check_overlap
from bodo_infra.project.stack_file import SPEC, USES, StackFile
from bodo_infra.project.surroundings import Stacks, Surroundings, spec_or_none, surroundings
from bodo_infra.project.yaml_files import shown_path
from bodo_infra.spec import CloudConfigSpec, ClusterSpec, InstanceRoleSpec, ManagedNetwork, WorkspaceSpec
from bodo_infra.spec.cloud_config import AzureSubscription
from bodo_infra.spec.workspace import MEMBER_KINDS

Workspaces = Mapping[str, tuple[WorkspaceSpec, Surroundings]]
"""Workspaces by the names of their stacks, with what stands around each."""


def check_neighbours(stack: StackFile, stacks: Stacks, around: Surroundings) -> list[Finding]:
    """Everything that is wrong with a stack among the others of the project. ``around``: of this stack."""
    spec = spec_or_none(stack)
    if isinstance(spec, InstanceRoleSpec):
        return [*_check_role_is_listed(stack, spec, around), *_check_identity(stack, spec, stacks, around)]
    if isinstance(spec, ClusterSpec):
        near = _check_role_is_near(stack, stacks, around) + _check_limits_are_kept(stack, spec, around)
        return near + _check_addresses(stack, spec, around) + _check_chosen_zones(stack, spec, around)
    if isinstance(spec, WorkspaceSpec):
        others = _workspaces(stack, stacks)
        near = _check_key_is_near(stack, stacks, around) + _check_ranges(stack, spec, others, around)
        return near + list(_check_members(stack, spec, others, around))
    if isinstance(spec, CloudConfigSpec):
        return [*_check_names_of_account(stack, spec, stacks), *_check_group_of_subscription(stack, spec, stacks)]
    return []


def _check_role_is_listed(stack: StackFile, spec: InstanceRoleSpec, around: Surroundings) -> list[Finding]:
    arns = around.instance_role_arns
    if spec.role_arn is None or arns is None or spec.role_arn in arns:
        return []
    rule = f"is not among those that cloud-config {around.cloud_config} may hand over to nodes"
    fix = f"Add it to aws.instance_role_arns of stack {around.cloud_config}, and bring that up first"
    path = f"{SPEC}.role_arn"
    return [_finding("instance-role.not-listed", stack, path, spec.role_arn, rule, fix)]


def _check_identity(
    stack: StackFile, spec: InstanceRoleSpec, stacks: Stacks, around: Surroundings
) -> Iterator[Finding]:
    """Azure gives the role of nodes once to an identity on the container of a cloud-config."""
    if around.azure is None or spec.role_arn is None:
        return
    for other in _before(stack, stacks):
        theirs = spec_or_none(other)
        if not isinstance(theirs, InstanceRoleSpec) or theirs.role_arn is None:
            continue
        if other.uses.get("cloud_config") == around.cloud_config and same_id(theirs.role_arn, spec.role_arn):
            rule = f"is the identity of instance role {other.name} too, which stands on the same cloud-config"
            fix = f"Let clusters use {other.name}, or name an identity of its own"
            yield _finding("instance-role.identity-of-another", stack, f"{SPEC}.role_arn", spec.role_arn, rule, fix)


def _check_role_is_near(stack: StackFile, stacks: Stacks, around: Surroundings) -> list[Finding]:
    name = stack.uses.get("instance_role")
    role = stacks.get(name) if name else None
    if role is None or role.kind != "instance-role":
        return []
    there = role.uses.get("cloud_config")
    if there is None or around.cloud_config is None or there == around.cloud_config:
        return []
    mine, other = _target(stacks.get(around.cloud_config)), _target(stacks.get(there))
    where = f" ({other})" if other != mine else ""
    here = f" ({mine})" if other != mine else ""
    rule = f"stands on cloud-config {there}{where}, but this cluster's workspace on {around.cloud_config}{here}"
    fix = f"Use an instance role that stands on {around.cloud_config}, or none"
    return [_finding("cluster.role-of-elsewhere", stack, f"{USES}.instance_role", role.name, rule, fix)]


def _check_key_is_near(stack: StackFile, stacks: Stacks, around: Surroundings) -> list[Finding]:
    """A key encrypts in its own region alone."""
    home = spec_or_none(stacks.get(around.cloud_config or ""))
    account = home.aws if isinstance(home, CloudConfigSpec) else None
    if account is None or not account.customer_key or around.region in (None, account.region):
        return []
    rule = f"is not {account.region}, the region of cloud-config {around.cloud_config} and its customer_key"
    fix = f"Leave it out, or use a cloud-config of {around.region}, or one without customer_key"
    return [_finding("workspace.key-of-elsewhere", stack, f"{SPEC}.region", str(around.region), rule, fix)]


def _check_chosen_zones(stack: StackFile, spec: ClusterSpec, around: Surroundings) -> list[Finding]:
    """A cluster whose zone, or every zone that offers its type, was not chosen for the workspace."""
    chosen, region = around.chosen_zones, around.region
    if chosen is None or region is None or spec.instance_type is None or find_type(spec.instance_type) is None:
        return []
    offering = catalog.zones_offering(spec.instance_type, region)
    wanted = offering if spec.zone is None else tuple(zone for zone in offering if zone == spec.zone)
    if not wanted or set(wanted) & set(chosen):  # what nobody offers is told by the cluster's own checks
        return []
    path, value = ("zone", spec.zone) if spec.zone else ("instance_type", spec.instance_type)
    home = stack.uses["workspace"]
    rule = f"needs a subnet in {' or '.join(wanted)}, but the zones chosen for workspace {home} are {', '.join(chosen)}"
    # All of them: a list of the new zone alone would take the others away.
    fix = f"Set network.zones of stack {home} to [{', '.join((*chosen, wanted[0]))}]"
    return [_finding("cluster.zone-not-in-workspace", stack, f"{SPEC}.{path}", value, rule, fix)]


def _check_addresses(stack: StackFile, spec: ClusterSpec, around: Surroundings) -> list[Finding]:
    # All nodes are in one subnet. Only a node's first interface has an address, whatever its cards.
    if around.node_addresses is None or spec.nodes <= around.node_addresses:
        return []
    rule = f"are more than the {around.node_addresses} addresses that a subnet of the workspace has"
    fix = "Lower nodes, or give the workspace a larger network.cidr"
    return [_finding("cluster.addresses", stack, f"{SPEC}.nodes", str(spec.nodes), rule, fix)]


def _check_limits_are_kept(stack: StackFile, spec: ClusterSpec, around: Surroundings) -> list[Finding]:
    """Azure has no private way to its management: nodes without a way out cannot take themselves away."""
    pause = None if spec.spot else spec.auto_pause_minutes  # a spot cluster has no such limit
    limits = {"auto_pause_minutes": pause, "auto_shutdown_minutes": spec.auto_shutdown_minutes}
    if around.azure is None or around.egress != "none" or not any(limits.values()):
        return []
    path, value = next((path, str(minutes)) for path, minutes in limits.items() if minutes)
    home = stack.uses["workspace"]
    rule = f"is not kept: workspace {home} has no way out, and its nodes do not reach Azure's management"
    fix = f"Set network.egress of stack {home} to nat, or pause the cluster yourself and set this to null"
    told = _finding("cluster.limit-not-kept", stack, f"{SPEC}.{path}", value, rule, fix)
    return [replace(told, level="warning")]


def _check_ranges(stack: StackFile, spec: WorkspaceSpec, others: Workspaces, around: Surroundings) -> list[Finding]:
    """Networks of one account and region that could never be connected. Legal, and so a warning."""
    mine = _range(spec, around)
    if mine is None or around.region is None:
        return []
    there = {
        f"workspace {name}": cidr
        for name, (theirs, beside) in others.items()
        if beside.place == around.place and (cidr := _range(theirs, beside)) is not None
    }
    problems = check_overlap(mine, there, path=f"{SPEC}.network.cidr")
    also = ", which works as long as nobody connects the two networks"
    told = place(found("workspace.cidr-overlap", problems), file=shown_path(stack.path))
    return [replace(finding, rule=finding.rule + also, level="warning") for finding in told]


def _check_members(
    stack: StackFile, spec: WorkspaceSpec, others: Workspaces, around: Surroundings
) -> Iterator[Finding]:
    """Azure gives a role once to a principal on the container, which all workspaces of a cloud-config share."""
    if around.azure is None:
        return
    for name, (theirs, beside) in sorted(others.items()):
        if name > stack.name or beside.cloud_config != around.cloud_config:  # the later one by name is told
            continue
        for part in MEMBER_KINDS:
            taken = {member.lower() for member in getattr(theirs.members, part)}
            for index, member in enumerate(getattr(spec.members, part)):
                if member.lower() in taken:
                    rule = f"is among the {part} of workspace {name}, which shares its container with this one"
                    fix = "Make a group for each workspace, and name the groups"
                    path = f"{SPEC}.members.{part}[{index}]"
                    yield _finding("workspace.member-of-another", stack, path, member, rule, fix)


def _check_group_of_subscription(stack: StackFile, spec: CloudConfigSpec, stacks: Stacks) -> Iterator[Finding]:
    """Resource groups that two cloud-configs would both make."""
    mine = spec.azure
    if mine is None or mine.existing_resource_group:
        return
    for earlier in _before(stack, stacks):
        other = spec_or_none(earlier)
        theirs = other.azure if isinstance(other, CloudConfigSpec) else None
        if theirs is None or theirs.existing_resource_group or _group(theirs) != _group(mine):
            continue
        rule = f"stack {earlier.name} already makes one of this name"
        fix = "Use another group; or set azure.existing_resource_group to true, and bring that stack up first"
        path = f"{SPEC}.azure.resource_group"
        yield _finding("cloud-config.group-taken", stack, path, mine.resource_group, rule, fix)


def _check_names_of_account(stack: StackFile, spec: CloudConfigSpec, stacks: Stacks) -> Iterator[Finding]:
    """Buckets and tables that two cloud-configs would both make."""
    for earlier in _before(stack, stacks):
        other = spec_or_none(earlier)
        if spec.aws is None or not isinstance(other, CloudConfigSpec) or other.aws is None:
            continue
        mine, theirs = spec.aws, other.aws
        taken: Mapping[str, tuple[str | None, bool]] = {
            "bucket_name": (mine.bucket_name, mine.bucket_name == theirs.bucket_name),
            "table_name": (
                mine.table_name,
                (mine.table_name, mine.account_id, mine.region)
                == (theirs.table_name, theirs.account_id, theirs.region),
            ),
        }
        for field, (value, same) in taken.items():
            if value is not None and same:
                rule, path = f"stack {earlier.name} already makes one of this name", f"{SPEC}.aws.{field}"
                yield _finding("cloud-config.name-taken", stack, path, value, rule, "Use another name, or leave it out")


def _before(stack: StackFile, stacks: Stacks) -> Iterator[StackFile]:
    """Stacks of its kind that come before it by name: of two that clash, the later one is told."""
    return (stacks[name] for name in sorted(stacks) if name < stack.name and stacks[name].kind == stack.kind)


def _workspaces(stack: StackFile, stacks: Stacks) -> Workspaces:
    """All but this one."""
    found = {}
    for name, other in stacks.items():
        spec = spec_or_none(other) if other.kind == "workspace" and name != stack.name else None
        if isinstance(spec, WorkspaceSpec):
            found[name] = (spec, surroundings(other, stacks))
    return found


def _range(spec: WorkspaceSpec, around: Surroundings) -> str | None:
    """The range of a network that we make; None for others, and for one that is wrong in itself."""
    network = spec.network or ManagedNetwork()
    if not isinstance(network, ManagedNetwork):
        return None
    on_azure = around.azure is not None
    wrong = check_azure_cidr(network.cidr) if on_azure else check_cidr(network.cidr, egress=network.egress)
    return None if wrong else str(IPv4Network(network.cidr))


def _group(azure: AzureSubscription) -> tuple[str, str]:
    return azure.subscription_id.lower(), azure.resource_group.lower()


def _target(stack: StackFile | None) -> str | None:
    spec = spec_or_none(stack)
    return spec.target if isinstance(spec, CloudConfigSpec) else None


def _finding(rule_id: str, stack: StackFile, path: str, value: str, rule: str, fix: str) -> Finding:
    return Finding(id=rule_id, file=shown_path(stack.path), path=path, value=value, rule=rule, fix=fix)
