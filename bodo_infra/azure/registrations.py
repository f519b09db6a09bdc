"""Resource providers that must be registered in a subscription before anything of theirs can be made there.

The SDK would register what is missing, which needs a right on the whole subscription; whoever has only a resource group
is told at half of the way. So the state of all is read first, from Azure's management API, which no data source of the
SDK tells. The token for it goes nowhere but there: not to another host, not into an error.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from http.client import HTTPException
from typing import Any, Final
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

import pulumi
import pulumi_azure_native as azure_native

from bodo_infra.checks import Finding
from bodo_infra.plans.arm_ids import OFFLINE_SUBSCRIPTION

PUBLIC_CLOUD: Final = "https://management.azure.com"
API_VERSION: Final = "2021-04-01"
TIMEOUT_S: Final = 10.0

NEEDED: Final[Mapping[str, str]] = {
    "Microsoft.Authorization": "roles, and who has them",
    "Microsoft.Compute": "nodes of clusters",
    "Microsoft.KeyVault": "secrets that jobs name",
    "Microsoft.ManagedIdentity": "who nodes are",
    "Microsoft.Network": "networks of workspaces",
    "Microsoft.Resources": "the resource group",
    "Microsoft.Storage": "records, logs and shared files",
}
"""Namespace to what it is for: whatever a workspace chooses."""
NEEDED_FOR_NETAPP: Final[Mapping[str, str]] = {"Microsoft.NetApp": "shared files on Azure NetApp Files"}

_USABLE = ("registered", "registering")  # while it is registering, Azure takes requests in the regions that are done

Fetch = Callable[[str, str], Mapping[str, Any]]
"""From a URL and a token to the answer. Raises UnansweredError."""


class UnansweredError(Exception):
    """Azure could not be asked. The text says why, in half a sentence, and holds no token."""


class _NoRedirects(HTTPRedirectHandler):
    """urllib sends all headers along to wherever it is sent, also a token."""

    def redirect_request(self, *_: object) -> None:
        return None


def find_unregistered(
    needed: Mapping[str, str], options: pulumi.InvokeOptions, *, arm_url: str = PUBLIC_CLOUD
) -> list[Finding]:
    """What is not registered in the provider's subscription; as a warning, what could not be found out.

    Nothing for the offline account, and while the provider is not configured.
    """
    where = azure_native.authorization.get_client_config(opts=options)
    if not where.subscription_id or OFFLINE_SUBSCRIPTION in (where.tenant_id, where.subscription_id):
        return []
    token = azure_native.authorization.get_client_token(endpoint=f"{arm_url}/", opts=options).token
    try:
        states = read_states(where.subscription_id, token, arm_url=arm_url)
    except UnansweredError as why:
        return [_unasked(needed, where.subscription_id, why)]
    return check_registered(needed, states, where.subscription_id)


def read_states(
    subscription_id: str, token: str, *, arm_url: str = PUBLIC_CLOUD, fetch: Fetch | None = None
) -> dict[str, str]:
    """Every namespace in lower case, to its state in Azure's words. Raises UnansweredError."""
    url = f"{arm_url}/subscriptions/{subscription_id}/providers?api-version={API_VERSION}"
    states: dict[str, str] = {}
    while url:
        page = (fetch or fetch_json)(url, token)
        try:
            states |= {str(each["namespace"]).lower(): str(each["registrationState"]) for each in page["value"]}
        except (KeyError, TypeError) as missing:
            raise UnansweredError(f"the answer is not the list that was asked for, it lacks {missing}") from None
        url = str(page.get("nextLink") or "")
        if url and urlsplit(url)[:2] != urlsplit(arm_url)[:2]:
            raise UnansweredError("the list goes on at another host, which does not get the token")
    return states


def check_registered(needed: Mapping[str, str], states: Mapping[str, str], subscription_id: str) -> list[Finding]:
    """Every namespace of ``needed`` that is not registered. ``states``: from ``read_states``."""
    return [
        Finding(
            id="cloud-config.unregistered",
            path="azure.subscription_id",
            value=subscription_id,
            rule=f"the resource provider {namespace} ({why}) is not registered there",
            fix=f"Run `az provider register --namespace {namespace} --subscription {subscription_id}`, "
            "and wait until it is Registered",
        )
        for namespace, why in needed.items()
        if states.get(namespace.lower(), "").lower() not in _USABLE
    ]


def fetch_json(url: str, token: str) -> Mapping[str, Any]:
    """Ask Azure's management API. Raises UnansweredError for anything but an answer in JSON."""
    request = Request(url, headers={"Authorization": f"Bearer {token}", "Accept": "application/json"})
    try:
        with build_opener(_NoRedirects).open(request, timeout=TIMEOUT_S) as answer:
            found = json.load(answer)
    except HTTPError as error:
        error.close()
        meaning = {401: ": who runs `up` is not known there", 403: ": who runs `up` may not read them"}
        raise UnansweredError(f"the answer was {error.code}{meaning.get(error.code, '')}") from None
    except URLError as error:
        raise UnansweredError(f"no connection: {error.reason}") from None
    except (HTTPException, OSError, ValueError) as error:
        raise UnansweredError(f"no proper answer came ({type(error).__name__})") from None
    if not isinstance(found, dict):
        raise UnansweredError("the answer is not the list that was asked for")
    return found


def _unasked(needed: Iterable[str], subscription_id: str, why: UnansweredError) -> Finding:
    return Finding(
        id="cloud-config.registrations-unknown",
        path="azure.subscription_id",
        value=subscription_id,
        rule=f"whether {', '.join(needed)} are registered there could not be found out: {why}",
        fix=f"Look with `az provider list --subscription {subscription_id} --query "
        "\"[?registrationState=='Registered'].namespace\"`, if things cannot be made",
        level="warning",
    )
