"""The files that all nodes and notebooks of a workspace share, under ``/shared``."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import SimpleNamespace

import pulumi
import pulumi_aws as aws

from bodo_infra import tokens
from bodo_infra.aws.existing_files import FoundFiles
from bodo_infra.aws.files_reading import find_files, when_free
from bodo_infra.aws.workspace_scope import WorkspaceScope
from bodo_infra.boot.script import JOB_UID
from bodo_infra.component import Component, unknown
from bodo_infra.plans.names import EFS_CREATION_TOKEN
from bodo_infra.spec import EfsStorage, LustreStorage

SHARED_UID = SHARED_GID = JOB_UID
"""Owner of all files on EFS, whoever writes them: the job's user. Git, say, trusts no checkout of another user."""
ROOT_DIRECTORY = "/workspace"
"""Folder of the EFS that is mounted; its root would belong to root."""

LAST_BACKUP = "last-backup"
FILES_PATH = "spec.shared_storage.file_system_id"


@dataclass(frozen=True, kw_only=True)
class SharedStorageArgs:
    """What shared files are made of.

    ``subnets``: private subnets by a plain key that stays (zone id); a Lustre stands in the first.  ``group_id``: the
    security group of the storage.  ``ready``: what must be there before it is mounted.
    """

    spec: EfsStorage | LustreStorage = field(default_factory=lambda: EfsStorage(kind="efs"))
    scope: WorkspaceScope
    subnets: Mapping[str, pulumi.Input[str]]
    group_id: pulumi.Input[str]
    ready: Sequence[pulumi.Resource] = ()
    delete_data: bool = False


