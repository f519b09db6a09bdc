"""What is wrong with a policy document: its elements, names, forms and sizes, each problem with its path.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

import difflib
import json
import re
from collections.abc import Iterator, Mapping
from enum import Enum
from types import UnionType
from typing import Any

from bodo_infra.catalog import iam_names as names
from bodo_infra.errors import Problem
from bodo_infra.plugin.account.iam.arns import wrong_in_arn
from bodo_infra.plugin.account.iam.conditions import (
    MULTIVALUED,
    Operator,
    operator_names,
    parse_operator,
    wrong_in_value,
)
from bodo_infra.plugin.account.iam.patterns import variables_in
from bodo_infra.plugin.account.iam.principals import check_principals


class Kind(Enum):
    """Where a document is put, which decides what may stand in it."""

    IDENTITY = "identity policy"
    INLINE = "inline policy of a role"
    BOUNDARY = "permissions boundary"
    TRUST = "trust policy"
    RESOURCE = "resource policy"


# Characters without white space. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html: the trust
# policy's quota can be raised to 4096. A resource policy's is its service's: 20 kB is that of buckets.
INLINE_TOTAL = 10240
SIZES: Mapping[Kind, int] = {
    Kind.IDENTITY: 6144,
    Kind.INLINE: INLINE_TOTAL,
    Kind.BOUNDARY: 6144,
    Kind.TRUST: 2048,
    Kind.RESOURCE: 20480,
}

DEFAULT_VERSION = "2008-10-17"
VERSIONS = ("2012-10-17", DEFAULT_VERSION)

_TOP = ("Version", "Id", "Statement")
_PAIRS = ("Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource")
_PARTS = ("Sid", "Effect", *_PAIRS, "Condition")
_TRUST_ACTIONS = frozenset(
    f"sts:{name}"
    for name in (
        "AssumeRole",
        "AssumeRoleWithSAML",
        "AssumeRoleWithWebIdentity",
        "SetContext",
        "SetSourceIdentity",
        "TagSession",
    )
)


class RepeatedKeyError(ValueError):
    """A JSON object has a key twice; of both most readers, and AWS's, silently keep one."""


