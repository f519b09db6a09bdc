"""Statements of policies in which every action carries its reason, and what they are scoped to.

Two places in IAM keep the cross-account role from raising itself. It may make and change roles and instance profiles
below ``made_path``, each only with the boundary. What it is held by itself (the role, its policies, the boundary, the
policy of nodes) lies below ``foundation_path``, where nothing is granted; whoever makes the cloud-config changes it.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Conditions = Mapping[str, Mapping[str, str | tuple[str, ...]]]
"""Operator to key to value or values, as in a policy document."""


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What the policies of one cloud-config are tied to.

    ``region``: of bucket, table and key; workspaces may be elsewhere.  ``key_arn``: empty without a key of the account.
    ``instance_role_arns``: roles of the user's own that may be handed to nodes.
    """

    account_id: str
    region: str
    cloud_config_uuid: str
    bucket: str
    table: str
    key_arn: str = ""
    instance_role_arns: tuple[str, ...] = ()
    partition: str = "aws"

    @property
    def made_path(self) -> str:
        """IAM path of all that stacks make which use the cloud-config."""
        return f"/bodo-infra/{self.cloud_config_uuid}/"

    @property
    def foundation_path(self) -> str:
        """IAM path of the cross-account role, its policies, the boundary and the policy of nodes."""
        return foundation_path(self.cloud_config_uuid)

    @property
    def boundary_arn(self) -> str:
        return self.iam(f"policy{self.foundation_path}{boundary_name(self.cloud_config_uuid)}")

    @property
    def node_policy_arn(self) -> str:
        return node_policy_arn(self.boundary_arn)

    @property
    def bucket_arn(self) -> str:
        return f"arn:{self.partition}:s3:::{self.bucket}"

    @property
    def table_arn(self) -> str:
        return self.arn("dynamodb", f"table/{self.table}", region=self.region)

    @property
    def made_roles(self) -> str:
        """All roles that later stacks make."""
        return self.iam(f"role{self.made_path}*")

    def arn(self, service: str, resource: str, *, region: str = "*") -> str:
        return f"arn:{self.partition}:{service}:{region}:{self.account_id}:{resource}"

    def ec2(self, *kinds: str) -> tuple[str, ...]:
        """Everything of these kinds, such as ``subnet``, in all regions of the account."""
        return tuple(self.arn("ec2", f"{kind}/*") for kind in kinds)

    def iam(self, resource: str) -> str:
        return self.arn("iam", resource, region="")

    def objects(self, *prefixes: str) -> tuple[str, ...]:
        return tuple(f"{self.bucket_arn}/{prefix}*" for prefix in prefixes)

    def service(self, name: str) -> tuple[str, ...]:
        """Names of a service as a principal."""
        return service_names(name, self.partition)

    def via(self, *services: str) -> tuple[str, ...]:
        """Values of ``kms:ViaService``, in whatever region."""
        return tuple(f"{name}.*.amazonaws.com" for name in services)


def service_names(name: str, partition: str) -> tuple[str, ...]:
    """Names of a service as a principal: in China some go by a name of their own."""
    names = (f"{name}.amazonaws.com",)
    return (*names, f"{name}.amazonaws.com.cn") if partition == "aws-cn" else names


def foundation_path(cloud_config_uuid: str) -> str:
    """See ``Scope.foundation_path``."""
    return f"/bodo-infra-foundation/{cloud_config_uuid}/"


def boundary_name(cloud_config_uuid: str) -> str:
    """Name of the boundary. Policies have one namespace in an account, whatever their path."""
    return f"bodo-infra-boundary-{cloud_config_uuid}"


def node_policy_name(cloud_config_uuid: str) -> str:
    """Name of the policy that every instance role gets."""
    return f"bodo-infra-node-{cloud_config_uuid}"


def node_policy_arn(boundary_arn: str) -> str:
    """The node policy lies beside the boundary, whose ARN all links tell."""
    return boundary_arn.replace("/bodo-infra-boundary-", "/bodo-infra-node-")


