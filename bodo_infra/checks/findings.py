"""What a check finds: a problem with the id of its rule, placed in the file it came from."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from bodo_infra.errors import Problem


@dataclass(frozen=True, kw_only=True)
class Finding(Problem):
    """A problem that a rule of this package found. ``id``: the rule, such as ``cluster.nodes-on-one-machine``."""

    id: str


def finding(rule_id: str, path: str, value: str, rule: str, fix: str) -> Finding:
    """An error, by the order in which it is told: where, what stands there, the rule, the way out."""
    return Finding(id=rule_id, path=path, value=value, rule=rule, fix=fix)


def found(rule_id: str, problems: Iterable[Problem]) -> list[Finding]:
    """What a plan found, under the id of the rule."""
    return [Finding(**vars(problem), id=rule_id) for problem in problems]


def place(found: Iterable[Finding], *, file: str | None = None, path: str = "") -> list[Finding]:
    """The findings with ``file`` set and their paths below ``path`` (``bodo:spec``)."""
    return [replace(item, file=file or item.file, path=join(path, item.path)) for item in found]


def join(path: str, inner: str) -> str:
    """``bodo:spec`` and ``nodes`` as ``bodo:spec.nodes``."""
    if not path or not inner:
        return path or inner
    return f"{path}{inner}" if inner.startswith("[") else f"{path}.{inner}"
