"""The files that all nodes and notebooks of a workspace share, under ``/shared``."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace

import pulumi
import pulumi_aws as aws

from bodo_infra import tokens
from bodo_infra.aws.boot.script import JOB_UID
from bodo_infra.aws.workspace_scope import WorkspaceScope
from bodo_infra.component import Component
from bodo_infra.plans.names import EFS_CREATION_TOKEN
from bodo_infra.spec import EfsStorage, LustreStorage

SHARED_PATH = "/shared"
"""Where nodes and notebooks mount it."""
SHARED_UID = SHARED_GID = JOB_UID
"""Owner of all files on EFS, whoever writes them: the job's user. Git, say, trusts no checkout of another user."""
ROOT_DIRECTORY = "/workspace"
"""Folder of the EFS that is mounted; its root would belong to root."""

LAST_BACKUP = "last-backup"


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

    A later ``up`` of the same stack does not find either: it makes new, empty shared files. What was kept is found by
    the tag ``bodo-infra:workspace``; copy it over, restore it, or delete it by hand. ``delete_data`` counts once it has
    been brought up: after changing it, run ``up`` before ``destroy``.
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
            self.file_system = self._make_efs(args, key_arn)
        self.register_declared()

    def _make_efs(self, args: SharedStorageArgs, key_arn: pulumi.Output[str | None]) -> pulumi.Output[dict[str, str]]:
        scope = args.scope
        kept = pulumi.ResourceOptions.merge(
            self.child_options(), pulumi.ResourceOptions(retain_on_delete=not args.delete_data)
        )
        files = aws.efs.FileSystem(
            self.child_name("files"),
            creation_token=scope.cloud_name("shared", EFS_CREATION_TOKEN),
            encrypted=True,
            kms_key_id=key_arn,
            performance_mode="generalPurpose",
            throughput_mode="elastic",
            tags=scope.tagged("shared"),
            opts=kept,
        )
        door = aws.efs.AccessPoint(
            self.child_name("access-point"),
            file_system_id=files.id,
            posix_user={"uid": SHARED_UID, "gid": SHARED_GID},
            root_directory={
                "path": ROOT_DIRECTORY,
                "creation_info": {"owner_uid": SHARED_UID, "owner_gid": SHARED_GID, "permissions": "0770"},
            },
            tags=scope.tagged("shared"),
            opts=kept,
        )
        policy = aws.efs.FileSystemPolicy(
            self.child_name("access-policy"),
            file_system_id=files.id,
            policy=pulumi.Output.all(files.arn, door.arn).apply(lambda arns: access_policy(*arns)),
            opts=kept,
        )
        after = pulumi.ResourceOptions(depends_on=[policy, *args.ready])
        targets = [
            aws.efs.MountTarget(
                self.child_name(f"mount-{key}"),
                file_system_id=files.id,
                subnet_id=subnet,
                security_groups=[args.group_id],
                opts=pulumi.ResourceOptions.merge(self.child_options(), after),
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
            opts=pulumi.ResourceOptions.merge(
                self.child_options(), pulumi.ResourceOptions(depends_on=list(args.ready))
            ),
        )
        mounted = pulumi.Output.all(files.id, files.dns_name, files.mount_name)
        return mounted.apply(lambda made: {"kind": "lustre", "id": made[0], "dns_name": made[1], "mount_name": made[2]})


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
