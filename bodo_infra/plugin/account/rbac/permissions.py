"""What a role may do: its permissions, and whether they grant an action."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bodo_infra.plugin.account.rbac.patterns import covers


@dataclass(frozen=True, kw_only=True)
class Permission:
    """One entry of a role definition. ``not_actions`` are taken from this entry's ``actions``, they deny nothing."""

    actions: tuple[str, ...] = ()
    not_actions: tuple[str, ...] = ()
    data_actions: tuple[str, ...] = ()
    not_data_actions: tuple[str, ...] = ()

    def grants(self, action: str, *, data: bool) -> bool:
        """``data``: the action is one on data (a DataAction), not one of the management plane."""
        excluded = self.not_data_actions if data else self.not_actions
        return self.names(action, data=data) and not any(covers(each, action) for each in excluded)

    def names(self, action: str, *, data: bool) -> bool:
        """Whether it speaks of the action, though it may take it away again."""
        return any(covers(each, action) for each in (self.data_actions if data else self.actions))


@dataclass(frozen=True, kw_only=True)
class Role:
    """A role definition. ``guid``: lower case.  ``permissions``: None when nobody here knows them."""

    guid: str
    name: str
    permissions: tuple[Permission, ...] | None

    def grants(self, action: str, *, data: bool) -> bool:
        """Whether any of its permissions grants it. False when they are not known."""
        return any(each.grants(action, data=data) for each in self.permissions or ())

    def names(self, action: str, *, data: bool) -> bool:
        """Whether it speaks of the action, though it may take it away again."""
        return any(each.names(action, data=data) for each in self.permissions or ())


def read_permissions(given: Iterable[Mapping[str, object]] | None) -> tuple[Permission, ...]:
    """From a role definition's ``permissions``, as Azure and Pulumi write them."""
    return tuple(
        Permission(
            actions=_texts(each.get("actions")),
            not_actions=_texts(each.get("notActions")),
            data_actions=_texts(each.get("dataActions")),
            not_data_actions=_texts(each.get("notDataActions")),
        )
        for each in given or ()
    )


def role_guid(role_definition_id: str) -> str:
    """The GUID at the end of a role definition's id, in lower case: it is unique in the tenant, the rest may vary."""
    return role_definition_id.rstrip("/").rpartition("/")[2].lower()


def _texts(given: object) -> tuple[str, ...]:
    return tuple(each for each in given if isinstance(each, str)) if isinstance(given, list | tuple) else ()
