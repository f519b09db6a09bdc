"""Notebook: a private JupyterLab server of one user."""

from typing import Annotated

from pydantic import Field, StringConstraints

from bodo_infra.spec.base import Minutes, Name, NounSpec, Tags


class NotebookSpec(NounSpec):
    """One user's JupyterLab beside the workspace's shared files."""

    name: Name
    """Name of the notebook server, unique in its workspace."""
    user: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._@-]*$", max_length=64)]
    """Whose server it is: a folder of this name is made in the shared files."""
    description: str = ""
    """Free text."""
    instance_type: str | None = None
    """EC2 instance type or Azure VM size; a small one when left out. None on local."""
    disk_gb: Annotated[int, Field(ge=8, le=16384)] = 50
    """Size of its disk in GB."""
    auto_pause_minutes: Minutes | None = 60
    """Pause after this many idle minutes; null means never."""
    tags: Tags = Field(default_factory=dict)
    """Tags for everything that can carry them."""
