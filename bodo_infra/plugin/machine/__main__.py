"""The plugin's process; ``pulumi-resource-bodo-machine`` starts it."""

from bodo_infra import __version__, tokens
from bodo_infra.plugin.machine.cluster import ClusterHandler
from bodo_infra.plugin.machine.directory import DirectoryHandler
from bodo_infra.plugin.machine.store import StoreHandler
from bodo_infra.plugin.wire import serve


def main() -> None:
    """Serve the resource types of this machine until the engine is done."""
    serve(
        tokens.MACHINE_PACKAGE,
        __version__,
        {
            tokens.MACHINE_STORE: StoreHandler(),
            tokens.MACHINE_DIRECTORY: DirectoryHandler(),
            tokens.MACHINE_CLUSTER: ClusterHandler(),
        },
    )


if __name__ == "__main__":
    main()
