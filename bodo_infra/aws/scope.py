"""What ties all that is made for a cloud-config together: tags, IAM path, prefixes of names.

The cross-account role may change what carries them and nothing else, so every child must carry them. They hold uuids:
what two cloud-configs of one name make in one account is not mixed up.
"""

from collections.abc import Mapping, Sequence

import pulumi

from bodo_infra.aws.policies.statements import CLOUD_CONFIG_TAG, CLUSTER_TAG, WORKSPACE_TAG
from bodo_infra.component import standard_tags
from bodo_infra.plans.names import NameRule, bounded_name

UUID_CHARACTERS = 8
"""Of a uuid that go into names: two nouns of one name would have to agree in them, too, for their things to clash."""

PARTITIONS = {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}


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


def iam_path(cloud_config: pulumi.Input[str]) -> pulumi.Output[str]:
    """Path of all roles and instance profiles; what bounds them lies elsewhere: ``Scope.foundation_path``."""
    return pulumi.Output.format("/bodo-infra/{0}/", cloud_config)


def log_group_path(cloud_config: pulumi.Input[str]) -> pulumi.Output[str]:
    """Below this path are all log groups."""
    return pulumi.Output.format("/bodo-infra/{0}", cloud_config)


def partition_of(region: str) -> str:
    """What ARNs of the region begin with: ``aws``, but in China and for the government of the United States."""
    return next((name for start, name in PARTITIONS.items() if region.startswith(start)), "aws")
