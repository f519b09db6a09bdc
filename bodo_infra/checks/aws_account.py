"""Is this a sound description of an AWS account, and are the names in it allowed?"""

import re
from ipaddress import IPv4Address

from bodo_infra.checks.arns import check_principals, check_role
from bodo_infra.checks.findings import Finding
from bodo_infra.checks.region import check_region
from bodo_infra.plans.names import DYNAMODB_TABLE, S3_BUCKET
from bodo_infra.spec.cloud_config import AwsAccount

OFFLINE_ACCOUNT = "000000000000"
"""Number of the offline account; no account of AWS has it."""
# STS API reference, AssumeRole, ExternalId.
EXTERNAL_ID = re.compile(r"[A-Za-z0-9_+=,.@:/-]{2,1224}")
# S3 user guide, "General purpose bucket naming rules".
BUCKET = re.compile(rf"(?=.{{{S3_BUCKET.least},{S3_BUCKET.limit}}}$)[a-z0-9]([a-z0-9.-]*[a-z0-9])")
TABLE = re.compile(rf"[A-Za-z0-9_.-]{{{DYNAMODB_TABLE.least},{DYNAMODB_TABLE.limit}}}")


def check_aws_number(account: AwsAccount, *, offline: bool) -> list[Finding]:
    """The offline account's number where real things would be made."""
    if offline or account.account_id != OFFLINE_ACCOUNT:
        return []
    rule = "is the offline account, in which nothing real can be made"
    fix, path = "Write your account's 12 digits, or add --offline", "aws.account_id"
    return [Finding(id="cloud-config.offline-account", path=path, value=OFFLINE_ACCOUNT, rule=rule, fix=fix)]


def check_aws_account(account: AwsAccount) -> list[Finding]:
    """Every reason why this account could not be deployed into."""
    found = check_region(account.region, rule_id="cloud-config.region", path="aws.region")
    found += check_principals(
        account.trusted_principals, rule_id="cloud-config.principal", path="aws.trusted_principals", accounts=True
    )
    if account.external_id is not None and not EXTERNAL_ID.fullmatch(account.external_id):
        rule = "must be 2 to 1224 letters, digits and any of _ + = , . @ : / -"  # the value is a secret
        fix = "Choose another one, or leave it out: then one is generated"
        found.append(Finding(id="cloud-config.external-id", path="aws.external_id", value="", rule=rule, fix=fix))
    if account.bucket_name is not None:
        found += check_bucket_name(account.bucket_name, path="aws.bucket_name")
    if account.table_name is not None and not TABLE.fullmatch(account.table_name):
        rule = f"must be {DYNAMODB_TABLE.least} to {DYNAMODB_TABLE.limit} letters, digits and any of _ . -"
        fix, value = "Use a name such as bodo-records", account.table_name
        found.append(Finding(id="cloud-config.table", path="aws.table_name", value=value, rule=rule, fix=fix))
    for index, arn in enumerate(account.instance_role_arns):
        path = f"aws.instance_role_arns[{index}]"
        found += check_role(arn, account.account_id, rule_id="cloud-config.instance-role", path=path)
    return found


def check_bucket_name(name: str, *, path: str) -> list[Finding]:
    """A name that S3 refuses, or one with dots."""
    broken = _broken_bucket_rule(name)
    if broken is None:
        return []
    fix = "Use a name such as bodo-etl-123456789012; all accounts of AWS share one list of names"
    return [Finding(id="cloud-config.bucket", path=path, value=name, rule=broken, fix=fix)]


def _broken_bucket_rule(name: str) -> str | None:
    if _is_address(name):
        return "must not look like an IP address"
    if not BUCKET.fullmatch(name):
        return (
            f"must be {S3_BUCKET.least} to {S3_BUCKET.limit} lower-case letters, digits and dashes, "
            "starting and ending with a letter or digit"
        )
    if "." in name:
        return "must have no dots: the bucket is reached by TLS alone, and S3's certificates cover no dotted names"
    for word in S3_BUCKET.reserved_starts:
        if name.startswith(word):
            return f"must not start with {word}, which S3 keeps for itself"
    for word in S3_BUCKET.reserved_ends:
        if name.endswith(word):
            return f"must not end with {word}, which S3 keeps for itself"
    return None


def _is_address(name: str) -> bool:
    try:
        IPv4Address(name)
    except ValueError:
        return False
    return True
