"""The cross-account role of a cloud-config, with all that decides what it and the roles that it makes may do."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from bodo_infra.aws.policies.boundary import boundary
from bodo_infra.aws.policies.deploy import DEPLOY_AREAS, deploy_policies
from bodo_infra.aws.policies.nodes import node_policy
from bodo_infra.aws.policies.statements import (
    Scope,
    Statement,
    boundary_name,
    document,
    foundation_path,
    node_policy_name,
)
from bodo_infra.aws.policies.trust import cross_account_trust
from bodo_infra.component import Component
from bodo_infra.plans.names import IAM_POLICY, IAM_ROLE, NameRule
from bodo_infra.scope import cloud_name

SESSION_HOURS = 4
"""How long the role may be used at a stretch: the largest file systems take more than an hour to make."""


@dataclass(frozen=True, kw_only=True)
class DeployRole:
    """ARNs of the role and of the boundary for the roles that it makes; known when all of its rights are there."""

    role_arn: pulumi.Output[str]
    boundary_arn: pulumi.Output[str]


@dataclass(frozen=True, kw_only=True)
class Foundation:
    """What the role and its policies are made from. ``name``: of the cloud-config."""

    owner: Component
    name: str
    uuid: pulumi.Output[str]
    scope: pulumi.Output[Scope]
    tags: Mapping[str, pulumi.Input[str]]

    def policy(
        self, suffix: str, name: pulumi.Output[str], statements: pulumi.Output[Iterable[Statement]], description: str
    ) -> aws.iam.Policy:
        """A managed policy that the role itself cannot change."""
        return aws.iam.Policy(
            self.owner.child_name(suffix),
            name=name,
            path=self.uuid.apply(foundation_path),
            description=description,
            policy=statements.apply(document),
            tags=self.tags,
            opts=self.owner.child_options(),
        )

    def named(self, purpose: str, rule: NameRule) -> pulumi.Output[str]:
        """A name that no other cloud-config of the account has."""
        return cloud_name(self.uuid, (self.name, purpose), rule)


def make_deploy_role(
    foundation: Foundation, *, principals: Sequence[str], external_id: pulumi.Input[str]
) -> DeployRole:
    """The role that later stacks assume. ``principals``: who may; empty means the account's own."""
    owner, scope = foundation.owner, foundation.scope
    limit = foundation.policy(
        "boundary",
        foundation.uuid.apply(boundary_name),
        scope.apply(boundary),
        "bodo-infra: the most that roles of this cloud-config may do",
    )
    node = foundation.policy(
        "node-policy",
        foundation.uuid.apply(node_policy_name),
        scope.apply(node_policy),
        "bodo-infra: what every cluster node needs",
    )
    role = aws.iam.Role(
        owner.child_name("role"),
        name=foundation.named("deploy", IAM_ROLE),
        path=foundation.uuid.apply(foundation_path),
        description="bodo-infra: makes and drives workspaces and clusters",
        assume_role_policy=pulumi.Output.all(scope=scope, external_id=external_id).apply(
            lambda given: cross_account_trust(given["scope"], principals, given["external_id"])
        ),
        max_session_duration=SESSION_HOURS * 3600,
        tags=foundation.tags,
        opts=owner.child_options(),
    )
    attachments = [_attach(foundation, role, area) for area in DEPLOY_AREAS]
    # Whoever assumes the role has to find it with all of its rights.
    ready = pulumi.Output.all(role.arn, *(attachment.id for attachment in attachments))
    # Whoever knows the boundary's ARN derives that of the node policy from it, and attaches it.
    both = pulumi.Output.all(limit.arn, node.arn)
    return DeployRole(
        role_arn=ready.apply(lambda known: str(known[0])), boundary_arn=both.apply(lambda known: str(known[0]))
    )


def _attach(foundation: Foundation, role: aws.iam.Role, area: str) -> aws.iam.RolePolicyAttachment:
    owner = foundation.owner
    policy = foundation.policy(
        f"deploy-{area}",
        foundation.named(f"deploy-{area}", IAM_POLICY),
        foundation.scope.apply(lambda scope: deploy_policies(scope)[area]),
        f"bodo-infra: what the cross-account role may do, {area}",
    )
    return aws.iam.RolePolicyAttachment(
        owner.child_name(f"deploy-{area}"), role=role.name, policy_arn=policy.arn, opts=owner.child_options()
    )