@dataclass(frozen=True, kw_only=True)
class Tag:
    """The tag by which a principal knows what belongs to it."""

    key: str
    value: str

    @property
    def requested(self) -> Conditions:
        """For what is about to be made: it will carry the tag."""
        return {"StringEquals": {f"aws:RequestTag/{self.key}": self.value}}

    @property
    def owned(self) -> Conditions:
        """For what is there: it carries the tag."""
        return {"StringEquals": {f"aws:ResourceTag/{self.key}": self.value}}

    @property
    def not_of_others(self) -> Conditions:
        """For what may be nobody's: it carries this tag, or none of this key."""
        return {"StringEqualsIfExists": {f"aws:ResourceTag/{self.key}": self.value}}

    @property
    def kept(self) -> Conditions:
        """For a change of the tags of what is there: it carries the tag, and keeps it."""
        return {
            "StringEquals": {f"aws:ResourceTag/{self.key}": self.value},
            "StringEqualsIfExists": {f"aws:RequestTag/{self.key}": self.value},
        }

    @property
    def not_removed(self) -> Conditions:
        """For taking tags away from what is there: any but this."""
        return {**self.owned, "ForAllValues:StringNotEquals": {"aws:TagKeys": self.key}}


@dataclass(frozen=True, kw_only=True)
class Statement:
    """``actions``: each with the reason why it is needed.  ``why``: the reason of the resources and conditions.

    ``component``: whose work needs it, as the docs name it.
    """

    sid: str
    component: str
    why: str
    actions: Mapping[str, str]
    resources: tuple[str, ...]
    conditions: Conditions = field(default_factory=dict)
    effect: Literal["Allow", "Deny"] = "Allow"

    def plain(self) -> dict[str, object]:
        """As it stands in a document."""
        found: dict[str, object] = {
            "Sid": self.sid,
            "Effect": self.effect,
            "Action": _short(tuple(sorted(self.actions))),
            "Resource": _short(self.resources),
        }
        if self.conditions:
            found["Condition"] = {
                operator: {key: _short(value) for key, value in pairs.items()}
                for operator, pairs in self.conditions.items()
            }
        return found


def change_tags(
    noun: str, component: str, tag: Tag, resources: tuple[str, ...], *, add: Iterable[str], remove: Iterable[str]
) -> tuple[Statement, ...]:
    """Changing the tags of what is ours, but for the one that makes it so. ``noun``: how the statements are called.

    ``add``, ``remove``: the actions; every service calls them otherwise.
    """
    return (
        Statement(
            sid=f"TagOwn{noun}",
            component=component,
            why="Only what is ours, and it stays so.",
            actions=dict.fromkeys(add, "changed tags of a spec"),
            resources=resources,
            conditions=tag.kept,
        ),
        Statement(
            sid=f"UntagOwn{noun}",
            component=component,
            why="Only what is ours, and any tag but ours: without it nobody could change the thing any more.",
            actions=dict.fromkeys(remove, "tags that a spec no longer has"),
            resources=resources,
            conditions=tag.not_removed,
        ),
    )


def both(*conditions: Conditions) -> Conditions:
    """All of these conditions at once."""
    found: dict[str, dict[str, str | tuple[str, ...]]] = {}
    for each in conditions:
        for operator, pairs in each.items():
            found.setdefault(operator, {}).update(pairs)
    return found


def document(statements: Iterable[Statement]) -> str:
    """The policy document, without white space: limits of size count characters."""
    tree = {"Version": "2012-10-17", "Statement": [statement.plain() for statement in statements]}
    return json.dumps(tree, separators=(",", ":"))


def _short(value: str | tuple[str, ...]) -> str | list[str]:
    """One value stands by itself."""
    if isinstance(value, str):
        return value
    return value[0] if len(value) == 1 else list(value)
