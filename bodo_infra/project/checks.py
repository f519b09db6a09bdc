"""What can be wrong with a stack among the others: whom it uses, its name, and its spec on its target. Pure."""

from collections.abc import Callable, Collection, Mapping

from bodo_infra import checks
from bodo_infra.errors import InputError, Problem
from bodo_infra.project.neighbours import check_neighbours
from bodo_infra.project.stack_file import ROLES, SPEC, USES, StackFile
from bodo_infra.project.surroundings import Surroundings, surroundings
from bodo_infra.project.yaml_files import shown_path
from bodo_infra.spec import (
    CloudConfigSpec,
    ClusterSpec,
    InstanceRoleSpec,
    NotebookSpec,
    OrganizationSpec,
    Spec,
    Target,
    WorkspaceSpec,
)
from bodo_infra.spec.problems import nearest, with_article


def check_uses(stack: StackFile, stacks: Mapping[str, StackFile], known: Collection[str]) -> list[Problem]:
    """Stacks that are used but missing, or of the wrong kind. ``known``: also names whose files cannot be read."""
    problems = []
    for role in ROLES[stack.kind]:
        used = stack.uses.get(role.name)
        if used is None or (used in known and used not in stacks):
            continue
        path = f"{USES}.{role.name}"
        if used not in stacks:
            rule, fix = "no such stack", _missing_fix(used, role.kind, stacks)
        elif stacks[used].kind != role.kind:
            what, who, needed = (with_article(kind) for kind in (stacks[used].kind, stack.kind, role.kind))
            rule = f"is {what}, but {who} needs {needed} there"
            fix = _missing_fix(used, role.kind, stacks)
        else:
            continue
        problems.append(Problem(file=shown_path(stack.path), path=path, value=used, rule=rule, fix=fix))
    return problems


def check_stack(
    stack: StackFile, stacks: Mapping[str, StackFile], target: Target | None, *, machine_cores: int | None
) -> list[Problem]:
    """What the noun's own checks find, placed in the stack file, and what is wrong with it among the others.

    ``target``: None for an organization, and for a stack whose uses are broken, which is told with them.
    """
    try:
        spec = stack.spec
    except InputError as error:
        return list(error.problems)
    if target is None and stack.kind != "organization":
        return []
    around = surroundings(stack, stacks)
    own = checks.place(_findings(spec, target, around, machine_cores), file=shown_path(stack.path), path=SPEC)
    return [*own, *check_neighbours(stack, stacks, around)]


def check_names(
    stacks: Mapping[str, StackFile], involved: set[str], home_role: Callable[[str], str | None]
) -> list[Problem]:
    """Two things of one kind with one name in one home, such as two clusters `etl` in a workspace."""
    problems = []
    first: dict[tuple[str, str, str | None], str] = {}
    # Stacks that nobody asked about come first: the one in question is told of the clash.
    for name in sorted(stacks, key=lambda name: (name in involved, name)):
        stack = stacks[name]
        data = stack.spec_data
        own = data.get("name") if isinstance(data, Mapping) else None
        role = home_role(stack.kind)
        home = stack.uses.get(role) if role is not None else None
        other = first.setdefault((stack.kind, str(own), home), name)
        if own is not None and other != name and involved & {name, other}:
            where = f" in {home}" if home else ""
            rule = f"stack {other} already makes {with_article(stack.kind)} of this name{where}"
            file = shown_path(stack.path)
            problems.append(Problem(file=file, path=f"{SPEC}.name", value=str(own), rule=rule, fix="Use another name"))
    return problems


def _missing_fix(used: str, kind: str, stacks: Mapping[str, StackFile]) -> str:
    fitting = sorted(name for name, stack in stacks.items() if stack.kind == kind)
    near = nearest(used, fitting)
    if near:
        return f"Did you mean {near}?"
    if fitting:
        return f"Use one of {', '.join(fitting)}"
    return f"Make one with `bodo-infra new {kind} NAME`"


def _findings(
    spec: Spec, target: Target | None, around: Surroundings, machine_cores: int | None
) -> list[checks.Finding]:
    if isinstance(spec, OrganizationSpec):
        return checks.check_organization(spec)
    if isinstance(spec, CloudConfigSpec):
        return checks.check_cloud_config(spec)
    assert target is not None, "all other kinds stand on a cloud-config"
    if isinstance(spec, WorkspaceSpec):
        return checks.check_workspace(spec, target, region=around.region, azure=around.azure)
    if isinstance(spec, ClusterSpec):
        return checks.check_cluster(
            spec, target, machine_cores=machine_cores, region=around.region, zones=around.given_zones
        )
    if isinstance(spec, InstanceRoleSpec):
        return checks.check_instance_role(spec, target, account_id=around.account_id, azure=around.azure)
    if isinstance(spec, NotebookSpec):
        return checks.check_notebook(spec, target)
    return []
