"""What shared file systems need: EFS with what belongs to it, and FSx for Lustre. Sources as in ``needs_network``."""

from collections.abc import Mapping

from bodo_infra.plugin.account.iam.needs_keys import with_key
from bodo_infra.plugin.account.iam.needs_network import GROUP, SUBNET
from bodo_infra.plugin.account.iam.steps import (
    ANY,
    Found,
    Needs,
    arn,
    asks,
    new,
    other,
    own,
    service_role,
    step,
    tag_new,
    tagged_any,
    tagging,
)
from bodo_infra.plugin.account.iam.subject import Subject, request_tags

FILE_SYSTEM = "aws:efs/fileSystem:FileSystem"

the_efs = own("elasticfilesystem:file-system/{}")
of_efs = other("elasticfilesystem:file-system/{}", "fileSystemId", FILE_SYSTEM)
the_access_point = own("elasticfilesystem:access-point/{}")

_EFS = Needs(
    create=(
        step(
            "elasticfilesystem:CreateFileSystem",
            tagged_any,
            carry=lambda subject: {"elasticfilesystem:Encrypted": "true" if subject.value("encrypted") else "false"},
        ),
        tag_new("elasticfilesystem:TagResource", new("elasticfilesystem:file-system/{}"), "CreateFileSystem"),
        step("elasticfilesystem:PutLifecycleConfiguration", the_efs, when=("lifecyclePolicies",)),
        step("elasticfilesystem:UpdateFileSystemProtection", the_efs, when=("protection",)),
        *with_key("elasticfilesystem", "kmsKeyId", "DescribeKey", "CreateGrant", "GenerateDataKeyWithoutPlaintext"),
    ),
    read=(
        step("elasticfilesystem:DescribeFileSystems", the_efs),
        step("elasticfilesystem:DescribeLifecycleConfiguration", the_efs),
    ),
    update=(
        step("elasticfilesystem:UpdateFileSystem", the_efs, when=("provisionedThroughputInMibps", "throughputMode")),
        step("elasticfilesystem:PutLifecycleConfiguration", the_efs, when=("lifecyclePolicies",)),
        step("elasticfilesystem:UpdateFileSystemProtection", the_efs, when=("protection",)),
        *tagging(
            "elasticfilesystem:TagResource", "elasticfilesystem:UntagResource", "elasticfilesystem:file-system/{}"
        ),
    ),
    delete=(
        step("elasticfilesystem:DeleteFileSystem", the_efs),
        step("elasticfilesystem:DescribeFileSystems", the_efs),
    ),
)

_MOUNT_TARGET = Needs(
    # EFS makes the interface with the caller's rights:
    # https://docs.aws.amazon.com/efs/latest/ug/API_CreateMountTarget.html
    create=(
        step("elasticfilesystem:CreateMountTarget", of_efs),
        step(
            "ec2:CreateNetworkInterface",
            new("ec2:network-interface/{}"),
            other("ec2:subnet/{}", "subnetId", SUBNET),
            other("ec2:security-group/{}", "securityGroups", GROUP),
            # The tags of the file system do not reach the interface.
            carry=lambda _: {"aws:TagKeys": None},
        ),
        *asks("ec2:DescribeSubnets", "ec2:DescribeNetworkInterfaces"),
        service_role("elasticfilesystem.amazonaws.com", "AWSServiceRoleForAmazonElasticFileSystem"),
    ),
    read=(
        step("elasticfilesystem:DescribeMountTargets", of_efs),
        step("elasticfilesystem:DescribeMountTargetSecurityGroups", of_efs),
    ),
    update=(
        step("elasticfilesystem:ModifyMountTargetSecurityGroups", of_efs),
        step(
            "ec2:ModifyNetworkInterfaceAttribute",
            new("ec2:network-interface/{}"),
            other("ec2:security-group/{}", "securityGroups", GROUP),
        ),
    ),
    delete=(
        step("elasticfilesystem:DeleteMountTarget", of_efs),
        step("elasticfilesystem:DescribeMountTargets", of_efs),
        step("ec2:DeleteNetworkInterface", new("ec2:network-interface/{}")),
    ),
)

