"""Stack files, `stacks/Pulumi.<stack>.yaml`: what a stack is (kind), what it stands on (uses), how it is made."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from bodo_infra.errors import InputError, Problem, raise_problems
from bodo_infra.project.yaml_files import change_yaml, read_yaml, shown_path
from bodo_infra.spec import NOUNS, NounSpec
from bodo_infra.spec.problems import nearest, parse_spec, shown, unknown_word, with_article

KIND, USES, SPEC = "bodo:kind", "bodo:uses", "bodo:spec"
NAMESPACE = "bodo:"

# Pulumi's own rule, without names that would be hidden files or look like options.
STACK_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")

STACK_KINDS = tuple(noun for noun in NOUNS if noun != "job")
"""Every noun but the job, which is no stack: it is submitted to a cluster."""


@dataclass(frozen=True, kw_only=True)
class Role:
    """A part that another stack plays for a stack of some kind. ``kind``: what it must be."""

    name: str
    kind: str
    required: bool = True


ROLES: Mapping[str, tuple[Role, ...]] = {
    "organization": (),
    "cloud-config": (Role(name="organization", kind="organization", required=False),),
    "workspace": (
        Role(name="cloud_config", kind="cloud-config"),
        Role(name="organization", kind="organization", required=False),
    ),
    "instance-role": (Role(name="cloud_config", kind="cloud-config"),),
    "notebook": (Role(name="workspace", kind="workspace"),),
    "cluster": (
        Role(name="workspace", kind="workspace"),
        Role(name="instance_role", kind="instance-role", required=False),
    ),
}
"""What stacks of each kind stand on; the first required role is the home in which their names are unique."""


@dataclass(frozen=True, kw_only=True)
class StackFile:
    """One stack file. ``uses``: role to stack name.  ``spec_data``: the spec as it stands there, not yet judged."""

    name: str
    kind: str
    uses: Mapping[str, str]
    spec_data: object
    path: Path

    @cached_property
    def spec(self) -> NounSpec:
        """The spec. Raises InputError with every problem."""
        return parse_spec(self.kind, self.spec_data, file=shown_path(self.path), path=SPEC)


def stack_path(stack_dir: Path, name: str) -> Path:
    """Where the file of a stack stands."""
    return stack_dir / f"Pulumi.{name}.yaml"


def stack_name(path: Path) -> str:
    """The stack that a file belongs to: `Pulumi.etl.yaml` is `etl`."""
    return path.name.removeprefix("Pulumi.").removesuffix(".yaml")


def check_stack_name(name: str, *, path: str, file: str | None = None) -> Problem | None:
    """What is wrong with a name for a stack. ``path``, ``file``: where it stands."""
    if STACK_NAME.fullmatch(name):
        return None
    rule = "must be at most 100 letters, digits, -, _ and ., starting with a letter or digit"
    return Problem(file=file, path=path, value=shown(name), rule=rule, fix="Use a name such as etl-2")


def read_stack_file(path: Path) -> StackFile:
    """Read the file; its spec and the stacks that it names are not judged yet. Raises InputError with every problem."""
    file = shown_path(path)
    name_problem = check_stack_name(stack_name(path), path="its name", file=file)
    if name_problem is not None:
        raise InputError.from_problems([name_problem])
    if path.exists() and not path.is_file() and not path.is_dir():
        rule, fix = "must be a file, not a pipe or a device: reading it might never end", "Replace it by a file"
        raise InputError.from_problems([Problem(file=file, path="its kind", value="", rule=rule, fix=fix)])
    content = read_yaml(path)
    config = content.get("config") if isinstance(content, Mapping) else None
    if not isinstance(config, Mapping):
        rule, fix = (
            "is missing",
            f"Add it with {KIND}, {USES} and {SPEC} below, or write the file with `bodo-infra new`",
        )
        raise InputError.from_problems([Problem(file=file, path="config", value="", rule=rule, fix=fix)])
    return parse_stack_config(path, config)


def parse_stack_config(path: Path, config: Mapping[str, Any]) -> StackFile:
    """The stack that ``config`` (``bodo:kind``, ``bodo:uses``, ``bodo:spec``) describes; ``path`` is its file.

    Raises InputError with every problem.
    """
    file = shown_path(path)
    problems = [*_key_problems(config, file), *_kind_problems(config, file), *_uses_problems(config, file)]
    if SPEC not in config:
        fix = "Add the fields of the spec below it; `bodo-infra schema NOUN` lists them"
        problems.append(Problem(file=file, path=SPEC, value="", rule="is missing", fix=fix))
    raise_problems(problems)
    uses = config.get(USES) or {}
    return StackFile(name=stack_name(path), kind=config[KIND], uses=dict(uses), spec_data=config[SPEC], path=path)


def change_spec(path: Path, values: Mapping[str, object]) -> StackFile:
    """Set fields of the spec (`nodes`, `schedule.cron`) in the file; comments and everything else stay.

    Raises InputError, and leaves the file as it was, when the changed spec would not be sound.
    """

    def change(content: Any) -> None:  # noqa: ANN401  # ruamel's own mapping types, which keep the comments
        for place, value in values.items():
            set_value(content["config"][SPEC], place.split("."), value)
        parse_spec(content["config"][KIND], content["config"][SPEC], file=shown_path(path), path=SPEC)

    read_stack_file(path)
    change_yaml(path, change)
    return read_stack_file(path)


def set_value(data: Any, place: Sequence[str], value: object) -> None:  # noqa: ANN401  # plain YAML of any shape
    """Set one value deep in nested mappings and lists (`members.0.role`); mappings on the way are made.

    Raises InputError when the way leads through something else, or beyond the end of a list.
    """
    for step, key in enumerate(place):
        last = step == len(place) - 1
        if isinstance(data, list) and key.isdecimal() and int(key) < len(data):
            index: int | str = int(key)
        elif isinstance(data, dict) and key:
            index = key
        else:
            rule = f"{'.'.join(place[:step]) or 'it'} has no part {key!r}"
            raise InputError.from_problems([Problem(path=".".join(place), value="", rule=rule, fix="Correct the path")])
        if last:
            data[index] = value
        elif isinstance(data, dict) and not isinstance(data.get(index), (dict, list)):
            data[index] = {}
        data = data[index]


def _key_problems(config: Mapping[str, object], file: str) -> list[Problem]:
    """Keys of ours that are misspelled. Any other `bodo:` key may be a program's own: Pulumi names them by project."""
    absent = {key.removeprefix(NAMESPACE): key for key in (KIND, USES, SPEC) if key not in config}
    problems = []
    for key in map(str, config):
        near = nearest(key.removeprefix(NAMESPACE), absent) if key.startswith(NAMESPACE) else None
        if near and key not in (KIND, USES, SPEC):
            rule = f"is no key here; there are {KIND}, {USES}, {SPEC}"
            problems.append(Problem(file=file, path=key, value="", rule=rule, fix=f"Did you mean {absent[near]}?"))
    return problems


