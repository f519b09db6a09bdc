"""Rules of roles, policies and keys. What a policy says is the business of ``account.iam``."""

import json
from collections.abc import Iterator

from bodo_infra.plugin.account.rules import tokens as t
from bodo_infra.plugin.account.view import View
from bodo_infra.plugin.handler import Failure
from bodo_infra.plugin.wire_codec import Bag, Value

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html, without white space
POLICY_CHARACTERS = 6144
TRUST_CHARACTERS = 2048
INLINE_CHARACTERS = 10240


def check_role(inputs: Bag, view: View) -> Iterator[Failure]:
    """A trust policy of a size that AWS takes."""
    yield from _check_size("assumeRolePolicy", inputs.get("assumeRolePolicy"), TRUST_CHARACTERS)
    yield from _check_path(inputs)


def check_policy(inputs: Bag, view: View) -> Iterator[Failure]:
    """A document of a size that AWS takes."""
    yield from _check_size("policy", inputs.get("policy"), POLICY_CHARACTERS)
    yield from _check_path(inputs)


def check_role_policy(inputs: Bag, view: View) -> Iterator[Failure]:
    """All inline policies of a role together have a limit."""
    role = view.find(t.ROLE, inputs.get("role"))
    others = sum(
        len(_dense(other.inputs.get("policy")))
        for other in view.others(t.ROLE_POLICY)
        if role is not None and other.inputs.get("role") == role.id and other.name != inputs.get("name")
    )
    yield from _check_size("policy", inputs.get("policy"), INLINE_CHARACTERS - others)


def check_alias(inputs: Bag, view: View) -> Iterator[Failure]:
    """Names of AWS's own aliases cannot be had."""
    if str(inputs.get("name", "")).startswith("alias/aws/"):
        yield Failure(name="name", reason="names that begin with alias/aws/ are AWS's own")


def _check_size(path: str, value: Value, most: int) -> Iterator[Failure]:
    size = len(_dense(value))
    if size > most:
        reason = f"it has {size} characters without white space, and may have {most}"
        yield Failure(name=path, reason=reason)


def _check_path(inputs: Bag) -> Iterator[Failure]:
    path = inputs.get("path")
    if isinstance(path, str) and not (path.startswith("/") and path.endswith("/")):
        yield Failure(name="path", reason=f"{path!r} must begin and end with a slash")


def _dense(value: Value) -> str:
    if not isinstance(value, str):
        return ""
    try:
        return json.dumps(json.loads(value), separators=(",", ":"))
    except ValueError:
        return value
