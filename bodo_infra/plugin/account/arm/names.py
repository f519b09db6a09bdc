"""What the provider's Check fills in: a missing name, a missing location."""

import hashlib
import re
import uuid
from collections.abc import Iterator

from bodo_infra.plans.arm_ids import ArmId
from bodo_infra.plugin.account.arm import tokens as t
from bodo_infra.plugin.account.arm.errors import Refusal, bad
from bodo_infra.plugin.account.arm.settings import SUBSCRIPTION_ID
from bodo_infra.plugin.account.arm.table import ArmType
from bodo_infra.plugin.account.schema import type_schema
from bodo_infra.plugin.account.store import AccountStore
from bodo_infra.plugin.handler import Subject
from bodo_infra.plugin.wire_codec import UNKNOWN, Bag

CREATE_FIRST = "__createBeforeDelete"
"""Input of names that differ from one resource to the next: the old one need not go before the new one comes."""

_PLACE = re.compile(r"\{(\w+)\}")


def with_name(rules: ArmType, subject: Subject, inputs: Bag, was: Bag) -> Bag:
    """The inputs with a name, kept from the last update. The provider neither shortens nor repairs it."""
    rule = rules.name
    if inputs.get(rule.input) is not None:
        return inputs
    named = {**inputs, rule.input: was.get(rule.input) or _make(rules, subject)}
    return named if rule.auto == "copy" else {**named, CREATE_FIRST: True}


def with_location(rules: ArmType, inputs: Bag, was: Bag, default: str | None, store: AccountStore) -> Bag:
    """The inputs with a location: the last one, the provider's, or that of the group, in this order."""
    if "location" not in type_schema(rules.token).inputs or inputs.get("location") is not None:
        return inputs
    location = was.get("location") or default
    group = inputs.get("resourceGroupName")
    if location is None and rules.token != t.GROUP:
        location = UNKNOWN if group is UNKNOWN else _location_of_group(group, store)
    return inputs if location is None else {**inputs, "location": location}


def id_of(rules: ArmType, inputs: Bag) -> str | None:
    """The id that the inputs lead to; None when a part of it is unknown."""
    known = {**inputs, "subscription": SUBSCRIPTION_ID}
    if "scope" in known and isinstance(known["scope"], str):
        known["scope"] = "/" + known["scope"].strip("/")
    parts = [known.get(name) for name in _PLACE.findall(rules.id)]
    if not all(isinstance(part, str) for part in parts):
        return None
    return _PLACE.sub(lambda match: str(known[match[1]]), rules.id)


def check_name(rules: ArmType, inputs: Bag) -> Iterator[Refusal]:
    """Why ARM does not take the name."""
    rule = rules.name
    name = inputs.get(rule.input)
    if not isinstance(name, str):
        return
    shown = rules.type.rpartition("/")[2]
    if not rule.min <= len(name) <= rule.max:
        many = f"{rule.min} to {rule.max}" if rule.min != rule.max else str(rule.min)
        text = f"{name} is not a valid name of {shown}: it has {len(name)} characters, and must have {many}."
        yield bad(rule.input, rule.code, text)
    elif rule.pattern and not re.search(rule.pattern, name):
        yield bad(rule.input, rule.code, f"{name} is not a valid name of {shown}: it does not match {rule.pattern}.")


def _make(rules: ArmType, subject: Subject) -> str:
    if rules.name.auto == "copy":
        return subject.name
    digest = hashlib.sha256(subject.seed or subject.urn.encode()).digest()
    return (
        str(uuid.UUID(bytes=digest[:16], version=4)) if rules.name.auto == "uuid" else subject.name + digest.hex()[:8]
    )


def _location_of_group(name: object, store: AccountStore) -> str | None:
    row = store.at(str(ArmId(subscription=SUBSCRIPTION_ID, group=str(name))))
    return row.outputs["location"] if row else None
