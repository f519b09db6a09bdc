"""Pydantic's kinds of errors in the project's words: what must hold, and what to do."""

import difflib
from collections.abc import Callable, Mapping
from typing import Any

from bodo_infra.spec.base import NAME_MAX, NAME_PATTERN, RuleError, Spec
from bodo_infra.spec.secret import SECRET_PATTERN
from bodo_infra.spec.walk import Location, annotation_at, kinds

# Patterns in words; a pattern that is not listed is shown as it is.
PATTERNS: Mapping[str, tuple[str, str]] = {
    NAME_PATTERN: (
        "must be lower-case letters, digits and single dashes, starting with a letter",
        f"Use a name such as etl-2, of at most {NAME_MAX} characters",
    ),
    SECRET_PATTERN: (
        "must be a reference to a secret, never the secret itself",
        "Write env:NAME, file:PATH, ssm:/path or keyvault:vault/name",
    ),
    r"^[0-9]{12}$": ("must be the 12 digits of an AWS account, as text", "Write them in quotes"),
    r"^[A-Za-z_][A-Za-z0-9_]*$": (
        "must be the name of an environment variable: letters, digits and _, not starting with a digit",
        "Rename the variable",
    ),
    r"^s3://[a-z0-9.-]+(/.*)?$": ("must be a place in S3", "Write s3://bucket/prefix"),
    r"^[^@\s]+@[^@\s]+$": ("must be a mail address", "Write it as name@example.com"),
    r"^[A-Za-z0-9][A-Za-z0-9._@-]*$": (
        "must be letters, digits and any of . _ @ -, starting with a letter or digit",
        "Use a name such as jane.doe",
    ),
}

TYPES: Mapping[str, tuple[str, str]] = {
    "string_type": ("must be text", "Write it in quotes"),
    "int_type": ("must be a whole number", "Write it without quotes"),
    "int_from_float": ("must be a whole number", "Leave the fraction out"),
    "int_parsing_size": ("must be a whole number of sane size", "Use a smaller number"),
    "float_type": ("must be a number", "Write it without quotes"),
    "finite_number": ("must be a finite number", "Write a plain number"),
    "bool_type": ("must be true or false", "Write true or false, without quotes"),
    "tuple_type": ("must be a list", "Write one item per line, each after a dash"),
    "dict_type": ("must be a mapping", "Write one `key: value` per line"),
    "model_type": ("must be a mapping of fields", "Write one `field: value` per line"),
    "model_attributes_type": ("must be a mapping of fields", "Write one `field: value` per line"),
    "datetime_type": ("must be a date with time", "Write it as 2026-12-31T18:00:00"),
    "datetime_parsing": ("must be a date with time", "Write it as 2026-12-31T18:00:00"),
    "datetime_from_date_parsing": ("must be a date with time", "Write it as 2026-12-31T18:00:00"),
}

Words = tuple[str, str, bool]
"""Rule, fix, and whether the value belongs into the message."""


def explain(model: type[Spec], owner: type[Spec] | None, location: Location, error: Mapping[str, Any]) -> Words:
    """One of pydantic's errors in words. ``owner``: the model that the last part of ``location`` is a field of."""
    kind, context = error["type"], error.get("ctx", {})
    if kind in TYPES:
        return *TYPES[kind], True
    if kind == "missing":
        return "is missing", _describe(owner, str(location[-1])), False
    if kind == "extra_forbidden":
        return _unknown_key(owner, str(location[-1]))
    if kind in ("union_tag_not_found", "union_tag_invalid"):
        known = ", ".join(kinds(annotation_at(model, location)))
        if kind == "union_tag_not_found":
            return f"kind is missing; one of {known}", "Add a line `kind: ...`", False
        return f"kind is {context['tag']!r}, but must be one of {known}", "Correct the kind", False
    if kind == "literal_error":
        known = str(context["expected"]).replace("'", "").replace(" or ", ", ")
        near = difflib.get_close_matches(str(error["input"]).lower(), known.split(", "), n=1)
        return f"must be one of {known}", f"Did you mean {near[0]}?" if near else f"Write one of {known}", True
    if kind == "string_pattern_mismatch":
        pattern = context["pattern"]
        return *PATTERNS.get(pattern, (f"must look like {pattern}", "Correct the text")), True
    if kind == "value_error" and isinstance(context.get("error"), RuleError):
        return context["error"].rule, context["error"].fix, True
    if kind in BOUNDS:
        return *BOUNDS[kind](context), True
    return (
        str(error["msg"]).removeprefix("Input should ").removeprefix("Value error, ").rstrip("."),
        "Correct the value",
        True,
    )


def _unknown_key(owner: type[Spec] | None, key: str) -> Words:
    known = list(owner.model_fields) if owner is not None else []
    near = difflib.get_close_matches(key.lower().replace("-", "_"), known, n=1, cutoff=0.6)
    rule = f"is no field here; there are {', '.join(known)}"
    return rule, f"Did you mean {near[0]}?" if near else "Remove it", False


def _describe(owner: type[Spec] | None, field: str) -> str:
    """What a missing field is for: the first sentence of its description."""
    info = owner.model_fields.get(field) if owner is not None else None
    if info is None or not info.description:
        return "Add it"
    return "Add it: " + info.description.split(". ")[0].rstrip(".")


BOUNDS: Mapping[str, Callable[[Mapping[str, Any]], tuple[str, str]]] = {
    "greater_than_equal": lambda c: (f"must be at least {c['ge']:g}", f"Use {c['ge']:g} or more"),
    "greater_than": lambda c: (f"must be more than {c['gt']:g}", f"Use a number above {c['gt']:g}"),
    "less_than_equal": lambda c: (f"must be at most {c['le']:g}", f"Use {c['le']:g} or less"),
    "less_than": lambda c: (f"must be less than {c['lt']:g}", f"Use a number below {c['lt']:g}"),
    "string_too_long": lambda c: (f"must have at most {c['max_length']} characters", "Shorten it"),
    "string_too_short": lambda c: (f"must have at least {c['min_length']} character(s)", "Write something"),
    "too_short": lambda c: (f"must have at least {c['min_length']} item(s)", "Add one"),
    "too_long": lambda c: (f"must have at most {c['max_length']} items", "Remove some"),
}
