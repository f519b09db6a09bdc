"""What ties all that is made for a cloud-config together on any cloud: tags, names, places in its bucket or container.

Tags and names hold uuids: what two cloud-configs of one name make in one account is not mixed up.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import pulumi

from bodo_infra.component import standard_tags
from bodo_infra.plans.names import NameRule, bounded_name

CLOUD_CONFIG_TAG: Final = "bodo-infra:cloud-config"
WORKSPACE_TAG: Final = "bodo-infra:workspace"
CLUSTER_TAG: Final = "bodo-infra:cluster"

# Prefixes in the bucket or container of a cloud-config. Pulumi's state is nothing for nodes: whoever writes it can have
# the next `up` do what they like.
STATE_PREFIX: Final = "state/"
AGENT_PREFIX: Final = "agent/"
NODE_PREFIXES: Final = ("artifacts/", "jobs/", "logs/")

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


def cloud_name(uuid: pulumi.Input[str], parts: Sequence[str], rule: NameRule) -> pulumi.Output[str]:
    """A name in the cloud that nothing else of the account has, whatever the lengths of names.

    ``uuid``: of the noun that the thing belongs to.  ``parts``: its name, and what the thing is for.
    """

    def named(known: str) -> str:
        return bounded_name(("bodo", *parts, known[:UUID_CHARACTERS]), rule)

    return pulumi.Output.from_input(uuid).apply(named)
