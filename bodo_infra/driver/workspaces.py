"""Workspaces of a project as scripts see them: all of them, or one."""

from bodo_infra.driver.stores import Stores
from bodo_infra.errors import NotFoundError
from bodo_infra.runtime.clusters import list_workspaces
from bodo_infra.runtime.records import WorkspaceRecord
from bodo_infra.runtime.states import WorkspaceState
from bodo_infra.spec.problems import nearest


class Workspaces:
    """Workspaces by name or uuid."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    def all(self) -> list[WorkspaceRecord]:
        """All workspaces that are up, by name."""
        found = [workspace for store in self._stores.existing() for workspace in list_workspaces(store)]
        return [workspace for workspace in found if workspace.state is WorkspaceState.READY]

    def show(self, name: str) -> WorkspaceRecord:
        """One workspace. Raises NotFoundError."""
        known = self.all()
        for workspace in known:
            if name in (workspace.name, workspace.uuid):
                return workspace
        near = nearest(name, [workspace.name for workspace in known])
        fix = f"Did you mean {near}?" if near else "List them with `bodo-infra workspace list`"
        raise NotFoundError(f"workspace {name!r} does not exist or is not up", fix)
