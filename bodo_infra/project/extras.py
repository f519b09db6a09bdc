"""Which extra of this package the stacks of a target need, and whether it is installed."""

from collections.abc import Callable, Iterable, Mapping
from importlib.util import find_spec

from bodo_infra.errors import HostError
from bodo_infra.project.project import Project
from bodo_infra.spec.cloud_config import Target

Find = Callable[[str], object]
"""Looks for a module without loading it; None when there is none."""

MODULES: Mapping[Target, str] = {"local": "cronsim", "aws": "pulumi_aws", "azure": "pulumi_azure_native"}
"""A module that only the extra of this name brings, by target."""


def require_extras(project: Project, names: Iterable[str], find: Find = find_spec) -> None:
    """Raise HostError when a stack, or one that it uses, is on a target whose extra is not installed."""
    places: dict[Target, list[str]] = {}
    for name in (name for level in project.order(names) for name in level):
        if (target := project.target_of(name)) is not None:
            places.setdefault(target, []).append(repr(name))
    for target, stacks in places.items():
        if target in MODULES and find(MODULES[target]) is None:
            subject = f"stack {stacks[0]} is" if len(stacks) == 1 else f"stacks {', '.join(stacks)} are"
            raise HostError(
                f"{subject} on {target}, and the extra `{target}` is not installed",
                f"pip install 'bodo-infra[{target}]'",
            )
