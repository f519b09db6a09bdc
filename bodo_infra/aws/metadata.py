"""Where a cloud-config keeps its metadata: a bucket for logs and artifacts, a table for records, by choice a key.

All of it outlives ``destroy`` unless the spec says ``delete_data``. What protects the bucket is kept with it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Unpack

import pulumi
import pulumi_aws as aws
from pulumi_aws.s3 import BucketLifecycleConfigurationRuleArgs as LifecycleRule
from pulumi_aws.s3 import BucketLifecycleConfigurationRuleTransitionArgs as Transition
from pulumi_aws.s3 import BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs as Default
from pulumi_aws.s3 import BucketServerSideEncryptionConfigurationRuleArgs as Rule

from bodo_infra.aws.scope import partition_of
from bodo_infra.component import ChildOptions, Component
from bodo_infra.scope import JOBS_PREFIX, LOGS_PREFIX

COLLECTION_KEY, NAME_KEY = "collection", "name"
"""Keys of the table: ``jobs`` and the rest of a record's key, so that one query lists a prefix."""
EXPIRY_ATTRIBUTE = "expires_at"
"""Attribute with the second at which DynamoDB may drop a record: leases, heartbeats."""

LOGS = {"job-logs": JOBS_PREFIX, "node-logs": LOGS_PREFIX}
"""Where in the bucket logs are, by the rule that ages them: of jobs, and of nodes that start."""
COOL_AFTER_DAYS, COLD_AFTER_DAYS = 30, 90
"""When logs move to cheaper storage; S3 takes nothing into STANDARD_IA before 30 days. Both are read at once."""
OLD_VERSIONS_DAYS = 30

LOG_GROUP_CONTEXT = "kms:EncryptionContext:aws:logs:arn"
"""What the logs service tells a key: the log group that it encrypts."""


@dataclass(frozen=True, kw_only=True)
class Metadata:
    """What all parts need. ``key_arn``: None for AWS's own keys."""

    owner: Component
    tags: Mapping[str, pulumi.Input[str]]
    key_arn: pulumi.Input[str] | None
    delete_data: bool

    def options(self, **more: Unpack[ChildOptions]) -> pulumi.ResourceOptions:
        """Data and what protects it stay behind, unless they are to be deleted."""
        kept: ChildOptions = {"retain_on_delete": not self.delete_data, **more}
        return self.owner.child_options(**kept)


def make_key(metadata: Metadata, *, account_id: str, region: str, uuid: pulumi.Output[str]) -> aws.kms.Key:
    """A key with yearly rotation for everything that the cloud-config's nouns store in ``region``.

    ``uuid``: of the cloud-config.
    """
    return aws.kms.Key(
        metadata.owner.child_name("key"),
        description="bodo-infra: data of a cloud-config",
        enable_key_rotation=True,
        deletion_window_in_days=30,
        policy=uuid.apply(lambda known: _key_policy(account_id, region, known)),
        tags=metadata.tags,
        opts=metadata.options(),
    )


def make_bucket(metadata: Metadata, name: pulumi.Input[str]) -> aws.s3.Bucket:
    """A bucket that is versioned, encrypted, closed to the public, and reached by TLS only."""
    owner, options = metadata.owner, metadata.options
    bucket = aws.s3.Bucket(
        owner.child_name("bucket"), bucket=name, force_destroy=metadata.delete_data, tags=metadata.tags, opts=options()
    )
    closed = aws.s3.BucketPublicAccessBlock(
        owner.child_name("bucket-access"),
        bucket=bucket.id,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
        opts=options(),
    )
    # S3 takes one change of a bucket's access at a time and answers another with a conflict.
    after = options(depends_on=[closed])
    aws.s3.BucketPolicy(
        owner.child_name("bucket-policy"), bucket=bucket.id, policy=bucket.arn.apply(_tls_only), opts=after
    )
    aws.s3.BucketOwnershipControls(
        owner.child_name("bucket-ownership"),
        bucket=bucket.id,
        rule={"object_ownership": "BucketOwnerEnforced"},
        opts=options(),
    )
    versions = aws.s3.BucketVersioning(
        owner.child_name("bucket-versioning"),
        bucket=bucket.id,
        versioning_configuration={"status": "Enabled"},
        opts=options(),
    )
    _encrypt(metadata, bucket)
    _age(metadata, bucket, versions)
    return bucket


