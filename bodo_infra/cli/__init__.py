"""The command line `bodo-infra`: a table of commands, each loaded when it is called."""

import os
import sys
from pathlib import Path

import click

from bodo_infra import __version__
from bodo_infra.cli.frame import PROGRAM, Lazy, LazyGroup, Settings, pass_settings, run

COMMANDS = {
    "demo": Lazy("bodo_infra.cli.demo:demo", "Bring up the demo on this machine and run its job."),
    "init": Lazy("bodo_infra.cli.init:init", "Start a project in a new folder."),
    "new": Lazy("bodo_infra.cli.new:new", "Write the file of a new stack."),
    "check": Lazy("bodo_infra.cli.check:check", "Say everything that is wrong with the stack files."),
    "schema": Lazy("bodo_infra.cli.schema:schema", "Print the JSON schema of stack files or of one noun."),
    "up": Lazy("bodo_infra.cli.stack:up", "Bring up stacks and all that they use."),
    "preview": Lazy("bodo_infra.cli.stack:preview", "Say what `up` would do."),
    "status": Lazy("bodo_infra.cli.stack:status", "Show all stacks and what has become of them."),
    "refresh": Lazy("bodo_infra.cli.stack:refresh", "Look at the real things; the next `up` repairs."),
    "destroy": Lazy("bodo_infra.cli.stack:destroy", "Destroy stacks and all that stand on them."),
    "unlock": Lazy("bodo_infra.cli.stack:unlock", "Free a stack whose holder has died."),
    "state": Lazy("bodo_infra.cli.state:state", "Show where the state of the stacks is; move it."),
    "workspace": Lazy("bodo_infra.cli.workspace:workspace", "List and show workspaces."),
    "cluster": Lazy("bodo_infra.cli.cluster:cluster", "List, show, pause, resume, scale clusters; open a shell."),
    "job": Lazy("bodo_infra.cli.job:job", "Run, list, show, follow, cancel jobs."),
    "engine": Lazy("bodo_infra.cli.engine:engine", "Install or show the Pulumi engine."),
}
"""In the order of use, which is the order of the help."""


@click.group(
    cls=LazyGroup, lazy=COMMANDS, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110}
)
@click.version_option(__version__, prog_name=PROGRAM, message="%(prog)s %(version)s")
@click.option("-C", "--directory", type=click.Path(path_type=Path), help="Run as if started in this folder.")
@click.option("--debug", is_flag=True, envvar="BODO_INFRA_DEBUG", help="Show the traceback of an error.")
@pass_settings
def cli(settings: Settings, directory: Path | None, debug: bool) -> None:
    """Clusters, workspaces and MPI jobs for Bodo: in your AWS or Azure account, or on this machine."""
    settings.debug = debug
    if directory is not None:
        try:
            os.chdir(directory)
        except OSError as error:
            reason = error.strerror or str(error)
            raise click.BadParameter(f"{directory}: {reason}", param_hint="--directory") from error


def main() -> None:
    """Entry point of the installed command."""
    sys.exit(run(cli, sys.argv[1:]))
