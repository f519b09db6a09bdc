"""A foreign program with plain pulumi_azure_native: a network with a way out, files behind an endpoint, a scale set."""

PROGRAM = """
import base64

import pulumi
import pulumi_azure_native as az
from pulumi import ResourceOptions

config = pulumi.Config()
team = {"team": config.get("team") or "data"}
group = az.resources.ResourceGroup("group", location="westeurope", tags=team)
here = {"resource_group_name": group.name, "location": "westeurope"}

address = az.network.PublicIPAddress(
    "out", **here, sku={"name": "Standard"}, public_ip_allocation_method="Static", zones=["1"],
)
nat = az.network.NatGateway("out", **here, sku={"name": "Standard"}, public_ip_addresses=[{"id": address.id}])
guard = az.network.NetworkSecurityGroup("nodes", **here)
az.network.SecurityRule(
    "ssh", resource_group_name=group.name, network_security_group_name=guard.name, priority=100,
    direction="Inbound", access="Deny", protocol="*", source_address_prefix="*", source_port_range="*",
    destination_address_prefix="*", destination_port_range="22",
)
net = az.network.VirtualNetwork(
    "net", **here, address_space={"address_prefixes": ["10.0.0.0/16"]},
)
inside = {"resource_group_name": group.name, "virtual_network_name": net.name, "default_outbound_access": False}
nodes = az.network.Subnet("nodes", **inside, address_prefix="10.0.0.0/22", nat_gateway={"id": nat.id})
ends = az.network.Subnet(
    "ends", **inside, subnet_name=config.get("ends") or "ends", address_prefix="10.0.4.0/27",
    opts=ResourceOptions(depends_on=[nodes]),
)

files = az.storage.StorageAccount("files", **here, kind="FileStorage", sku={"name": "Premium_LRS"})
share = az.storage.FileShare(
    "shared", account_name=files.name, resource_group_name=group.name, enabled_protocols="NFS", share_quota=100,
)
zone = az.privatedns.PrivateZone(
    "files", resource_group_name=group.name, private_zone_name="privatelink.file.core.windows.net", location="global",
)
az.privatedns.VirtualNetworkLink(
    "files", resource_group_name=group.name, private_zone_name=zone.name, location="global",
    virtual_network={"id": net.id}, registration_enabled=False,
)
end = az.network.PrivateEndpoint(
    "files", **here, subnet={"id": ends.id},
    private_link_service_connections=[
        {"name": "files", "private_link_service_id": files.id, "group_ids": ["file"]},
    ],
)
az.network.PrivateDnsZoneGroup(
    "files", resource_group_name=group.name, private_endpoint_name=end.name,
    private_dns_zone_configs=[{"name": "files", "private_dns_zone_id": zone.id}],
)
vault = az.keyvault.Vault(
    "keys", **here, properties={
        "sku": {"family": "A", "name": "standard"}, "tenant_id": az.authorization.get_client_config().tenant_id,
        "enable_rbac_authorization": True, "soft_delete_retention_in_days": 7,
    },
)
node = az.managedidentity.UserAssignedIdentity("node", **here)
role = az.authorization.RoleDefinition(
    "node", scope=group.id, role_name="reads files", assignable_scopes=[group.id],
    permissions=[{"actions": ["Microsoft.Storage/storageAccounts/read"]}],
)
has = az.authorization.RoleAssignment(
    "node", scope=files.id, principal_id=node.principal_id, principal_type="ServicePrincipal",
    role_definition_id=role.id,
)

wire = b"\\0\\0\\0\\x0bssh-ed25519\\0\\0\\0\\x20" + bytes(32)
key = {"path": "/home/bodo/.ssh/authorized_keys", "key_data": "ssh-ed25519 " + base64.b64encode(wire).decode()}
cluster = az.compute.VirtualMachineScaleSet(
    "nodes", **here, orchestration_mode="Uniform", upgrade_policy={"mode": "Manual"}, overprovision=False,
    sku={"name": config.get("size") or "Standard_D8s_v5", "capacity": config.get_int("nodes") or 2},
    identity={"type": "UserAssigned", "user_assigned_identities": [node.id]},
    virtual_machine_profile={
        "os_profile": {
            "computer_name_prefix": "node", "admin_username": "bodo",
            "linux_configuration": {"disable_password_authentication": True, "ssh": {"public_keys": [key]}},
        },
        "storage_profile": {
            "image_reference": {
                "publisher": "almalinux", "offer": "almalinux-x86_64", "sku": "9-gen2", "version": "latest",
            },
        },
        "network_profile": {
            "network_interface_configurations": [{
                "name": "nic", "primary": True, "network_security_group": {"id": guard.id},
                "ip_configurations": [{"name": "ip", "subnet": {"id": nodes.id}}],
            }],
        },
    },
    opts=ResourceOptions(depends_on=[has]),
)
pulumi.export("host", files.primary_endpoints.file)
pulumi.export("vault", vault.properties.vault_uri)
"""

RESOURCES = 19
"""Of the program, without the stack and the providers."""
