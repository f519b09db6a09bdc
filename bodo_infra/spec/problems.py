"""From plain data to a spec: everything that is wrong at once, in the project's words, and no secret repeated.

The data comes from YAML, JSON or Pulumi's configuration. It is checked as JSON and strictly: ``nodes: "2"`` and
``nodes: true`` are mistakes, not the number 2 or 1.
"""

import difflib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from pydantic import ValidationError

from bodo_infra.errors import InputError, Problem
from bodo_infra.redact import HIDDEN, is_secret_key, redact
from bodo_infra.spec import NOUNS
from bodo_infra.spec.base import NounSpec, Spec
from bodo_infra.spec.walk import Location, nested, render, resolve
from bodo_infra.spec.words import explain

S = TypeVar("S", bound=Spec)

VALUE_LENGTH = 80  # longer values are cut in messages
DEPTH = 32  # of nested values; specs need 4


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where data stands. ``path``: what comes before its own paths, such as ``bodo:spec``.  ``noun``: what it is."""

    file: str | None
    path: str
    noun: str

    def problem(self, location: Location, value: str, rule: str, fix: str) -> Problem:
        """A problem at a place in the data."""
        path = render(location, self.path) or self.noun
        return Problem(file=self.file, path=path, value=value, rule=rule, fix=fix)


def parse_spec(kind: str, data: object, *, file: str | None = None, path: str = "") -> NounSpec:
    """The spec of noun ``kind`` (``cluster``, say) that ``data`` describes.

    ``file`` and ``path`` (``bodo:spec``) say where the data stands. Raises InputError with every problem.
    """
    return parse_as(noun_model(kind, file=file), data, file=file, path=path)


def parse_as(model: type[S], data: object, *, file: str | None = None, path: str = "") -> S:
    """The same when the noun is known beforehand: ``parse_as(JobSpec, data)`` is a JobSpec."""
    kind = next((noun for noun, known in NOUNS.items() if known is model), "spec")
    origin = Origin(file=file, path=path, noun=kind)
    problems: list[Problem] = []
    values = _plain(data, (), origin, problems)
    if not isinstance(values, Mapping):
        rule = f"must be a mapping of the fields of {with_article(kind)}"
        problems.append(origin.problem((), shown(values), rule, "Write one field per line"))
    if problems or not isinstance(values, Mapping):
        raise InputError.from_problems(problems)
    try:
        return model.model_validate_json(json.dumps(values), strict=True)
    except ValidationError as error:
        raise InputError.from_problems(_problems(model, values, error, origin)) from None


def noun_model(kind: str, *, file: str | None = None, path: str = "kind") -> type[NounSpec]:
    """The model of a noun. Raises InputError that names the nearest noun."""
    if kind in NOUNS:
        return NOUNS[kind]
    raise InputError.from_problems([unknown_word(kind, NOUNS, what="kind", file=file, path=path)])


def unknown_word(
    word: str, known: Sequence[str] | Mapping[str, Any], *, what: str, file: str | None, path: str
) -> Problem:
    """The problem of a word that is not among those that are known; names the nearest one."""
    near = nearest(word, known)
    fix = f"Did you mean {near}?" if near else "Choose one of them"
    rule = f"is no known {what}; there are {', '.join(known)}"
    return Problem(file=file, path=path, value=shown(word), rule=rule, fix=fix)


def nearest(word: str, known: Sequence[str] | Mapping[str, Any]) -> str | None:
    """The known word that ``word`` was probably meant to be."""
    plain = {name.lower().replace("_", "-"): name for name in known}
    matches = difflib.get_close_matches(word.lower().replace("_", "-"), plain, n=1, cutoff=0.6)
    return plain[matches[0]] if matches else None


def with_article(noun: str) -> str:
    """``a cluster``, ``an organization``."""
    return f"{'an' if noun[0] in 'aeio' else 'a'} {noun}"


def shown(value: object, key: str = "") -> str:
    """A value for a message: cut, one line, without secrets; lists and mappings only by their size."""
    if value is None:
        return "null"
    if isinstance(value, Mapping):
        return f"a mapping of {len(value)}"
    if isinstance(value, (list, tuple)):
        return f"a list of {len(value)}"
    if is_secret_key(key):
        return HIDDEN
    if isinstance(value, bool):
        return "true" if value else "false"
    text = redact(" ".join(str(value).split()) or '""')
    return text if len(text) <= VALUE_LENGTH else text[: VALUE_LENGTH - 3] + "..."


def _plain(data: object, location: Location, origin: Origin, problems: list[Problem]) -> object:
    """``data`` as JSON values: YAML's dates become text. What has no place in JSON is added to ``problems``."""
    if len(location) > DEPTH:  # an alias of YAML that holds itself
        fix = "Write the value out instead of using an alias"
        problems.append(origin.problem(location[:3], "", "is nested too deeply", fix))
        return None
    if isinstance(data, Mapping):
        for key in data:
            if not isinstance(key, str):
                fix = f'Write "{shown(key)}" in quotes'
                problems.append(origin.problem(location, shown(key), "keys must be text", fix))
        return {str(key): _plain(item, (*location, str(key)), origin, problems) for key, item in data.items()}
    if isinstance(data, (list, tuple)):
        return [_plain(item, (*location, index), origin, problems) for index, item in enumerate(data)]
    if isinstance(data, date):
        return data.isoformat()
    if isinstance(data, str) and "\0" in data:
        rule = "holds a NUL character, which no path, command or variable can"
        problems.append(origin.problem(location, "", rule, "Take the \\0 out"))
    if data is None or isinstance(data, (bool, int, float, str)):
        return data
    rule = f"must be text, a number, a list or a mapping, not {type(data).__name__}"
    problems.append(origin.problem(location, "", rule, "Write it as text, in quotes"))
    return None


def _problems(model: type[Spec], data: Mapping[str, Any], error: ValidationError, origin: Origin) -> list[Problem]:
    """Pydantic's errors in our words, then every model's choices, which pydantic judges only when all else holds."""
    found = []
    errors = error.errors(include_url=False)
    for item in errors:
        location: Location = item["loc"]
        # A list whose items are wrong also counts as too short.
        inner_too = any(other["loc"][: len(location)] == location for other in errors if other is not item)
        if item["type"] == "choice" or (item["type"] == "too_short" and inner_too):
            continue
        path, owner = resolve(model, location)
        rule, fix, with_value = explain(model, owner, location, item)
        found.append(origin.problem(path, _shown_at(path, item["input"]) if with_value else "", rule, fix))
    for path, inner, values in nested(model, data):
        for choice in inner.choices:
            broken = choice.broken_rule(values)
            if broken is not None:
                fix = f"{'Give' if broken.endswith('none') else 'Keep'} one of {', '.join(choice.fields)}"
                found.append(origin.problem(path, "", broken, fix))
    return found


def _shown_at(path: Location, value: object) -> str:
    secret = next((str(part) for part in path if isinstance(part, str) and is_secret_key(part)), "")
    return shown(value, secret)
