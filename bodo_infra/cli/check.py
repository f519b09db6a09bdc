"""`bodo-infra check`: everything that is wrong with the stack files, before anything runs."""

import click

from bodo_infra.cli.frame import Settings, output_option, pass_settings, print_json, print_warnings
from bodo_infra.errors import InputError, raise_problems


@click.command()
@click.argument("stacks", nargs=-1, metavar="[STACK]...")
@output_option
@pass_settings
def check(settings: Settings, stacks: tuple[str, ...], output: str) -> int:
    """Check the stacks and all that they use; without STACK the whole project. Exit code 2 when something is wrong;
    warnings alone are shown and end with 0."""
    from dataclasses import asdict

    from bodo_infra.cores import physical_cores

    project = settings.project()
    names = stacks or None
    problems = project.check(names, machine_cores=physical_cores())
    if output == "json":
        print_json([asdict(problem) for problem in problems])
        return InputError.exit_code if any(problem.level == "error" for problem in problems) else 0
    print_warnings(problems)
    raise_problems(problems)
    count = len(stacks or project.names())
    click.echo(f"{count} stack is sound" if count == 1 else f"{count} stacks are sound")
    return 0
