"""What ARNs of roles and principals look like.

Source: IAM user guide, "IAM identifiers" and "AWS JSON policy elements: Principal".
"""

import re
from collections.abc import Sequence

from bodo_infra.checks.findings import Finding

_NAME = r"[A-Za-z0-9_+=,.@-]{1,64}"
_PATH = r"(?:[\x21-\x7e]{1,510}/)?"
_ROLE = re.compile(rf"arn:aws[a-z-]*:iam::([0-9]{{12}}):role/{_PATH}{_NAME}")
_PRINCIPAL = re.compile(
    r"arn:aws[a-z-]*:(?:"
    rf"iam::[0-9]{{12}}:(?:root|(?:role|user)/{_PATH}{_NAME})"
    rf"|sts::[0-9]{{12}}:(?:assumed-role/{_NAME}/{_NAME}|federated-user/{_NAME}))"
)
SAMPLE_ROLE = "arn:aws:iam::123456789012:role/NAME"
# AWS alone changes what these roles may do.
AWS_OWN_PATHS = ("aws-service-role/", "aws-reserved/")


def is_principal(text: str) -> bool:
    """Whether it is the ARN of a user, a role, a session or an account; wildcards are none."""
    return _PRINCIPAL.fullmatch(text) is not None and "*" not in text


def account_of_role(arn: str) -> str | None:
    """The account in the ARN of a role; None when it is none, or stands for many by wildcards or variables."""
    match = _ROLE.fullmatch(arn)
    return match[1] if match and not set(arn) & set("*?$") else None


def check_role(arn: str, account_id: str | None, *, rule_id: str, path: str) -> list[Finding]:
    """No ARN of a role, a role that only AWS may change, one of another account than ``account_id`` (None: any)."""
    account = account_of_role(arn)
    if account is None:
        fix = f"Write {SAMPLE_ROLE}"
        return [Finding(id=f"{rule_id}.arn", path=path, value=arn, rule="must be the ARN of a role", fix=fix)]
    if arn.partition(":role/")[2].startswith(AWS_OWN_PATHS):
        rule, fix = "is a role of AWS's own, which takes no policies of others", "Name a role that you made"
        return [Finding(id=f"{rule_id}.aws-role", path=path, value=arn, rule=rule, fix=fix)]
    if account_id is not None and account != account_id:
        rule = f"is a role of account {account}, but everything here is in {account_id}: nodes cannot run with it"
        fix = f"Name a role of account {account_id}, or let one of its roles assume this one"
        return [Finding(id=f"{rule_id}.account", path=path, value=arn, rule=rule, fix=fix)]
    return []


def check_principals(arns: Sequence[str], *, rule_id: str, path: str, accounts: bool) -> list[Finding]:
    """Texts that are no principals. ``accounts``: whether 12 digits, for a whole account, are taken too."""
    found = []
    for index, arn in enumerate(arns):
        if is_principal(arn) or (accounts and re.fullmatch(r"[0-9]{12}", arn)):
            continue
        also = " or an account number" if accounts else ""
        rule = f"must be the ARN of a user or a role{also}; `*` would let everybody in"
        fix = f"Write {SAMPLE_ROLE}"
        found.append(Finding(id=rule_id, path=f"{path}[{index}]", value=arn, rule=rule, fix=fix))
    return found
