"""What everything of one workspace is named, tagged and bound by, handed down to the parts that it is made of."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from bodo_infra import scope
from bodo_infra.aws.links import CloudConfigLinks
from bodo_infra.aws.policies.statements import Scope


@dataclass(frozen=True, kw_only=True)
class WorkspaceScope(scope.WorkspaceScope):
    """On AWS, with what its roles are bound by."""

    cloud_config: CloudConfigLinks

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
