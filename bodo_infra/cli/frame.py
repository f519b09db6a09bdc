"""The frame of all commands: loaded when called for, errors turned into exit codes in one place, output.

Exit codes: 0 done, 1 the user's job or stack failed, 2 bad input, 3 the machine lacks something, 70 a bug of ours,
130 stopped with Ctrl-C, 141 the reader of our output has gone.
"""

import contextlib
import difflib
import os
import re
import sys
import traceback
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

import click

from bodo_infra.errors import BodoInfraError, HostError, InputError, Problem
from bodo_infra.redact import redact

if TYPE_CHECKING:
    from bodo_infra.driver import Platform
    from bodo_infra.project.project import Project

PROGRAM = "bodo-infra"
COMPLETE_VARIABLE = "_BODO_INFRA_COMPLETE"
FAILED, BUG, STOPPED, READER_GONE = 1, 70, 130, 141
_REHEARSABLE = re.compile(rf"`{PROGRAM} (up|preview|refresh|destroy|unlock)(?![^`]*--offline)\b")


@dataclass
class Settings:
    """What the options before the command say. ``offline``: the command rehearses."""

    debug: bool = False
    offline: bool = False

    def project(self) -> "Project":
        """The project that the current folder lies in. Raises NotFoundError, InputError."""
        from pathlib import Path

        from bodo_infra.project.project import find_project, read_project

        return read_project(find_project(Path.cwd()))

    def platform(self, *, offline: bool = False) -> "Platform":
        """The same project with what has become of it. Raises NotFoundError, InputError."""
        from bodo_infra.driver import Platform

        self.offline = offline
        return Platform(self.project(), offline=offline)


pass_settings = click.make_pass_decorator(Settings, ensure=True)


@dataclass(frozen=True)
class Lazy:
    """A command that is imported when somebody calls it. ``place``: ``package.module:attribute``."""

    place: str
    short_help: str

    def load(self) -> click.Command:
        """Import it."""
        module, _, attribute = self.place.partition(":")
        command = getattr(import_module(module), attribute)
        assert isinstance(command, click.Command), f"{self.place} is no command"
        return command


class LazyGroup(click.Group):
    """A group whose help and misspelled names load none of its commands."""

    def __init__(self, *, lazy: Mapping[str, Lazy], **options: object) -> None:
        super().__init__(**options)  # type: ignore[arg-type]  # click's own keywords, passed through
        self.lazy = lazy

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order of the table, which is the order of use."""
        return [*self.lazy, *super().list_commands(ctx)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now."""
        if cmd_name in self.lazy:
            return self.lazy[cmd_name].load()
        return super().get_command(ctx, cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does; a name that is not known is answered with the nearest one."""
        name, known = args[0], self.list_commands(ctx)
        if name not in known and not name.startswith("-"):
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"Did you mean {near[0]}?" if near else f"There are {', '.join(known)}."
            ctx.fail(f"No such command {name!r}. {hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The table's own short help."""
        rows = [(name, lazy.short_help) for name, lazy in self.lazy.items()]
        rows += [(name, command.get_short_help_str(80)) for name, command in self.commands.items()]
        if rows:
            with formatter.section("Commands"):
                formatter.write_dl(rows)


def run(root: click.Command, args: Sequence[str]) -> int:
    """Run the command line and return its exit code. A command may return one itself; None is 0."""
    if COMPLETE_VARIABLE in os.environ:
        from click.shell_completion import shell_complete

        return shell_complete(root, {}, PROGRAM, COMPLETE_VARIABLE, os.environ[COMPLETE_VARIABLE])
    settings = Settings()
    try:
        with root.make_context(PROGRAM, list(args), obj=settings, color=_color()) as context:
            result = root.invoke(context)
        sys.stdout.flush()
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt, EOFError):
        click.echo("Stopped.", err=True, color=_color())
        return STOPPED
    except BrokenPipeError:
        _forget_stdout()
        return READER_GONE
    except BodoInfraError as error:
        return _report(error, settings)
    except OSError as error:
        place = f" ({error.filename})" if error.filename else ""
        text = f"the system refused an operation: {error.strerror or error}{place}"
        return _report(HostError(text, "Check free disk space, rights and open files, then run it again"), settings)
    except Exception as error:  # noqa: BLE001  # the edge of the process: whatever arrives here is a bug of ours
        return _report_bug(error, settings)
    return result if isinstance(result, int) else 0


