"""Grants of roles in which every action carries its reason, and how Azure is told of them.

A role says what, never where: that is said by the assignment, so every grant tells where it is meant to be assigned.
Azure's roles know no tags. Within the resource group the deployer may change what anybody has made there: cloud-configs
that must not touch each other's things need a group each.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal
from uuid import NAMESPACE_URL, uuid5

RoleKey = Literal["deployer", "records", "node", "fleet", "admins", "developers", "viewers"]

ASSIGNABLE: Final[tuple[RoleKey, ...]] = ("node", "fleet", "admins", "developers", "viewers")
"""What the deployer may assign, beside the grantable roles of the cloud-config: never what it has itself."""


@dataclass(frozen=True, kw_only=True)
class Grant:
    """``actions`` of Azure's management, ``data_actions`` within things: each with the reason why it is needed.

    ``component``: whose work needs it, as the docs name it.  ``where``: what it is assigned on.
    """

    name: str
    component: str
    where: str
    actions: Mapping[str, str] = field(default_factory=dict)
    data_actions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Role:
    """A role definition of ours. ``description``: what Azure shows of it."""

    key: RoleKey
    description: str
    grants: tuple[Grant, ...]

    @property
    def actions(self) -> tuple[str, ...]:
        return _names(grant.actions for grant in self.grants)

    @property
    def data_actions(self) -> tuple[str, ...]:
        return _names(grant.data_actions for grant in self.grants)


def role_name(key: RoleKey, cloud_config_uuid: str) -> str:
    """What Azure shows the role as. Names of roles are unique in a tenant."""
    return f"bodo-infra {key} {cloud_config_uuid}"


def role_guid(key: RoleKey, cloud_config_uuid: str) -> str:
    """The id of the role definition: derived, so that conditions can name roles before these are there."""
    return str(uuid5(NAMESPACE_URL, f"bodo-infra/{cloud_config_uuid}/{key}"))


def role_id(subscription_id: str, guid: str) -> str:
    """Resource id of a role definition, as assignments name it. Built-in ones are found below every subscription."""
    return f"/subscriptions/{subscription_id}/providers/Microsoft.Authorization/roleDefinitions/{guid}"


def assignment_name(scope: str, principal_id: str, role_definition_id: str) -> str:
    """The GUID that an assignment has for its name: the same for the same, so that two programs see that they clash."""
    return str(uuid5(NAMESPACE_URL, "|".join((scope.lower(), principal_id.lower(), role_definition_id.lower()))))


def _names(mappings: Iterable[Mapping[str, str]]) -> tuple[str, ...]:
    return tuple(sorted({action for mapping in mappings for action in mapping}))
