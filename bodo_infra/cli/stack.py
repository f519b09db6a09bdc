"""Commands on stacks: up, preview, refresh, destroy, status, unlock."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import click

from bodo_infra.cli.frame import Settings, output_option, pass_settings, print_json, print_records, print_warnings

if TYPE_CHECKING:
    from bodo_infra.driver import Platform
    from bodo_infra.driver.consent import StackChange
    from bodo_infra.driver.results import StackResult, Step

offline_option = click.option(
    "--offline", is_flag=True, help="Rehearse in an account that is a file of the project: nothing is made in a cloud."
)

STATUS_COLUMNS = ("name", "kind", "target", "state", "resources", "updated_at", "note")


@click.command()
@click.argument("stacks", nargs=-1, metavar="[STACK]...")
@click.option("--refresh", is_flag=True, help="Look at the real things first.")
@click.option("--lose-data", is_flag=True, help="Agree to what changed specs lose.")
@offline_option
@output_option
@pass_settings
def up(settings: Settings, stacks: tuple[str, ...], refresh: bool, lose_data: bool, offline: bool, output: str) -> None:
    """Bring up STACKs and all that they use, in order; all stacks of the project when none is named."""
    platform = _platform(settings, offline=offline)
    changes = _tell_changes(platform, stacks)
    results = platform.up(stacks or None, reporter(output), refresh=refresh, lose_data=lose_data)
    _show(output, results, changes)


@click.command()
@click.argument("stacks", nargs=-1, metavar="[STACK]...")
@offline_option
@output_option
@pass_settings
def preview(settings: Settings, stacks: tuple[str, ...], offline: bool, output: str) -> None:
    """Say what `up` would do. Changes nothing."""
    platform = _platform(settings, offline=offline)
    changes = _tell_changes(platform, stacks)
    if any(item.change.loses_data for item in changes):
        click.echo("`up` refuses to lose data unless you add --lose-data.", err=True)
    _show(output, platform.preview(stacks or None), changes)


@click.command()
@click.argument("stacks", nargs=-1, metavar="[STACK]...")
@offline_option
@output_option
@pass_settings
def refresh(settings: Settings, stacks: tuple[str, ...], offline: bool, output: str) -> None:
    """Look at the real things and note what is there; the next `up` repairs."""
    _show(output, _platform(settings, offline=offline).refresh(stacks or None, reporter(output)))


@click.command()
@click.argument("stacks", nargs=-1, metavar="[STACK]...")
@offline_option
@output_option
@pass_settings
def destroy(settings: Settings, stacks: tuple[str, ...], offline: bool, output: str) -> None:
    """Destroy STACKs and all that stand on them, from the top; all when none is named. Data stays unless its spec
    says `delete_data: true`."""
    _show(output, _platform(settings, offline=offline).destroy(stacks or None, reporter(output)))


@click.command()
@offline_option
@output_option
@pass_settings
def status(settings: Settings, offline: bool, output: str) -> None:
    """Show all stacks of the project, bottom first, and what has become of them."""
    print_records(
        [stack.to_json() for stack in _platform(settings, offline=offline).stacks.status()], STATUS_COLUMNS, output
    )


@click.command()
@click.argument("stack")
@click.option("--force", is_flag=True, help="Even though the process that holds it still runs.")
@offline_option
@pass_settings
def unlock(settings: Settings, stack: str, force: bool, offline: bool) -> None:
    """Free STACK after the process that held it has died, and clear up what it left in flight."""
    found = _platform(settings, offline=offline).stacks.unlock(stack, force=force)
    for holder in found.holders:
        click.echo(f"{stack}: was held by {holder}")
    for resource in found.perhaps_made:
        click.echo(f"{stack}: was in the making: {resource}")
    if found.perhaps_made:
        click.echo(
            "Each of these may be there without the stack knowing it; the next `up` makes it once more, or is refused "
            "because of it. Look for what carries the tags bodo-infra:* and is not in the stack, and delete it first."
        )
    click.echo(f"{stack}: is free" if found.holders else f"{stack}: nobody held it")


def _platform(settings: Settings, *, offline: bool) -> "Platform":
    platform = settings.platform(offline=offline)
    if platform.rehearsal:
        from bodo_infra.project.yaml_files import shown_path

        click.echo(
            f"offline: nothing is made in any cloud; the account is {shown_path(platform.rehearsal.account)}", err=True
        )
    return platform


def reporter(output: str) -> "Callable[[Step], None]":
    """What tells people of steps as they start; programs are told nothing."""
    from bodo_infra.cli.progress import print_step
    from bodo_infra.driver.platform import quiet

    return quiet if output == "json" else print_step


def _tell_changes(platform: "Platform", stacks: tuple[str, ...]) -> "list[StackChange]":
    """What looks odd, and what changed specs replace or lose: before it is done."""
    changes = platform.changes(stacks or None)  # refuses first what cannot be: no warning of it then
    print_warnings(platform.project.check(stacks or None))
    for change in changes:
        color = "red" if change.change.loses_data else "yellow"
        click.echo(f"{click.style('change:', fg=color)} {change}", err=True)
    return changes


def _show(output: str, results: "list[StackResult]", changes: "Sequence[StackChange]" = ()) -> None:
    """``changes``: what ``_tell_changes`` has told; programs find it with the stack."""
    from bodo_infra.cli.progress import print_results

    if output == "json":
        print_json(
            [
                {**result.to_json(), "changed": [str(item.change) for item in changes if item.stack == result.stack]}
                for result in results
            ]
        )
    elif results:
        print_results(results)
    else:
        click.echo("Nothing to do.")
