"""What making and changing a workspace's shared file system needs."""

from bodo_infra.aws.policies.statements import Scope, Statement, Tag, both, change_tags

NAME = "storage"
WORKSPACE = "Workspace"


def statements(scope: Scope, tag: Tag) -> tuple[Statement, ...]:
    """``tag``: what the file system must carry."""
    return (
        *_makes(scope, tag),
        *_mounts(scope, tag),
        *_changes(scope, tag),
        *(_with_key(scope) if scope.key_arn else ()),
    )


def _efs(scope: Scope) -> tuple[str, ...]:
    return tuple(scope.arn("elasticfilesystem", f"{kind}/*") for kind in ("access-point", "file-system"))


def _owned(scope: Scope) -> tuple[str, ...]:
    return (*_efs(scope), scope.arn("fsx", "file-system/*"))


def _makes(scope: Scope, tag: Tag) -> tuple[Statement, ...]:
    return (
        Statement(
            sid="MakeEfs",
            component=WORKSPACE,
            why="EFS knows no resource before it is there: the tag and encryption are what can be asked for.",
            actions={"elasticfilesystem:CreateFileSystem": "shared files on EFS"},
            resources=("*",),
            conditions=both(tag.requested, {"Bool": {"elasticfilesystem:Encrypted": "true"}}),
        ),
        Statement(
            sid="TagNewEfs",
            component=WORKSPACE,
            why="Only in the call that makes the thing: nothing of others can be made ours by a tag.",
            actions={"elasticfilesystem:TagResource": "EFS asks for it when something is made with tags"},
            resources=_efs(scope),
            conditions=both(
                tag.requested,
                {"StringEquals": {"elasticfilesystem:CreateAction": ("CreateAccessPoint", "CreateFileSystem")}},
            ),
        ),
        Statement(
            sid="MakeLustre",
            component=WORKSPACE,
            why="Only with our tag. FSx does not tell whether a tag comes with something new.",
            actions={
                "fsx:CreateFileSystem": "shared files on FSx for Lustre",
                "fsx:CreateFileSystemFromBackup": "shared files that an earlier workspace has left",
                "fsx:TagResource": "FSx asks for it when something is made with tags",
            },
            resources=(scope.arn("fsx", "file-system/*"),),
            conditions=tag.requested,
        ),
        last_backup(scope, tag),
        Statement(
            sid="TakeBackupOfLustre",
            component=WORKSPACE,
            why="Only a backup that carries our tag, into a file system that will.",
            actions={"fsx:CreateFileSystemFromBackup": "files that an earlier workspace has left"},
            resources=(scope.arn("fsx", "backup/*"),),
            conditions=tag.owned,
        ),
        Statement(
            sid="ServiceRolesOfStorage",
            component=WORKSPACE,
            why="A service makes its own role at its first use in an account, with rights that AWS fixes.",
            actions={"iam:CreateServiceLinkedRole": "the first mount target, the first Lustre file system"},
            resources=(scope.iam("role/aws-service-role/*"),),
            conditions={
                "StringEquals": {"iam:AWSServiceName": ("elasticfilesystem.amazonaws.com", "fsx.amazonaws.com")}
            },
        ),
    )


def _mounts(scope: Scope, tag: Tag) -> tuple[Statement, ...]:
    return (
        Statement(
            sid="InterfacesOfMountTargets",
            component=WORKSPACE,
            why="EFS makes the interface of a mount target with the caller's rights and without tags; "
            "a subnet of the user's own has none. What carries another cloud-config's stays out of reach.",
            actions={
                "ec2:CreateNetworkInterface": "a mount target in each zone",
                "ec2:DeleteNetworkInterface": "a mount target goes; EC2 deletes no interface that is in use",
                "ec2:ModifyNetworkInterfaceAttribute": "other groups for a mount target",
            },
            resources=scope.ec2("network-interface", "subnet"),
            conditions=tag.not_of_others,
        ),
        Statement(
            sid="GroupOfMountTargets",
            component=WORKSPACE,
            why="Only behind our own group.",
            actions={
                "ec2:CreateNetworkInterface": "a mount target behind the group of the storage",
                "ec2:ModifyNetworkInterfaceAttribute": "other groups for a mount target",
            },
            resources=scope.ec2("security-group"),
            conditions=tag.owned,
        ),
    )


