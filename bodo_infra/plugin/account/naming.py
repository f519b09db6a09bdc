"""Names that a program leaves out, as pulumi-aws makes them: the logical name and seven hexadecimal digits."""

import hashlib

from bodo_infra.plugin.account.rules.table import NameRule
from bodo_infra.plugin.handler import Failure, Subject
from bodo_infra.plugin.wire_codec import Bag

DEFAULTS = "__defaults"
"""The inputs that Check has filled in: their change alone says nothing of what the program wants."""


def with_name(rule: NameRule | None, subject: Subject, inputs: Bag, was: Bag) -> tuple[Bag, tuple[Failure, ...]]:
    """The inputs with a name, kept from the last update where it was made then; and what is wrong with that name."""
    if rule is None or inputs.get(rule.input) is not None or inputs.get(rule.prefix_input) is not None:
        return inputs, ()
    name = was[rule.input] if rule.input in was.get(DEFAULTS, ()) else _make(rule, subject)
    failures = []
    if rule.max is not None and len(name) > rule.max:
        reason = f"the automatic name {name!r} has {len(name)} characters, and may have {rule.max}"
        failures.append(Failure(name=rule.input, reason=f"{reason}; shorten the resource's name, or give this one"))
    return {**inputs, rule.input: name, DEFAULTS: [rule.input]}, tuple(failures)


def is_chosen(rule: NameRule | None, inputs: Bag) -> bool:
    """Whether the program itself says what the name is."""
    return rule is not None and inputs.get(rule.input) is not None and rule.input not in inputs.get(DEFAULTS, ())


def _make(rule: NameRule, subject: Subject) -> str:
    if rule.plain:
        return subject.name
    digits = hashlib.sha256(subject.seed or subject.urn.encode()).hexdigest()[:7]
    name = f"{rule.prefix}{subject.name}-{digits}"
    return name.lower() if rule.lower else name
