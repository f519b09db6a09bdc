"""The files that all nodes and notebooks of a workspace share, under ``/shared``."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Final

import pulumi
import pulumi_azure_native as azure_native

from bodo_infra import tokens
from bodo_infra.azure.endpoints import FILE_SHARES, EndpointPlace, Target, make_private_endpoint
from bodo_infra.azure.workspace_scope import WorkspaceScope
from bodo_infra.component import Component
from bodo_infra.plans.azure_network import ENDPOINTS, FILES
from bodo_infra.plans.names import (
    NETAPP_ACCOUNT,
    NETAPP_EXPORT,
    NETAPP_POOL,
    NETAPP_VOLUME,
    STORAGE_ACCOUNT,
    NameRule,
)
from bodo_infra.spec import AzureFilesStorage, NetAppStorage

SHARE: Final = "shared"
TIB = 2**40
SERVICE_LEVEL: Final = "Premium"
"""64 MiB/s for each TiB ("Service levels for Azure NetApp Files"); Standard has 16, too little for nodes that load
tables together, Ultra twice as much at near twice the price."""
FOLDER_MODE: Final = "0770"
MARK_CHARACTERS = 6


@dataclass(frozen=True, kw_only=True)
class SharedStorageArgs:
    """What shared files are made of.

    ``subnet_ids``: by purpose: where private endpoints stand, and a NetApp volume.  ``nodes_ranges``: the addresses
    that may mount a NetApp volume.  ``ready``: what must be there before.
    """

    spec: AzureFilesStorage | NetAppStorage = field(default_factory=lambda: AzureFilesStorage(kind="azure-files"))
    scope: WorkspaceScope
    vnet_id: pulumi.Input[str]
    subnet_ids: Mapping[str, pulumi.Input[str]]
    nodes_ranges: pulumi.Input[Sequence[str]]
    ready: Sequence[pulumi.Resource] = ()
    delete_data: bool = False


class SharedStorage(Component):
    """An NFS share of Azure Files, or a volume of Azure NetApp Files. The files survive ``destroy`` unless
    ``delete_data``.

    Azure Files: the account stays in the resource group with its tags and its share, and answers nobody: what led to it
    goes, its private endpoint and its name, so that the network can go. It lets clients in by TLS alone: NFS has no
    passwords, so whoever listens could write, and Azure's mount helper (``mount -t aznfs``) does TLS at little cost. A
    plain ``mount -t nfs`` is refused.

    NetApp: account, pool and volume stay, and cost as before. The volume cannot be without its subnet, so that and the
    VNet around it stay too, empty otherwise. It encrypts at rest; in transit it could by Kerberos alone, which needs an
    Active Directory, so nothing does: choose it for speed, within a network that you trust.

    Root of a node is root on the files (no root squash): they belong to the user of jobs, and the node that comes first
    must give the new folder to that user. Who is root on a node could be that user anyway. Jobs are not root.

    More capacity comes in place. The kind is for good: another one is other files, new and empty.

    What was kept is found by the tag ``bodo-infra:workspace``. ``delete_data`` counts once it has been brought up:
    after changing it, run ``up`` before ``destroy``.
    """

    file_system: pulumi.Output[dict[str, str]]
    """``kind``, ``id``, ``host`` and ``export``: it is mounted as ``host:export``."""

    account_id: pulumi.Output[str]
    """Resource id of the account, on which roles are assigned."""

    def __init__(self, name: str, args: SharedStorageArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        scope = args.scope
        owners = SimpleNamespace(cloud_config_uuid=scope.cloud_config.uuid, workspace_uuid=scope.uuid)
        super().__init__(tokens.AZURE_SHARED_STORAGE, name, args.spec, owners, opts)
        self.ready: Sequence[pulumi.Resource] = ()
        if isinstance(args.spec, NetAppStorage):
            self._make_volume(args, args.spec)
        else:
            self._make_share(args, args.spec)
        self.register_declared()

    def _make_share(self, args: SharedStorageArgs, spec: AzureFilesStorage) -> None:
        scope = args.scope
        account = azure_native.storage.StorageAccount(
            self.child_name("account"),
            account_name=scope.cloud_name(STORAGE_ACCOUNT, "files"),
            resource_group_name=scope.group,
            location=scope.region,
            kind="FileStorage",  # with an SSD: Azure has NFS nowhere else
            sku=azure_native.storage.SkuArgs(name="Premium_LRS"),
            enable_https_traffic_only=True,  # of NFS: TLS alone
            minimum_tls_version="TLS1_2",
            allow_blob_public_access=False,
            allow_shared_key_access=False,
            allow_cross_tenant_replication=False,
            public_network_access="Disabled",
            network_rule_set=azure_native.storage.NetworkRuleSetArgs(
                default_action=azure_native.storage.DefaultAction.DENY, bypass="None"
            ),
            tags=scope.tagged("shared"),
            opts=self._kept(args),
        )
        share = azure_native.storage.FileShare(
            self.child_name("share"),
            share_name=SHARE,
            account_name=account.name,
            resource_group_name=scope.group,
            enabled_protocols="NFS",
            root_squash="NoRootSquash",
            share_quota=spec.capacity_gib,
            opts=self._kept(args),
        )
        target = Target(id=account.id, name=account.name, service=FILE_SHARES)
        place = EndpointPlace(vnet_id=args.vnet_id, subnet_id=args.subnet_ids[ENDPOINTS])
        self.ready = make_private_endpoint(self, scope, target, place, purpose="files")
        # Known only when it can be mounted: nodes that start earlier would find a public address for its name.
        mounted = pulumi.Output.all(account.name, share.id, *(resource.urn for resource in self.ready))
        self.account_id = account.id
        self.file_system = mounted.apply(
            lambda known: {
                "kind": "azure-files",
                "id": known[1],
                "host": f"{known[0]}.file.core.windows.net",
                "export": f"/{known[0]}/{SHARE}",
            }
        )

    def _make_volume(self, args: SharedStorageArgs, spec: NetAppStorage) -> None:
        scope, subnet_id, size = args.scope, args.subnet_ids[FILES], spec.capacity_tib * TIB

        def named(rule: NameRule) -> pulumi.Output[str]:
            # By the subnet: a volume never moves, and one that is kept has its name for good.
            return pulumi.Output.from_input(subnet_id).apply(lambda id: scope.cloud_name(rule, SHARE, _mark(id)))

        account = azure_native.netapp.Account(
            self.child_name("account"),
            account_name=named(NETAPP_ACCOUNT),
            resource_group_name=scope.group,
            location=scope.region,
            tags=scope.tagged("shared"),
            opts=self._kept(args),
        )
        pool_name = named(NETAPP_POOL)
        pool = azure_native.netapp.CapacityPool(
            self.child_name("pool"),
            pool_name=pool_name,
            account_name=account.name,
            resource_group_name=scope.group,
            location=scope.region,
            service_level=SERVICE_LEVEL,
            size=size,
            tags=scope.tagged("shared"),
            opts=self._kept(args),
        )
        rule = azure_native.netapp.ExportPolicyRuleArgs(
            rule_index=1,
            allowed_clients=pulumi.Output.from_input(args.nodes_ranges).apply(",".join),
            nfsv41=True,
            nfsv3=False,
            cifs=False,
            unix_read_write=True,
            unix_read_only=False,
            has_root_access=True,
            chown_mode="Restricted",
        )
        volume = azure_native.netapp.CapacityPoolVolume(
            self.child_name("volume"),
            volume_name=named(NETAPP_VOLUME),
            pool_name=pool_name,  # the output is the account's name and its own
            account_name=account.name,
            resource_group_name=scope.group,
            location=scope.region,
            creation_token=named(NETAPP_EXPORT),
            protocol_types=["NFSv4.1"],
            service_level=SERVICE_LEVEL,
            usage_threshold=size,
            subnet_id=subnet_id,
            network_features="Standard",
            export_policy=azure_native.netapp.VolumePropertiesExportPolicyArgs(rules=[rule]),
            unix_permissions=FOLDER_MODE,
            tags=scope.tagged("shared"),
            opts=pulumi.ResourceOptions.merge(self._kept(args), pulumi.ResourceOptions(depends_on=[pool, *args.ready])),
        )
        self.ready = [volume]
        self.account_id = account.id
        mounted = pulumi.Output.all(volume.id, volume.mount_targets, volume.creation_token)
        self.file_system = mounted.apply(
            lambda known: {
                "kind": "netapp",
                "id": known[0],
                "host": known[1][0]["ip_address"],
                "export": f"/{known[2]}",
            }
        )

    def _kept(self, args: SharedStorageArgs) -> pulumi.ResourceOptions:
        kept = pulumi.ResourceOptions(retain_on_delete=not args.delete_data)
        return pulumi.ResourceOptions.merge(self.child_options(), kept)


def _mark(text: str) -> str:
    """A few characters that are others for another text."""
    return hashlib.sha256(text.lower().encode()).hexdigest()[:MARK_CHARACTERS]
