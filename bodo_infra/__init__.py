"""Infrastructure as code for Bodo: cloud-configs, workspaces, clusters and MPI jobs, in your account or on one machine.

Import components from their target (``from bodo_infra.local import Workspace``), scripts from ``bodo_infra.driver``.
Importing this package loads neither Pulumi nor a cloud SDK.
"""

__version__ = "0.1.0"
