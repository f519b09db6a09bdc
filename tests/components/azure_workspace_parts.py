"""What tests of a workspace on Azure start from: a cloud-config known by its links, and what Azure answers."""

from typing import Any

import grpc

from bodo_infra.azure import CloudConfigLinks
from bodo_infra.azure.workspace_scope import WorkspaceScope
from tests.components.azure_rules import SUBSCRIPTION, TENANT, provider_of

REGION = "westeurope"
GROUP = "bodo"
CLOUD_CONFIG_UUID = "6f1a2b3c-0000-4000-8000-000000000001"
WORKSPACE_UUID = "6f1a2b3c-0000-4000-8000-000000000002"

IN_GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}/providers"
ACCOUNT_ID = f"{IN_GROUP}/Microsoft.Storage/storageAccounts/bododata"
CONTAINER_ID = f"{ACCOUNT_ID}/blobServices/default/containers/data"
ROLES = {
    key: f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{key}"
    for key in ("node", "fleet", "admins", "developers", "viewers")
}

UUID = "random:index/randomUuid:RandomUuid"
VNET = "azure-native:network:VirtualNetwork"
SUBNET = "azure-native:network:Subnet"
SECURITY_GROUP = "azure-native:network:NetworkSecurityGroup"
NAT_GATEWAY = "azure-native:network:NatGateway"
PUBLIC_IP = "azure-native:network:PublicIPAddress"
ENDPOINT = "azure-native:network:PrivateEndpoint"
ZONE = "azure-native:privatedns:PrivateZone"
ZONE_LINK = "azure-native:privatedns:VirtualNetworkLink"
RECORD = "azure-native:privatedns:PrivateRecordSet"
ACCOUNT = "azure-native:storage:StorageAccount"
SHARE = "azure-native:storage:FileShare"
VAULT = "azure-native:keyvault:Vault"
NETAPP_ACCOUNT = "azure-native:netapp:Account"
NETAPP_POOL = "azure-native:netapp:CapacityPool"
NETAPP_VOLUME = "azure-native:netapp:CapacityPoolVolume"


def _named(field):
    return lambda inputs: {"name": inputs[field]}


COMPUTED = {
    UUID: {"result": WORKSPACE_UUID},
    VNET: _named("virtualNetworkName"),
    ACCOUNT: _named("accountName"),
    NETAPP_ACCOUNT: _named("accountName"),
    VAULT: _named("vaultName"),
    ZONE: _named("privateZoneName"),
    ENDPOINT: {"customDnsConfigs": [{"fqdn": "x", "ipAddresses": ["10.30.224.4"]}]},
    NETAPP_VOLUME: {"mountTargets": [{"ipAddress": "10.30.192.4"}]},
}


def cloud_config(**changed: Any) -> CloudConfigLinks:
    known = {
        "uuid": CLOUD_CONFIG_UUID,
        "name": "main",
        "store": "azblob://data?storage_account=bododata",
        "region": REGION,
        "tenant_id": TENANT,
        "subscription_id": SUBSCRIPTION,
        "resource_group": GROUP,
        "storage_account_id": ACCOUNT_ID,
        "storage_account": "bododata",
        "container_id": CONTAINER_ID,
        "container": "data",
        "roles": ROLES,
    }
    return CloudConfigLinks(**{**known, **changed})


def scope(**changed: Any) -> WorkspaceScope:
    known = {
        "name": "team",
        "region": REGION,
        "tags": {"team": "data"},
        "uuid": WORKSPACE_UUID,
        "cloud_config": cloud_config(),
    }
    return WorkspaceScope(**{**known, **changed})


OWN = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/net/providers/Microsoft.Network"
OWN_VNET = f"{OWN}/virtualNetworks/hub"
OWN_SUBNETS = (f"{OWN_VNET}/subnets/machines", f"{OWN_VNET}/subnets/links")
OWN_GROUP = f"{OWN}/networkSecurityGroups/machines"


class RefusedError(grpc.RpcError):
    """A look-up that Azure answers with an error, as the engine reports it."""

    def __init__(self, token: str, status: int, code: str) -> None:
        super().__init__()
        self._text = f'invocation of {token} returned an error: Status={status} Code="{code}" Message="no"'

    def code(self) -> grpc.StatusCode:
        return grpc.StatusCode.UNKNOWN

    def details(self) -> str:
        return self._text


class FakeNetwork:
    """A VNet of two subnets behind NAT, as look-ups tell of it. Tests change its dictionaries."""

    def __init__(self) -> None:
        self.vnets = {"hub": {"location": REGION}}
        self.subnets = {
            "machines": {"addressPrefix": "10.0.0.0/24", "natGateway": {"id": "nat"}, "delegations": []},
            "links": {"addressPrefix": "10.0.1.0/24", "delegations": []},
        }
        self.groups = {"machines": {"location": REGION}}
        self.forbidden = False
        self.subscription = SUBSCRIPTION

    def answers(self):
        return {
            **provider_of(self.subscription),
            **self._answer("getVirtualNetwork", "virtualNetworkName", self.vnets),
            **self._answer("getSubnet", "subnetName", self.subnets),
            **self._answer("getNetworkSecurityGroup", "networkSecurityGroupName", self.groups),
        }

    def _answer(self, name, key, things):
        token = f"azure-native:network:{name}"

        def answer(asked):
            if self.forbidden:
                raise RefusedError(token, 403, "AuthorizationFailed")
            if asked[key] not in things or asked["resourceGroupName"] != "net":
                raise RefusedError(token, 404, "ResourceNotFound")
            return things[asked[key]]

        return {token: answer}
