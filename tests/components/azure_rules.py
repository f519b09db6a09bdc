"""What holds for everything that any component of the Azure target registers; asked of all that was recorded."""

import grpc

from bodo_infra.plugin.account.schema import known_types, type_schema
from bodo_infra.plugin.account.schema_check import check_inputs
from bodo_infra.scope import CLOUD_CONFIG_TAG
from tests.components.aws_rules import plain
from tests.components.recorder import Recorded

CLIENT_CONFIG = "azure-native:authorization:getClientConfig"
TENANT = SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"
PRINCIPAL = "00000000-0000-0000-0000-00000000b0d0"
ASSIGNMENT = "azure-native:authorization:RoleAssignment"

NAMES = {
    "azure-native:resources:ResourceGroup": "resourceGroupName",
    "azure-native:storage:StorageAccount": "accountName",
    "azure-native:storage:BlobContainer": "containerName",
    "azure-native:storage:FileShare": "shareName",
    "azure-native:managedidentity:UserAssignedIdentity": "resourceName",
    "azure-native:keyvault:Vault": "vaultName",
    "azure-native:network:VirtualNetwork": "virtualNetworkName",
    "azure-native:network:Subnet": "subnetName",
    "azure-native:network:NetworkSecurityGroup": "networkSecurityGroupName",
    "azure-native:network:NatGateway": "natGatewayName",
    "azure-native:network:PublicIPAddress": "publicIpAddressName",
    "azure-native:network:PrivateEndpoint": "privateEndpointName",
    "azure-native:privatedns:PrivateZone": "privateZoneName",
    "azure-native:compute:ProximityPlacementGroup": "proximityPlacementGroupName",
    "azure-native:compute:VirtualMachineScaleSet": "vmScaleSetName",
    "azure-native:netapp:Account": "accountName",
}
"""The input that says how a thing is called, which Azure answers as its ``name``."""


def named(**outputs: dict[str, object]):
    """What the cloud computes, for ``record``: the name of everything, and ``outputs`` by the last word of a type."""

    def computed(token, field):
        return lambda inputs: {"name": inputs.get(field), **outputs.get(token.rpartition(":")[2], {})}

    return {token: computed(token, field) for token, field in NAMES.items()}


def provider_of(subscription=SUBSCRIPTION, tenant=TENANT, principal=PRINCIPAL):
    """Answers of a provider that works there; ``subscription`` None: one that is not configured yet."""
    who = {"clientId": principal, "objectId": principal, "subscriptionId": subscription, "tenantId": tenant}
    return {CLIENT_CONFIG: lambda asked: {} if subscription is None else who}


def of_azure(recorded: Recorded):
    """Those whose schema the offline account has."""
    return [r for r in recorded.resources if r.type.startswith("azure-native:") and r.type in known_types()]


class RefusedByAzure(grpc.RpcError):
    """What the engine tells the SDK when a look-up of the provider has failed."""

    def __init__(self, status, code):
        self._said = f'invocation returned an error: Status={status} Code="{code}" Message="..."'

    def code(self):
        return grpc.StatusCode.UNKNOWN

    def details(self):
        return self._said


def azures_error(status, code):
    """An answer to a look-up, for ``record``: Azure's refusal."""

    def answered(asked):
        raise RefusedByAzure(status, code)

    return answered


def _takes(recorded: Recorded, field: str):
    return [resource for resource in of_azure(recorded) if field in type_schema(resource.type).inputs]


def _without(recorded: Recorded, field: str) -> list[str]:
    return [resource.name for resource in _takes(recorded, field) if not plain(resource.inputs).get(field)]


def without_location(recorded: Recorded) -> list[str]:
    """Names of what has a location and is not told which: the provider would guess it from its own settings."""
    return _without(recorded, "location")


def without_group(recorded: Recorded) -> list[str]:
    """Names of what is in a resource group and is not told in which."""
    return _without(recorded, "resourceGroupName")


def without_tags(recorded: Recorded) -> list[str]:
    """Names of what could carry the cloud-config's tag and does not."""
    tagged = _takes(recorded, "tags")
    return [r.name for r in tagged if CLOUD_CONFIG_TAG not in (plain(r.inputs).get("tags") or {})]


def loose_assignments(recorded: Recorded) -> list[str]:
    """Names of role assignments that leave Azure to guess who the principal is, or have no name of their own."""
    needed = ("principalId", "principalType", "roleAssignmentName", "roleDefinitionId", "scope")
    return [
        f"{name}: {field}"
        for name, inputs in recorded.inputs_of(ASSIGNMENT).items()
        for field in needed
        if not inputs.get(field)
    ]


def wrong_inputs(recorded: Recorded) -> list[str]:
    """Everything that the SDK's schema says against the inputs."""
    return [
        f"{resource.name}: {failure.name}: {failure.reason}"
        for resource in of_azure(recorded)
        for failure in check_inputs(resource.type, plain(resource.inputs))
    ]


def broken_rules(recorded: Recorded) -> list[str]:
    """All of the above at once; empty when everything is as it should be."""
    return [
        *(f"{name} has no location" for name in without_location(recorded)),
        *(f"{name} has no resource group" for name in without_group(recorded)),
        *(f"{name} lacks the tag" for name in without_tags(recorded)),
        *loose_assignments(recorded),
        *wrong_inputs(recorded),
    ]
