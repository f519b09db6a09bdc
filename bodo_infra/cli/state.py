"""`bodo-infra state`: where the state of the stacks is, and moving it."""

import click

from bodo_infra.cli.frame import Settings, output_option, pass_settings, print_json, print_table


@click.group()
def state() -> None:
    """The state of the project's stacks: what Pulumi knows of all that it has made."""


@state.command()
@output_option
@pass_settings
def show(settings: Settings, output: str) -> None:
    """Show where the state is, what says so, and how many resources every stack has there."""
    place = settings.platform().state.show()
    if output == "json":
        print_json(place.to_json())
        return
    click.echo(f"{place.backend.url} ({place.backend.origin})")
    if place.stacks:
        print_table(sorted(place.stacks.items()), ("stack", "resources"))


@state.command()
@click.argument("to")
@output_option
@pass_settings
def move(settings: Settings, to: str, output: str) -> None:
    """Move the state of all stacks to TO: a cloud-config that is up, whose bucket or container takes it; the URL of a
    place (s3://BUCKET/state?region=REGION, file:///FOLDER); or `local`, the project's own folder.

    Copies are made and compared before Pulumi.yaml names the new place. What is in the old one stays there, marked as
    old. Whatever stops the move: say it again.
    """
    from bodo_infra.driver.state import removal

    quiet = output == "json"
    moved = settings.platform().move_state(to, lambda line: None if quiet else click.echo(line))
    if quiet:
        print_json({"from": moved.old.url, "to": moved.new.url, "stacks": list(moved.stacks)})
    elif moved.old.is_same_place(moved.new):
        click.echo(f"The state is in {moved.new.url}: nothing to move.")
    else:
        click.echo(f"The state is in {moved.new.url} now; commit Pulumi.yaml if it is under version control.")
        if moved.stacks:
            click.echo(f"The old one stays in {moved.old.url}, marked as old. To remove it when you are sure:")
        for name in moved.stacks:
            click.echo(f"  {removal(moved.old, name)}")