_ACCESS_POINT = Needs(
    create=(
        step("elasticfilesystem:CreateAccessPoint", of_efs),
        tag_new("elasticfilesystem:TagResource", new("elasticfilesystem:access-point/{}"), "CreateAccessPoint"),
    ),
    read=(step("elasticfilesystem:DescribeAccessPoints", the_access_point),),
    update=tagging(
        "elasticfilesystem:TagResource", "elasticfilesystem:UntagResource", "elasticfilesystem:access-point/{}"
    ),
    delete=(
        step("elasticfilesystem:DeleteAccessPoint", the_access_point),
        step("elasticfilesystem:DescribeAccessPoints", the_access_point),
    ),
)


def of_file_system(write: str, read: str, remove: str) -> Needs:
    """A setting of an EFS file system that is a resource of its own."""
    service = "elasticfilesystem"
    return Needs(
        create=(step(f"{service}:{write}", of_efs),),
        read=(step(f"{service}:{read}", of_efs),),
        update=(step(f"{service}:{write}", of_efs),),
        delete=(step(f"{service}:{remove}", of_efs),),
    )


the_fsx = own("fsx:file-system/{}")


def _leaves_backup(subject: Subject) -> bool:
    """Whether a last backup is made of a file system that goes; the provider's default is none."""
    return subject.value("skipFinalBackup") is False


def _last_backup(subject: Subject) -> Found:
    tags = subject.value("finalBackupTags")
    yield arn(subject, "fsx:backup/{}", "*"), request_tags(tags if isinstance(tags, Mapping) else {})


def _is_empty(subject: Subject) -> bool:
    return subject.value("backupId") is None


_LUSTRE = Needs(
    create=(
        step("fsx:CreateFileSystem", new("fsx:file-system/{}"), only=_is_empty),
        step(
            "fsx:CreateFileSystemFromBackup",
            new("fsx:file-system/{}"),
            other("fsx:backup/{}", "backupId", "aws:fsx/backup:Backup"),
            when=("backupId",),
        ),
        tag_new("fsx:TagResource", new("fsx:file-system/{}")),
        service_role("fsx.amazonaws.com", "AWSServiceRoleForAmazonFSx"),
        *with_key("fsx", "kmsKeyId", "DescribeKey", "CreateGrant", "GenerateDataKey", "Decrypt"),
        # FSx looks at where it is put with the caller's rights.
        *asks("ec2:DescribeSubnets", "ec2:DescribeSecurityGroups", "ec2:DescribeVpcs"),
    ),
    read=(step("fsx:DescribeFileSystems", ANY), step("fsx:ListTagsForResource", the_fsx)),
    update=(
        step(
            "fsx:UpdateFileSystem",
            the_fsx,
            when=(
                "autoImportPolicy",
                "automaticBackupRetentionDays",
                "dataCompressionType",
                "logConfiguration",
                "metadataConfiguration",
                "perUnitStorageThroughput",
                "rootSquashConfiguration",
                "storageCapacity",
                "throughputCapacity",
                "weeklyMaintenanceStartTime",
            ),
        ),
        *tagging("fsx:TagResource", "fsx:UntagResource", "fsx:file-system/{}"),
    ),
    delete=(
        step("fsx:DeleteFileSystem", the_fsx),
        # Dependent actions of DeleteFileSystem in the service authorization reference.
        step("fsx:CreateBackup", _last_backup, the_fsx, only=_leaves_backup),
        step("fsx:TagResource", _last_backup, only=_leaves_backup),
        step("fsx:DescribeFileSystems", ANY),
    ),
)

TYPES: Mapping[str, Needs] = {
    FILE_SYSTEM: _EFS,
    "aws:efs/mountTarget:MountTarget": _MOUNT_TARGET,
    "aws:efs/accessPoint:AccessPoint": _ACCESS_POINT,
    "aws:efs/fileSystemPolicy:FileSystemPolicy": of_file_system(
        "PutFileSystemPolicy", "DescribeFileSystemPolicy", "DeleteFileSystemPolicy"
    ),
    "aws:efs/backupPolicy:BackupPolicy": of_file_system("PutBackupPolicy", "DescribeBackupPolicy", "PutBackupPolicy"),
    "aws:fsx/lustreFileSystem:LustreFileSystem": _LUSTRE,
}
