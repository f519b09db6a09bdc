"""Rules of roles, policies and keys. What a document says is judged by ``account.iam``."""

from collections.abc import Iterator

from bodo_infra.plugin.account.iam import documents
from bodo_infra.plugin.account.iam.evaluate import Principal, decide
from bodo_infra.plugin.account.iam.grammar import Kind
from bodo_infra.plugin.account.iam.matching import Request
from bodo_infra.plugin.account.rules import tokens as t
from bodo_infra.plugin.account.view import ACCOUNT_ID, View
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


def check_log_group(inputs: Bag, view: View) -> Iterator[Failure]:
    """A key of the same region, whose policy lets the logs service encrypt this very group.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
    """
    arn, name = inputs.get("kmsKeyId"), inputs.get("name")
    if not (isinstance(arn, str) and isinstance(name, str)):
        return
    if arn.startswith("arn:") and arn.split(":")[3] != view.region:
        yield Failure(name="kmsKeyId", reason=f"{arn!r} is not in {view.region}, where the log group is")
        return
    key = view.find(t.KEY, arn)
    if key is None:
        return  # told as a reference that leads nowhere
    group = f"arn:aws:logs:{view.region}:{ACCOUNT_ID}:log-group:{name}"
    # The service asks for itself, on behalf of nobody in the account.
    context = {"kms:EncryptionContext:aws:logs:arn": group, "kms:CallerAccount": None, "kms:ViaService": None}
    request = Request(action="kms:Encrypt", resource=key.arn or "", context=context)
    text = key.inputs.get("policy")
    policies = (
        [documents.Policy(name=f"policy of {key.id}", document=documents.parse(text, Kind.RESOURCE))] if text else []
    )
    decision = decide(Principal(arn=f"logs.{view.region}.amazonaws.com"), request, resource_policies=policies)
    if not decision.allowed:
        yield Failure(name="kmsKeyId", reason=decision.because)


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
