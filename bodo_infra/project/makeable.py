"""What this release can make of all that stack files may describe. Pure."""

from collections.abc import Collection, Mapping

from bodo_infra.errors import Problem
from bodo_infra.project.stack_file import KIND, USES, StackFile
from bodo_infra.project.yaml_files import shown_path
from bodo_infra.spec import Target
from bodo_infra.spec.problems import with_article

MAKEABLE: Mapping[Target, tuple[str, ...]] = {
    "local": ("cloud-config", "workspace", "cluster"),
    "aws": ("cloud-config", "workspace", "instance-role", "cluster"),
    "azure": ("cloud-config", "workspace", "instance-role", "cluster"),
}
"""What each target can make: a function of its module in ``bodo_infra.program``, named after the kind."""

NEVER = {("instance-role", "local")}
"""What no release will make; the nouns' own checks refuse it."""

LATER = "keep it for a later release: `bodo-infra up` without names leaves it out"


def makers(kind: str) -> tuple[Target, ...]:
    """The targets on which stacks of this kind can be made."""
    return tuple(target for target, kinds in MAKEABLE.items() if kind in kinds)


def not_makeable(stack: StackFile, target: Target | None) -> Problem | None:
    """The warning about a stack that this release cannot make; None when it can.

    ``target``: None for an organization, and for a stack whose uses are broken, which is told with them.
    """
    if target is None and stack.kind != "organization":
        return None
    if target is not None and (stack.kind in MAKEABLE.get(target, ()) or (stack.kind, target) in NEVER):
        return None
    places = " or ".join(makers(stack.kind))
    rule = f"this release cannot make {with_article(stack.kind)}{f' on {target}' if target else ''} yet"
    fix = f"Use target {places}, or {LATER}" if places else LATER.capitalize()
    return _warning(stack, KIND, rule, fix)


def stands_on_unmade(stack: StackFile, unmade: Collection[str]) -> Problem:
    """The warning about a stack that uses, directly or not, some that cannot be made."""
    rule = f"it stands on {', '.join(sorted(unmade))}, which this release cannot make yet"
    return _warning(stack, USES, rule, f"Let it use others, or {LATER}")


def _warning(stack: StackFile, path: str, rule: str, fix: str) -> Problem:
    return Problem(file=shown_path(stack.path), path=path, value="", rule=rule, fix=fix, level="warning")
