"""Resource ids of Azure, taken apart and put together. Azure compares them without regard to case.

``/subscriptions/SUB/resourceGroups/GROUP/providers/Microsoft.Network/virtualNetworks/NET/subnets/NODES``
"""

import re
from dataclasses import dataclass

OFFLINE_SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"
"""Number of the offline subscription, and of its tenant; nobody has it on Azure."""

# What ARM's names are made of. `@` is the top of a zone, `*` is any in rights. Nothing that a
# server on the way could take for something else: `..`, `%2e`, `?`.
_WORD = r"(?!\.+(?:/|$))[\w.()@*-]+"
_FORM = re.compile(
    rf"/subscriptions/(?P<subscription>{_WORD})"
    rf"(?:/resourcegroups/(?P<group>{_WORD})"
    rf"(?:/providers/(?P<namespace>{_WORD})(?P<rest>(?:/{_WORD}/{_WORD})+))?)?",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class ArmId:
    """``group``: empty for a subscription.  ``type``: such as ``Microsoft.Network/virtualNetworks/subnets``;
    empty for a group.  ``names``: one for each word of the type, outermost first."""

    subscription: str
    group: str = ""
    type: str = ""
    names: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Of the innermost thing; empty for a group or a subscription."""
        return self.names[-1] if self.names else ""

    def is_of(self, type: str) -> bool:
        """Whether it names a thing of this type."""
        return self.type.lower() == type.lower()

    @property
    def parent(self) -> "ArmId":
        """What it lies in: the outer resource, else the group, else the subscription."""
        if len(self.names) > 1:
            kind = self.type.rpartition("/")[0]
            return ArmId(subscription=self.subscription, group=self.group, type=kind, names=self.names[:-1])
        return ArmId(subscription=self.subscription, group=self.group if self.names else "")

    def __str__(self) -> str:
        text = f"/subscriptions/{self.subscription}"
        if self.group:
            text += f"/resourceGroups/{self.group}"
        if self.type:
            namespace, *kinds = self.type.split("/")
            text += f"/providers/{namespace}" + "".join(
                f"/{kind}/{name}" for kind, name in zip(kinds, self.names, strict=True)
            )
        return text


def parse_arm_id(text: str) -> ArmId | None:
    """The parts of an id; None for what is none."""
    match = _FORM.fullmatch(text)
    if match is None:
        return None
    words = (match["rest"] or "").split("/")[1:]
    kind = "/".join((match["namespace"], *words[::2])) if words else ""
    return ArmId(subscription=match["subscription"], group=match["group"] or "", type=kind, names=tuple(words[1::2]))


def same_id(one: str, other: str) -> bool:
    """Whether two ids name the same thing."""
    return one.rstrip("/").lower() == other.rstrip("/").lower()


def lies_within(id: str, scope: str) -> bool:
    """Whether a thing is the scope itself, or lies in it."""
    return f"{id.rstrip('/')}/".lower().startswith(f"{scope.rstrip('/')}/".lower())
