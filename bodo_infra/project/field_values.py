"""Values of fields as they are typed on a command line: the field says whether a value is text or YAML."""

from collections.abc import Mapping

from bodo_infra.project.yaml_files import parse_yaml_value
from bodo_infra.spec import Spec
from bodo_infra.spec.walk import takes_text


def field_values(model: type[Spec], typed: Mapping[str, str]) -> dict[str, object]:
    """What was typed for the fields of ``model``, by path: ``nodes`` = ``4`` is a number, ``tags.team`` = ``4`` a text.

    ``null`` is none, and quotes may be written as in a file.
    """
    return {path: _value(model, path, text) for path, text in typed.items()}


def _value(model: type[Spec], path: str, text: str) -> object:
    value = parse_yaml_value(text)
    # Numbers, dates and `a: b` keep the form in which they were typed: account ids begin with zeros.
    is_text = value is not None and not isinstance(value, str) and takes_text(model, path.split("."))
    return text if is_text else value
