"""Is this spec sound? Pure functions over specs that return everything they find; one file per noun.

A spec has passed ``parse_spec`` before: here it is judged with what surrounds it, such as the target.
"""

from bodo_infra.checks.aws_network import chosen_zones
from bodo_infra.checks.cloud_config import check_account, check_cloud_config, check_target
from bodo_infra.checks.cluster import check_cluster
from bodo_infra.checks.findings import Finding, place
from bodo_infra.checks.instance_role import check_instance_role
from bodo_infra.checks.job import check_job
from bodo_infra.checks.notebook import check_notebook
from bodo_infra.checks.organization import check_organization
from bodo_infra.checks.workspace import check_workspace

__all__ = [
    "Finding",
    "check_account",
    "check_cloud_config",
    "check_cluster",
    "check_instance_role",
    "check_job",
    "check_notebook",
    "check_organization",
    "check_target",
    "check_workspace",
    "chosen_zones",
    "place",
]
