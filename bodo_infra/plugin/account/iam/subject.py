"""One operation on one resource, as the tables of needs see it: its properties, tags, changes, and its neighbours."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from bodo_infra.plugin.account.iam.matching import ContextValue

Operation = Literal["create", "read", "update", "delete"]

Bag = Mapping[str, Any]

Look = Callable[[str, str], Bag | None]
"""The properties of another resource by its type token and its id, name or ARN; None: there is no such one."""


def look_nowhere(_token: str, _key: str) -> None:
    """For callers that know no other resources: tags and roles of neighbours are then unknown."""


# Their requests tell the tags of buckets and tables only where somebody has switched that on, per bucket and account:
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/buckets-tagging-enable-abac.html and the guide of DynamoDB.
_SILENT_ON_TAGS = frozenset({"dynamodb", "s3"})


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where the provider works. IAM, which has no regions, counts as us-east-1."""

    account: str
    region: str
    partition: str = "aws"


@dataclass(frozen=True, kw_only=True)
class Subject:
    """``inputs``: as wanted; ``outputs``: as they are now, with ``id``, empty before creation; ``old``: earlier inputs.

    Property names are those of the wire (camelCase). Values that are not known yet may be of any type but text.
    """

    token: str
    operation: Operation
    inputs: Bag
    outputs: Bag
    old: Bag
    place: Place
    look: Look = field(default=look_nowhere)

    @property
    def region(self) -> str:
        """A resource may name a region of its own, other than the provider's."""
        given = self.text("region")
        return given if given and given != "*" else self.place.region

    def value(self, name: str) -> object:
        """What is wanted; for a resource that is only read or deleted, what is there."""
        return self.inputs[name] if self.inputs.get(name) is not None else self.outputs.get(name)

    def text(self, name: str) -> str:
        """Empty when it is not given, ``*`` while it is not known."""
        value = self.value(name)
        return "" if value is None else value if isinstance(value, str) else "*"

    def texts(self, name: str) -> tuple[str, ...]:
        value = self.value(name)
        if value is None:
            return ()
        values = value if isinstance(value, list | tuple) else [value]
        return tuple(each if isinstance(each, str) else "*" for each in values)

    def touches(self, names: tuple[str, ...]) -> bool:
        """Whether the operation has to do with one of these: given at creation, changed by an update."""
        if self.operation == "update":
            return any(self.inputs.get(name) != self.old.get(name) for name in names)
        return any(self.value(name) not in (None, False, "", [], {}) for name in names)

    def touches_besides(self, kept: frozenset[str]) -> bool:
        """Whether an update changes anything but these."""
        names = {*self.inputs, *self.old} - kept
        return any(self.inputs.get(name) != self.old.get(name) for name in names)

    @property
    def tags(self) -> Mapping[str, str]:
        """The wanted tags, with the provider's default ones."""
        return tags_of(self.inputs)

    @property
    def present_tags(self) -> Mapping[str, str]:
        """What the resource carries when AWS is asked: nothing else than the wanted ones just after creation."""
        return tags_of(self.outputs) if self.outputs else self.tags

    @property
    def added_tags(self) -> Mapping[str, str]:
        before = tags_of(self.old)
        return {key: value for key, value in self.tags.items() if before.get(key) != value}

    @property
    def removed_tags(self) -> tuple[str, ...]:
        return tuple(sorted(set(tags_of(self.old)) - set(self.tags)))


def tags_of(bag: Bag) -> Mapping[str, str]:
    """Tags as a mapping; Auto Scaling groups have a list of key and value instead. Unknown values count as ``*``."""
    given = bag.get("tagsAll") or bag.get("tags") or {}
    if isinstance(given, list | tuple):
        given = {each.get("key"): each.get("value") for each in given if isinstance(each, Mapping)}
    if not isinstance(given, Mapping):
        return {}
    return {str(key): value if isinstance(value, str) else "*" for key, value in given.items()}


def request_tags(tags: Mapping[str, str]) -> dict[str, ContextValue]:
    """What a request that sets these tags carries."""
    keys: ContextValue = tuple(sorted(tags)) if tags else None
    return {**{f"aws:RequestTag/{key}": value for key, value in tags.items()}, "aws:TagKeys": keys}


def resource_tags(tags: Mapping[str, str], service: str) -> dict[str, ContextValue]:
    """What a request carries that speaks of a resource with these tags; some services have a key of their own too."""
    if service in _SILENT_ON_TAGS:
        return {}
    own = f"{service}:ResourceTag" if service in ("ec2", "autoscaling", "iam") else ""
    prefixes = ("aws:ResourceTag", own) if own else ("aws:ResourceTag",)
    return {f"{prefix}/{key}": value for prefix in prefixes for key, value in tags.items()}
