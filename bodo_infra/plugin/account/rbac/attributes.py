"""The attributes that conditions may ask for, and where a request carries them.

https://learn.microsoft.com/azure/role-based-access-control/conditions-authorization-actions-attributes and
https://learn.microsoft.com/azure/storage/blobs/storage-auth-abac-attributes
"""

from collections.abc import Mapping
from typing import Final, Literal

Source = Literal["Request", "Resource", "Principal", "Environment"]
SOURCES: Final[tuple[Source, ...]] = ("Request", "Resource", "Principal", "Environment")

ASSIGNMENTS: Final = "Microsoft.Authorization/roleAssignments"
WRITE_ASSIGNMENT: Final = f"{ASSIGNMENTS}/write"
DELETE_ASSIGNMENT: Final = f"{ASSIGNMENTS}/delete"
_ACCOUNT = "Microsoft.Storage/storageAccounts"
_CONTAINER = f"{_ACCOUNT}/blobServices/containers"
BLOBS: Final = f"{_CONTAINER}/blobs"
BLOB_LIST: Final = "Blob.List"
"""Suboperation of reading: which blobs there are."""

AttributeValues = tuple[str, ...] | None
"""What a request carries under an attribute; None: surely nothing."""

Attributes = Mapping[str, AttributeValues]
"""By name with source, as conditions write it: ``@Request[...]``. One that is missing is not known, which is not the
same as absent."""

_KNOWN: Mapping[str, tuple[Source, ...]] = {
    f"{ASSIGNMENTS}:RoleDefinitionId": ("Request", "Resource"),
    f"{ASSIGNMENTS}:PrincipalId": ("Request", "Resource"),
    f"{ASSIGNMENTS}:PrincipalType": ("Request", "Resource"),
    f"{_ACCOUNT}:name": ("Resource",),
    f"{_ACCOUNT}:isHnsEnabled": ("Resource",),
    f"{_ACCOUNT}/encryptionScopes:name": ("Resource",),
    f"{_CONTAINER}:name": ("Resource",),
    f"{BLOBS}:path": ("Resource",),
    f"{BLOBS}:isCurrentVersion": ("Resource",),
    f"{BLOBS}:prefix": ("Request",),
    f"{BLOBS}:snapshot": ("Request",),
    f"{BLOBS}:versionId": ("Request",),
}


def written(source: Source, name: str) -> str:
    """An attribute as conditions write it."""
    return f"@{source}[{name}]"


KNOWN: Final = frozenset(written(source, name).lower() for name, sources in _KNOWN.items() for source in sources)
"""All attributes that are evaluated here, in lower case: Azure does not look at it."""


_PATH = written("Resource", f"{BLOBS}:path")
_PREFIX = written("Request", f"{BLOBS}:prefix")


def of_assignment(
    source: Literal["Request", "Resource"], *, role: str, principal: str, principal_type: str
) -> Attributes:
    """What a request carries that makes (Request) or deletes (Resource) a role assignment. ``role``: a GUID."""
    told = {"RoleDefinitionId": role, "PrincipalId": principal, "PrincipalType": principal_type}
    return {written(source, f"{ASSIGNMENTS}:{name}"): (value,) for name, value in told.items()}


def of_blob(account: str, container: str, path: str) -> Attributes:
    """What a request on one blob carries."""
    return {**_of_container(account, container), _PATH: (path,), _PREFIX: None}


def of_list(account: str, container: str, prefix: str | None) -> Attributes:
    """What a list of a container's blobs carries; ``prefix``: None for all of them."""
    return {**_of_container(account, container), _PATH: None, _PREFIX: None if prefix is None else (prefix,)}


def _of_container(account: str, container: str) -> Attributes:
    return {
        written("Resource", f"{_ACCOUNT}:name"): (account,),
        written("Resource", f"{_CONTAINER}:name"): (container,),
    }
