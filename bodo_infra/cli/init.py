"""`bodo-infra init`: a project for somebody who has installed the package."""

from pathlib import Path

import click


@click.command()
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path), default=".")
def init(directory: Path) -> None:
    """Start a project in DIR: Pulumi.yaml, the program, the stacks of a demo on this machine. Changes no file."""
    from bodo_infra.project.scaffold import make_project
    from bodo_infra.project.yaml_files import shown_path

    made = make_project(directory)
    for path in made:
        click.echo(f"wrote {shown_path(path)}")
    if not made:
        click.echo("everything is there already")
    go = "" if directory.resolve() == Path.cwd() else f"cd {directory} && "
    click.echo(f"next: {go}bodo-infra engine install && bodo-infra up")