def make_table(metadata: Metadata, name: pulumi.Input[str]) -> aws.dynamodb.Table:
    """A table that costs nothing at rest and can be set back to any second of the last 35 days."""
    kms_key = metadata.key_arn
    encryption = aws.dynamodb.TableServerSideEncryptionArgs(enabled=True, kms_key_arn=kms_key) if kms_key else None
    return aws.dynamodb.Table(
        metadata.owner.child_name("table"),
        name=name,
        billing_mode="PAY_PER_REQUEST",
        hash_key=COLLECTION_KEY,
        range_key=NAME_KEY,
        attributes=[aws.dynamodb.TableAttributeArgs(name=key, type="S") for key in (COLLECTION_KEY, NAME_KEY)],
        point_in_time_recovery={"enabled": True},
        # Without a key of the account a table is encrypted by a key that AWS owns, at no cost.
        server_side_encryption=encryption,
        ttl={"attribute_name": EXPIRY_ATTRIBUTE, "enabled": True},
        deletion_protection_enabled=not metadata.delete_data,
        tags=metadata.tags,
        opts=metadata.options(),
    )


def _encrypt(metadata: Metadata, bucket: aws.s3.Bucket) -> None:
    if metadata.key_arn is None:
        rule = Rule(apply_server_side_encryption_by_default=Default(sse_algorithm="AES256"))
    else:
        default = Default(sse_algorithm="aws:kms", kms_master_key_id=metadata.key_arn)
        # A bucket key spares a request to KMS for every object.
        rule = Rule(apply_server_side_encryption_by_default=default, bucket_key_enabled=True)
    aws.s3.BucketServerSideEncryptionConfiguration(
        metadata.owner.child_name("bucket-encryption"), bucket=bucket.id, rules=[rule], opts=metadata.options()
    )


def _age(metadata: Metadata, bucket: aws.s3.Bucket, versions: aws.s3.BucketVersioning) -> None:
    """Logs become cheaper with age and are never dropped; what was overwritten or half uploaded is."""
    aws.s3.BucketLifecycleConfiguration(
        metadata.owner.child_name("bucket-lifecycle"),
        bucket=bucket.id,
        rules=[
            *(_cooling(name, prefix) for name, prefix in LOGS.items()),
            {
                "id": "leftovers",
                "status": "Enabled",
                "filter": {"prefix": ""},
                "noncurrent_version_expiration": {"noncurrent_days": OLD_VERSIONS_DAYS},
                "abort_incomplete_multipart_upload": {"days_after_initiation": 7},
            },
        ],
        opts=metadata.options(depends_on=[versions]),
    )


def _cooling(name: str, prefix: str) -> LifecycleRule:
    return LifecycleRule(
        id=name,
        status="Enabled",
        filter=aws.s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=prefix),
        transitions=[
            Transition(days=COOL_AFTER_DAYS, storage_class="STANDARD_IA"),
            Transition(days=COLD_AFTER_DAYS, storage_class="GLACIER_IR"),
        ],
    )


def _tls_only(bucket_arn: str) -> str:
    statement = {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [bucket_arn, f"{bucket_arn}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _key_policy(account_id: str, region: str, uuid: str) -> str:
    """The account rules the key by its own policies; EC2 uses it for whoever of the account has a disk there, and the
    logs service for log groups of the cloud-config, which it names by the context of encryption.

    The second statement is that of AWS's own key for volumes: without it an Auto Scaling group, which works under a
    role of its service, could start no instance with an encrypted disk. The third is that of the CloudWatch Logs user
    guide, "Encrypt log data". Other services use the key with their callers' rights.
    """
    partition = partition_of(region)
    log_groups = f"arn:{partition}:logs:{region}:{account_id}:log-group:/bodo-infra/{uuid}/*"
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "Account",
                    "Effect": "Allow",
                    "Principal": {"AWS": f"arn:{partition}:iam::{account_id}:root"},
                    "Action": "kms:*",
                    "Resource": "*",
                },
                {
                    "Sid": "Disks",
                    "Effect": "Allow",
                    "Principal": {"AWS": "*"},
                    "Action": [
                        "kms:Encrypt",
                        "kms:Decrypt",
                        "kms:ReEncrypt*",
                        "kms:GenerateDataKey*",
                        "kms:CreateGrant",
                        "kms:DescribeKey",
                    ],
                    "Resource": "*",
                    "Condition": {
                        "StringEquals": {
                            "kms:CallerAccount": account_id,
                            "kms:ViaService": f"ec2.{region}.amazonaws.com",
                        }
                    },
                },
                {
                    "Sid": "Logs",
                    "Effect": "Allow",
                    "Principal": {"Service": f"logs.{region}.amazonaws.com"},
                    "Action": [
                        "kms:Encrypt*",
                        "kms:Decrypt*",
                        "kms:ReEncrypt*",
                        "kms:GenerateDataKey*",
                        "kms:Describe*",
                    ],
                    "Resource": "*",
                    "Condition": {"ArnLike": {LOG_GROUP_CONTEXT: log_groups}},
                },
            ],
        }
    )