def read_tree(raw: str | Mapping[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
    """The document as a mapping, or what keeps it from being one."""
    try:
        tree = json.loads(raw, object_pairs_hook=_without_repeats) if isinstance(raw, str) else dict(raw)
    except RepeatedKeyError as error:
        return {}, [Problem(path="document", value="", rule=str(error), fix="Write both values in one list")]
    except ValueError as error:
        return {}, [Problem(path="document", value="", rule=f"is not JSON: {error}", fix="Mend the text there")]
    if isinstance(tree, dict):
        return tree, []
    rule = "must be a JSON object with a Statement"
    return {}, [
        Problem(path="document", value=_short(tree), rule=rule, fix='Write {"Version": ..., "Statement": [...]}')
    ]


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise RepeatedKeyError(f"the key {twice!r} stands twice in one object, so one of them would be lost")
    return found


def texts_of(given: object) -> list[Any]:
    """One value or a list, as texts the way AWS reads them: ``true`` is "true", 5 is "5"."""
    values = given if isinstance(given, list) else [given]
    return [json.dumps(value) if isinstance(value, bool | int | float) else value for value in values]


def size_of(tree: dict[str, Any]) -> int:
    return len(re.sub(r"\s", "", json.dumps(tree, separators=(",", ":"), ensure_ascii=False)))


def check_tree(tree: dict[str, Any], kind: Kind) -> list[Problem]:
    problems = list(_check_top(tree, kind))
    given = tree.get("Statement")
    statements = given if isinstance(given, list) else [given] if isinstance(given, dict) else []
    sids: dict[str, str] = {}
    for index, statement in enumerate(statements):
        path = f"Statement[{index}]" if isinstance(given, list) else "Statement"
        if not isinstance(statement, dict):
            problems.append(_problem(path, statement, "must be a JSON object", "Write one object per statement"))
            continue
        problems += _check_statement(statement, path, kind, tree.get("Version", DEFAULT_VERSION))
        sid = statement.get("Sid")
        if isinstance(sid, str) and sid and sid in sids:
            problems.append(_problem(f"{path}.Sid", sid, f"{sids[sid]} has this Sid already", "Give each its own"))
        elif isinstance(sid, str):
            sids[sid] = path
    return problems


def _check_top(tree: dict[str, Any], kind: Kind) -> Iterator[Problem]:
    yield from _check_keys(tree, _TOP, "")
    if (version := tree.get("Version", DEFAULT_VERSION)) not in VERSIONS:
        yield _problem("Version", version, f"must be {' or '.join(VERSIONS)}", f"Write {VERSIONS[0]}")
    if not tree.get("Statement") or not isinstance(tree["Statement"], list | dict):
        yield _problem("Statement", tree.get("Statement", ""), "must be one statement or more", "Add a statement")
    if (size := size_of(tree)) > SIZES[kind]:
        rule = f"this {kind.value} may have {SIZES[kind]} characters, without white space"
        yield _problem("document", size, rule, "Split it, or say more with fewer statements")


def _check_statement(tree: dict[str, Any], path: str, kind: Kind, version: object) -> Iterator[Problem]:
    yield from _check_keys(tree, _PARTS, f"{path}.")
    if tree.get("Effect") not in ("Allow", "Deny"):
        yield _problem(f"{path}.Effect", tree.get("Effect", ""), "must be Allow or Deny", "Write one of both")
    yield from _check_sid(tree.get("Sid", ""), f"{path}.Sid", kind)
    yield from _check_pairs(tree, path, kind)
    for key in ("Action", "NotAction"):
        yield from _check_texts(tree.get(key, ""), f"{path}.{key}", str)
        for where, text in _each_text(tree, key, path):
            yield from _check_action(text, where, kind)
    for key in ("Resource", "NotResource"):
        yield from _check_texts(tree.get(key, ""), f"{path}.{key}", str)
        for where, text in _each_text(tree, key, path):
            if text != "*" and (wrong := wrong_in_arn(text)):
                yield _problem(where, text, wrong, "Write * or a whole ARN")
            yield from _check_variables(text, where, version)
    for key in ("Principal", "NotPrincipal"):
        if key in tree:
            yield from check_principals(tree[key], f"{path}.{key}")
    yield from _check_conditions(tree.get("Condition", {}), f"{path}.Condition", version)


def _check_pairs(tree: dict[str, Any], path: str, kind: Kind) -> Iterator[Problem]:
    """Of Action and NotAction, Resource and NotResource, Principal and NotPrincipal: one, none or either."""
    spoken_of = kind in (Kind.TRUST, Kind.RESOURCE)
    # The policy of a file system stands for itself; other services want the resource named again.
    is_file_system = all(str(text).startswith("elasticfilesystem:") for text in texts_of(tree.get("Action", "")))
    rules = {
        "Action": "needed",
        "Resource": "refused" if kind is Kind.TRUST else "optional" if is_file_system and spoken_of else "needed",
        "Principal": "needed" if spoken_of else "refused",
    }
    for key, rule in rules.items():
        given = [name for name in (key, f"Not{key}") if name in tree]
        if len(given) == 2:
            yield _problem(f"{path}.Not{key}", "", f"stands beside {key}", "Keep one of both")
        elif given and rule == "refused":
            yield _problem(f"{path}.{given[0]}", "", f"has no place in this {kind.value}", "Leave it out")
        elif not given and rule == "needed":
            yield _problem(
                f"{path}.{key}", "", f"is missing: this {kind.value} needs it", f"Add {key} to the statement"
            )
    if "NotPrincipal" in tree and tree.get("Effect") == "Allow":
        rule = "with Allow it would let in everybody else, nameless callers too"
        yield _problem(f"{path}.NotPrincipal", "", rule, "Use Principal with a condition on aws:PrincipalArn")


def _check_sid(sid: object, path: str, kind: Kind) -> Iterator[Problem]:
    # Key and bucket policies take free text: the default key policy says "Enable IAM User Permissions".
    if not isinstance(sid, str) or (kind is not Kind.RESOURCE and not re.fullmatch(r"[A-Za-z0-9]*", sid)):
        yield _problem(path, sid, "must be letters and digits", "Write it without blanks, dashes and other signs")


def _check_action(text: str, path: str, kind: Kind) -> Iterator[Problem]:
    if kind is Kind.TRUST and text not in _TRUST_ACTIONS:
        rule = "a trust policy speaks of taking the role only"
        yield _problem(path, text, rule, f"Use one of {', '.join(sorted(_TRUST_ACTIONS))}")
    elif text == "*" or names.is_known_action(text):
        return
    elif not re.fullmatch(r"[A-Za-z0-9-]+:[A-Za-z0-9*?_.]+", text):
        rule = "must be *, or a service and an action without blanks; the service takes no wildcard"
        yield _problem(path, text, rule, "Write for instance ec2:RunInstances or ec2:Describe*")
    else:
        near = names.closest_action(text)
        yield _problem(path, text, "unknown action", f"Did you mean {near}?" if near else "Use the name AWS gives it")


def _check_conditions(tree: object, path: str, version: object) -> Iterator[Problem]:
    if not isinstance(tree, dict):
        yield _problem(path, tree, "must be a JSON object of operators", 'Write {"StringEquals": {KEY: VALUE}}')
        return
    for operator, pairs in tree.items():
        where = f"{path}.{operator}"
        try:
            parsed = parse_operator(operator)
        except KeyError:
            yield _problem(where, "", "unknown operator", _suggest(operator.rpartition(":")[2], operator_names()))
            continue
        if not isinstance(pairs, dict) or not pairs:
            yield _problem(where, pairs, "must be a JSON object of keys", "Write {KEY: VALUE}")
            continue
        for key in pairs:
            yield from _check_condition(parsed, pairs, key, where, version)


def _check_condition(
    operator: Operator, pairs: dict[str, Any], key: str, path: str, version: object
) -> Iterator[Problem]:
    where = f"{path}.{key}"
    if not names.is_known_key(key):
        near = names.closest_key(key)
        yield _problem(where, "", "unknown condition key", f"Did you mean {near}?" if near else "Use a key AWS knows")
    yield from _check_texts(pairs[key], where, str | bool | int | float)
    if key.lower() in MULTIVALUED and operator.over is None and operator.base != "Null":
        fix = f"Write ForAnyValue:{operator.base} or ForAllValues:{operator.base}"
        yield _problem(where, "", "has several values at once", fix)
    for place, text in _each_text(pairs, key, path):
        if wrong := wrong_in_value(operator.base, text):
            yield _problem(place, text, wrong, "Mend the value, or use another operator")
        yield from _check_variables(text, place, version)


def _check_variables(text: str, path: str, version: object) -> Iterator[Problem]:
    variables = variables_in(text)
    if variables and version == DEFAULT_VERSION:
        fix = f"Write Version {VERSIONS[0]}"
        yield _problem(
            path, text, f"in version {DEFAULT_VERSION}, also when none is given, variables are plain text", fix
        )
    for variable in variables:
        if not names.is_known_key(variable):
            near = names.closest_key(variable)
            yield _problem(
                path, text, f"unknown variable {variable}", f"Did you mean {near}?" if near else "Leave it out"
            )


def _check_texts(given: object, path: str, types: type | UnionType) -> Iterator[Problem]:
    values = given if isinstance(given, list) else [given]
    if not values:
        yield _problem(path, "", "is an empty list", "Name at least one")
    for value in values:
        if not isinstance(value, types):
            yield _problem(path, value, "must be text or a list of texts", "Write it in quotes")


def _each_text(tree: dict[str, Any], key: str, path: str) -> list[tuple[str, str]]:
    """The texts under a key, each with its path; what is no text, ``_check_texts`` names."""
    given = tree.get(key, [])
    where = f"{path}.{key}"
    paths = [f"{where}[{index}]" for index in range(len(given))] if isinstance(given, list) else [where]
    return [(place, text) for place, text in zip(paths, texts_of(given), strict=True) if isinstance(text, str)]


def _check_keys(tree: dict[str, Any], known: tuple[str, ...], path: str) -> Iterator[Problem]:
    for key in tree:
        if key not in known:
            yield _problem(f"{path}{key}", "", "unknown element", _suggest(key, known))


def _suggest(name: str, known: tuple[str, ...]) -> str:
    by_lower = {each.lower(): each for each in known}
    near = difflib.get_close_matches(name.lower(), by_lower, 1)
    return f"Did you mean {by_lower[near[0]]}?" if near else f"Use one of {', '.join(known)}"


def _problem(path: str, value: object, rule: str, fix: str) -> Problem:
    return Problem(path=path, value=_short(value), rule=rule, fix=fix)


def _short(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return text if len(text) <= 120 else f"{text[:117]}..."
