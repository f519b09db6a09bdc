"""Is this notebook server sound?"""

from bodo_infra.checks.aws_types import check_known
from bodo_infra.checks.azure_sizes import check_size
from bodo_infra.checks.findings import Finding
from bodo_infra.checks.tags import check_tags
from bodo_infra.checks.target import check_not_on_local
from bodo_infra.spec.cloud_config import Target
from bodo_infra.spec.notebook import NotebookSpec


def check_notebook(spec: NotebookSpec, target: Target) -> list[Finding]:
    """Every reason why this notebook server would fail on ``target``."""
    found = check_not_on_local("notebook", spec, ("instance_type", "disk_gb"), target)
    if target == "aws" and spec.instance_type is not None:
        found += check_known(spec.instance_type, path="instance_type")
    if target == "azure" and spec.instance_type is not None:
        found += check_size(spec.instance_type, path="instance_type")
    return found + check_tags(spec.tags, target)
