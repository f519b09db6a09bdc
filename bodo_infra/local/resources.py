"""The machine plugin's resources as Python classes: what the local components are made of."""

from typing import Any

import pulumi

from bodo_infra import tokens


class _MachineResource(pulumi.CustomResource):
    """snake_case in Python, camelCase on the wire. ``computed``: outputs that only the plugin knows."""

    def __init__(
        self,
        token: str,
        name: str,
        inputs: dict[str, Any],
        computed: tuple[str, ...],
        opts: pulumi.ResourceOptions | None,
    ) -> None:
        super().__init__(token, name, {**inputs, **dict.fromkeys(computed)}, opts)

    def translate_input_property(self, prop: str) -> str:
        head, *tail = prop.split("_")
        return head + "".join(word.capitalize() for word in tail)

    def translate_output_property(self, prop: str) -> str:
        return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in prop)


class Store(_MachineResource):
    """The records and logs of a cloud-config: a folder with a SQLite file."""

    uuid: pulumi.Output[str]
    directory: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        *,
        cloud_config: pulumi.Input[str],
        directory: pulumi.Input[str],
        delete_data: pulumi.Input[bool],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        inputs = {"cloud_config": cloud_config, "directory": directory, "delete_data": delete_data}
        super().__init__(tokens.MACHINE_STORE, name, inputs, ("uuid",), opts)


class Directory(_MachineResource):
    """The shared folder of a workspace, and the workspace's record."""

    uuid: pulumi.Output[str]
    path: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        *,
        workspace: pulumi.Input[str],
        store: pulumi.Input[str],
        path: pulumi.Input[str],
        delete_data: pulumi.Input[bool],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        inputs = {"workspace": workspace, "store": store, "path": path, "delete_data": delete_data}
        super().__init__(tokens.MACHINE_DIRECTORY, name, inputs, ("uuid",), opts)


class Cluster(_MachineResource):
    """The node agents of a cluster, and the cluster's record."""

    uuid: pulumi.Output[str]
    cores: pulumi.Output[int]
    hostfile: pulumi.Output[str]
    shared_path: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        *,
        cluster: pulumi.Input[str],
        store: pulumi.Input[str],
        workspace: pulumi.Input[str],
        workspace_uuid: pulumi.Input[str],
        shared_path: pulumi.Input[str],
        nodes: pulumi.Input[int],
        slots: pulumi.Input[int] | None,
        auto_pause_minutes: pulumi.Input[int] | None,
        auto_shutdown_minutes: pulumi.Input[int] | None,
        description: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        inputs = {
            "cluster": cluster,
            "store": store,
            "workspace": workspace,
            "workspace_uuid": workspace_uuid,
            "shared_path": shared_path,
            "nodes": nodes,
            "slots": slots,
            "auto_pause_minutes": auto_pause_minutes,
            "auto_shutdown_minutes": auto_shutdown_minutes,
            "description": description,
        }
        super().__init__(tokens.MACHINE_CLUSTER, name, inputs, ("uuid", "cores", "hostfile"), opts)
