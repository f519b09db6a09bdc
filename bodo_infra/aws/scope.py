"""Where IAM and the logs service keep what is made for a cloud-config, and which partition its region is in.

The cross-account role may change what lies there or carries the tags of ``bodo_infra.scope``, and nothing else, so
every child must.
"""

import pulumi

PARTITIONS = {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}


def iam_path(cloud_config: pulumi.Input[str]) -> pulumi.Output[str]:
    """Path of all roles and instance profiles; what bounds them lies elsewhere: ``Scope.foundation_path``."""
    return pulumi.Output.format("/bodo-infra/{0}/", cloud_config)


def log_group_path(cloud_config: pulumi.Input[str]) -> pulumi.Output[str]:
    """Below this path are all log groups."""
    return pulumi.Output.format("/bodo-infra/{0}", cloud_config)


def partition_of(region: str) -> str:
    """What ARNs of the region begin with: ``aws``, but in China and for the government of the United States."""
    return next((name for start, name in PARTITIONS.items() if region.startswith(start)), "aws")
