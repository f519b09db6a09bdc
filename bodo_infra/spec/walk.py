"""Follows a path through the specs' types: which model stands where, and what a person would call the place."""

from collections.abc import Callable, Mapping, Sequence
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import Discriminator

from bodo_infra.spec.base import Spec

Location = tuple[int | str, ...]
"""Where pydantic says that an error is; holds the tags of unions, which nobody wrote."""


def resolve(model: type[Spec], location: Location) -> tuple[Location, type[Spec] | None]:
    """The location without the tags of unions, and the model that its last part is a field of (None: of no model)."""
    path: list[int | str] = []
    here: object = model
    owner: type[Spec] | None = model
    for part in location:
        tagged = _members(here)
        if len(tagged) > 1 and part in tagged:
            here = tagged[str(part)]
            continue
        owner = _model(here)
        path.append(part)
        here = _inside(here, part)
    return tuple(path), owner


def render(location: Location, prefix: str = "") -> str:
    """``("a", "b", 0)`` as ``a.b[0]``; an odd key is shown as ``a["odd key"]``. pydantic's mark of keys is left out."""
    text = prefix
    for part in location:
        if part == "[key]":
            continue
        if isinstance(part, int):
            text += f"[{part}]"
        elif part.replace("_", "").replace("-", "").isalnum():
            text += f".{part}" if text else part
        else:
            text += f'["{part}"]'
    return text


def nested(
    model: type[Spec], data: object, location: Location = ()
) -> list[tuple[Location, type[Spec], Mapping[str, Any]]]:
    """Every place in ``data`` that is a mapping where a model belongs, outermost first."""
    if not isinstance(data, Mapping):
        return []
    found: list[tuple[Location, type[Spec], Mapping[str, Any]]] = [(location, model, data)]
    for field, info in model.model_fields.items():
        value = data.get(field)
        listed = isinstance(value, Sequence) and not isinstance(value, str)
        places = list(enumerate(value)) if listed and isinstance(value, Sequence) else [(None, value)]
        for index, item in places:
            inner = model_of(info.annotation if index is None else _inside(info.annotation, index), item)
            if inner is not None:
                found += nested(inner, item, (*location, field) if index is None else (*location, field, index))
    return found


def kinds(annotation: object) -> tuple[str, ...]:
    """The values of ``kind`` that a union of models may have."""
    return tuple(_members(annotation))


def annotation_at(model: type[Spec], location: Location) -> object:
    """The type that belongs at a location (tags of unions included), or None where no model says."""
    here: object = model
    for part in location:
        tagged = _members(here)
        here = tagged[str(part)] if len(tagged) > 1 and part in tagged else _inside(here, part)
    return here


def model_at(model: type[Spec], place: Sequence[str]) -> type[Spec] | None:
    """The model whose fields stand below a place; None where none does, and where ``kind`` would have to tell."""
    return _model(annotation_at(model, tuple(place)))


def takes_text(model: type[Spec], place: Sequence[str]) -> bool:
    """Whether what stands at a place, such as ``tags.team``, has to be text wherever it may stand at all."""
    here: tuple[object, ...] = (model,)
    for part in place:
        found = (_inside(one, int(part) if get_origin(one) is tuple and part.isdecimal() else part) for one in here)
        here = tuple(option for annotation in found for option in _options(annotation))
    return bool(here) and all(_is_text(option) for option in here)


def _is_text(option: object) -> bool:
    words = get_args(option) if get_origin(option) is Literal else ()
    return option is str or (bool(words) and all(isinstance(word, str) for word in words))


def _options(annotation: object) -> tuple[object, ...]:
    """The types that a value may have, without None and without Annotated's extras."""
    if get_origin(annotation) is Annotated:
        return _options(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return tuple(option for part in get_args(annotation) for option in _options(part))
    return () if annotation in (None, type(None)) else (annotation,)


def _members(annotation: object) -> dict[str, type[Spec]]:
    """The models of a union by their ``kind``."""
    models = [option for option in _options(annotation) if isinstance(option, type) and issubclass(option, Spec)]
    tagged = [model for model in models if "kind" in model.model_fields]
    return {get_args(model.model_fields["kind"].annotation)[0]: model for model in tagged}


def _model(annotation: object) -> type[Spec] | None:
    models = [option for option in _options(annotation) if isinstance(option, type) and issubclass(option, Spec)]
    return models[0] if len(models) == 1 else None


def model_of(annotation: object, data: object) -> type[Spec] | None:
    """The model that ``data`` is meant for where a value of that type belongs; None where no model does."""
    if not isinstance(data, Mapping):
        return None
    members = _members(annotation)
    if members:
        return members.get(_told_kind(annotation, data))
    return _model(annotation)


def _told_kind(annotation: object, data: Mapping[str, Any]) -> str:
    """The ``kind`` that stands there, or what the union says about data without one."""
    tell = _teller(annotation)
    return str(tell(data) if tell else data.get("kind"))


def _teller(annotation: object) -> Callable[[Any], object] | None:
    """The function by which a union tells its members apart; None where ``kind`` has to be written."""
    if get_origin(annotation) in (Union, UnionType):
        return next(filter(None, map(_teller, get_args(annotation))), None)
    extras = get_args(annotation)[1:] if get_origin(annotation) is Annotated else ()
    tellers = (extra.discriminator for extra in extras if isinstance(extra, Discriminator))
    return next((tell for tell in tellers if not isinstance(tell, str)), None)


def _inside(annotation: object, part: int | str) -> object:
    """The type of one part of a value: a field, an item, or the value of a key."""
    model = _model(annotation)
    if model is not None:
        info = model.model_fields.get(str(part))
        return None if info is None else info.annotation
    for option in _options(annotation):
        arguments = get_args(option)
        if isinstance(part, int) and get_origin(option) is tuple:
            return arguments[0]
        if isinstance(part, str) and get_origin(option) is dict:
            return arguments[1]
    return None
