"""The contract of a fleet. Every call is idempotent and safe to make twice, also from two processes."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, kw_only=True)
class NodeStatus:
    """One node as it is now."""

    name: str
    slots: int
    alive: bool


class Fleet(Protocol):
    """The nodes of one cluster. The wish (how many, which slots) stands in its record; a fleet makes it true."""

    def nodes(self) -> list[NodeStatus]:
        """The nodes that the record asks for, and whether each lives."""
        ...

    def heal(self) -> list[str]:
        """Start every node that should live and does not; return their names."""
        ...

    def pause(self) -> None:
        """RUNNING -> PAUSED: stop all nodes, keep the definition. A paused cluster stays paused."""
        ...

    def resume(self) -> None:
        """PAUSED -> RUNNING, all nodes or none. A running cluster stays running, dead nodes are started."""
        ...

    def scale(self, nodes: int) -> None:
        """Change the number of nodes. Raises TransitionError when a node that would go is busy with a job."""
        ...

    def shutdown(self, reason: str) -> None:
        """-> REMOVED: stop all nodes, remove the cluster's own folder and hostfile. A removed cluster stays removed."""
        ...
