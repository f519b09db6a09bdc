"""The contract of a resource handler: what a resource type does, over plain dictionaries. No gRPC, no protobuf."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from bodo_infra.plugin.wire_codec import UNKNOWN, Bag
from bodo_infra.plugin.wire_diff import Change, diff, top_level


@dataclass(frozen=True, kw_only=True)
class Subject:
    """The resource that a call is about.

    ``urn``: such as ``urn:pulumi:demo::bodo::bodo:local:Cluster$bodo-machine:index:Cluster::demo-cluster``.
    ``seed``: bytes to draw an automatic name from; empty outside of check.
    """

    urn: str
    seed: bytes = b""

    @property
    def token(self) -> str:
        """Its type: ``bodo-machine:index:Cluster``."""
        return self.urn.split("::")[2].rsplit("$", 1)[-1]

    @property
    def name(self) -> str:
        """Its name in the program: ``demo-cluster``."""
        return self.urn.split("::", 3)[3]


@dataclass(frozen=True, kw_only=True)
class Failure:
    """An input that cannot be taken. The engine writes `property 'NAME' value {..} has a problem: REASON`."""

    name: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Checked:
    """All inputs, with defaults filled in, and everything that is wrong with them."""

    inputs: Bag
    failures: tuple[Failure, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Made:
    """A resource that now exists. ``outputs`` holds the inputs too."""

    id: str
    outputs: Bag


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What the stack's state keeps of a resource."""

    subject: Subject
    id: str
    inputs: Bag
    outputs: Bag


@dataclass(frozen=True, kw_only=True)
class Found:
    """A resource as it really is. ``inputs``: those that would make it so, the kept ones when nothing drifted.

    ``id``: its id where it was imported by another name; None when that is the one it was asked for by.
    """

    inputs: Bag
    outputs: Bag
    id: str | None = None


class HalfMadeError(Exception):
    """The resource exists but did not become ready: the state keeps it, and the next ``up`` calls ``update``."""

    def __init__(self, made: Made, inputs: Bag, reasons: Iterable[str]) -> None:
        self.made = made
        self.inputs = inputs
        self.reasons = tuple(reasons)
        super().__init__("; ".join(self.reasons))


class Handler(ABC):
    """One resource type.

    ``replaces``: inputs whose change makes a new resource.  ``computed``: outputs that only the update knows.
    ``delete_before_replace``: the old one must go first (it holds a name or a place that the new one needs).

    Any method may raise a BodoInfraError: the user reads its message and fix. UNKNOWN stands in inputs during preview
    only, and only in ``check``, ``diff`` and the two ``preview_`` methods, which must not change anything.
    """

    replaces: ClassVar[frozenset[str]] = frozenset()
    computed: ClassVar[tuple[str, ...]] = ()
    delete_before_replace: ClassVar[bool] = False

    def check(self, subject: Subject, inputs: Bag, was: Bag) -> Checked:
        """Inputs with defaults, and every problem at once. ``was``: inputs of the last update, empty for a new one."""
        return Checked(inputs=inputs)

    def diff(self, kept: Kept, inputs: Bag) -> dict[str, Change]:
        """Path to change of everything that an update would change."""
        return diff(kept.inputs, inputs)

    def find_replacing(self, kept: Kept, inputs: Bag, changes: Mapping[str, Change]) -> frozenset[str]:
        """The paths among ``changes`` that can only be had by a new resource."""
        return frozenset(path for path in changes if top_level(path) in self.replaces)

    def must_delete_first(self, kept: Kept, inputs: Bag, replacing: frozenset[str]) -> bool:
        """Whether the old one must be gone before the new one is made; asked when there is something to replace."""
        return self.delete_before_replace

    def preview_create(self, subject: Subject, inputs: Bag) -> Bag:
        """The outputs that ``create`` would give, UNKNOWN where only it can know."""
        return {**dict.fromkeys(self.computed, UNKNOWN), **inputs}

    @abstractmethod
    def create(self, subject: Subject, inputs: Bag) -> Made:
        """Make it, or go on with one that was half made. Raises HalfMadeError when it exists but is not ready."""

    @abstractmethod
    def read(self, kept: Kept) -> Found | None:
        """How it really is; None when it is gone."""

    def preview_update(self, kept: Kept, inputs: Bag) -> Bag:
        """The outputs that ``update`` would give."""
        return {**kept.outputs, **inputs}

    @abstractmethod
    def update(self, kept: Kept, inputs: Bag) -> Bag:
        """Make it what ``inputs`` say, and return the outputs."""

    @abstractmethod
    def delete(self, kept: Kept) -> None:
        """Remove it. One that is gone already is no error."""
