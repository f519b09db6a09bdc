"""What the cross-account role needs though nothing that is brought up asks for it: what RUNNING needs.

Jobs, records, pauses and the state of stacks are no resources of a program. Each row: which statement grants which
action, why it is needed, and the request.
"""

from collections.abc import Callable
from typing import NamedTuple

from bodo_infra.aws.policies.statements import Scope
from bodo_infra.plugin.account.iam.matching import Request
from bodo_infra.scope import CLOUD_CONFIG_TAG


class Row(NamedTuple):
    """``sid``: of the statement.  ``make``: scope of a cloud-config to the request, without its action."""

    sid: str
    action: str
    why: str
    make: Callable[[Scope], Request]

    def request(self, scope: Scope) -> Request:
        """What is asked for a cloud-config."""
        made = self.make(scope)
        return Request(action=self.action, resource=made.resource, context=made.context)


def _anything(_scope: Scope) -> Request:
    return Request(action="", resource="*")


def _tagged(service: str, resource: str) -> Callable[[Scope], Request]:
    def request(scope: Scope) -> Request:
        arn = scope.arn(service, resource, region=scope.region)
        context = {f"aws:ResourceTag/{CLOUD_CONFIG_TAG}": scope.cloud_config_uuid}
        return Request(action="", resource=arn, context=context)

    return request


def _bucket(scope: Scope) -> Request:
    return Request(action="", resource=scope.bucket_arn, context={"s3:prefix": "state/"})


def _object(key: str) -> Callable[[Scope], Request]:
    return lambda scope: Request(action="", resource=f"{scope.bucket_arn}/{key}")


def _table(scope: Scope) -> Request:
    return Request(action="", resource=scope.table_arn)


def _secret(scope: Scope) -> Request:
    parameter = f"parameter/bodo-infra/{scope.cloud_config_uuid}/password"
    return Request(action="", resource=scope.arn("ssm", parameter, region=scope.region))


def _logs(scope: Scope) -> Request:
    group = f"log-group:/bodo-infra/{scope.cloud_config_uuid}/flow-logs/x"
    return Request(action="", resource=scope.arn("logs", group, region=scope.region))


def _new_lustre(scope: Scope) -> Request:
    context = {f"aws:RequestTag/{CLOUD_CONFIG_TAG}": scope.cloud_config_uuid}
    return Request(action="", resource=scope.arn("fsx", "file-system/*", region=scope.region), context=context)


def _key(service: str) -> Callable[[Scope], Request]:
    def request(scope: Scope) -> Request:
        context = {"kms:ViaService": f"{service}.{scope.region}.amazonaws.com", "kms:CallerAccount": scope.account_id}
        return Request(action="", resource=scope.key_arn, context=context)

    return request


_STATE = _object("state/.pulumi/stacks/bodo/dev.json")
_GROUP = _tagged("autoscaling", "autoScalingGroup:1:autoScalingGroupName/etl")
_INSTANCE = _tagged("ec2", "instance/i-1")
_ADDRESS = _tagged("ec2", "elastic-ip/eipalloc-1")

ROWS = (
    Row("LookAtClusters", "ec2:DescribeInstances", "the nodes and their addresses", _anything),
    Row("ChangeOwnClusters", "autoscaling:SuspendProcesses", "pause: stopped nodes are not made up for", _GROUP),
    Row("ChangeOwnClusters", "ec2:StopInstances", "pause", _INSTANCE),
    Row("ChangeOwnClusters", "ec2:StartInstances", "resume", _INSTANCE),
    Row("ChangeOwnClusters", "autoscaling:ResumeProcesses", "resume: lost nodes are made up for again", _GROUP),
    Row("ChangeOwnClusters", "autoscaling:SetDesiredCapacity", "scale, shut down", _GROUP),
    Row("ChangeOwnClusters", "autoscaling:TerminateInstanceInAutoScalingGroup", "heal: a broken node goes", _INSTANCE),
    Row("ListBucket", "s3:ListBucket", "state in the bucket, node logs", _bucket),
    Row("Objects", "s3:GetObject", "state in the bucket", _STATE),
    Row("Objects", "s3:PutObject", "state in the bucket", _STATE),
    Row("Objects", "s3:DeleteObject", "state in the bucket is unlocked", _STATE),
    Row("Objects", "s3:GetObject", "node logs", _object("logs/etl/1/0.log")),
    Row("Objects", "s3:GetObject", "results", _object("jobs/etl/1/result.json")),
    Row("Objects", "s3:PutObject", "what a job brings along", _object("artifacts/etl/job.zip")),
    Row("Records", "dynamodb:GetItem", "a job, a cluster", _table),
    Row("Records", "dynamodb:Query", "lists of jobs, clusters, nodes", _table),
    Row("Records", "dynamodb:PutItem", "a job is submitted", _table),
    Row("Records", "dynamodb:UpdateItem", "a lease is renewed", _table),
    Row("Records", "dynamodb:DeleteItem", "a job's record goes", _table),
    Row("LookAtParameters", "ssm:DescribeParameters", "secrets: read by the provider", _anything),
    Row("Parameters", "ssm:PutParameter", "secrets: made, changed", _secret),
    Row("Parameters", "ssm:GetParameter", "secrets: read", _secret),
    Row("Parameters", "ssm:DeleteParameter", "secrets: removed", _secret),
    Row("Parameters", "ssm:AddTagsToResource", "secrets: tags", _secret),
    Row("Parameters", "ssm:ListTagsForResource", "secrets: read by the provider", _secret),
    Row("Parameters", "ssm:RemoveTagsFromResource", "secrets: tags that a spec no longer has", _secret),
    Row("UseKey", "kms:Decrypt", "state and logs in an encrypted bucket", _key("s3")),
    Row("UseKey", "kms:GenerateDataKey", "state in an encrypted bucket", _key("s3")),
    Row("UseKey", "kms:Encrypt", "secrets under the account's key", _key("ssm")),
    Row("UseKey", "kms:DescribeKey", "records in an encrypted table", _key("dynamodb")),
    Row("LogGroups", "logs:AssociateKmsKey", "flow logs: the cloud-config gets a key", _logs),
    Row("LogGroups", "logs:DisassociateKmsKey", "flow logs: the cloud-config's key goes", _logs),
    Row("MakeLustre", "fsx:CreateFileSystemFromBackup", "files that were left", _new_lustre),
    Row(
        "TakeBackupOfLustre",
        "fsx:CreateFileSystemFromBackup",
        "files that were left",
        _tagged("fsx", "backup/backup-1"),
    ),
    # After a refresh the provider knows that a NAT gateway had the address, and gives it back before it lets it go.
    Row("ChangeOwnNetwork", "ec2:DisassociateAddress", "destroy after a refresh", _ADDRESS),
    # An association that was made and not confirmed is updated by the next `up`.
    Row(
        "ChangeOwnNetwork",
        "ec2:ReplaceRouteTableAssociation",
        "after an interrupted up",
        _tagged("ec2", "route-table/rtb-1"),
    ),
)
