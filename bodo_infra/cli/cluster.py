"""Commands on clusters."""

import os
from typing import TYPE_CHECKING

import click

from bodo_infra.cli.frame import Settings, output_option, pass_settings, print_json, print_records, print_table

if TYPE_CHECKING:
    from bodo_infra.driver.results import Cluster

COLUMNS = ("name", "state", "nodes", "cores", "workspace", "uuid", "last_activity_at")


@click.group()
def cluster() -> None:
    """Clusters: nodes that run MPI jobs."""


@cluster.command("list")
@output_option
@pass_settings
def list_(settings: Settings, output: str) -> None:
    """List the clusters that are there."""
    rows = [found.to_json() for found in settings.platform().clusters.all()]
    if output == "table":
        rows = [{**row, "nodes": len(row["nodes"])} for row in rows]
    print_records(rows, COLUMNS, output)


@cluster.command()
@click.argument("name")
@output_option
@pass_settings
def show(settings: Settings, name: str, output: str) -> None:
    """Show cluster NAME (or its uuid): nodes, cores, hostfile, last activity."""
    _print(settings.platform().clusters.show(name), output)


@cluster.command()
@click.argument("name")
@output_option
@pass_settings
def pause(settings: Settings, name: str, output: str) -> None:
    """Stop the nodes of cluster NAME; its definition, hostfile and files stay."""
    _print(settings.platform().clusters.pause(name), output)


@cluster.command()
@click.argument("name")
@output_option
@pass_settings
def resume(settings: Settings, name: str, output: str) -> None:
    """Start the nodes of paused cluster NAME."""
    _print(settings.platform().clusters.resume(name), output)


@cluster.command()
@click.argument("name")
@click.argument("nodes", type=int)
@output_option
@pass_settings
def scale(settings: Settings, name: str, nodes: int, output: str) -> None:
    """Give cluster NAME that many NODES, in its stack file and in fact. Running nodes are not touched."""
    from bodo_infra.cli.stack import reporter

    platform = settings.platform()
    platform.clusters.scale(name, nodes, reporter(output))
    _print(platform.clusters.show(name), output)


@cluster.command(context_settings={"ignore_unknown_options": True})
@click.argument("name")
@click.argument("command", nargs=-1, type=click.UNPROCESSED, metavar="[-- COMMAND...]")
@pass_settings
def shell(settings: Settings, name: str, command: tuple[str, ...]) -> None:
    """Open a shell in the shared files of cluster NAME, in which `mpiexec -n CORES -f HOSTFILE ...` reaches its nodes.

    With a COMMAND after `--`, run that instead.
    """
    record, variables = settings.platform().clusters.environment(name)
    path = os.pathsep.join([variables["PATH"], os.environ.get("PATH", os.defpath)])
    words = command or (os.environ.get("SHELL") or "/bin/sh",)
    if not command:
        click.echo(f"{record.cores} cores; hostfile {record.hostfile}; exit with Ctrl-D", err=True)
    os.chdir(record.shared_path)
    try:
        os.execvpe(words[0], words, {**os.environ, **variables, "PATH": path})
    except (FileNotFoundError, PermissionError, ValueError) as error:  # ValueError: an empty word
        raise click.UsageError(f"{words[0]!r} is no command") from error


def _print(found: "Cluster", output: str) -> None:
    record = found.to_json()
    if output == "json":
        print_json(record)
        return
    nodes = record.pop("nodes")
    print_table(list(record.items()), ("field", "value"))
    click.echo()
    print_table([[node["name"], node["slots"], node["state"]] for node in nodes], ("node", "slots", "state"))