def print_error(error: BodoInfraError, *, offline: bool = False) -> None:
    """Print what went wrong and what to do, on stderr. The same words as ``run`` prints, for commands that go on.

    ``offline``: in a rehearsal. Whoever then does what the text says must not make something real.
    """
    mark = click.style("error:", fg="red", bold=True)
    problems = error.problems if isinstance(error, InputError) else ()
    for text in [str(problem) for problem in problems] or [str(error)]:
        told = _REHEARSABLE.sub(rf"`{PROGRAM} \1 --offline", text) if offline else text
        click.echo(f"{mark} {redact(told)}", err=True, color=_color())


def print_warnings(problems: Iterable[Problem]) -> None:
    """Print those of the problems that are warnings, on stderr."""
    mark = click.style("warning:", fg="yellow", bold=True)
    for problem in problems:
        if problem.level == "warning":
            click.echo(f"{mark} {redact(str(problem))}", err=True, color=_color())


def output_option(command: "click.decorators.FC") -> "click.decorators.FC":
    """`--output table|json` for reading commands, given to the function as ``output``."""
    choice = click.Choice(["table", "json"])
    return click.option("--output", type=choice, default="table", show_default=True, help="For people or programs.")(
        command
    )


def print_json(value: object) -> None:
    """Print JSON values, indented."""
    import json

    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def print_records(records: Sequence[Mapping[str, object]], columns: Sequence[str], output: str) -> None:
    """Print records: ``json`` with all their keys, ``table`` with the columns that are named."""
    if output == "json":
        print_json([dict(record) for record in records])
    else:
        print_table([[record.get(column) for column in columns] for record in records], columns)


def print_table(rows: Sequence[Sequence[object]], columns: Sequence[str], *, numbers: Collection[str] = ()) -> None:
    """Print aligned columns, numbers to the right. ``columns``: keys; `_` becomes a blank in the heading.

    ``numbers``: columns whose cells are numbers written out already.
    """
    headings = [column.replace("_", " ").upper() for column in columns]
    cells = [[_cell(value) for value in row] for row in rows]
    widths = [max(len(line[index]) for line in [headings, *cells]) for index in range(len(columns))]
    right = [column in numbers or _are_numbers([row[index] for row in rows]) for index, column in enumerate(columns)]
    for number, line in enumerate([headings, *cells]):
        padded = [
            text.rjust(width) if to_right else text.ljust(width)
            for text, width, to_right in zip(line, widths, right, strict=True)
        ]
        click.echo(click.style("  ".join(padded).rstrip(), bold=number == 0))


def _color() -> bool | None:
    """None leaves it to click: colours for a terminal only. NO_COLOR: no-color.org."""
    return False if os.environ.get("NO_COLOR") else None


def _cell(value: object) -> str:
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        value = ", ".join(f"{key}={item}" for key, item in value.items() if item not in (None, "")) or "-"
    elif isinstance(value, (list, tuple)):
        value = ", ".join(str(item) for item in value) or "-"
    # A name or reason from elsewhere must not move the cursor.
    return "".join(character if character.isprintable() else " " for character in str(value))


def _are_numbers(values: Sequence[object]) -> bool:
    """Whether all that is known is a number."""
    known = [value for value in values if value is not None]
    return bool(known) and all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in known)


def _report(error: BodoInfraError, settings: Settings) -> int:
    if settings.debug:
        traceback.print_exception(error)
    print_error(error, offline=settings.offline)
    return error.exit_code


def _report_bug(error: Exception, settings: Settings) -> int:
    if settings.debug:
        traceback.print_exception(error)
    what = redact(f"{type(error).__name__}: {error}".splitlines()[0])
    again = "" if settings.debug else f" Run `{PROGRAM} --debug ...` for the traceback and report it."
    click.echo(
        f"{click.style('error:', fg='red', bold=True)} a bug in {PROGRAM}: {what}.{again}", err=True, color=_color()
    )
    return BUG


def _forget_stdout() -> None:
    """Keep the interpreter from complaining when it flushes on its way out."""
    with contextlib.suppress(OSError):  # no real file beneath, as in tests
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
