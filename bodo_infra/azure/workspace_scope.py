"""What everything of one workspace is named, tagged and placed by, handed down to the parts that it is made of."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from bodo_infra.azure.links import CloudConfigLinks
from bodo_infra.plans.names import NameRule
from bodo_infra.scope import cloud_name, scope_tags


@dataclass(frozen=True, kw_only=True)
class WorkspaceScope:
    """``name``, ``tags``: of the workspace's spec.  ``region``: its location, plain."""

    name: str
    region: str
    tags: Mapping[str, str]
    uuid: pulumi.Input[str]
    cloud_config: CloudConfigLinks

    @property
    def group(self) -> pulumi.Input[str]:
        """Name of the resource group that everything is in."""
        return self.cloud_config.resource_group

    def tagged(self, purpose: str) -> dict[str, pulumi.Input[str]]:
        """The tags of one thing. ``purpose``: shown behind the workspace's name in lists of things by tag."""
        tags = scope_tags(
            noun="workspace",
            name=self.name,
            tags=self.tags,
            cloud_config=self.cloud_config.uuid,
            workspace=self.uuid,
        )
        return {**tags, "Name": f"{self.name}-{purpose}"}

    def cloud_name(self, rule: NameRule, *purpose: str) -> pulumi.Output[str]:
        """A name in the cloud that no other workspace has, in this group or any other.

        ``purpose``: what the thing is for, and what makes it another thing when it changes.
        """
        return cloud_name(self.uuid, (self.name, *purpose), rule)
