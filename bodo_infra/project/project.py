"""A project: the folder with Pulumi.yaml, and its stack files as the whole platform that they describe."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from bodo_infra.errors import HostError, InputError, NotFoundError, Problem, raise_problems
from bodo_infra.project.checks import check_names, check_stack, check_uses
from bodo_infra.project.graph import closure, find_cycle, levels
from bodo_infra.project.makeable import not_makeable, stands_on_unmade
from bodo_infra.project.stack_file import (
    ROLES,
    USES,
    StackFile,
    check_stack_name,
    read_stack_file,
    set_value,
    stack_name,
)
from bodo_infra.project.yaml_files import change_yaml, read_yaml, shown_path
from bodo_infra.spec.cloud_config import CloudConfigSpec, Target
from bodo_infra.spec.problems import nearest, with_article

PROJECT_FILE = "Pulumi.yaml"
BACKEND_URL = "backend.url"


@dataclass(frozen=True, kw_only=True)
class Project:
    """A project as it was read. ``stacks``: those that could be read.  ``broken``: what is wrong with the others."""

    root: Path
    name: str
    main: Path
    stack_dir: Path
    stacks: Mapping[str, StackFile]
    broken: Mapping[str, InputError]
    backend_url: str | None = None
    """Where Pulumi.yaml says that the state of the stacks is (`backend.url`)."""

    def names(self) -> list[str]:
        """All stacks, sorted; also those whose file could not be read."""
        return sorted([*self.stacks, *self.broken])

    def names_of_kind(self, kind: str) -> list[str]:
        """The readable stacks of one kind, sorted."""
        return sorted(name for name, stack in self.stacks.items() if stack.kind == kind)

    def stack(self, name: str) -> StackFile:
        """The stack. Raises NotFoundError that names the nearest one, InputError when its file could not be read."""
        if name in self.broken:
            raise self.broken[name]
        if name not in self.stacks:
            near = nearest(name, self.names())
            known = ", ".join(self.names()) or "none yet"
            raise NotFoundError(
                f"stack {name!r} does not exist; there are {known}",
                f"Did you mean {near}?" if near else f"Write its file with `bodo-infra new KIND {_usable(name)}`",
            )
        return self.stacks[name]

    def with_stack(self, stack: StackFile) -> "Project":
        """The same project with one stack more; nothing is written."""
        return replace(self, stacks={**self.stacks, stack.name: stack})

    def order(self, names: Iterable[str]) -> list[list[str]]:
        """The stacks and all that they use, bottom first; those of one level can be worked on side by side.

        Raises InputError with every stack that is missing, of the wrong kind, unreadable, or in a cycle.
        """
        involved = self._involved(names)
        problems = [problem for name in sorted(involved) for problem in self._structure_problems(name)]
        problems += self._cycle_problems(involved)
        raise_problems(problems)
        return levels(involved, self._graph)

    def dependents(self, name: str) -> set[str]:
        """The stacks that use this one directly."""
        return {other for other, used in self._graph.items() if name in used}

    def with_dependents(self, names: Iterable[str]) -> set[str]:
        """The stacks and all that stand on them, directly or not. Raises NotFoundError, InputError."""
        wanted = [self.stack(name).name for name in names]
        return closure(wanted, {name: tuple(self.dependents(name)) for name in self.stacks})

    def cloud_config_of(self, name: str) -> StackFile:
        """The cloud-config at the bottom of a stack; of an organization there is none. Raises InputError."""
        self.order([name])
        stack = self.stack(name)
        while stack.kind != "cloud-config":
            home = _home_role(stack.kind)
            if home is None:
                fix = "Name a stack that stands on a cloud-config"
                raise InputError(f"stack {name!r} is {with_article(stack.kind)} and stands on no cloud-config", fix)
            stack = self.stack(stack.uses[home])
        return stack

    def target_of(self, name: str) -> Target | None:
        """Where the stack goes: what its cloud-config says. None for an organization. Raises InputError."""
        if self.stack(name).kind == "organization":
            return None
        spec = self.cloud_config_of(name).spec
        assert isinstance(spec, CloudConfigSpec)
        return spec.target

    def check(self, names: Iterable[str] | None = None, *, machine_cores: int | None = None) -> list[Problem]:
        """Everything that is wrong with the stacks and what they use; with all of the project when ``names`` is None.

        What cannot be made is a warning. ``machine_cores``: physical cores of this machine, when known. Raises
        NotFoundError for an unknown name.
        """
        involved = set(self.names()) if names is None else self._involved(names)
        problems = [problem for name in sorted(involved) for problem in self._structure_problems(name)]
        problems += self._cycle_problems(involved)
        sound = not problems
        for name in sorted(involved & set(self.stacks)):
            target = self._target_or_none(name)
            problems += check_stack(self.stacks[name], self.stacks, target, machine_cores=machine_cores)
        problems += [problem for name, problem in self.unmade.items() if name in involved]
        return problems + (check_names(self.stacks, involved, _home_role) if sound else [])

    def require_sound(self, names: Iterable[str], *, machine_cores: int | None = None) -> None:
        """Raise InputError with everything that ``check`` finds."""
        raise_problems(self.check(names, machine_cores=machine_cores))

    def require_makeable(self, names: Iterable[str]) -> None:
        """Raise InputError when this release cannot make one of the stacks, or one that they use."""
        involved = self._involved(names)
        raise_problems(replace(problem, level="error") for name, problem in self.unmade.items() if name in involved)

    def path(self, text: str) -> Path:
        """A path of a spec: `~` is the home folder, and what is relative starts at the project's folder."""
        return (self.root / Path(text).expanduser()).resolve()

    @cached_property
    def unmade(self) -> dict[str, Problem]:
        """The stacks that this release cannot make, and all that stand on them, each with the warning about it."""
        own = {
            name: problem
            for name, stack in sorted(self.stacks.items())
            if (problem := not_makeable(stack, self._target_or_none(name))) is not None
        }
        above = self.with_dependents(own) - own.keys() if own else ()
        return own | {
            name: stands_on_unmade(self.stacks[name], closure([name], self._graph) & own.keys())
            for name in sorted(above)
        }

    @cached_property
    def _graph(self) -> dict[str, tuple[str, ...]]:
        return {name: tuple(stack.uses.values()) for name, stack in self.stacks.items()}

    def _involved(self, names: Iterable[str]) -> set[str]:
        wanted = list(names)
        for name in wanted:
            if name not in self.broken:
                self.stack(name)
        return closure(wanted, self._graph) & set(self.names())

    def _structure_problems(self, name: str) -> list[Problem]:
        if name in self.broken:
            return list(self.broken[name].problems) or [_unreadable(name, self.broken[name])]
        return check_uses(self.stacks[name], self.stacks, self.names())

    def _cycle_problems(self, names: set[str]) -> list[Problem]:
        cycle = find_cycle(names & set(self.stacks), self._graph)
        if cycle is None:
            return []
        rule = f"the stacks use each other in a circle: {' -> '.join(cycle)}"
        file = shown_path(self.stacks[cycle[0]].path)
        return [Problem(file=file, path=USES, value="", rule=rule, fix="Take one of these uses out")]

    def _target_or_none(self, name: str) -> Target | None:
        try:
            return self.target_of(name)
        except InputError:  # reported with the stack that causes it
            return None


