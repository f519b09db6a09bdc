"""Whom a resource or trust policy speaks of: the Principal element, checked, brought into one form, and matched.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

import re
from enum import Enum

from bodo_infra.errors import Problem
from bodo_infra.plugin.account.iam.arns import split_arn

Principals = frozenset[tuple[str, str]]
"""Pairs such as ``("AWS", "arn:aws:iam::123456789012:root")`` and ``("Service", "ec2.amazonaws.com")``."""

KINDS = ("AWS", "Service", "Federated", "CanonicalUser")

_AWS_RESOURCE = re.compile(r"root|(user|role|assumed-role|federated-user)/[^*?]+")
_SERVICE = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*\.amazonaws\.com(\.cn)?")
# The id that AWS puts in place of a deleted role or user.
_UNIQUE_ID = re.compile(r"A[A-Z0-9]{15,127}")


class Standing(Enum):
    """How a Principal element names a caller."""

    DIRECT = "by name, or as everybody"
    ACCOUNT = "through its account, which leaves the choice to the account's own policies"
    NONE = "not at all"


def read_principals(raw: object) -> Principals:
    """The Principal of a checked statement in one form: ``*`` is every AWS principal, an account id is its root."""
    if raw == "*":
        return frozenset({("AWS", "*")})
    assert isinstance(raw, dict)
    return frozenset(
        (kind, _one_form(kind, value))
        for kind, given in raw.items()
        for value in (given if isinstance(given, list) else [given])
    )


def _one_form(kind: str, value: str) -> str:
    return f"arn:aws:iam::{value}:root" if kind == "AWS" and re.fullmatch(r"\d{12}", value) else value


def standing_of(principals: Principals, caller: str) -> Standing:
    """``caller``: the ARN of a role, user or root; or the name of a service, such as ``ec2.amazonaws.com``."""
    arn = split_arn(caller)
    if arn is None:
        return Standing.DIRECT if {("Service", caller), ("AWS", "*")} & principals else Standing.NONE
    if {("AWS", "*"), ("AWS", caller)} & principals:
        return Standing.DIRECT
    root = f"arn:{arn.partition}:iam::{arn.account}:root"
    return Standing.ACCOUNT if ("AWS", root) in principals else Standing.NONE


def check_principals(raw: object, path: str) -> list[Problem]:
    if raw == "*":
        return []
    if not isinstance(raw, dict) or not raw:
        rule = 'must be "*" or a mapping such as {"AWS": ARN} or {"Service": NAME}'
        return [
            Problem(path=path, value=str(raw), rule=rule, fix='Write for instance {"Service": "ec2.amazonaws.com"}')
        ]
    problems = []
    for kind, given in raw.items():
        if kind not in KINDS:
            rule = f"unknown kind of principal; there are {', '.join(KINDS)}"
            problems.append(Problem(path=f"{path}.{kind}", value="", rule=rule, fix="Use one of them"))
            continue
        for where, value in _each(given, f"{path}.{kind}"):
            problems += _check_one(kind, value, where)
    return problems


def _each(given: object, path: str) -> list[tuple[str, object]]:
    return [(f"{path}[{i}]", each) for i, each in enumerate(given)] if isinstance(given, list) else [(path, given)]


def _check_one(kind: str, value: object, path: str) -> list[Problem]:
    if not isinstance(value, str) or not value:
        return [Problem(path=path, value=str(value), rule="must be text", fix="Write it in quotes")]
    wrong = _wrong_in_aws(value) if kind == "AWS" else _wrong_in_service(value) if kind == "Service" else None
    return [Problem(path=path, value=value, rule=wrong[0], fix=wrong[1])] if wrong else []


def _wrong_in_aws(value: str) -> tuple[str, str] | None:
    if value == "*" or re.fullmatch(r"\d{12}", value) or _UNIQUE_ID.fullmatch(value):
        return None
    if "*" in value or "?" in value:
        return "a principal takes no wildcard", "Name the account, with a condition ArnLike on aws:PrincipalArn"
    arn = split_arn(value)
    if (
        arn is None
        or arn.service not in ("iam", "sts")
        or not re.fullmatch(r"\d{12}", arn.account)
        or not _AWS_RESOURCE.fullmatch(arn.resource)
    ):
        rule = "must be an account of 12 digits, or the ARN of a role, a user, a session or an account's root"
        return rule, "Write for instance arn:aws:iam::123456789012:role/deploy"
    return None


def _wrong_in_service(value: str) -> tuple[str, str] | None:
    if _SERVICE.fullmatch(value):
        return None
    return "must be the name of an AWS service", "Write for instance ec2.amazonaws.com"
