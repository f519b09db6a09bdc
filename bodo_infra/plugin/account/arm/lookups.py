"""The data sources of azure-native that the account answers. What it does not know it refuses: nothing is made up."""

from collections.abc import Callable, Mapping
from functools import partial

from bodo_infra.plugin.account.access import Operation
from bodo_infra.plugin.account.arm.account import ArmAccount
from bodo_infra.plugin.servicer import Function
from bodo_infra.plugin.wire_codec import Bag, without_secrets

Answer = Callable[[ArmAccount, Bag], Bag]


def functions_of(account: ArmAccount) -> dict[str, Function]:
    """Token to function, each asking the account's guard before it answers."""
    return {token: partial(_call, token, answer, account) for token, answer in ANSWERS.items()}


def _call(token: str, answer: Answer, account: ArmAccount, arguments: Bag) -> Bag:
    arguments = without_secrets(arguments)
    account.store.count_call("invoke", token)
    account.permit(Operation(verb="invoke", token=token, region="", inputs=arguments))
    return answer(account, arguments)


def _client_config(account: ArmAccount, arguments: Bag) -> Bag:
    settings = account.configured
    return {
        "clientId": settings.client_id or "",
        "objectId": settings.object_id,
        "subscriptionId": settings.subscription_id,
        "tenantId": settings.tenant_id,
    }


ANSWERS: Mapping[str, Answer] = {
    "azure-native:authorization:getClientConfig": _client_config,
}
