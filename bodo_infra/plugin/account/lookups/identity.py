"""Who asks, roles, and policy documents."""

import hashlib
import json
import re
from collections.abc import Mapping

from bodo_infra.errors import InputError
from bodo_infra.plugin.account.account import Account
from bodo_infra.plugin.account.lookups.answer import Answer
from bodo_infra.plugin.account.rules.tokens import ROLE
from bodo_infra.plugin.account.view import ACCOUNT_ID, OWNER, View
from bodo_infra.plugin.wire_codec import Bag


def _caller_identity(account: Account, view: View, arguments: Bag) -> Bag:
    roles = account.configured.assume_roles
    if roles:
        name = roles[-1].arn.rpartition("/")[2]
        session = roles[-1].session_name
        arn, user = f"arn:aws:sts::{ACCOUNT_ID}:assumed-role/{name}/{session}", f"AROAOFFLINE:{session}"
    else:
        arn, user = OWNER, "AIDAOFFLINE"
    return {"accountId": ACCOUNT_ID, "arn": arn, "userId": user, "id": ACCOUNT_ID}


def _roles(account: Account, view: View, arguments: Bag) -> Bag:
    """Roles below a path whose names a pattern is found in; none is an answer, too."""
    prefix, pattern = arguments.get("pathPrefix") or "/", arguments.get("nameRegex") or ""
    try:
        wanted = re.compile(pattern)
    except re.error as error:
        raise InputError(f"nameRegex = {pattern}: {error}", "Correct the regular expression") from error
    found = sorted(
        (row.arn or "", row.id)
        for row in view.others(ROLE)
        if (row.outputs.get("path") or "/").startswith(prefix) and wanted.search(row.id)
    )
    told = {"arns": [arn for arn, _ in found], "names": [name for _, name in found]}
    return {**arguments, **told, "id": account.configured.region}


def _policy_document(account: Account, view: View, arguments: Bag) -> Bag:
    statements = [_statement(statement) for statement in arguments.get("statements") or ()]
    document = {"Version": arguments.get("version") or "2012-10-17", "Statement": statements}
    if arguments.get("policyId"):
        document["Id"] = arguments["policyId"]
    for name in ("overridePolicyDocuments", "sourcePolicyDocuments"):
        if arguments.get(name):
            raise InputError(f"{name}: the offline account does not merge documents", "Write one document")
    text = json.dumps(document, indent=2)
    id = hashlib.sha256(text.encode()).hexdigest()[:10]
    return {**arguments, "json": text, "minifiedJson": json.dumps(document, separators=(",", ":")), "id": id}


def _statement(statement: Bag) -> Bag:
    written: Bag = {"Effect": statement.get("effect") or "Allow"}
    if statement.get("sid"):
        written["Sid"] = statement["sid"]
    for name, key in (
        ("actions", "Action"),
        ("notActions", "NotAction"),
        ("resources", "Resource"),
        ("notResources", "NotResource"),
    ):
        if statement.get(name):
            written[key] = _one_or_many(statement[name])
    for name, key in (("principals", "Principal"), ("notPrincipals", "NotPrincipal")):
        principals = statement.get(name) or ()
        if principals:
            everyone = any(item["type"] == "*" for item in principals)
            by_type = {item["type"]: _one_or_many(item["identifiers"]) for item in principals}
            written[key] = "*" if everyone else by_type
    for condition in statement.get("conditions") or ():
        test = written.setdefault("Condition", {}).setdefault(condition["test"], {})
        test[condition["variable"]] = _one_or_many(condition["values"])
    return written


def _one_or_many(values: list[str]) -> str | list[str]:
    return values[0] if len(values) == 1 else sorted(values)


ANSWERS: Mapping[str, Answer] = {
    "aws:index/getCallerIdentity:getCallerIdentity": _caller_identity,
    "aws:iam/getPolicyDocument:getPolicyDocument": _policy_document,
    "aws:iam/getRoles:getRoles": _roles,
}
