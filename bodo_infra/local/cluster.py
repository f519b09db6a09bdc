"""A cluster on one machine: one agent process per node."""

from dataclasses import dataclass

import pulumi

from bodo_infra import tokens
from bodo_infra.checks import check_cluster, place
from bodo_infra.component import Component
from bodo_infra.errors import raise_problems
from bodo_infra.links import WorkspaceLinks
from bodo_infra.local import resources
from bodo_infra.spec import ClusterSpec


@dataclass(frozen=True, kw_only=True)
class ClusterArgs:
    """What a cluster is, and the workspace that it stands in."""

    spec: ClusterSpec
    workspace: WorkspaceLinks


class Cluster(Component):
    """Nodes that reach each other by MPI, as processes of this machine. Raises InputError before any registration.

    ``cores``: slots of all nodes.  ``hostfile``: path of the hostfile that the agents keep.
    """

    uuid: pulumi.Output[str]
    name: pulumi.Output[str]
    store: pulumi.Output[str]
    shared_path: pulumi.Output[str]
    cores: pulumi.Output[int]
    hostfile: pulumi.Output[str]

    def __init__(self, name: str, args: ClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        spec, workspace = args.spec, args.workspace
        raise_problems(place(check_cluster(spec, "local"), path="spec"))
        super().__init__(tokens.LOCAL_CLUSTER, name, spec, workspace, opts)

        nodes = resources.Cluster(
            self.child_name("nodes"),
            cluster=spec.name,
            store=workspace.store,
            workspace=workspace.name,
            workspace_uuid=workspace.uuid,
            shared_path=workspace.shared_path,
            nodes=spec.nodes,
            slots=spec.ranks_per_node,
            auto_pause_minutes=spec.auto_pause_minutes,
            auto_shutdown_minutes=spec.auto_shutdown_minutes,
            description=spec.description,
            opts=self.child_options(),
        )

        self.uuid = nodes.uuid
        self.name = pulumi.Output.from_input(spec.name)
        self.store = pulumi.Output.from_input(workspace.store)
        self.shared_path = nodes.shared_path
        self.cores = nodes.cores
        self.hostfile = nodes.hostfile
        self.register_declared()
