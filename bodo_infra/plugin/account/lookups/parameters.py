"""SSM parameters: those of the account, and the public ones that name images."""

import hashlib
from collections.abc import Mapping

from bodo_infra.errors import NotFoundError
from bodo_infra.plugin.account.account import Account
from bodo_infra.plugin.account.lookups.answer import Answer
from bodo_infra.plugin.account.rules.tokens import PARAMETER
from bodo_infra.plugin.account.view import View
from bodo_infra.plugin.wire_codec import Bag

_AMI_ALIASES = ("/aws/service/ami-amazon-linux-latest/", "/aws/service/canonical/", "/aws/service/deeplearning/")


def _parameter(account: Account, view: View, arguments: Bag) -> Bag:
    name = arguments["name"]
    row = view.find(PARAMETER, name)
    if row is not None:
        kept = row.outputs
        told = {key: kept.get(key) for key in ("arn", "name", "type", "value", "version")}
        insecure = kept.get("value") if kept.get("type") != "SecureString" else None
        return {**arguments, **told, "id": row.id, "insecureValue": insecure, "region": view.region}
    if not name.startswith(_AMI_ALIASES):
        raise NotFoundError(
            f"the parameter {name!r} is not in the offline account",
            f"Make it, or ask for an image by one of {', '.join(_AMI_ALIASES)}",
        )
    image = f"ami-{hashlib.sha256(f'{view.region}{name}'.encode()).hexdigest()[:17]}"
    arn = f"arn:aws:ssm:{view.region}::parameter{name}"
    told = {"arn": arn, "name": name, "id": name, "type": "String", "version": 1, "region": view.region}
    return {**arguments, **told, "value": image, "insecureValue": image}


ANSWERS: Mapping[str, Answer] = {
    "aws:ssm/getParameter:getParameter": _parameter,
}
