"""The role definitions of a cloud-config. All are assignable in its resource group alone."""

from collections.abc import Iterable, Mapping
from typing import Final

from bodo_infra.azure.roles import compute, identity, members, network, records, storage
from bodo_infra.azure.roles.conditions import assigns_only
from bodo_infra.azure.roles.grants import ASSIGNABLE, Grant, Role, RoleKey, role_guid
from bodo_infra.catalog.azure_roles import BUILT_IN


def _of_nodes() -> tuple[Grant, ...]:
    secrets = Grant(
        name="Secrets",
        component="nodes",
        where="the workspace's vault",
        data_actions={"Microsoft.KeyVault/vaults/secrets/getSecret/action": "secrets that jobs name"},
    )
    return (records.works("nodes", f"{records.CONTAINER}, with a condition by path"), secrets)


ROLES: Final[Mapping[RoleKey, Role]] = {
    role.key: role
    for role in (
        Role(
            key="deployer",
            description="Makes and drives workspaces and clusters",
            grants=(*network.grants(), *storage.grants(), *identity.grants(), *compute.grants()),
        ),
        Role(key="records", description="States, records, logs and packages", grants=(records.deploys(),)),
        Role(key="node", description="What every cluster node needs", grants=_of_nodes()),
        Role(key="fleet", description="What nodes may do with their own cluster", grants=(compute.own_fleet(),)),
        Role(key="admins", description="Admins of a workspace", grants=members.admins()),
        Role(key="developers", description="Developers of a workspace", grants=members.developers()),
        Role(key="viewers", description="Viewers of a workspace", grants=members.viewers()),
    )
}


def deployer_condition(cloud_config_uuid: str, grantable: Iterable[str], *, service_principal: str) -> str:
    """What holds the deployer when it assigns roles. ``grantable``: names of built-in roles, all in the catalogue.

    ``service_principal``: its own object id.
    """
    ours = [role_guid(key, cloud_config_uuid) for key in ASSIGNABLE]
    return assigns_only([*ours, *(BUILT_IN[name] for name in grantable)], never_to=service_principal)
