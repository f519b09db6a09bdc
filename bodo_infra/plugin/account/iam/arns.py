"""Amazon resource names: their parts, their form in policies, and the segment-wise comparison of the Arn operators."""

import re
from dataclasses import dataclass
from functools import lru_cache

from bodo_infra.catalog.iam_names import services
from bodo_infra.plugin.account.iam.patterns import Values, matches_with

# ARNs name some services otherwise than actions do, and the other way round.
_ONLY_IN_ARNS = frozenset({"aws", "elasticloadbalancing", "apigateway"})

_PARTITION = re.compile(r"[a-z*?-]+")
_ACCOUNT = re.compile(r"|aws|\d{12}|\d*[*?][\d*?]*")
_REGION = re.compile(r"[a-z0-9*?-]*")


@dataclass(frozen=True, kw_only=True)
class Arn:
    """``arn:partition:service:region:account:resource``; region and account are empty where the service has none."""

    partition: str
    service: str
    region: str
    account: str
    resource: str


@lru_cache(maxsize=4096)
def split_arn(text: str) -> Arn | None:
    """None: not an ARN. Variables count as part of the resource or of the segment that they stand in."""
    # A variable such as ${aws:PrincipalAccount} has colons of its own, which part nothing.
    hidden = re.sub(r"\$\{[^}]*\}", lambda found: found[0].replace(":", "\0"), text)
    parts = [part.replace("\0", ":") for part in hidden.split(":", 5)]
    if len(parts) != 6 or parts[0] != "arn":
        return None
    return Arn(partition=parts[1], service=parts[2], region=parts[3], account=parts[4], resource=parts[5])


def wrong_in_arn(text: str) -> str | None:
    """What must hold and does not, for the Resource of a policy; None: the form is right."""
    arn = split_arn(text)
    if arn is None:
        return "must be * or an ARN of six parts, such as arn:aws:s3:::bucket/*"
    if not _PARTITION.fullmatch(arn.partition):
        return f"the partition {arn.partition!r} must be aws, aws-cn or aws-us-gov"
    if not _is_pattern(arn.service) and arn.service not in services() | _ONLY_IN_ARNS:
        return f"the service {arn.service!r} is unknown"
    if not _is_pattern(arn.region) and not _REGION.fullmatch(arn.region):
        return f"the region {arn.region!r} must be empty or a name such as us-east-2"
    if not _is_pattern(arn.account) and not _ACCOUNT.fullmatch(arn.account):
        return f"the account {arn.account!r} must be empty or 12 digits"
    if not arn.resource:
        return "the last part, which names the resource, is empty"
    return _wrong_for_service(arn)


def _wrong_for_service(arn: Arn) -> str | None:
    is_bucket = arn.service == "s3" and not re.match(r"(accesspoint|job|storage-lens|access-grants)", arn.resource)
    if is_bucket and (arn.region or arn.account):
        return "buckets have neither region nor account in their ARN"
    if arn.service == "iam" and arn.region.strip("*"):
        return "IAM has no region in its ARNs"
    return None


def _is_pattern(text: str) -> bool:
    return "*" in text or "${" in text


def arn_matches(pattern: str, text: str, values: Values | None) -> bool:
    """As ArnLike and ArnEquals do: each of the six parts on its own, so that no wildcard reaches over a colon."""
    wanted, given = split_arn(pattern), split_arn(text)
    if wanted is None or given is None:
        return False
    pairs = zip(vars(wanted).values(), vars(given).values(), strict=True)
    return all(matches_with(want, have, values) for want, have in pairs)
