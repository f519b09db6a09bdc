"""The files that all nodes and notebooks of a workspace share, under ``/shared``."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Final

import pulumi
import pulumi_azure_native as azure_native
import pulumi_random as random

from bodo_infra import tokens
from bodo_infra.azure.endpoints import FILE_SHARES, EndpointPlace, Target, make_private_endpoint
from bodo_infra.azure.files_reading import find_share, when_free
from bodo_infra.azure.workspace_scope import WorkspaceScope
from bodo_infra.component import Component
from bodo_infra.plans.arm_ids import ArmId, parse_arm_id
from bodo_infra.plans.azure_network import ENDPOINTS, FILES
from bodo_infra.plans.names import (
    NETAPP_ACCOUNT,
    NETAPP_EXPORT,
    NETAPP_POOL,
    NETAPP_VOLUME,
    STORAGE_ACCOUNT,
    NameRule,
)
from bodo_infra.scope import UUID_CHARACTERS
from bodo_infra.spec import AzureFilesStorage, NetAppStorage

SHARE: Final = "shared"
TIB = 2**40
SERVICE_LEVEL: Final = "Premium"
"""64 MiB/s for each TiB ("Service levels for Azure NetApp Files"); Standard has 16, too little for nodes that load
tables together, Ultra twice as much at near twice the price."""
FOLDER_MODE: Final = "0770"
SHARE_PATH = "spec.shared_storage.share_id"


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

    More capacity comes in place. Another kind is other files, new and empty.

    What was kept is found by the tag ``bodo-infra:workspace``. A share is taken again by a later ``up`` whose spec
    names it (``share_id``). It is looked at before the first child, and raises InputError when it cannot be mounted
    here; it is never deleted, whatever ``delete_data`` says, and it keeps its size, and its account its settings and
    the tags of the workspace that made it. A volume is not taken again: it never leaves its network, which would have
    to become that of the new workspace, with nodes at the same addresses, as no others may mount it. Copy its files.

    Names hold a number that is drawn anew when files are: what was kept has its name for good.

    ``delete_data`` counts once it has been brought up: after changing it, run ``up`` before ``destroy``.
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
        elif args.spec.share_id is None:
            self._mount(args, self._make_share(args, args.spec))
        else:
            scope = admit_share(args.spec.share_id, scope, self.invoke_options(), delete_data=args.delete_data)
            self._mount(replace(args, scope=scope), _taken(share_of(args.spec.share_id), scope))
        self.register_declared()

    def _make_share(self, args: SharedStorageArgs, spec: AzureFilesStorage) -> "_Share":
        scope, named = args.scope, self._name_by(args.scope, spec.kind)
        account = azure_native.storage.StorageAccount(
            self.child_name("account"),
            account_name=named(STORAGE_ACCOUNT, "files"),
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
        return _Share(id=share.id, account_id=account.id, account=account.name, name=SHARE)

    def _mount(self, args: SharedStorageArgs, share: "_Share") -> None:
        target = Target(id=share.account_id, name=share.account, service=FILE_SHARES)
        place = EndpointPlace(vnet_id=args.vnet_id, subnet_id=args.subnet_ids[ENDPOINTS])
        self.ready = make_private_endpoint(self, args.scope, target, place, purpose="files")
        # Known only when it can be mounted: nodes that start earlier would find a public address for its name.
        mounted = pulumi.Output.all(share.account, share.id, *(resource.urn for resource in self.ready))
        self.account_id = share.account_id
        self.file_system = mounted.apply(
            lambda known: {
                "kind": "azure-files",
                "id": known[1],
                "host": f"{known[0]}.file.core.windows.net",
                "export": f"/{known[0]}/{share.name}",
            }
        )

    def _make_volume(self, args: SharedStorageArgs, spec: NetAppStorage) -> None:
        scope, subnet_id, size = args.scope, args.subnet_ids[FILES], spec.capacity_tib * TIB
        # A volume never moves: in another subnet it is another one.
        named = self._name_by(scope, spec.kind, subnet=subnet_id)

        account = azure_native.netapp.Account(
            self.child_name("account"),
            account_name=named(NETAPP_ACCOUNT, SHARE),
            resource_group_name=scope.group,
            location=scope.region,
            tags=scope.tagged("shared"),
            opts=self._kept(args),
        )
        pool_name = named(NETAPP_POOL, SHARE)
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
            volume_name=named(NETAPP_VOLUME, SHARE),
            pool_name=pool_name,  # the output is the account's name and its own
            account_name=account.name,
            resource_group_name=scope.group,
            location=scope.region,
            creation_token=named(NETAPP_EXPORT, SHARE),
            protocol_types=["NFSv4.1"],
            service_level=SERVICE_LEVEL,
            usage_threshold=size,
            subnet_id=subnet_id,
            network_features="Standard",
            export_policy=azure_native.netapp.VolumePropertiesExportPolicyArgs(rules=[rule]),
            unix_permissions=FOLDER_MODE,
            tags=scope.tagged("shared"),
            opts=self._kept(args, depends_on=[pool, *args.ready]),
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

    def _kept(self, args: SharedStorageArgs, *, depends_on: Sequence[pulumi.Resource] = ()) -> pulumi.ResourceOptions:
        return self.child_options(retain_on_delete=not args.delete_data, depends_on=depends_on)

    def _name_by(
        self, scope: WorkspaceScope, kind: str, **keepers: pulumi.Input[str]
    ) -> Callable[[NameRule, str], pulumi.Output[str]]:
        """What things are called, by rule and purpose. ``keepers``: when these change, all names do."""
        # Of each kind its own: the one of a volume hangs on the subnet, and goes with it. Replaced by one that does
        # not, it would be there twice when the network is replaced, which the engine cannot write down.
        name = self.child_name(f"{kind}-uuid")
        drawn = random.RandomUuid(name, keepers={"kind": kind, **keepers}, opts=self.child_options()).result

        def named(rule: NameRule, purpose: str) -> pulumi.Output[str]:
            return drawn.apply(lambda uuid: scope.cloud_name(rule, purpose, uuid[:UUID_CHARACTERS]))

        return named


@dataclass(frozen=True, kw_only=True)
class _Share:
    """A share, made or found. ``account``: name of its account."""

    id: pulumi.Output[str]
    account_id: pulumi.Output[str]
    account: pulumi.Output[str]
    name: str


def share_of(id: str) -> ArmId:
    """The parts of a share's id, which checks found sound. Accounts have lower-case names, also in their hosts."""
    parsed = parse_arm_id(id)
    assert parsed is not None
    account, *rest = parsed.names
    return replace(parsed, names=(account.lower(), *rest))


def admit_share(id: str, scope: WorkspaceScope, options: pulumi.InvokeOptions, *, delete_data: bool) -> WorkspaceScope:
    """The scope whose uuid waits until the share is known to be sound. Raises InputError when it cannot be mounted."""
    share = share_of(id)
    found = find_share(share, scope.region, options, path=SHARE_PATH)
    if found is None:  # nobody can be asked yet
        return scope
    return replace(scope, uuid=when_free(share, found, scope, options, delete_data=delete_data, path=SHARE_PATH))


def _taken(share: ArmId, scope: WorkspaceScope) -> _Share:
    """By way of the uuid, so that nothing is made before the share is known to be sound."""

    def known(text: str) -> pulumi.Output[str]:
        return pulumi.Output.from_input(scope.uuid).apply(lambda _: text)

    account, name = share.names[0], share.name
    return _Share(id=known(str(share)), account_id=known(str(share.parent.parent)), account=known(account), name=name)