def find_project(start: Path) -> Path:
    """The project's folder: ``start`` or the nearest one above with a Pulumi.yaml. Raises NotFoundError."""
    here = start.resolve()
    for folder in (here, *here.parents):
        if (folder / PROJECT_FILE).is_file():
            return folder
    raise NotFoundError(
        f"there is no {PROJECT_FILE} in {here} or in a folder above it",
        "Go to your project, name it with `bodo-infra -C DIR`, or make one with `bodo-infra init DIR`",
    )


def read_project(root: Path) -> Project:
    """Read Pulumi.yaml and all stack files. Broken stack files are kept as such: they stop only work that needs them.

    Raises NotFoundError without a Pulumi.yaml, InputError when that one is broken.
    """
    settings = _read_settings(root / PROJECT_FILE)
    stack_dir = root / settings.get("stackConfigDir", "")
    stacks: dict[str, StackFile] = {}
    broken: dict[str, InputError] = {}
    for path in sorted(stack_dir.glob("Pulumi.*.yaml")):
        try:
            stacks[stack_name(path)] = read_stack_file(path)
        except InputError as error:
            broken[stack_name(path)] = error
        except HostError as error:
            broken[stack_name(path)] = InputError(error.message, error.fix)
    return Project(
        root=root,
        name=settings["name"],
        main=root / settings.get("main", ""),
        stack_dir=stack_dir,
        stacks=stacks,
        broken=broken,
        backend_url=settings.get(BACKEND_URL),
    )


def read_backend_url(root: Path) -> str | None:
    """What Pulumi.yaml says now about the place of the state. Raises NotFoundError, InputError."""
    return _read_settings(root / PROJECT_FILE).get(BACKEND_URL)


def write_backend_url(root: Path, url: str) -> None:
    """Let Pulumi.yaml name another place for the state; all else in it stays. Raises InputError, HostError."""

    def change(content: Any) -> None:  # noqa: ANN401  # ruamel's own mapping types, which keep the comments
        set_value(content, BACKEND_URL.split("."), url)

    change_yaml(root / PROJECT_FILE, change)


def _read_settings(path: Path) -> dict[str, str]:
    content = read_yaml(path)
    settings = dict(content) if isinstance(content, Mapping) else {}
    backend = settings.get("backend")
    # What is no mapping is no text either, and is told as such.
    settings[BACKEND_URL] = backend.get("url") if isinstance(backend, Mapping) else backend and [backend]
    problems = []
    for key in ("name", "main", "stackConfigDir", BACKEND_URL):
        value = settings.get(key)
        if (value is None and key == "name") or not isinstance(value, (str, type(None))):
            file = shown_path(path)
            problems.append(Problem(file=file, path=key, value="", rule="must be text", fix=f"Write `{key}: ...`"))
    raise_problems(problems)
    return {key: value for key, value in settings.items() if isinstance(value, str)}


def _usable(name: str) -> str:
    return name if check_stack_name(name, path="") is None else "NAME"


def _home_role(kind: str) -> str | None:
    """The role whose stack a stack of this kind lives in."""
    return next((role.name for role in ROLES[kind] if role.required), None)


def _unreadable(name: str, error: InputError) -> Problem:
    return Problem(path=name, value="", rule=error.message, fix=error.fix or "Correct the file")
