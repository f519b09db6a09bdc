"""Who may take a role: trust documents as JSON texts."""

import json
from collections.abc import Mapping, Sequence

from bodo_infra.aws.policies.statements import Conditions, Scope, service_names


def cross_account_trust(scope: Scope, principals: Sequence[str], external_id: str) -> str:
    """``principals``: ARNs or account numbers; none: the account itself, whose own policies then decide.

    Everybody needs the external id, so that nobody can be talked into taking the role for a stranger.
    """
    account = f"arn:{scope.partition}:iam::{scope.account_id}:root"
    return _trust({"AWS": _one_or_many(principals or [account])}, {"StringEquals": {"sts:ExternalId": external_id}})


def members_trust(principals: Sequence[str]) -> str:
    """For the role of one kind of members. Raises ValueError without any: such a role would be no one's."""
    if not principals:
        raise ValueError("a role of members needs at least one principal")
    return _trust({"AWS": _one_or_many(principals)}, {})


def nodes_trust(partition: str) -> str:
    """For roles that nodes run with. ``partition``: the second part of any ARN, mostly ``aws``."""
    return _trust({"Service": _one_or_many(service_names("ec2", partition))}, {})


def flow_logs_trust(scope: Scope) -> str:
    """For the role that writes flow logs: only those of this account."""
    logs = scope.ec2("vpc-flow-log")[0]
    only_ours: Conditions = {
        "StringEquals": {"aws:SourceAccount": scope.account_id},
        "ArnLike": {"aws:SourceArn": logs},
    }
    return _trust({"Service": "vpc-flow-logs.amazonaws.com"}, only_ours)


def _trust(principal: Mapping[str, str | list[str]], conditions: Conditions) -> str:
    statement: dict[str, object] = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    if conditions:
        statement["Condition"] = conditions
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, separators=(",", ":"))


def _one_or_many(values: Sequence[str]) -> str | list[str]:
    return values[0] if len(values) == 1 else list(values)