class SharedStorage(Component):
    """An EFS or an FSx for Lustre. The files survive ``destroy`` unless ``delete_data``.

    EFS: the file system stays in the account with its tags, its access point and its rule that only TLS may mount it;
    the mount targets go, so that the network can go. FSx for Lustre: it cannot be without a subnet, so AWS makes a
    last backup of it when it goes, with the same tags.

    What was kept is found by the tag ``bodo-infra:workspace``, and taken again by a later ``up`` whose spec names it:
    ``file_system_id``, ``backup_id``. Without it the shared files are new and empty. A file system that was named is
    looked at before the first child, and raises InputError when it cannot be mounted here; it is never deleted,
    whatever ``delete_data`` says, and keeps the tags of the workspace that made it. Its rule of access becomes that of
    the new access point, and stays when that goes.

    ``delete_data`` counts once it has been brought up: after changing it, run ``up`` before ``destroy``.
    """

    file_system: pulumi.Output[dict[str, str]]
    """``kind``, ``id``, ``dns_name``, and ``access_point_id`` (efs) or ``mount_name`` (lustre)."""

    def __init__(self, name: str, args: SharedStorageArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        scope = args.scope
        owners = SimpleNamespace(cloud_config_uuid=scope.cloud_config.uuid, workspace_uuid=scope.uuid)
        super().__init__(tokens.AWS_SHARED_STORAGE, name, args.spec, owners, opts)
        key_arn = pulumi.Output.from_input(scope.cloud_config.key_arn).apply(lambda arn: arn or None)
        if isinstance(args.spec, LustreStorage):
            self.file_system = self._make_lustre(args, args.spec, key_arn)
        else:
            self.file_system = self._make_efs(args, args.spec.file_system_id, key_arn)
        self.register_declared()

    def _make_efs(
        self, args: SharedStorageArgs, file_system_id: str | None, key_arn: pulumi.Output[str | None]
    ) -> pulumi.Output[dict[str, str]]:
        if file_system_id is None:
            kept = self._kept(not args.delete_data)
            made = self._make_files(args.scope, key_arn, kept)
            return self._mount(args, _Efs(id=made.id, arn=made.arn, dns_name=made.dns_name), kept, kept)
        scope, found = admit_files(file_system_id, args.scope, self.invoke_options())
        # By way of the uuid, so that nothing is made before the file system is known to be sound.
        id = pulumi.Output.from_input(scope.uuid).apply(lambda _: file_system_id)
        files = _Efs(
            id=id,
            arn=pulumi.Output.from_input(found.arn) if found else unknown(),
            dns_name=pulumi.Output.from_input(found.dns_name) if found else unknown(),
        )
        # Without its rule anybody in the network could mount it, without TLS and as root.
        return self._mount(replace(args, scope=scope), files, self.child_options(), self._kept(True))

    def _kept(self, kept: bool) -> pulumi.ResourceOptions:
        return self.child_options(retain_on_delete=kept)

    def _make_files(
        self, scope: WorkspaceScope, key_arn: pulumi.Output[str | None], opts: pulumi.ResourceOptions
    ) -> aws.efs.FileSystem:
        return aws.efs.FileSystem(
            self.child_name("files"),
            creation_token=scope.cloud_name(EFS_CREATION_TOKEN, "shared"),
            encrypted=True,
            kms_key_id=key_arn,
            performance_mode="generalPurpose",
            throughput_mode="elastic",
            tags=scope.tagged("shared"),
            opts=opts,
        )

    def _mount(
        self,
        args: SharedStorageArgs,
        files: "_Efs",
        door_opts: pulumi.ResourceOptions,
        rule_opts: pulumi.ResourceOptions,
    ) -> pulumi.Output[dict[str, str]]:
        door = aws.efs.AccessPoint(
            self.child_name("access-point"),
            file_system_id=files.id,
            posix_user={"uid": SHARED_UID, "gid": SHARED_GID},
            root_directory={
                "path": ROOT_DIRECTORY,
                "creation_info": {"owner_uid": SHARED_UID, "owner_gid": SHARED_GID, "permissions": "0770"},
            },
            tags=args.scope.tagged("shared"),
            opts=door_opts,
        )
        policy = aws.efs.FileSystemPolicy(
            self.child_name("access-policy"),
            file_system_id=files.id,
            policy=pulumi.Output.all(files.arn, door.arn).apply(lambda arns: access_policy(*arns)),
            opts=rule_opts,
        )
        targets = [
            aws.efs.MountTarget(
                self.child_name(f"mount-{key}"),
                file_system_id=files.id,
                subnet_id=subnet,
                security_groups=[args.group_id],
                opts=self.child_options(depends_on=[policy, *args.ready]),
            )
            for key, subnet in args.subnets.items()
        ]
        # Known only when it can be mounted: nodes that start earlier would find no address for its name.
        mounted = pulumi.Output.all(files.id, files.dns_name, door.id, *(target.id for target in targets))
        return mounted.apply(
            lambda made: {"kind": "efs", "id": made[0], "dns_name": made[1], "access_point_id": made[2]}
        )

    def _make_lustre(
        self, args: SharedStorageArgs, spec: LustreStorage, key_arn: pulumi.Output[str | None]
    ) -> pulumi.Output[dict[str, str]]:
        scope = args.scope
        files = aws.fsx.LustreFileSystem(
            self.child_name("files"),
            deployment_type="PERSISTENT_2",
            storage_type="SSD",
            backup_id=spec.backup_id,
            storage_capacity=spec.capacity_gib,
            per_unit_storage_throughput=spec.throughput_mbps_per_tib,
            data_compression_type="LZ4",
            kms_key_id=key_arn,
            subnet_ids=next(iter(args.subnets.values())),
            security_group_ids=[args.group_id],
            copy_tags_to_backups=True,
            skip_final_backup=args.delete_data,
            final_backup_tags={} if args.delete_data else scope.tagged(LAST_BACKUP),
            tags=scope.tagged("shared"),
            opts=self.child_options(depends_on=list(args.ready)),
        )
        mounted = pulumi.Output.all(files.id, files.dns_name, files.mount_name)
        return mounted.apply(lambda made: {"kind": "lustre", "id": made[0], "dns_name": made[1], "mount_name": made[2]})


@dataclass(frozen=True, kw_only=True)
class _Efs:
    """A file system, made or found."""

    id: pulumi.Output[str]
    arn: pulumi.Output[str]
    dns_name: pulumi.Output[str]


def admit_files(
    file_system_id: str, scope: WorkspaceScope, options: pulumi.InvokeOptions
) -> tuple[WorkspaceScope, FoundFiles | None]:
    """The scope whose uuid waits until the EFS is known to be sound, and the EFS; None while nobody can be asked.

    Raises InputError when it cannot be mounted.
    """
    found = find_files(file_system_id, scope.region, options, path=FILES_PATH)
    if found is None:
        return scope, None
    return replace(scope, uuid=when_free(file_system_id, found, scope, options, path=FILES_PATH)), found


def access_policy(file_system_arn: str, access_point_arn: str) -> str:
    """Whoever reaches a mount target may read and write through the access point, by TLS; nobody is root.

    Security groups decide who reaches it. Without a policy EFS would let them mount its root, and without TLS.
    """
    allow = {
        "Sid": "ThroughAccessPoint",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"],
        "Resource": file_system_arn,
        "Condition": {
            "Bool": {"elasticfilesystem:AccessedViaMountTarget": "true"},
            "StringEquals": {"elasticfilesystem:AccessPointArn": access_point_arn},
        },
    }
    deny = {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Action": "*",
        "Resource": file_system_arn,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [allow, deny]})
