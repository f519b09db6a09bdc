"""The data sources of aws that the account answers. What it does not know it refuses: nothing is made up."""

from collections.abc import Mapping
from functools import partial

from bodo_infra.plugin.account.access import Operation
from bodo_infra.plugin.account.account import Account
from bodo_infra.plugin.account.lookups import compute, files, identity, network, parameters, places, routes
from bodo_infra.plugin.account.lookups.answer import Answer
from bodo_infra.plugin.servicer import Function
from bodo_infra.plugin.wire_codec import Bag, without_secrets

ANSWERS: Mapping[str, Answer] = {
    **identity.ANSWERS,
    **places.ANSWERS,
    **parameters.ANSWERS,
    **compute.ANSWERS,
    **files.ANSWERS,
    **network.ANSWERS,
    **routes.ANSWERS,
}


def functions_of(account: Account) -> dict[str, Function]:
    """Token to function, each asking the account's guard before it answers."""
    return {token: partial(_call, token, answer, account) for token, answer in ANSWERS.items()}


def _call(token: str, answer: Answer, account: Account, arguments: Bag) -> Bag:
    arguments = without_secrets(arguments)
    region = arguments.get("region") or account.configured.region
    account.store.count_call("invoke", token)
    account.permit(Operation(verb="invoke", token=token, region=region, inputs=arguments))
    return answer(account, account.view(region), arguments)
