"""Network interfaces and CPU options of a node's launch template, worked out from the type's real cards and cores.

Sources: EC2 user guide, "Maximize network bandwidth on instances with multiple network cards" (efa-acc-inst-types) and
"Elastic Fabric Adapter" (efa). An EFA is laid once on each card that takes one, up to the type's limit:

- on card 0 alone: one combined interface, ``efa``, for addresses and MPI (single-card types; i7ie and i8ge.48xlarge);
- on more cards: an ordinary ``interface`` on card 0, beside it ``efa-only`` at device 1, and ``efa-only`` at device 0
  of every further card. Only the primary has an address, so p5's 32 cards cost one address a node;
- on more cards, when card 0 takes a single interface (hpc6id): ``efa`` on card 0 instead of the two;
- not on card 0 when it takes no EFA (p6-b300: 17 cards, 16 EFAs).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from bodo_infra import catalog
from bodo_infra.catalog import Ec2Type, NetworkCard
from bodo_infra.errors import InputError, Problem

Efa = Literal["auto", "required", "off"]
InterfaceKind = Literal["interface", "efa", "efa-only"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Interface:
    """One network interface of a launch template.

    ``device``: the index on its card; 0 on card 0 is the primary.  ``public_address``: False where the template must
    say so. None where it must say nothing: with several interfaces EC2 gives no public address and refuses the
    parameter, whatever its value (https://github.com/zalando-incubator/kubernetes-on-aws/pull/8733).
    """

    card: int
    device: int
    kind: InterfaceKind
    public_address: bool | None

    @property
    def has_efa(self) -> bool:
        """Whether MPI can use it."""
        return self.kind != "interface"


@dataclass(frozen=True, kw_only=True, slots=True)
class CpuOptions:
    """CPU options of a launch template; EC2 wants both numbers."""

    core_count: int
    threads_per_core: int


def plan_interfaces(ec2: Ec2Type, *, efa: Efa, path: str = "efa") -> tuple[Interface, ...]:
    """The interfaces of a node, the primary first. Raises InputError with what check_efa finds at ``path``."""
    problems = check_efa(ec2, efa=efa, path=path)
    if problems:
        raise InputError.from_problems(problems)
    cards = () if efa == "off" else efa_cards(ec2)
    placed = _place(ec2, cards)
    public = False if len(placed) == 1 else None
    return tuple(Interface(card=card, device=device, kind=kind, public_address=public) for card, device, kind in placed)


def check_efa(ec2: Ec2Type, *, efa: Efa, path: str = "efa") -> list[Problem]:
    """EFA required of a type that has none; the text names types that have."""
    if efa != "required" or ec2.max_efa:
        return []
    rule = f"{ec2.name} has no Elastic Fabric Adapter"
    return [Problem(path=path, value=efa, rule=rule, fix=f"Choose {_types_with_efa(ec2)}, or set efa to auto")]


def check_subnet(
    ec2: Ec2Type, interfaces: Sequence[Interface], *, maps_public_addresses: bool, path: str, subnet_id: str = ""
) -> list[Problem]:
    """A subnet that wants to give every node a public address, for nodes of several interfaces, which can have none.

    ``maps_public_addresses``: the subnet's ``map_public_ip_on_launch``.  ``path``, ``subnet_id``: where it is named.
    """
    if len(interfaces) == 1 or not maps_public_addresses:
        return []
    rule = (
        f"the subnet gives public addresses at launch, but a {ec2.name} with {len(interfaces)} network interfaces "
        "cannot have one"
    )
    fix = "Use a private subnet, or set efa to off"
    return [Problem(path=path, value=subnet_id, rule=rule, fix=fix)]


def efa_cards(ec2: Ec2Type) -> tuple[NetworkCard, ...]:
    """The cards that get an EFA: those that take one, in order, up to the type's limit; empty without EFA."""
    return tuple(card for card in ec2.cards if card.efa)[: ec2.max_efa]


def plan_cpu_options(ec2: Ec2Type) -> CpuOptions | None:
    """One thread a core, so that each rank has a core for itself; None where that is so already or cannot be set.

    It cannot be set on metal and g5: there ``threads_per_core`` stays 2 and the ranks must be bound to cores.
    """
    if ec2.threads_per_core == 1 or 1 not in ec2.legal_threads_per_core:
        return None
    return CpuOptions(core_count=ec2.cores, threads_per_core=1)


def ranks_per_node(ec2: Ec2Type) -> int:
    """One rank a physical core: half of the vCPUs only where a core has two threads."""
    return ec2.cores


def _place(ec2: Ec2Type, cards: Sequence[NetworkCard]) -> list[tuple[int, int, InterfaceKind]]:
    """Card, device and kind of each interface when ``cards`` get an EFA."""
    first = ec2.cards[0]
    if first not in cards:
        return [(first.index, 0, "interface"), *_further(cards)]
    if len(cards) == 1 or first.max_interfaces == 1:
        return [(first.index, 0, "efa"), *_further(cards[1:])]
    return [(first.index, 0, "interface"), (first.index, 1, "efa-only"), *_further(cards[1:])]


def _further(cards: Sequence[NetworkCard]) -> list[tuple[int, int, InterfaceKind]]:
    return [(card.index, 0, "efa-only") for card in cards]


def _types_with_efa(ec2: Ec2Type) -> str:
    """Types with EFA for somebody who wanted ``ec2``: its family's, or a well-known one of its architecture."""
    family = [item.name for item in catalog.efa_types() if item.family == ec2.family and not item.bare_metal]
    if family:
        return " or ".join(family)
    return "c7gn.16xlarge or hpc7g.16xlarge" if ec2.architecture == "arm64" else "c5n.18xlarge or hpc7a.96xlarge"
