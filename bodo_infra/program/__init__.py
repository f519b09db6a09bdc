"""The Pulumi program of every stack: from its configuration (kind, uses, spec) to a component and its exports."""

from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import cast

import pulumi

from bodo_infra.component import Component
from bodo_infra.errors import BodoInfraError, InputError
from bodo_infra.project.extras import require_extras
from bodo_infra.project.makeable import MAKEABLE
from bodo_infra.project.offline import is_rehearsal, with_offline_account
from bodo_infra.project.project import Project, read_project
from bodo_infra.project.stack_file import KIND, SPEC, USES, StackFile, parse_stack_config, stack_path
from bodo_infra.spec import Target


def run() -> None:
    """Build the current stack. Bad input is shown as its text, without a traceback, and nothing is registered."""
    try:
        project = _current_project()
        stack = project.stack(pulumi.get_stack())
        project.require_sound([stack.name])
        require_extras(project, [stack.name])
        target = project.target_of(stack.name)
        component = _build(project, stack, target)
    except BodoInfraError as error:
        raise pulumi.RunError(str(error)) from None
    for name, output in component.outputs().items():
        pulumi.export(name, output)
    pulumi.export("kind", stack.kind)
    pulumi.export("target", target)
    pulumi.export("uses", dict(stack.uses))


def _current_project() -> Project:
    """The project with the current stack as Pulumi's configuration has it: it may come from `--config-file`."""
    project = read_project(Path(pulumi.get_root_directory()))
    name = pulumi.get_stack()
    config = pulumi.Config("bodo")
    given = {
        key: value for key in (KIND, USES, SPEC) if (value := _value(config, key.removeprefix("bodo:"))) is not None
    }
    stack = parse_stack_config(stack_path(project.stack_dir, name), given)
    broken = {other: error for other, error in project.broken.items() if other != name}
    project = replace(project, stacks={**project.stacks, name: stack}, broken=broken)
    return with_offline_account(project) if is_rehearsal() else project


def _value(config: pulumi.Config, key: str) -> object:
    return config.get(key) if key == "kind" else config.get_object(key)


def _build(project: Project, stack: StackFile, target: Target | None) -> Component:
    if target is None or stack.kind not in MAKEABLE.get(target, ()):
        known = ", ".join(f"{kind} on {place}" for place, kinds in MAKEABLE.items() for kind in kinds)
        raise InputError(
            f"stack {stack.name!r} is a {stack.kind} on target {target}, which this release cannot make",
            f"It makes: {known}",
        )
    # Imported only where it is needed: no stack loads another target's SDK.
    module = import_module(f"{__name__}.{target}")
    return cast(Component, getattr(module, stack.kind.replace("-", "_"))(project, stack))
