"""What ties all that is made for a cloud-config together on any cloud: tags, names, places in its bucket or container.

Tags and names hold uuids: what two cloud-configs of one name make in one account is not mixed up.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi

from bodo_infra.component import standard_tags
from bodo_infra.links import CloudConfigLinks
from bodo_infra.plans.names import NameRule, bounded_name
from bodo_infra.spec import ClusterSpec

CLOUD_CONFIG_TAG: Final = "bodo-infra:cloud-config"
WORKSPACE_TAG: Final = "bodo-infra:workspace"
CLUSTER_TAG: Final = "bodo-infra:cluster"

AUTO_PAUSE_TAG: Final = "bodo-infra:auto-pause-minutes"
AUTO_SHUTDOWN_TAG: Final = "bodo-infra:auto-shutdown-minutes"
NEVER: Final = "never"

# Prefixes in the bucket or container of a cloud-config. Pulumi's state is nothing for nodes: whoever writes it can have
# the next `up` do what they like.
STATE_PREFIX: Final = "state/"
AGENT_PREFIX: Final = "agent/"
JOBS_PREFIX: Final = "jobs/"
LOGS_PREFIX: Final = "logs/"
NODE_PREFIXES: Final = ("artifacts/", JOBS_PREFIX, LOGS_PREFIX)

SHARED_PATH: Final = "/shared"
"""Where nodes and notebooks mount the shared files of their workspace."""

UUID_CHARACTERS = 8
"""Of a uuid that go into names: two nouns of one name would have to agree in them, too, for their things to clash."""


def scope_tags(
    *,
    noun: str,
    name: str,
    tags: Mapping[str, str],
    cloud_config: pulumi.Input[str],
    workspace: pulumi.Input[str] | None = None,
    cluster: pulumi.Input[str] | None = None,
) -> dict[str, pulumi.Input[str]]:
    """The standard tags and the uuids of the nouns that a thing belongs to."""
    owners = {CLOUD_CONFIG_TAG: cloud_config, WORKSPACE_TAG: workspace, CLUSTER_TAG: cluster}
    return {
        **standard_tags(noun=noun, name=name, tags=tags),
        **{key: uuid for key, uuid in owners.items() if uuid is not None},
    }


def limit_tags(spec: ClusterSpec) -> dict[str, str]:
    """A cluster's limits of idleness, for the set of its nodes alone, where agents read them: no node is touched."""
    pause = None if spec.spot else spec.auto_pause_minutes  # spot capacity cannot be paused
    return {AUTO_PAUSE_TAG: str(pause or NEVER), AUTO_SHUTDOWN_TAG: str(spec.auto_shutdown_minutes or NEVER)}


def cloud_name(uuid: pulumi.Input[str], parts: Sequence[str], rule: NameRule) -> pulumi.Output[str]:
    """A name in the cloud that nothing else of the account has, whatever the lengths of names.

    ``uuid``: of the noun that the thing belongs to.  ``parts``: its name, and what the thing is for.
    """

    def named(known: str) -> str:
        return bounded_name(("bodo", *parts, known[:UUID_CHARACTERS]), rule)

    return pulumi.Output.from_input(uuid).apply(named)


@dataclass(frozen=True, kw_only=True)
class WorkspaceScope:
    """What everything of one workspace is named and tagged by. ``name``, ``tags``: of its spec.

    ``region``: its own, plain: a location on Azure.
    """

    name: str
    region: str
    tags: Mapping[str, str]
    uuid: pulumi.Input[str]
    cloud_config: CloudConfigLinks

    def tagged(self, purpose: str) -> dict[str, pulumi.Input[str]]:
        """The tags of one thing. ``purpose``: shown behind the workspace's name in the cloud's lists of things."""
        tags = scope_tags(
            noun="workspace",
            name=self.name,
            tags=self.tags,
            cloud_config=self.cloud_config.uuid,
            workspace=self.uuid,
        )
        return {**tags, "Name": f"{self.name}-{purpose}"}

    def cloud_name(self, rule: NameRule, *purpose: str) -> pulumi.Output[str]:
        """A name in the cloud that no other workspace has, in this account or any other.

        ``purpose``: what the thing is for, and what makes it another thing when it changes.
        """
        return cloud_name(self.uuid, (self.name, *purpose), rule)
