"""YAML files as the project reads and changes them: errors with file and line, comments kept, writes all or nothing."""

import io
import math
import os
import tempfile
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bodo_infra.errors import HostError, InputError, NotFoundError, Problem

if TYPE_CHECKING:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

MOST_VALUES = 100_000
"""In one file, with all that its aliases stand for."""


def read_yaml(path: Path) -> object:
    """The content of a YAML file; None when it is empty. Raises NotFoundError, InputError with the line, HostError."""
    return _load(_yaml("safe"), path)


def change_yaml(path: Path, change: Callable[[Any], None]) -> None:
    """Let ``change`` edit the content in place; comments, order and everything else stay. Errors as ``read_yaml``."""
    yaml = _yaml("rt")
    content = _load(yaml, path)
    change(content)
    _keep_indentation(yaml, path.read_text(encoding="utf-8"))
    text = io.StringIO()
    yaml.dump(content, text)
    write_atomically(path, text.getvalue())


def render_yaml(content: object, *, indent: int = 0) -> str:
    """Plain values as YAML, every line moved to the right."""
    text = io.StringIO()
    _yaml("rt").dump(content, text)
    return textwrap.indent(text.getvalue(), " " * indent)


def parse_yaml_value(text: str) -> object:
    """One value as YAML reads it: ``3`` is a number, ``[a, b]`` a list. What is no sound YAML is text."""
    from ruamel.yaml.error import YAMLError

    try:
        return _yaml("safe").load(text)
    except (YAMLError, RecursionError, ValueError):
        return text


def write_atomically(path: Path, text: str, *, mode: int | None = None) -> None:
    """Write the whole file or nothing. Rights: ``mode``, else those of the file that is there, else 0644."""
    if mode is None:
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
    try:
        handle, draft = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise _not_written(path, error) from error
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(draft).chmod(mode)
        Path(draft).replace(path)
    except OSError as error:
        Path(draft).unlink(missing_ok=True)
        raise _not_written(path, error) from error


def shown_path(path: Path) -> str:
    """A path as messages show it: relative to the current folder when it lies below."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except (ValueError, OSError, RuntimeError):  # RuntimeError: a link to itself
        return str(path)


def _yaml(kind: str) -> "YAML":
    from ruamel.yaml import YAML

    yaml = YAML(typ=kind, pure=True)
    yaml.width = 4096  # never fold somebody's long lines
    yaml.preserve_quotes = True
    return yaml


def _keep_indentation(yaml: "YAML", text: str) -> None:
    """ruamel keeps comments and order, but indents lists in one way for all: take over how this file does it."""
    from ruamel.yaml.util import load_yaml_guess_indent

    _, list_indent, dash_offset = load_yaml_guess_indent(text)
    lines = [line for line in text.splitlines() if line.startswith(" ") and line.strip()[:1] not in ("#", "-")]
    mapping_indent = len(lines[0]) - len(lines[0].lstrip()) if lines else 2
    yaml.indent(mapping=mapping_indent)
    if dash_offset is not None:
        yaml.indent(sequence=list_indent, offset=dash_offset)


def _load(yaml: "YAML", path: Path) -> object:
    from ruamel.yaml.error import YAMLError

    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise NotFoundError(f"there is no file {shown_path(path)}", "Check the path") from error
    except UnicodeDecodeError as error:
        raise _bad_yaml(path, f"byte {error.start}", "must be text in UTF-8", "Save it as UTF-8") from error
    except OSError as error:
        raise HostError(
            f"{shown_path(path)} cannot be read: {error.strerror}", "Check the rights of the file"
        ) from error
    try:
        content: object = yaml.load(text)
        size = _size(content, {})
    except YAMLError as error:
        raise _syntax_error(path, error) from error
    except RecursionError as error:
        raise _bad_yaml(path, "somewhere", "is nested too deeply", "Close the brackets that were opened") from error
    except ValueError as error:  # no such day, or a number of thousands of digits
        fix = "Correct it, or write it in quotes"
        raise _bad_yaml(path, "somewhere", "holds a date or a number that there is not", fix) from error
    if size > MOST_VALUES:
        raise _bad_yaml(path, "somewhere", f"holds more than {MOST_VALUES} values, with its aliases", "Shorten it")
    return content


def _size(value: object, known: dict[int, float]) -> float:
    """Number of values, those of an alias each time; infinite for what holds itself. ``known``: by the id of each."""
    if not isinstance(value, (dict, list)):
        return 1
    if id(value) not in known:
        known[id(value)] = math.inf
        known[id(value)] = 1 + sum(
            _size(item, known) for item in (value.values() if isinstance(value, dict) else value)
        )
    return known[id(value)]


def _syntax_error(path: Path, error: "YAMLError") -> InputError:
    """Without ruamel's excerpt of the line: it may hold a secret."""
    mark = getattr(error, "problem_mark", None)
    place = f"line {mark.line + 1}, column {mark.column + 1}" if mark is not None else "somewhere"
    what = str(getattr(error, "problem", None) or "it cannot be read")
    if what.startswith("found duplicate key"):
        name = what.split('"')[1] if '"' in what else "a key"
        return _bad_yaml(path, place, f"the key {name} stands twice", "Keep one of the two")
    fix = "Correct the indentation, the quotes or the brackets on this line or the one before"
    return _bad_yaml(path, place, f"is no sound YAML: {what}", fix)


def _bad_yaml(path: Path, place: str, rule: str, fix: str) -> InputError:
    return InputError.from_problems([Problem(file=shown_path(path), path=place, value="", rule=rule, fix=fix)])


def _not_written(path: Path, error: OSError) -> HostError:
    return HostError(
        f"{shown_path(path)} cannot be written: {error.strerror}; it is as it was before",
        "Check the free space and the rights of its folder, then try again",
    )
