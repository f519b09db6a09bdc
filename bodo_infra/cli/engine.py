"""`bodo-infra engine`: get the Pulumi engine, show it, use it by hand."""

import shlex

import click

from bodo_infra.cli.frame import output_option, print_json, print_table
from bodo_infra.driver.engine import install_engine, require_engine
from bodo_infra.driver.passphrase import PASSPHRASE_FILE, passphrase_file


@click.group()
def engine() -> None:
    """The Pulumi engine (the `pulumi` command) that does the work."""


@engine.command()
def install() -> None:
    """Get an engine unless there is one.

    It is downloaded from the vendor's site or, where that cannot be reached, built from its Go module: once, 7 to 13
    minutes on two cores.
    """
    found = install_engine(lambda line: click.echo(line, err=True))
    click.echo(f"engine v{found.version} ({found.origin}): {found.path}")


@engine.command()
@output_option
def show(output: str) -> None:
    """Show which engine is used; exit code 3 when there is none."""
    found = require_engine()
    if output == "json":
        print_json({"path": str(found.path), "version": found.version, "origin": found.origin})
    else:
        print_table([(str(found.path), found.version, found.origin)], ("path", "version", "origin"))


@engine.command()
def env() -> None:
    """Print what plain `pulumi` needs in a shell.

    Use it as: eval "$(bodo-infra engine env)"
    """
    found = require_engine()
    click.echo(f'export PATH={shlex.quote(str(found.path.parent))}:"$PATH"')
    passphrase = passphrase_file()
    if passphrase is not None:
        click.echo(f"export {PASSPHRASE_FILE}={shlex.quote(str(passphrase))}")
