"""What keys, their aliases, parameters and log groups need; and what others need of a customer's key.

From the calls of the Terraform AWS provider 6.x and the service authorization reference, like ``needs_network``.
"""

from collections.abc import Mapping

from bodo_infra.plugin.account.iam.steps import (
    ANY,
    Carry,
    Found,
    Needs,
    Step,
    arn,
    asks,
    new,
    other,
    own,
    step,
    tag_new,
    tagged_any,
    tagging,
    tagging_on,
)
from bodo_infra.plugin.account.iam.subject import Subject, request_tags, resource_tags

KEY = "aws:kms/key:Key"


def with_key(service: str, name: str, *actions: str) -> tuple[Step, ...]:
    """What a service needs of the customer's key that ``name`` names; without one it takes AWS's own."""
    key = other("kms:key/{}", name, KEY)
    return tuple(step(f"kms:{action}", key, when=(name,), carry=through(service)) for action in actions)


def through(service: str) -> Carry:
    """A service that asks for a key in the caller's name tells its own, and grants go to AWS's services only:
    https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html."""
    return lambda subject: {
        "kms:CallerAccount": subject.place.account,
        "kms:ViaService": f"{service}.{subject.region}.amazonaws.com",
        "kms:GrantIsForAWSResource": "true",
    }


the_key = own("kms:key/{}")

_KEY = Needs(
    create=(
        # A key has no ARN before it is there, so the right to make one can only be tied to the tags of the request.
        step("kms:CreateKey", tagged_any),
        tag_new("kms:TagResource", new("kms:key/{}")),
        step("kms:EnableKeyRotation", the_key, when=("enableKeyRotation",)),
    ),
    read=(
        step("kms:DescribeKey", the_key),
        step("kms:GetKeyPolicy", the_key),
        step("kms:GetKeyRotationStatus", the_key),
        step("kms:ListResourceTags", the_key),
    ),
    update=(
        step("kms:PutKeyPolicy", the_key, when=("policy",)),
        step("kms:UpdateKeyDescription", the_key, when=("description",)),
        step("kms:EnableKeyRotation", the_key, when=("enableKeyRotation", "rotationPeriodInDays")),
        step("kms:DisableKeyRotation", the_key, when=("enableKeyRotation",)),
        step("kms:EnableKey", the_key, when=("isEnabled",)),
        step("kms:DisableKey", the_key, when=("isEnabled",)),
        *tagging("kms:TagResource", "kms:UntagResource", "kms:key/{}"),
    ),
    delete=(step("kms:ScheduleKeyDeletion", the_key), step("kms:DescribeKey", the_key)),
)

the_alias = own("kms:{}", "name")
target_key = other("kms:key/{}", "targetKeyId", KEY)

_ALIAS = Needs(
    create=(step("kms:CreateAlias", the_alias, target_key),),
    read=asks("kms:ListAliases"),
    update=(step("kms:UpdateAlias", the_alias, target_key),),
    delete=(step("kms:DeleteAlias", the_alias, target_key),),
)

the_log_group = own("logs:log-group:{}", "name")

_LOG_GROUP = Needs(
    create=(
        step("logs:CreateLogGroup", new("logs:log-group:{}", "name")),
        tag_new("logs:TagResource", new("logs:log-group:{}", "name")),
        step("logs:PutRetentionPolicy", the_log_group, when=("retentionInDays",)),
    ),
    read=(step("logs:DescribeLogGroups", ANY), step("logs:ListTagsForResource", the_log_group)),
    update=(
        step("logs:PutRetentionPolicy", the_log_group, when=("retentionInDays",)),
        step("logs:DeleteRetentionPolicy", the_log_group, when=("retentionInDays",)),
        step("logs:AssociateKmsKey", the_log_group, when=("kmsKeyId",)),
        step("logs:DisassociateKmsKey", the_log_group, when=("kmsKeyId",)),
        *tagging("logs:TagResource", "logs:UntagResource", "logs:log-group:{}", "name"),
    ),
    delete=(step("logs:DeleteLogGroup", the_log_group),),
)


def the_parameter(subject: Subject) -> Found:
    yield parameter_arn(subject, subject.text("name") or "*"), resource_tags(subject.present_tags, "ssm")


def new_parameter(subject: Subject) -> Found:
    yield parameter_arn(subject, subject.text("name") or "*"), request_tags(subject.tags)


def parameter_arn(subject: Subject, name: str) -> str:
    """The leading slash of a name is not part of the ARN. The parameters of AWS itself belong to no account."""
    found = arn(subject, "ssm:parameter/{}", name.removeprefix("/"))
    return found.replace(f":{subject.place.account}:", "::") if name.startswith("/aws/") else found


_PARAMETER = Needs(
    create=(
        step("ssm:PutParameter", new_parameter),
        tag_new("ssm:AddTagsToResource", new_parameter),
        *with_key("ssm", "keyId", "Encrypt"),
    ),
    read=(
        step("ssm:GetParameter", the_parameter),
        step("ssm:ListTagsForResource", the_parameter),
        *asks("ssm:DescribeParameters"),
        *with_key("ssm", "keyId", "Decrypt"),
    ),
    update=(
        step("ssm:PutParameter", the_parameter),
        *tagging_on("ssm:AddTagsToResource", "ssm:RemoveTagsFromResource", the_parameter),
    ),
    delete=(step("ssm:DeleteParameter", the_parameter),),
)

TYPES: Mapping[str, Needs] = {
    KEY: _KEY,
    "aws:kms/alias:Alias": _ALIAS,
    "aws:cloudwatch/logGroup:LogGroup": _LOG_GROUP,
    "aws:ssm/parameter:Parameter": _PARAMETER,
}