def _kind_problems(config: Mapping[str, object], file: str) -> list[Problem]:
    kind = config.get(KIND)
    if kind is None:
        fix = f"Add it: one of {', '.join(STACK_KINDS)}"
        return [Problem(file=file, path=KIND, value="", rule="is missing", fix=fix)]
    if kind == "job":
        rule, fix = "a job is no stack", "Submit it with `bodo-infra job run`"
        return [Problem(file=file, path=KIND, value="job", rule=rule, fix=fix)]
    if not isinstance(kind, str) or kind not in STACK_KINDS:
        return [unknown_word(str(kind), STACK_KINDS, what="kind", file=file, path=KIND)]
    return []


def _uses_problems(config: Mapping[str, object], file: str) -> list[Problem]:
    uses = config.get(USES)
    kind = config.get(KIND)
    if uses is not None and not isinstance(uses, Mapping):
        rule, fix = "must be a mapping of roles to stacks", "Write `workspace: demo-workspace`, say"
        return [Problem(file=file, path=USES, value=shown(uses), rule=rule, fix=fix)]
    given: Mapping[Any, Any] = uses or {}
    problems = []
    for role, stack in given.items():
        if not isinstance(stack, str):
            rule, fix = "must be the name of a stack", "Write the name in quotes"
            problems.append(Problem(file=file, path=f"{USES}.{role}", value=shown(stack), rule=rule, fix=fix))
    if not isinstance(kind, str) or kind not in ROLES:
        return problems
    known = [role.name for role in ROLES[kind]]
    for role in given:
        if role not in known:
            problems.append(_unknown_role(str(role), kind, known, file))
    for needed in ROLES[kind]:
        if needed.required and needed.name not in given:
            fix = f"Add `{needed.name}: STACK`, the name of a stack of kind {needed.kind}"
            path, rule = f"{USES}.{needed.name}", f"is missing; {with_article(kind)} stands on one"
            problems.append(Problem(file=file, path=path, value="", rule=rule, fix=fix))
    return problems


def _unknown_role(role: str, kind: str, known: Sequence[str], file: str) -> Problem:
    path = f"{USES}.{role}"
    if not known:
        rule = f"a stack of kind {kind} uses no other stack"
        return Problem(file=file, path=path, value="", rule=rule, fix="Remove it")
    problem = unknown_word(role, known, what=f"role for {with_article(kind)}", file=file, path=path)
    return Problem(file=file, path=path, value="", rule=problem.rule, fix=problem.fix)
