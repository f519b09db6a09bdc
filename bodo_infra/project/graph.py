"""What stands on what: the order of stacks from their uses alone. Pure."""

from collections.abc import Iterable, Mapping, Sequence

Uses = Mapping[str, Sequence[str]]
"""Every stack with the stacks that it stands on; all of them are keys."""


def closure(names: Iterable[str], uses: Uses) -> set[str]:
    """The names and everything that they stand on, directly or not."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(uses.get(name, ()))
    return found


def levels(names: Iterable[str], uses: Uses) -> list[list[str]]:
    """The names and what they stand on, bottom first; stacks of one level do not stand on each other.

    Sorted within a level, so that every run has the same order. There must be no cycle: see ``find_cycle``.
    """
    height: dict[str, int] = {}
    waiting = closure(names, uses)
    while waiting:
        ready = {name for name in waiting if all(used in height for used in uses.get(name, ()))}
        if not ready:
            raise ValueError(f"a cycle among {', '.join(sorted(waiting))}")
        height |= {name: 1 + max((height[used] for used in uses.get(name, ())), default=-1) for name in ready}
        waiting -= ready
    count = max(height.values(), default=-1) + 1
    return [sorted(name for name in height if height[name] == level) for level in range(count)]


def find_cycle(names: Iterable[str], uses: Uses) -> list[str] | None:
    """One cycle that can be reached from the names, its first stack repeated at the end; None when there is none."""
    done: set[str] = set()
    for start in sorted(names):
        trail: list[str] = []
        branches = [iter([start])]
        while branches:
            name = next(branches[-1], None)
            if name is None:
                branches.pop()
                if trail:
                    done.add(trail.pop())
            elif name in trail:
                return [*trail[trail.index(name) :], name]
            elif name not in done:
                trail.append(name)
                branches.append(iter(uses.get(name, ())))
    return None
