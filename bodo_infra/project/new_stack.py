"""A new stack file: what it uses is found, what it leaves out is explained, and nothing unsound is written."""

from collections.abc import Mapping, Sequence
from typing import Any

from bodo_infra.checks.cluster import CLOUD_ONLY
from bodo_infra.errors import InputError, Problem, raise_problems
from bodo_infra.project.makeable import MAKEABLE, makers
from bodo_infra.project.needed_options import account_options, spec_problems
from bodo_infra.project.project import Project
from bodo_infra.project.stack_file import (
    KIND,
    ROLES,
    SPEC,
    STACK_KINDS,
    USES,
    Role,
    StackFile,
    check_stack_name,
    set_value,
    stack_path,
)
from bodo_infra.project.yaml_files import render_yaml, shown_path, write_atomically
from bodo_infra.spec import NOUNS, Spec, Target
from bodo_infra.spec.problems import shown, unknown_word, with_article

# Fields without a use on the local target; a new file does not mention them there.
ON_CLOUDS_ONLY = {*CLOUD_ONLY, "placement_group", "efa", "network", "region", "disk_gb"}


def plan_stack(
    project: Project, kind: str, name: str, *, uses: Mapping[str, str], values: Mapping[str, object]
) -> StackFile:
    """The stack that ``new`` would write a file for. ``values``: by path in the spec, such as ``schedule.cron``.

    Raises InputError with every problem: of the file, and of its place among the others.
    """
    if kind not in STACK_KINDS:
        raise InputError.from_problems([_no_stack_kind(kind)])
    name_problem = check_stack_name(name, path="NAME")
    if name_problem is not None:
        raise InputError.from_problems([name_problem])
    path = stack_path(project.stack_dir, name)
    if path.exists():
        raise InputError(f"{shown_path(path)} is there already", "Edit it, or choose another name")
    spec_data: dict[str, Any] = {"name": name}
    for place, value in values.items():
        set_value(spec_data, place.split("."), value)
    found, problems = _found_uses(project, kind, uses)
    stack = StackFile(name=name, kind=kind, uses={**found, **uses}, spec_data=spec_data, path=path)
    raise_problems([*problems, *spec_problems(stack)])
    project.with_stack(stack).require_sound([name])
    return stack


def write_stack(project: Project, stack: StackFile) -> None:
    """Write the file of a stack that ``plan_stack`` made."""
    stack.path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(stack.path, render_stack_file(stack, project.with_stack(stack).target_of(stack.name)))


def render_stack_file(stack: StackFile, target: Target | None) -> str:
    """The text of the file: the spec as it is, then every field left at its default, as a comment with its meaning."""
    model = NOUNS[stack.kind]
    given = set(stack.spec_data) if isinstance(stack.spec_data, Mapping) else set[str]()
    excluded = {field for choice in model.choices if given & set(choice.fields) for field in choice.fields}
    hidden = given | excluded | (ON_CLOUDS_ONLY if target == "local" else set())
    lines = [f"# {_first_line(model.__doc__ or '')}", "config:", f"  {KIND}: {stack.kind}"]
    if stack.uses:
        lines += [f"  {USES}:", render_yaml(dict(stack.uses), indent=4).rstrip()]
    lines += [f"  {SPEC}:", render_yaml(stack.spec_data, indent=4).rstrip()]
    hints = [_hint(model, field) for field in model.model_fields if field not in hidden]
    if hints:
        lines += ["    # Left at their defaults:", *hints]
    return "\n".join(lines) + "\n"


def _hint(model: type[Spec], field: str) -> str:
    info = model.model_fields[field]
    default = info.get_default(call_default_factory=True)
    plain = default.plain() if isinstance(default, Spec) else list(default) if isinstance(default, tuple) else default
    value = "null" if plain is None else render_yaml([plain]).strip().removeprefix("- ")
    return f"    # {field}: {value}  # {_first_line(info.description or '')}"


def _first_line(text: str) -> str:
    return " ".join(text.split())


def _found_uses(project: Project, kind: str, given: Mapping[str, str]) -> tuple[dict[str, str], list[Problem]]:
    """The required roles that were not given, each played by the only stack that can; and what is wrong with them."""
    found: dict[str, str] = {}
    problems: list[Problem] = []
    for role in ROLES[kind]:
        if role.name in given or not role.required:
            continue
        candidates = [name for name in project.names_of_kind(role.kind) if _serves(project, name, kind)]
        if len(candidates) == 1:
            found[role.name] = candidates[0]
        else:
            problems.append(_unclear(kind, role, candidates))
    known = [role.name for role in ROLES[kind]]
    for name in given:
        if name not in known:
            problems.append(unknown_word(name, known, what=f"role for {with_article(kind)}", file=None, path="--uses"))
    return found, problems


def _serves(project: Project, name: str, kind: str) -> bool:
    """Whether a stack is on a target that has what is to be made; where no target does, any may be written down."""
    try:
        target = project.target_of(name)
    except InputError:  # told when it is used
        return True
    return target in (makers(kind) or (target,))


def _unclear(kind: str, role: Role, candidates: Sequence[str]) -> Problem:
    """The problem of a role that several stacks can play, or none."""
    rule = f"{with_article(kind)} stands on {with_article(role.kind)}"
    places = makers(kind)
    if candidates:
        rule, fix = f"{rule}, and there are {', '.join(candidates)}", f"Choose one: --uses {role.name}=STACK"
    else:
        only = f" on {' or '.join(places)}" if 0 < len(places) < len(MAKEABLE) else ""
        options = [f" {account_options(place)}" for place in places] if only and role.kind == "cloud-config" else [""]
        ways = " or ".join(f"`bodo-infra new {role.kind} NAME{given}`" for given in options)
        rule, fix = f"{rule}{only}, and there is none yet", f"First run {ways}"
    return Problem(path=f"--uses {role.name}", value="", rule=rule, fix=fix)


def _no_stack_kind(kind: str) -> Problem:
    if kind == "job":
        fix = "Write a job file and submit it with `bodo-infra job run FILE`"
        return Problem(path="KIND", value=shown(kind), rule="a job is no stack", fix=fix)
    return unknown_word(kind, STACK_KINDS, what="kind of stack", file=None, path="KIND")
