"""Is this notebook server sound?"""

from bodo_infra.checks.findings import Finding
from bodo_infra.checks.target import check_not_on_local
from bodo_infra.spec.cloud_config import Target
from bodo_infra.spec.notebook import NotebookSpec


def check_notebook(spec: NotebookSpec, target: Target) -> list[Finding]:
    """Every reason why this notebook server would fail on ``target``."""
    return check_not_on_local("notebook", spec, ("instance_type", "disk_gb"), target)