def _changes(scope: Scope, tag: Tag) -> tuple[Statement, ...]:
    return (
        looks(),
        change_own(scope, tag),
        *change_tags(
            "Storage",
            WORKSPACE,
            tag,
            _owned(scope),
            add=["elasticfilesystem:TagResource", "fsx:TagResource"],
            remove=["elasticfilesystem:UntagResource", "fsx:UntagResource"],
        ),
    )


def looks() -> Statement:
    """Reading a Lustre file system."""
    return Statement(
        sid="LookAtLustre",
        component=WORKSPACE,
        why="The provider asks by a list of ids, which FSx lets nobody restrict; it changes nothing.",
        actions={"fsx:DescribeFileSystems": "read the file system, and wait for it"},
        resources=("*",),
    )


def last_backup(scope: Scope, tag: Tag) -> Statement:
    """What FSx asks for beside the right to delete a Lustre file system whose files are kept."""
    return Statement(
        sid="LastBackupOfLustre",
        component=WORKSPACE,
        why="FSx asks for both on the backup itself, which must carry our tag; none that is another's becomes ours.",
        actions={
            "fsx:CreateBackup": "what destroy leaves of the files",
            "fsx:TagResource": "by which it is found later",
        },
        resources=(scope.arn("fsx", "backup/*"),),
        conditions=both(tag.requested, tag.not_of_others),
    )


def change_own(scope: Scope, tag: Tag) -> Statement:
    """Changing and removing what carries the tag."""
    return Statement(
        sid="ChangeOwnStorage",
        component=WORKSPACE,
        why="Only what carries our tag.",
        actions=_CHANGES,
        resources=_owned(scope),
        conditions=tag.owned,
    )


_CHANGES = {
    "elasticfilesystem:CreateAccessPoint": "the folder that nodes mount, with its owner",
    "elasticfilesystem:CreateMountTarget": "an address in each zone",
    "elasticfilesystem:DeleteAccessPoint": "destroy",
    "elasticfilesystem:DeleteFileSystem": "destroy with delete_data",
    "elasticfilesystem:DeleteFileSystemPolicy": "destroy",
    "elasticfilesystem:DeleteMountTarget": "destroy, or other zones",
    "elasticfilesystem:DescribeAccessPoints": "read",
    "elasticfilesystem:DescribeFileSystemPolicy": "read",
    "elasticfilesystem:DescribeFileSystems": "read, and wait for it",
    "elasticfilesystem:DescribeLifecycleConfiguration": "read",
    "elasticfilesystem:DescribeMountTargetSecurityGroups": "read",
    "elasticfilesystem:DescribeMountTargets": "read, and wait for them",
    "elasticfilesystem:ModifyMountTargetSecurityGroups": "other groups for a mount target",
    "elasticfilesystem:PutFileSystemPolicy": "mounting by TLS only",
    "elasticfilesystem:UpdateFileSystem": "throughput",
    "fsx:CreateBackup": "what destroy leaves of the files",
    "fsx:DeleteFileSystem": "destroy",
    "fsx:ListTagsForResource": "read",
    "fsx:UpdateFileSystem": "size and throughput",
}


def _with_key(scope: Scope) -> tuple[Statement, ...]:
    via: dict[str, str | tuple[str, ...]] = {"kms:ViaService": scope.via("elasticfilesystem", "fsx")}
    return (
        Statement(
            sid="EncryptStorage",
            component=WORKSPACE,
            why="Only the cloud-config's own key, and only through the services that keep the files.",
            actions={
                "kms:Decrypt": "FSx checks that it can use the key",
                "kms:DescribeKey": "EFS and FSx check the key",
                "kms:GenerateDataKey": "FSx checks that it can use the key",
                "kms:GenerateDataKeyWithoutPlaintext": "EFS checks that it can use the key",
            },
            resources=(scope.key_arn,),
            conditions={"StringLike": via},
        ),
        Statement(
            sid="GrantKeyToStorage",
            component=WORKSPACE,
            why="Only the cloud-config's own key, only to AWS's services that keep the files.",
            actions={"kms:CreateGrant": "EFS and FSx go on using the key after the call"},
            resources=(scope.key_arn,),
            conditions={"StringLike": via, "Bool": {"kms:GrantIsForAWSResource": "true"}},
        ),
    )
