"""What everything of one workspace is named, tagged and placed by, handed down to the parts that it is made of."""

from dataclasses import dataclass

import pulumi

from bodo_infra import scope
from bodo_infra.azure.links import CloudConfigLinks


@dataclass(frozen=True, kw_only=True)
class WorkspaceScope(scope.WorkspaceScope):
    """On Azure, in one resource group."""

    cloud_config: CloudConfigLinks

    @property
    def group(self) -> pulumi.Input[str]:
        """Name of the resource group that everything is in."""
        return self.cloud_config.resource_group
