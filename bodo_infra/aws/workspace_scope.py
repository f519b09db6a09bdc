"""What everything of one workspace is named, tagged and bound by, handed down to the parts that it is made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from bodo_infra.aws.links import CloudConfigLinks
from bodo_infra.aws.policies.statements import Scope
from bodo_infra.plans.names import NameRule
from bodo_infra.scope import cloud_name, scope_tags


@dataclass(frozen=True, kw_only=True)
class WorkspaceScope:
    """``name``, ``tags``: of the workspace's spec.  ``region``: its own, plain, as zones follow from it."""

    name: str
    region: str
    tags: Mapping[str, str]
    uuid: pulumi.Input[str]
    cloud_config: CloudConfigLinks

    def tagged(self, purpose: str) -> dict[str, pulumi.Input[str]]:
        """The tags of one thing. ``purpose``: shown behind the workspace's name in the lists of AWS's console."""
        tags = scope_tags(
            noun="workspace",
            name=self.name,
            tags=self.tags,
            cloud_config=self.cloud_config.uuid,
            workspace=self.uuid,
        )
        return {**tags, "Name": f"{self.name}-{purpose}"}

    def cloud_name(self, purpose: str, rule: NameRule) -> pulumi.Output[str]:
        """A name in the cloud that no other workspace of the account has."""
        return cloud_name(self.uuid, (self.name, purpose), rule)

    @property
    def policies(self) -> pulumi.Output[Scope]:
        """What policy documents are tied to."""
        upstream = self.cloud_config
        texts = (
            upstream.account_id,
            upstream.region,
            upstream.uuid,
            upstream.bucket,
            upstream.table,
            upstream.key_arn,
            upstream.boundary_arn,
        )
        return pulumi.Output.all(*texts).apply(_tied)


def _tied(known: Sequence[str]) -> Scope:
    account_id, region, uuid, bucket, table, key_arn, boundary_arn = known
    return Scope(
        account_id=account_id,
        region=region,
        cloud_config_uuid=uuid,
        bucket=bucket,
        table=table,
        key_arn=key_arn,
        partition=boundary_arn.split(":")[1],
    )
