"""What differs between two property bags, as paths that the engine shows."""

from collections.abc import Iterator, Mapping
from enum import Enum

from bodo_infra.plugin.wire_codec import SIGNATURE, UNKNOWN, Secret


class Change(Enum):
    """How a property differs; the names are those of the wire's PropertyDiff."""

    ADD = "ADD"
    DELETE = "DELETE"
    UPDATE = "UPDATE"


def diff(old: Mapping[str, object], new: Mapping[str, object]) -> dict[str, Change]:
    """Path to change, for every property that differs, such as ``tags.team`` or ``zones[1]``; empty when nothing does.

    An unknown new value counts as changed. Names that start with ``__`` are the engine's and the plugin's own. Whether
    a value is secret makes no difference here: the engine keeps track of that.
    """
    return dict(_diff_objects(old, new, ""))


def top_level(path: str) -> str:
    """The name of the property that a path leads into. Such a name holds no dot or bracket on the wire."""
    return path.split(".", 1)[0].split("[", 1)[0]


def _diff_objects(old: Mapping[str, object], new: Mapping[str, object], path: str) -> Iterator[tuple[str, Change]]:
    for name in sorted(old.keys() | new.keys()):
        if name.startswith("__"):
            continue
        here = join(path, name)
        if name not in new:
            yield here, Change.DELETE
        elif name not in old:
            yield here, Change.ADD
        else:
            yield from _diff_values(old[name], new[name], here)


def _diff_values(old: object, new: object, path: str) -> Iterator[tuple[str, Change]]:
    old, new = _open(old), _open(new)
    if isinstance(old, Mapping) and isinstance(new, Mapping) and SIGNATURE not in old and SIGNATURE not in new:
        yield from _diff_objects(old, new, path)
    elif isinstance(old, list) and isinstance(new, list):
        for index in range(max(len(old), len(new))):
            here = f"{path}[{index}]"
            if index >= len(new):
                yield here, Change.DELETE
            elif index >= len(old):
                yield here, Change.ADD
            else:
                yield from _diff_values(old[index], new[index], here)
    elif old is UNKNOWN or new is UNKNOWN or _differ(old, new):
        yield path, Change.UPDATE


def _differ(old: object, new: object) -> bool:
    return _told(old) != _told(new) or isinstance(old, bool) is not isinstance(new, bool)


def _told(value: object) -> object:
    """An asset is what it holds, wherever the file with it lies: another machine has it elsewhere."""
    return value["hash"] if isinstance(value, Mapping) and value.get("hash") else value


def _open(value: object) -> object:
    return _open(value.value) if isinstance(value, Secret) else value


def join(path: str, name: str) -> str:
    """The path of a property inside another; ``tags``, ``a b`` -> ``tags["a b"]``."""
    if name.isidentifier():
        return f"{path}.{name}" if path else name
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'{path}["{quoted}"]'
