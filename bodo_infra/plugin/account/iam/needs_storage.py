"""What stores of data need: buckets, their settings and objects, and tables.

From the calls of the Terraform AWS provider 6.x and the service authorization reference, like ``needs_network``. The
lists of CloudFormation's handlers carry every feature of a service, used or not (bucket analytics, table imports,
replicas); here what our components set, and what reading always asks for.
"""

from collections.abc import Mapping

from bodo_infra.plugin.account.iam.needs_keys import through
from bodo_infra.plugin.account.iam.steps import (
    Found,
    Needs,
    arn,
    new,
    own,
    step,
    tag_new,
    tagging,
)
from bodo_infra.plugin.account.iam.subject import Subject

BUCKET = "aws:s3/bucket:Bucket"

the_bucket = own("s3:{}", "bucket")

# What reading a bucket asks for, whatever it has: the provider fills the old inline properties.
_READ_BUCKET = (
    "ListBucket",
    "GetAccelerateConfiguration",
    "GetBucketAcl",
    "GetBucketCORS",
    "GetBucketLogging",
    "GetBucketObjectLockConfiguration",
    "GetBucketPolicy",
    "GetBucketRequestPayment",
    "GetBucketTagging",
    "GetBucketVersioning",
    "GetBucketWebsite",
    "GetEncryptionConfiguration",
    "GetLifecycleConfiguration",
    "GetReplicationConfiguration",
)


def setting(write: str, read: str, remove: str = "") -> Needs:
    """One of the settings that buckets have as resources of their own; most are removed by writing the default."""
    return Needs(
        create=(step(f"s3:{write}", the_bucket),),
        read=(step(f"s3:{read}", the_bucket),),
        update=(step(f"s3:{write}", the_bucket),),
        delete=(step(f"s3:{remove or write}", the_bucket),),
    )


def objects(subject: Subject) -> Found:
    """Everything in the bucket."""
    yield arn(subject, "s3:{}", f"{subject.text('bucket') or '*'}/*"), {}


def the_object(subject: Subject) -> Found:
    yield arn(subject, "s3:{}", f"{subject.text('bucket') or '*'}/{subject.text('key') or '*'}"), {}


def _empties(subject: Subject) -> bool:
    return subject.outputs.get("forceDestroy") is True


_BUCKET = Needs(
    create=(
        step("s3:CreateBucket", new("s3:{}", "bucket")),
        tag_new("s3:PutBucketTagging", the_bucket),
    ),
    read=tuple(step(f"s3:{action}", the_bucket) for action in _READ_BUCKET),
    update=(step("s3:PutBucketTagging", the_bucket, when=("tags", "tagsAll")),),
    delete=(
        step("s3:DeleteBucket", the_bucket),
        step("s3:ListBucket", the_bucket),
        step("s3:ListBucketVersions", the_bucket, only=_empties),
        step("s3:DeleteObject", objects, only=_empties),
        step("s3:DeleteObjectVersion", objects, only=_empties),
    ),
)

_OBJECT = Needs(
    create=(
        step("s3:PutObject", the_object),
        step("s3:PutObjectTagging", the_object, only=lambda subject: bool(subject.tags)),
    ),
    read=(step("s3:GetObject", the_object), step("s3:GetObjectTagging", the_object)),
    update=(
        step("s3:PutObject", the_object),
        step("s3:PutObjectTagging", the_object, when=("tags", "tagsAll")),
    ),
    delete=(
        step("s3:ListBucketVersions", the_bucket),
        step("s3:DeleteObject", the_object),
        step("s3:DeleteObjectVersion", the_object),
    ),
)


def table_key(subject: Subject) -> Found:
    given = subject.value("serverSideEncryption")
    key = given.get("kmsKeyArn") if isinstance(given, Mapping) else None
    if key is not None:
        yield arn(subject, "kms:key/{}", key if isinstance(key, str) else "*"), {}


the_table = own("dynamodb:table/{}", "name")

_TABLE = Needs(
    create=(
        step("dynamodb:CreateTable", new("dynamodb:table/{}", "name")),
        tag_new("dynamodb:TagResource", new("dynamodb:table/{}", "name")),
        step("dynamodb:UpdateTimeToLive", the_table, when=("ttl",)),
        step("dynamodb:UpdateContinuousBackups", the_table, when=("pointInTimeRecovery",)),
        step("kms:DescribeKey", table_key, carry=through("dynamodb")),
        step("kms:CreateGrant", table_key, carry=through("dynamodb")),
        step("kms:Decrypt", table_key, carry=through("dynamodb")),
    ),
    read=(
        step("dynamodb:DescribeTable", the_table),
        step("dynamodb:DescribeContinuousBackups", the_table),
        step("dynamodb:DescribeTimeToLive", the_table),
        step("dynamodb:ListTagsOfResource", the_table),
    ),
    update=(
        step(
            "dynamodb:UpdateTable",
            the_table,
            when=(
                "billingMode",
                "deletionProtectionEnabled",
                "globalSecondaryIndexes",
                "readCapacity",
                "serverSideEncryption",
                "streamEnabled",
                "tableClass",
                "writeCapacity",
            ),
        ),
        step("dynamodb:UpdateTimeToLive", the_table, when=("ttl",)),
        step("dynamodb:UpdateContinuousBackups", the_table, when=("pointInTimeRecovery",)),
        *tagging("dynamodb:TagResource", "dynamodb:UntagResource", "dynamodb:table/{}", "name"),
    ),
    delete=(step("dynamodb:DeleteTable", the_table), step("dynamodb:DescribeTable", the_table)),
)

TYPES: Mapping[str, Needs] = {
    BUCKET: _BUCKET,
    "aws:s3/bucketVersioning:BucketVersioning": setting("PutBucketVersioning", "GetBucketVersioning"),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": setting(
        "PutEncryptionConfiguration", "GetEncryptionConfiguration"
    ),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": setting(
        "PutBucketPublicAccessBlock", "GetBucketPublicAccessBlock"
    ),
    "aws:s3/bucketPolicy:BucketPolicy": setting("PutBucketPolicy", "GetBucketPolicy", "DeleteBucketPolicy"),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": setting(
        "PutLifecycleConfiguration", "GetLifecycleConfiguration"
    ),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": setting(
        "PutBucketOwnershipControls", "GetBucketOwnershipControls"
    ),
    "aws:s3/bucketLogging:BucketLogging": setting("PutBucketLogging", "GetBucketLogging"),
    "aws:s3/bucketObjectv2:BucketObjectv2": _OBJECT,
    "aws:s3/bucketObject:BucketObject": _OBJECT,
    "aws:dynamodb/table:Table": _TABLE,
}
