"""What can become of what is there when a field of a spec changes: the words of the tables in ``consequences``."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, NamedTuple


class Consequence(StrEnum):
    """What becomes of what is there, worst last."""

    IN_PLACE = "in place"
    UNCERTAIN = "in place, unless it is refused"
    REPLACED = "replaced"
    DATA_LOST = "data lost"


class Row(NamedTuple):
    """What happens, and to what.

    ``ends_dependents``: what stands on it uses what goes, and has to go before.  ``places``: only what is in these
    zones or subnets does; empty: all.
    """

    consequence: Consequence
    text: str
    ends_dependents: bool = False
    places: tuple[str, ...] = ()

    def ending(self, *places: str) -> "Row":
        """The same, in the way of which is what stands on it, all or in these places."""
        return self._replace(ends_dependents=True, places=places)


Plain = Mapping[str, Any]
Rule = Row | Callable[[Plain, Plain], Row]
"""A row, or what tells it from the old and the new spec, both with all defaults."""
Rows = Mapping[str, Rule]


def in_place(text: str) -> Row:
    """Nothing of what is there goes."""
    return Row(Consequence.IN_PLACE, text)


def uncertain(text: str) -> Row:
    """Nothing of what is there goes, and the cloud may refuse it: on account of what only it knows."""
    return Row(Consequence.UNCERTAIN, text)


def replaced(text: str) -> Row:
    """Something is made anew, and no data goes."""
    return Row(Consequence.REPLACED, text)


def lost(text: str) -> Row:
    """Data is deleted or left behind."""
    return Row(Consequence.DATA_LOST, text)


DELETE_DATA = in_place("counts for a `destroy` after this `up`")
TAGS = in_place("what is there gets the new tags")
NOTHING = in_place("has no meaning on this target")
NODES_REPLACED = "all nodes are replaced, and jobs that run on them end"
