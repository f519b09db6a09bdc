"""Commands on workspaces."""

import click

from bodo_infra.cli.frame import Settings, output_option, pass_settings, print_json, print_records, print_table

COLUMNS = ("name", "state", "uuid", "shared_path")


@click.group()
def workspace() -> None:
    """Workspaces: a network and shared files, in which clusters stand."""


@workspace.command("list")
@output_option
@pass_settings
def list_(settings: Settings, output: str) -> None:
    """List the workspaces that are up."""
    from bodo_infra.driver.results import workspace_json

    print_records([workspace_json(record) for record in settings.platform().workspaces.all()], COLUMNS, output)


@workspace.command()
@click.argument("name")
@output_option
@pass_settings
def show(settings: Settings, name: str, output: str) -> None:
    """Show workspace NAME (or its uuid)."""
    from bodo_infra.driver.results import workspace_json

    record = workspace_json(settings.platform().workspaces.show(name))
    if output == "json":
        print_json(record)
    else:
        print_table(list(record.items()), ("field", "value"))
