"""What the service principal needs though nothing that is brought up asks for it: what RUNNING needs.

Jobs, records, pauses and the state of stacks are no resources of a program. Each row: the action, why it is needed, and
the request.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from bodo_infra.plugin.account.rbac.evaluate import Request
from bodo_infra.plugin.account.rbac.rights import NOTHING, listing, request_for


@dataclass(frozen=True, kw_only=True)
class Place:
    """Ids of a cloud-config's resource group and container."""

    group: str
    container: str


class Row(NamedTuple):
    """``make``: the action and the place of a cloud-config to the request."""

    action: str
    why: str
    make: Callable[[str, Place], Request]

    def request(self, place: Place) -> Request:
        """What is asked for a cloud-config."""
        return self.make(self.action, place)


def _on(type: str, *names: str) -> Callable[[str, Place], Request]:
    """On a thing of the group: ``_on("Microsoft.Compute/virtualMachineScaleSets", "etl")``."""
    namespace, *words = type.split("/")
    path = "".join(f"/{word}/{name}" for word, name in zip(words, names, strict=True))
    return lambda action, place: request_for(action, f"{place.group}/providers/{namespace}{path}")


def _blob(path: str) -> Callable[[str, Place], Request]:
    return lambda action, place: request_for(action, f"{place.container}/blobs/{path}", data=True)


def _list(prefix: str) -> Callable[[str, Place], Request]:
    def request(action: str, place: Place) -> Request:
        return request_for(
            action,
            place.container,
            data=True,
            attributes=listing(place.container, prefix) or NOTHING,
            suboperation="Blob.List",
        )

    return request


def _container(action: str, place: Place) -> Request:
    return request_for(action, place.container)


_SETS = "Microsoft.Compute/virtualMachineScaleSets"
_IN_CONTAINER = "Microsoft.Storage/storageAccounts/blobServices/containers"
_BLOBS = f"{_IN_CONTAINER}/blobs"
_SET = _on(_SETS, "etl")
_NODE = _on(f"{_SETS}/virtualMachines", "etl", "1")
_STATE = "state/.pulumi/stacks/bodo/dev.json"

_DNS = "Microsoft.Network/privateDnsOperation"

ROWS = (
    Row(f"{_DNS}Statuses/read", "ARM makes zones in the background", _on(f"{_DNS}Statuses", "1")),
    Row(f"{_DNS}Results/read", "and removes them so", _on(f"{_DNS}Results", "1")),
    Row(f"{_SETS}/instanceView/read", "why nodes do not come", _SET),
    Row(f"{_SETS}/virtualMachines/read", "the nodes of a set", _NODE),
    Row(f"{_SETS}/virtualMachines/instanceView/read", "whether a node runs", _NODE),
    Row(f"{_SETS}/networkInterfaces/read", "the addresses of nodes", _SET),
    Row(f"{_SETS}/deallocate/action", "pause", _SET),
    Row(f"{_SETS}/start/action", "resume", _SET),
    Row(f"{_SETS}/delete/action", "heal: a broken node goes", _SET),
    Row(f"{_IN_CONTAINER}/read", "a store that is not there is told from one that is empty", _container),
    Row(f"{_BLOBS}/read", "state in the container", _blob(_STATE)),
    Row(f"{_BLOBS}/write", "state in the container", _blob(_STATE)),
    Row(f"{_BLOBS}/delete", "state in the container is unlocked", _blob("state/.pulumi/locks/bodo/dev/x.json")),
    Row(f"{_BLOBS}/read", "lists of jobs, clusters, nodes", _list("jobs/")),
    Row(f"{_BLOBS}/read", "node logs", _blob("logs/etl/1/0.log")),
    Row(f"{_BLOBS}/write", "what a job brings along", _blob("artifacts/etl/job.zip")),
    Row(f"{_BLOBS}/add/action", "a job is submitted, once", _blob("jobs/etl/1.json")),
    Row(f"{_BLOBS}/delete", "a job's record goes", _blob("jobs/etl/1.json")),
    Row(f"{_BLOBS}/write", "packages of the agent for nodes", _blob("agent/x.zip")),
)
