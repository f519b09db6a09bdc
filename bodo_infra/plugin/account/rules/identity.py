"""Rules of roles, policies and keys. What a document says is judged by ``account.iam``."""

from collections.abc import Iterator

from bodo_infra.plugin.account.iam import documents
from bodo_infra.plugin.account.iam.grammar import Kind
from bodo_infra.plugin.account.rules import tokens as t
from bodo_infra.plugin.account.view import View
from bodo_infra.plugin.handler import Failure
from bodo_infra.plugin.wire_codec import Bag, Value


def check_role(inputs: Bag, view: View) -> Iterator[Failure]:
    """A trust policy that AWS would take."""
    yield from _check_document("assumeRolePolicy", inputs.get("assumeRolePolicy"), Kind.TRUST)
    yield from _check_path(inputs)


def check_policy(inputs: Bag, view: View) -> Iterator[Failure]:
    """A document that AWS would take."""
    yield from _check_document("policy", inputs.get("policy"), Kind.IDENTITY)
    yield from _check_path(inputs)


def check_role_policy(inputs: Bag, view: View) -> Iterator[Failure]:
    """A document that AWS would take; all inline policies of a role together have a limit, too."""
    policy = inputs.get("policy")
    found = list(_check_document("policy", policy, Kind.INLINE))
    yield from found
    role = view.find(t.ROLE, inputs.get("role"))
    if found or role is None or not isinstance(policy, str):
        return
    others = [
        other.inputs["policy"] for other in view.others(t.ROLE_POLICY, role=role.id) if other.name != inputs.get("name")
    ]
    for problem in documents.check_inline_total([policy, *others]):
        yield Failure(name="policy", reason=f"{problem.value}: {problem.rule}")


def check_resource_policy(inputs: Bag, view: View) -> Iterator[Failure]:
    """A document that a bucket, a key, a file system or an endpoint would take."""
    yield from _check_document("policy", inputs.get("policy"), Kind.RESOURCE)


def check_alias(inputs: Bag, view: View) -> Iterator[Failure]:
    """Names of AWS's own aliases cannot be had."""
    if str(inputs.get("name", "")).startswith("alias/aws/"):
        yield Failure(name="name", reason="names that begin with alias/aws/ are AWS's own")


def _check_document(path: str, value: Value, kind: Kind) -> Iterator[Failure]:
    if not isinstance(value, str):
        return
    for problem in documents.check(value, kind):
        given = f" = {problem.value}" if problem.value else ""
        yield Failure(name=path, reason=f"{problem.path}{given}: {problem.rule}. {problem.fix}")


def _check_path(inputs: Bag) -> Iterator[Failure]:
    path = inputs.get("path")
    if isinstance(path, str) and not (path.startswith("/") and path.endswith("/")):
        yield Failure(name="path", reason=f"{path!r} must begin and end with a slash")
