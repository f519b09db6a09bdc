"""The data sources of azure-native that the account answers: who acts, and what is there under a name.

Of every type in the table there is one that gets it, as in the SDK: ``network:getSubnet`` for ``network:Subnet``.
"""

import re
from collections.abc import Callable
from functools import partial

from bodo_infra.plans.arm_ids import ArmId
from bodo_infra.plugin.account.access import Operation
from bodo_infra.plugin.account.arm import tokens as t
from bodo_infra.plugin.account.arm.account import ArmAccount
from bodo_infra.plugin.account.arm.errors import ArmNotFoundError, Refusal, missing, refuse
from bodo_infra.plugin.account.arm.names import id_of
from bodo_infra.plugin.account.arm.seen import as_seen
from bodo_infra.plugin.account.arm.settings import SUBSCRIPTION_ID
from bodo_infra.plugin.account.arm.table import ArmType, arm_type, arm_types
from bodo_infra.plugin.account.arm.view import ArmView
from bodo_infra.plugin.servicer import Function
from bodo_infra.plugin.wire_codec import Bag, without_secrets

Answer = Callable[[ArmAccount, Bag], Bag]

_PATH = re.compile(r"\{(\w+)\}")
_UNGETTABLE = (t.BLOB,)  # made through the data plane, and not told by ARM


def functions_of(account: ArmAccount) -> dict[str, Function]:
    """Token to function, each asking the account's guard before it answers."""
    answers: dict[str, Answer] = {getter_of(token): partial(_get, token) for token in arm_types()}
    for token in _UNGETTABLE:
        del answers[getter_of(token)]
    answers["azure-native:authorization:getClientConfig"] = _client_config
    answers["azure-native:authorization:getClientToken"] = _client_token
    return {token: partial(_call, token, answer, account) for token, answer in answers.items()}


def getter_of(token: str) -> str:
    """``azure-native:network:Subnet`` -> ``azure-native:network:getSubnet``."""
    before, _, name = token.rpartition(":")
    return f"{before}:get{name}"


def _call(token: str, answer: Answer, account: ArmAccount, arguments: Bag) -> Bag:
    arguments = without_secrets(arguments)
    account.store.count_call("invoke", token)
    account.permit(Operation(verb="invoke", token=token, region="", inputs=arguments, id=_looked_up(token, arguments)))
    return answer(account, arguments)


def _looked_up(token: str, arguments: Bag) -> str:
    """The id of it; empty when it is none, or too little is said to tell."""
    type = token.replace(":get", ":")
    return id_of(arm_type(type), arguments) or "" if type in arm_types() else ""


def _client_config(account: ArmAccount, arguments: Bag) -> Bag:
    settings = account.configured
    return {
        "clientId": settings.client_id or "",
        "objectId": settings.object_id,
        "subscriptionId": settings.subscription_id,
        "tenantId": settings.tenant_id,
    }


def _client_token(account: ArmAccount, arguments: Bag) -> Bag:
    return {"token": f"offline-token-of-{account.configured.object_id}"}


def _get(token: str, account: ArmAccount, arguments: Bag) -> Bag:
    rules = arm_type(token)
    refuse(_check_arguments(rules, arguments))
    id = id_of(rules, arguments) or ""
    row = ArmView(store=account.store, own_id=id).at(id, token)
    if row is None:
        raise ArmNotFoundError(_not_there(rules, id, arguments, account))
    return {**as_seen(row, account.store), "id": row.id}


def _check_arguments(rules: ArmType, arguments: Bag) -> list[Refusal]:
    wanted = [name for name in _PATH.findall(rules.id) if name != "subscription"]
    known = {*wanted, "expand", "scope"}
    return [
        *(missing(name, "MissingArgument", f"{name} is required.") for name in wanted if arguments.get(name) is None),
        *(missing(name, "UnknownArgument", f"there is no {name}.") for name in arguments if name not in known),
    ]


def _not_there(rules: ArmType, id: str, arguments: Bag, account: ArmAccount) -> Refusal:
    group = arguments.get("resourceGroupName")
    if group and account.store.at(str(ArmId(subscription=SUBSCRIPTION_ID, group=group))) is None:
        return missing("", "ResourceGroupNotFound", f"Resource group '{group}' could not be found.")
    if rules.token == t.ROLE_ASSIGNMENT:
        return missing("", "RoleAssignmentNotFound", f"The role assignment '{id.rpartition('/')[2]}' is not found.")
    what = id.rpartition("/providers/")[2]
    text = f"The Resource '{what}' under resource group '{group}' was not found. For more details please go to "
    return missing("", "ResourceNotFound", f"{text}https://aka.ms/ARMResourceNotFoundFix")
