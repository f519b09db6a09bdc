"""An account of Azure without an engine: what a program would do, call by call, as the engine would."""

import base64
from dataclasses import dataclass

from bodo_infra.plugin.account.arm import tokens as t
from bodo_infra.plugin.account.arm.account import ArmAccount
from bodo_infra.plugin.account.arm.handler import ArmHandler
from bodo_infra.plugin.account.arm.lookups import functions_of, getter_of
from bodo_infra.plugin.account.rbac.session import rbac_session
from bodo_infra.plugin.account.store import AccountStore
from tests.account_world import NOW, World

SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-000000000000"
GROUP = f"{SUBSCRIPTION}/resourceGroups/data"
BLOB_READER = f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"
TENANT = "00000000-0000-0000-0000-000000000000"
_WIRE = b"\x00\x00\x00\x0bssh-ed25519\x00\x00\x00\x20" + bytes(32)
PUBLIC_KEY = f"ssh-ed25519 {base64.b64encode(_WIRE).decode()} nobody"


@dataclass
class ArmWorld(World):
    """One configured azure-native provider on a file of the test's own, with the group ``data`` in West Europe."""

    @classmethod
    def at(cls, path, location="westeurope", **config):
        account = ArmAccount(store=AccountStore(path / "account.db"), now=lambda: NOW)
        account.configure({"location": location, **config})
        world = cls(account)
        world.group = world.make(t.GROUP, "data", resourceGroupName="data")
        return world

    def as_principal(self, client_id):
        """The same account for a service principal, whose role assignments count."""
        account = ArmAccount(store=self.account.store, now=lambda: NOW, open_session=rbac_session)
        account.configure({"location": "westeurope", "clientId": client_id})
        return ArmWorld(account)

    def handler(self, token):
        return ArmHandler(token, self.account)

    def put(self, token, name="thing", /, **inputs):
        """Make something in the group."""
        return self.make(token, name, resourceGroupName="data", **inputs)

    def look(self, token, **arguments):
        """The answer of the data source that gets a type."""
        return functions_of(self.account)[getter_of(token)](arguments)

    def row(self, kept):
        """It, as the account has it now."""
        return self.account.store.at(kept.id)

    def vnet(self, name="net", prefix="10.0.0.0/16", **inputs):
        """A network."""
        space = {"addressPrefixes": [prefix]}
        return self.put(t.VNET, name, virtualNetworkName=name, addressSpace=space, **inputs)

    def subnet(self, name="nodes", prefix="10.0.0.0/24", network="net", **inputs):
        """A subnet of it."""
        return self.put(t.SUBNET, name, virtualNetworkName=network, addressPrefix=prefix, **inputs)

    def storage(self, name="bodofiles", kind="StorageV2", sku="Standard_LRS", **inputs):
        """An account of blobs or files."""
        return self.put(t.STORAGE_ACCOUNT, name, accountName=name, kind=kind, sku={"name": sku}, **inputs)

    def identity(self, name="node"):
        """A managed identity."""
        return self.put(t.IDENTITY, name, resourceName=name)

    def assign(self, name, principal, scope, role=BLOB_READER, **inputs):
        """A role, given to a service principal."""
        more = {"principalType": "ServicePrincipal", **inputs}
        return self.make(t.ROLE_ASSIGNMENT, name, scope=scope, principalId=principal, roleDefinitionId=role, **more)

    def vault(self, name="bodovault", **properties):
        """A key vault."""
        given = {"sku": {"family": "A", "name": "standard"}, "tenantId": TENANT, **properties}
        return self.put(t.VAULT, name, vaultName=name, properties=given)


def scale_set(subnet, *, size="Standard_D8s_v5", capacity=2, mode="Uniform", profile=None, **inputs):
    """Inputs of a scale set whose instances are in a subnet; ``profile`` is laid over that of its machines."""
    ip = {"name": "ip", "primary": True, "subnet": {"id": subnet.id}}
    card = {"name": "nic", "primary": True, "ipConfigurations": [ip]}
    key = {"path": "/home/bodo/.ssh/authorized_keys", "keyData": PUBLIC_KEY}
    linux = {"disablePasswordAuthentication": True, "ssh": {"publicKeys": [key]}}
    flexible = mode == "Flexible"
    network = {"networkInterfaceConfigurations": [card], **({"networkApiVersion": "2020-11-01"} if flexible else {})}
    image = {"publisher": "almalinux", "offer": "almalinux-x86_64", "sku": "9-gen2", "version": "latest"}
    machines = {
        "networkProfile": network,
        "osProfile": {"computerNamePrefix": "node", "adminUsername": "bodo", "linuxConfiguration": linux},
        "storageProfile": {"imageReference": image, "osDisk": {"createOption": "FromImage"}},
        **(profile or {}),
    }
    of_mode = {"platformFaultDomainCount": 1} if flexible else {"upgradePolicy": {"mode": "Manual"}}
    return {
        "resourceGroupName": "data",
        "vmScaleSetName": "nodes",
        "orchestrationMode": mode,
        "sku": {"name": size, "capacity": capacity},
        "virtualMachineProfile": machines,
        **of_mode,
        **inputs,
    }
