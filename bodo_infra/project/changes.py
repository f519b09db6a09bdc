"""What a changed spec would do to a stack that is up: in place, replaced, or data lost. Pure.

What each field does is in ``consequences``, a table per noun and target.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bodo_infra.project.consequence import Consequence, Row, Rows
from bodo_infra.project.consequences import ROWS, STORAGE_DEFAULT, USES
from bodo_infra.redact import HIDDEN, is_secret_key
from bodo_infra.spec import NOUNS, Spec
from bodo_infra.spec.cloud_config import Target
from bodo_infra.spec.walk import model_of

Plain = Mapping[str, Any]

OTHER_RELEASE = Row(Consequence.IN_PLACE, "is a field of another release of bodo-infra, and counts for nothing here")
UNKNOWN_PART = Row(Consequence.DATA_LOST, "is of a kind that this release does not know: it goes, with what is in it")
OTHER_GROUND = Row(Consequence.DATA_LOST, "everything may be made anew")
NOT_MADE = Row(Consequence.REPLACED, "may be replaced: this release does not make this kind of stack on this target")


@dataclass(frozen=True, kw_only=True)
class Change:
    """One changed field. ``path``: in the spec, such as ``network.cidr``.  ``text``: what happens, to what.

    ``old``, ``new``: plain values, None where there was or is none; of a secret only that there is one.
    ``ends_dependents``, ``places``: as in ``Row``.
    """

    path: str
    old: object
    new: object
    consequence: Consequence
    text: str
    ends_dependents: bool = False
    places: tuple[str, ...] = ()

    @property
    def loses_data(self) -> bool:
        """Whether somebody has to agree to it first."""
        return self.consequence is Consequence.DATA_LOST

    def __str__(self) -> str:
        return f"{self.path}: {_shown(self.old)} -> {_shown(self.new)} ({self.consequence}): {self.text}."


def changes(kind: str, target: Target | None, old: Plain, new: Plain) -> tuple[Change, ...]:
    """Every field that differs, in the order of the spec, with what `up` would do about it.

    ``old``: what the stack was brought up with, the ``spec`` input of its component in the state.  ``new``: the spec
    as its program would build it (``plain()``): on aws with the workspace's region, on local with absolute paths.
    What is left out stands at its default. Fields that this release does not know are told, and never an error.
    """
    model = NOUNS[kind]
    before, after = (_filled(model, _with_defaults_of_target(kind, target, spec)) for spec in (old, new))
    rows = ROWS.get((kind, target))
    return tuple(
        _change(path, was, will, rows, before, after) for path, was, will in _differences(model, before, after)
    )


def changed_uses(kind: str, old: Mapping[str, str], new: Mapping[str, str]) -> tuple[Change, ...]:
    """Every stack that another one stands on now, with what `up` would do about it. ``old``, ``new``: by what it is."""
    return tuple(
        Change(
            path=f"uses.{role}",
            old=old.get(role),
            new=new.get(role),
            **USES.get((kind, role), OTHER_GROUND)._asdict(),
        )
        for role in sorted({*old, *new})
        if old.get(role) != new.get(role)
    )


def _with_defaults_of_target(kind: str, target: Target | None, spec: Plain) -> Plain:
    """What a workspace has when it names none, written out, so that naming it is no change."""
    if kind != "workspace" or target is None:
        return spec
    storage = spec.get("shared_storage") or {"kind": STORAGE_DEFAULT[target]}
    network = spec.get("network") or (None if target == "local" else {"kind": "managed"})
    return {**spec, "shared_storage": storage, "network": network}


def _filled(model: type[Spec], spec: Plain) -> dict[str, Any]:
    """The spec with all defaults, nested ones too; not judged, as it may be of another release."""
    found = dict(spec)
    for field, info in model.model_fields.items():
        if field not in found and not info.is_required():
            default = info.get_default(call_default_factory=True)
            found[field] = default.model_dump(mode="json") if isinstance(default, Spec) else default
        inner = model_of(info.annotation, found.get(field))
        if inner is not None:
            found[field] = _filled(inner, found[field])
    return found


def _differences(model: type[Spec], old: Plain, new: Plain, prefix: str = "") -> Iterator[tuple[str, object, object]]:
    """Path, old and new value of each field that differs; a part of another kind is one difference."""
    for field in dict.fromkeys((*model.model_fields, *old, *new)):
        was, will = old.get(field), new.get(field)
        info = model.model_fields.get(field)
        one = model_of(info.annotation, was) if info else None
        other = model_of(info.annotation, will) if info else None
        path = prefix + field
        if one is not None and one is other and isinstance(was, Mapping) and isinstance(will, Mapping):
            yield from _differences(one, was, will, f"{path}.")
        elif one is not None and other is not None and isinstance(was, Mapping) and isinstance(will, Mapping):
            yield f"{path}.kind", was.get("kind"), will.get("kind")
        elif _comparable(was) != _comparable(will):
            yield path, was, will


def _comparable(value: object) -> object:
    """Lists and tuples are the same."""
    if isinstance(value, Mapping):
        return {key: _comparable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_comparable(item) for item in value]
    return value


def _change(path: str, old: object, new: object, rows: Rows | None, before: Plain, after: Plain) -> Change:
    row = NOT_MADE if rows is None else rows.get(path) or _row_of_other_release(path, rows)
    outcome = row if isinstance(row, Row) else row(before, after)
    if is_secret_key(path.rpartition(".")[2]) or path == "aws.external_id":
        old, new = (None if value is None else HIDDEN for value in (old, new))
    return Change(path=path, old=old, new=new, **outcome._asdict())


def _row_of_other_release(path: str, rows: Rows) -> Row:
    """A field that no row knows; a whole part, such as a file system of an unknown kind, may hold data."""
    return UNKNOWN_PART if any(known.startswith(f"{path}.") for known in rows) else OTHER_RELEASE


def _shown(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_shown, value))}]"
    return str(value).lower() if isinstance(value, bool) else str(value)
